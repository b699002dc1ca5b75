//! One file a verb.

pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod copy;
pub(crate) mod diff;
pub(crate) mod exec;
pub(crate) mod export;
pub(crate) mod get;
pub(crate) mod history;
pub(crate) mod iam;
pub(crate) mod import;
pub(crate) mod man;
pub(crate) mod rm;
pub(crate) mod seal;
pub(crate) mod set;
pub(crate) mod show;
pub(crate) mod snapshot;

use std::process::ExitCode;

use crate::args::{Arguments, Verb};
use crate::problem::Problem;

/// Does what the arguments say, and answers the status to end with.
pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode, Problem> {
    match arguments.verb {
        Verb::Show(arguments) => show::run(&arguments),
        Verb::Check(arguments) => check::run(arguments).await,
        Verb::Diff(arguments) => diff::run(arguments).await,
        Verb::Get(arguments) => get::run(arguments).await,
        Verb::Set(arguments) => set::run(arguments).await,
        Verb::Rm(arguments) => rm::run(arguments).await,
        Verb::History(arguments) => history::run(arguments).await,
        Verb::Copy(arguments) => copy::run(arguments).await,
        Verb::Import(arguments) => import::run(arguments).await,
        Verb::Export(arguments) => export::run(arguments).await,
        Verb::Exec(arguments) => exec::run(arguments).await,
        Verb::Iam(arguments) => iam::run(arguments).await,
        Verb::Seal(arguments) => seal::run(arguments).await,
        Verb::Snapshot(arguments) => snapshot::run(arguments).await,
        Verb::Completions(arguments) => completions::run(&arguments),
        Verb::Man(arguments) => man::run(&arguments),
    }
}
