//! The function `payments`, as cargo-lambda builds and packs it. ministack runs the function as
//! Lambda does. `cargo lambda watch` runs the function behind its own runtime API. `cargo stage`
//! reads the artifact.

mod apis;
mod artifact;
mod build;
mod failing;
mod function;
mod http;
mod invoked;
mod watched;
