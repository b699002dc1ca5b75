//! The function `payments`, as cargo-lambda builds and packs it: in ministack, which runs it as
//! Lambda does, behind the runtime API of `cargo lambda watch`, and as the artifact of `cargo
//! stage`.

mod apis;
mod artifact;
mod build;
mod failing;
mod function;
mod http;
mod invoked;
mod watched;
