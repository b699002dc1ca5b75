//! What may be written after `cargo stage`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::command::check::Check;
use crate::command::completions::Completions;
use crate::command::copy::Copy;
use crate::command::diff::Diff;
use crate::command::exec::Exec;
use crate::command::export::Export;
use crate::command::get::Get;
use crate::command::history::History;
use crate::command::iam::Iam;
use crate::command::import::Import;
use crate::command::man::Man;
use crate::command::rm::Rm;
use crate::command::seal::Seal;
use crate::command::set::Set;
use crate::command::show::Show;
use crate::command::snapshot::Snapshot;

/// What cargo runs for `cargo stage`.
pub(crate) const PROGRAM: &str = "cargo-stage";

/// Stages of a stage-config application: what they need, and how it gets there
#[derive(Debug, Parser)]
#[command(name = "cargo stage", bin_name = "cargo stage", version, max_term_width = 100)]
#[command(after_help = STATUS)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// What each does stands at its arguments, in its own file.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    Show(Show),
    Check(Check),
    Diff(Diff),
    Get(Get),
    Set(Set),
    Rm(Rm),
    History(History),
    Copy(Copy),
    Import(Import),
    Export(Export),
    Exec(Exec),
    Iam(Iam),
    Seal(Seal),
    Snapshot(Snapshot),
    Completions(Completions),
    Man(Man),
}

const STATUS: &str = "\
Exit status:
  0    done; of a check: everything is fine
  1    refused or failed; of a check: something is wrong
  2    wrong usage, or something could not be looked at
  130  interrupted: the last line says whether anything was written";

/// Where the description of the configuration is read.
#[derive(Debug, Args)]
#[command(next_help_heading = "Configuration")]
pub(crate) struct ArtifactArguments {
    /// What was built: an executable, a Lambda zip, or a folder with a `bootstrap` in it
    ///
    /// Without it the package is built, as cargo builds it, and what comes of it is read. With it no Rust is needed.
    #[arg(long, value_name = "PATH")]
    pub(crate) artifact: Option<PathBuf>,

    /// The configuration's struct, where the artifact has several: Config, or with its module settings::Config
    #[arg(long, value_name = "NAME")]
    pub(crate) config: Option<String>,

    #[command(flatten)]
    pub(crate) build: BuildArguments,
}

/// What is built, in cargo's own words.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Build")]
pub(crate) struct BuildArguments {
    /// The Cargo.toml of the package or workspace, instead of the one above the working directory
    #[arg(long, value_name = "PATH")]
    pub(crate) manifest_path: Option<PathBuf>,

    /// The member of the workspace
    #[arg(short, long, value_name = "NAME")]
    pub(crate) package: Option<String>,

    /// The binary
    #[arg(long, value_name = "NAME")]
    pub(crate) bin: Option<String>,

    /// The example, in place of a binary
    #[arg(long, value_name = "NAME", conflicts_with = "bin")]
    pub(crate) example: Option<String>,

    /// Build in release mode
    #[arg(short, long)]
    pub(crate) release: bool,

    /// The target's triple
    #[arg(long, value_name = "TRIPLE")]
    pub(crate) target: Option<String>,

    /// Cargo features to turn on, between commas or spaces
    #[arg(short = 'F', long, value_name = "FEATURES")]
    pub(crate) features: Vec<String>,

    /// Turn on all cargo features
    #[arg(long)]
    pub(crate) all_features: bool,

    /// Turn off the default cargo features
    #[arg(long)]
    pub(crate) no_default_features: bool,
}

/// Whose credentials are used, and where: what is given here goes before Cargo.toml's [package.metadata.stage.STAGE].
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "AWS")]
pub(crate) struct IdentityArguments {
    /// The region
    #[arg(long, value_name = "REGION")]
    pub(crate) region: Option<String>,

    /// A profile of ~/.aws/config
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,

    /// A role to assume
    #[arg(long, value_name = "ARN")]
    pub(crate) role_arn: Option<String>,

    /// The account that the stage is in: anybody else's credentials are refused
    #[arg(long, value_name = "NUMBER")]
    pub(crate) account: Option<String>,
}

/// Which package, and what it calls itself.
#[derive(Debug, Args)]
#[command(next_help_heading = "Package")]
pub(crate) struct PackageArguments {
    /// The Cargo.toml of the package or workspace, instead of the one above the working directory
    #[arg(long, value_name = "PATH")]
    pub(crate) manifest_path: Option<PathBuf>,

    /// The member of the workspace
    #[arg(short, long, value_name = "NAME")]
    pub(crate) package: Option<String>,

    /// The name that the files are bound to, as in #[config(app = "…")]
    ///
    /// Without it: `app` of [package.metadata.stage] in Cargo.toml, else the package's name.
    #[arg(long, value_name = "NAME")]
    pub(crate) app: Option<String>,
}

/// Cargo calls `cargo-stage stage seal …` for `cargo stage seal …`: the first argument is dropped where it is that one.
pub(crate) fn without_cargo(arguments: impl Iterator<Item = OsString>) -> impl Iterator<Item = OsString> {
    arguments.enumerate().filter(|(at, argument)| !(*at == 1 && argument == "stage")).map(|(_, argument)| argument)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn definition_is_sound() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn only_the_first_stage_is_cargos() {
        let of =
            |words: &[&str]| -> Vec<OsString> { without_cargo(words.iter().map(OsString::from)).collect::<Vec<_>>() };
        assert_eq!(of(&["cargo-stage", "stage", "seal", "stage"]), ["cargo-stage", "seal", "stage"]);
        assert_eq!(of(&["cargo-stage", "seal", "stage"]), ["cargo-stage", "seal", "stage"]);
    }
}
