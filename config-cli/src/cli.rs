//! The root of the command line: parses the arguments after `cargo stage` and runs the verb.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::command::check::{self, CheckArguments};
use crate::command::completions::{self, CompletionsArguments};
use crate::command::copy::{self, CopyArguments};
use crate::command::diff::{self, DiffArguments};
use crate::command::exec::{self, ExecArguments};
use crate::command::export::{self, ExportArguments};
use crate::command::get::{self, GetArguments};
use crate::command::history::{self, HistoryArguments};
use crate::command::iam::{self, IamArguments};
use crate::command::import::{self, ImportArguments};
use crate::command::man::{self, ManArguments};
#[cfg(feature = "deployed")]
use crate::command::orphans::{self, OrphansArguments};
use crate::command::rm::{self, RmArguments};
use crate::command::rollback::{self, RollbackArguments};
use crate::command::seal::{self, SealArguments};
use crate::command::set::{self, SetArguments};
use crate::command::show::{self, ShowArguments};
use crate::command::snapshot::{self, SnapshotArguments};
use crate::command::stages::{self, StagesArguments};
#[cfg(feature = "deployed")]
use crate::command::who::{self, WhoArguments};
use crate::error::CliError;
use crate::invocation::{self, Invocation};
use crate::usage;

/// Inspect, check and manage the stages of a stage-config application
#[derive(Debug, Parser)]
#[command(
    name = "cargo stage",
    bin_name = "cargo stage",
    version,
    max_term_width = 100
)]
#[command(after_help = STATUS)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// The verbs. The arguments of each verb, with its help, are in its own file.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    Show(ShowArguments),
    Stages(StagesArguments),
    Check(CheckArguments),
    Diff(DiffArguments),
    Get(GetArguments),
    Set(SetArguments),
    Rm(RmArguments),
    History(HistoryArguments),
    Rollback(RollbackArguments),
    Copy(CopyArguments),
    Import(ImportArguments),
    Export(ExportArguments),
    Exec(ExecArguments),
    Iam(IamArguments),
    #[cfg(feature = "deployed")]
    Who(WhoArguments),
    #[cfg(feature = "deployed")]
    Orphans(OrphansArguments),
    Seal(SealArguments),
    Snapshot(SnapshotArguments),
    Completions(CompletionsArguments),
    Man(ManArguments),
}

const STATUS: &str = "\
Exit status:
  0    success; for a check: no problem was found
  1    refused or failed; for a check: a problem was found
  2    wrong usage, or something could not be read
  130  interrupted; the last line says whether anything was written";

/// Removes the first argument if it is `stage`, because cargo runs `cargo-stage stage seal …` for
/// `cargo stage seal …`.
fn strip_cargo_argument(
    arguments: impl Iterator<Item = OsString>,
) -> impl Iterator<Item = OsString> {
    arguments
        .enumerate()
        .filter(|(index, argument)| !(*index == 1 && argument == "stage"))
        .map(|(_, argument)| argument)
}

/// Returns the definition of the whole command line.
pub(crate) fn command() -> clap::Command {
    Arguments::command()
}

/// Parses the arguments, or prints the error and exits.
pub(crate) fn parse(arguments: impl Iterator<Item = OsString>) -> Arguments {
    let parsed = Arguments::command()
        .try_get_matches_from(strip_cargo_argument(arguments))
        .and_then(|matches| {
            let arguments = Arguments::from_arg_matches(&matches)?;
            Ok((arguments, matches))
        });
    let (arguments, matches) =
        parsed.unwrap_or_else(|error| usage::redact_words(error, &Arguments::command()).exit());
    invocation::remember(Invocation::new(Arguments::command(), &matches));
    arguments
}

/// Runs the verb and returns the exit status.
pub(crate) async fn run(arguments: Arguments) -> Result<ExitCode, CliError> {
    match arguments.verb {
        Verb::Show(arguments) => show::run(&arguments),
        Verb::Stages(arguments) => stages::run(&arguments),
        Verb::Check(arguments) => check::run(arguments).await,
        Verb::Diff(arguments) => diff::run(arguments).await,
        Verb::Get(arguments) => get::run(arguments).await,
        Verb::Set(arguments) => set::run(arguments).await,
        Verb::Rm(arguments) => rm::run(arguments).await,
        Verb::History(arguments) => history::run(arguments).await,
        Verb::Rollback(arguments) => rollback::run(arguments).await,
        Verb::Copy(arguments) => copy::run(arguments).await,
        Verb::Import(arguments) => import::run(arguments).await,
        Verb::Export(arguments) => export::run(arguments).await,
        Verb::Exec(arguments) => exec::run(arguments).await,
        Verb::Iam(arguments) => iam::run(arguments).await,
        #[cfg(feature = "deployed")]
        Verb::Who(arguments) => who::run(arguments).await,
        #[cfg(feature = "deployed")]
        Verb::Orphans(arguments) => orphans::run(arguments).await,
        Verb::Seal(arguments) => seal::run(arguments).await,
        Verb::Snapshot(arguments) => snapshot::run(arguments).await,
        Verb::Completions(arguments) => completions::run(&arguments),
        Verb::Man(arguments) => man::run(&arguments, Arguments::command()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_definition_is_valid() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn only_the_first_argument_stage_is_removed() {
        let strip = |words: &[&str]| -> Vec<OsString> {
            strip_cargo_argument(words.iter().map(OsString::from)).collect::<Vec<_>>()
        };
        assert_eq!(
            strip(&["cargo-stage", "stage", "seal", "stage"]),
            ["cargo-stage", "seal", "stage"]
        );
        assert_eq!(
            strip(&["cargo-stage", "seal", "stage"]),
            ["cargo-stage", "seal", "stage"]
        );
    }
}
