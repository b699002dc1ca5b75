//! `cargo stage rollback`: makes an older version of one value of one stage current again.

use std::process::ExitCode;

use clap::Args;
use stage_config_core::manage::VersionInfo;

use crate::args::{ArtifactArguments, FieldArguments, IdentityArguments};
use crate::confirm::ask_yes_no;
use crate::destination::{Destination, RollbackVersions};
use crate::error::CliError;
use crate::output;
use crate::progress::wait_with_progress;
use crate::session::{Session, StageSession};

const ABOUT: &str = "\
Make an older version of one value of one stage current again. No value is shown.

The text of an older version of a parameter is written again as a new version, with the same type, \
tier and KMS key. A secret keeps its versions: its label AWSCURRENT moves, and Secrets Manager moves \
AWSPREVIOUS. If the field reads a key of a JSON text, all keys of the text are rolled back. For a \
chain of sources, only the value of the first source is rolled back.

The command refuses a version that a field cannot decode, before it writes anything. Only the \
stored value is rolled back: if a password was rotated in a database, the database still expects the \
newer password. The versions of a sealed file are in git.";

const EXAMPLES: &str = "\
Examples:
  # Lists the versions
  cargo stage history stripe_key --stage prod
  # Goes back to the version before the current one
  cargo stage rollback stripe_key --stage prod
  # Goes back to a named version, without a question
  cargo stage rollback table_name --stage prod --to 3 --yes";

const STATUS: &str = "\
Exit status:
  0    the older version is current
  1    refused or failed; if something was written, the output says what
  2    wrong usage, or something could not be read
  130  interrupted";

/// Make an older version of one value current again, without showing a value
#[derive(Debug, Args)]
#[command(long_about = ABOUT, after_help = STATUS, after_long_help = format!("{EXAMPLES}\n\n{STATUS}"))]
pub(crate) struct RollbackArguments {
    #[command(flatten)]
    pub(crate) field: FieldArguments,

    /// The stage
    #[arg(long)]
    pub(crate) stage: String,

    /// The version, or a label of it. Default: the version before the current one
    #[arg(long, value_name = "VERSION", alias = "version")]
    pub(crate) to: Option<String>,

    /// Write without asking
    #[arg(short, long)]
    pub(crate) yes: bool,

    #[command(flatten)]
    pub(crate) artifact: ArtifactArguments,

    #[command(flatten)]
    pub(crate) identity: IdentityArguments,
}

pub(crate) async fn run(arguments: RollbackArguments) -> Result<ExitCode, CliError> {
    let path = &arguments.field.field;
    let session = Session::open(&arguments.artifact)?;
    let stage = session.plan_field(&arguments.stage, &arguments.identity, &arguments.field)?;
    let destination = Destination::for_rollback(&session, &stage, stage.find_field(path)?)?;
    for note in list_notes(&destination) {
        output::eprint_line(&format!("note: {note}"));
    }

    let aws = wait_with_progress("connecting to AWS", stage.connect()).await?;
    let find = destination.find_rollback(&aws, arguments.to.as_deref());
    let versions = wait_with_progress("reading the versions", find).await?;
    let check = destination.check_version(&session, &aws, &versions);
    wait_with_progress("reading the older version", check).await?;

    if !arguments.yes {
        print_change(&stage, path, &destination, &versions);
        if !ask_yes_no("Make the older version current again?").await? {
            return Err(CliError::failed("nothing was written"));
        }
    }

    let roll_back = destination.roll_back(&aws, &versions);
    let written = wait_with_progress("writing", roll_back).await?;
    let written = written.version.unwrap_or_default();
    let origin = if written == versions.target.version {
        format!(", instead of {}", versions.current.version)
    } else {
        format!(", with the value of version {}", versions.target.version)
    };
    output::eprint_line(&format!(
        "`{path}` of the stage `{}` is rolled back: {} is now at version {written}{origin}",
        stage.name(),
        destination.whole_source_text()
    ));
    if let Some(note) = destination.who_note() {
        output::eprint_line(&format!("note: {note}"));
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns the notes before a rollback. They say which sources of a chain stay unchanged, that all
/// keys of a JSON text go back, and which other fields read the value.
fn list_notes(destination: &Destination<'_>) -> Vec<String> {
    let whole = destination.has_key().then(|| {
        format!(
            "`{}` is a key of a JSON text, and all keys of {} go back",
            destination.source_text(),
            destination.whole_source_text()
        )
    });
    destination
        .chain_note()
        .into_iter()
        .chain(whole)
        .chain(destination.shared_note())
        .collect()
}

fn print_change(
    stage: &StageSession,
    path: &str,
    destination: &Destination<'_>,
    versions: &RollbackVersions,
) {
    output::eprint_line(&format!(
        "`{path}` of the stage `{}` is {}",
        stage.name(),
        destination.whole_source_text()
    ));
    output::eprint_line(&format!("current: {}", describe(&versions.current)));
    output::eprint_line(&format!("older:   {}", describe(&versions.target)));
}

/// Describes a version without its value: its number, date, author and labels.
fn describe(version: &VersionInfo) -> String {
    let author = version.author.iter().map(|author| format!("by {author}"));
    let date = version.date.iter().cloned();
    let labels = Some(version.labels.join(", ")).filter(|labels| !labels.is_empty());
    let parts: Vec<String> = date.chain(author).chain(labels).collect();
    format!("version {} ({})", version.version, parts.join(", "))
}
