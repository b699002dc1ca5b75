//! One file a verb.

mod seal;

use std::process::ExitCode;

use crate::args::{Arguments, Verb};
use crate::problem::Problem;

/// Does what the arguments say, and answers the status to end with.
pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode, Problem> {
    match arguments.verb {
        Verb::Seal(arguments) => seal::run(arguments).await,
    }
}
