//! The example `payments`, a function that cargo-lambda builds and packs. The server ministack runs
//! the function as Lambda does. `cargo lambda watch` runs the function behind its own runtime API.
//! `cargo stage` reads the artifact.

mod apis;
mod artifact;
mod build;
mod failing;
mod function;
mod http;
mod invoked;
mod watched;
