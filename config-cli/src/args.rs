//! What may be written after `cargo stage`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{ArgGroup, Args, Parser, Subcommand};

/// Stages of a stage-config application: what they need, and how it gets there
#[derive(Debug, Parser)]
#[command(name = "cargo stage", bin_name = "cargo stage", version, max_term_width = 100)]
#[command(after_help = STATUS)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Encrypt a secret into a file that is committed beside the code
    #[command(long_about = ABOUT_SEAL, after_help = STATUS, after_long_help = format!("{EXAMPLES}\n\n{STATUS}"))]
    Seal(Seal),
}

const STATUS: &str = "\
Exit status:
  0    done; with --verify: everything is fine
  1    refused or failed; with --verify: something is wrong
  2    wrong usage; with --verify: something could not be checked
  130  interrupted, and nothing was changed";

const ABOUT_SEAL: &str = "\
Encrypt a secret into a file that is committed beside the code.

The value is typed, without being shown, or read from standard input. It goes into sealed/STAGE/FIELD, from where \
`#[stage(STAGE = \"sealed:FIELD\")]` embeds it into the program. Sealing needs no AWS: it takes the public half of the \
stage's key pair in sealed/STAGE/stage.key. The private half in the same file is wrapped by a KMS key, so that reading \
needs `kms:Decrypt`.";

const EXAMPLES: &str = "\
Examples:
  # Once for each stage; needs kms:Encrypt, and names the key
  cargo stage seal --init --stage prod --kms-key alias/payments
  # Asks for the value, typing hidden; needs no AWS
  cargo stage seal stripe_key --stage prod
  # A value of several lines
  cargo stage seal tls_key --stage prod < tls.pem
  # Needs kms:Decrypt, and with --offline nothing
  cargo stage seal --verify --stage prod
  # A new key pair; needs kms:Encrypt and kms:Decrypt
  cargo stage seal --rekey --stage prod
  # Files that the npm package vinz wrote
  cargo stage seal --import-vinz secrets/* --stage prod";

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("mode").args(["init", "verify", "rekey", "import_vinz"]))]
pub(crate) struct Seal {
    /// The secret's name: its file is sealed/STAGE/FIELD, its source `sealed:FIELD`
    #[arg(required_unless_present = "mode", conflicts_with_all = ["init", "rekey", "import_vinz"])]
    pub(crate) field: Option<String>,

    /// Taken so that a value written here by mistake is refused without being repeated: clap's message would show it
    #[arg(hide = true)]
    pub(crate) surplus: Vec<OsString>,

    /// The stage that the value is for
    #[arg(long)]
    pub(crate) stage: String,

    /// Replace a value that is sealed already
    #[arg(long, conflicts_with_all = ["init", "verify", "rekey"])]
    pub(crate) overwrite: bool,

    /// Drop the line end with which piped input ends
    #[arg(long, conflicts_with = "mode")]
    pub(crate) trim: bool,

    /// Make the stage's key pair, sealed/STAGE/stage.key
    #[arg(long)]
    pub(crate) init: bool,

    /// Check the files of the stage, or the one of FIELD, and print a table
    #[arg(long)]
    pub(crate) verify: bool,

    /// Make a new key pair, and seal everything anew: all or nothing
    #[arg(long)]
    pub(crate) rekey: bool,

    /// Seal what the npm package vinz encrypted, under the files' own names
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) import_vinz: Vec<PathBuf>,

    /// The KMS key that wraps the private half: an ARN, an id or an alias, as alias/payments
    ///
    /// Without it: `kms_key` of [package.metadata.stage.STAGE] or [workspace.metadata.stage.STAGE] in Cargo.toml, where
    /// STAGE may be a pattern, as "pr-*"; for --rekey also the key in use.
    #[arg(long, value_name = "KEY", conflicts_with_all = ["field", "verify", "import_vinz"])]
    pub(crate) kms_key: Option<String>,

    /// Check what can be checked without AWS
    #[arg(long, requires = "verify")]
    pub(crate) offline: bool,

    #[command(flatten)]
    pub(crate) package: PackageArguments,
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
