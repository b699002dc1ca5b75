//! `cargo stage rm`: removes one value of one stage.

use std::io::{self, IsTerminal as _};
use std::process::ExitCode;

use clap::Args;

use crate::args::{ArtifactArguments, FieldArguments, IdentityArguments};
use crate::destination::{Destination, RECOVERY_DAYS};
use crate::error::CliError;
use crate::progress::wait_with_progress;
use crate::session::{Connections, Session};
use crate::{input, output};

const ABOUT: &str = "\
Remove one value of one stage: a parameter with all its versions, a secret, one key of a JSON \
parameter or secret, or a sealed file. For a chain of sources, the value of the first source is \
removed.

At a terminal, you confirm with the stage's name. A secret can be restored for 30 days, or for \
--recovery-days; a parameter cannot be restored.";

const STATUS: &str = "\
Exit status:
  0    removed
  1    refused or failed, or the value does not exist
  2    wrong usage, or something could not be read
  130  interrupted";

/// Remove one value
#[derive(Debug, Args)]
#[command(long_about = ABOUT, after_help = STATUS)]
pub(crate) struct RmArguments {
    #[command(flatten)]
    pub(crate) field: FieldArguments,

    /// The stage
    #[arg(long)]
    pub(crate) stage: String,

    /// Remove without asking
    #[arg(long)]
    pub(crate) yes: bool,

    /// Remove the value even if other fields or stages read it
    #[arg(long)]
    pub(crate) shared: bool,

    /// The number of days in which a secret can be restored, from 7 to 30
    #[arg(long, value_name = "DAYS", default_value_t = RECOVERY_DAYS, value_parser = clap::value_parser!(i64).range(7..=30))]
    pub(crate) recovery_days: i64,

    #[command(flatten)]
    pub(crate) artifact: ArtifactArguments,

    #[command(flatten)]
    pub(crate) identity: IdentityArguments,
}

pub(crate) async fn run(arguments: RmArguments) -> Result<ExitCode, CliError> {
    let RmArguments {
        field,
        recovery_days,
        ..
    } = &arguments;
    let path = &field.field;
    let session = Session::open(&arguments.artifact)?;
    let stage = session.plan_field(&arguments.stage, &arguments.identity, field)?;
    let destination = Destination::for_removal(&session, &stage, stage.find_field(path)?)?;
    for note in destination
        .chain_note()
        .into_iter()
        .chain(destination.shared_note())
    {
        output::eprint_line(&format!("note: {note}"));
    }
    if !destination.readers().is_empty() && !arguments.shared {
        return Err(CliError::failed(format!(
            "other fields or stages read {} too: nothing was removed",
            destination.source_text()
        ))
        .with_help("add `--shared` to remove the value for all of them"));
    }

    let inspection = async {
        let access = destination.connect(&mut Connections::default()).await?;
        let existing = destination.inspect_for_removal(access.as_ref()).await?;
        Ok::<_, CliError>((access, existing))
    };
    let (access, existing) = wait_with_progress("inspecting the current value", inspection).await?;
    let not_found_error = || {
        CliError::failed(format!(
            "{} does not exist: nothing was removed",
            destination.source_text()
        ))
    };
    let existing = existing.ok_or_else(not_found_error)?;

    if !arguments.yes {
        let source = destination.source_text();
        output::eprint_line(&format!(
            "`{path}` of the stage `{}` is {source} ({existing})",
            stage.name()
        ));
        output::eprint_line(&format!(
            "{}.",
            destination.describe_removal(*recovery_days)
        ));
        confirm_stage(stage.name()).await?;
    }

    let removed = wait_with_progress(
        "removing",
        destination.remove(access.as_ref(), *recovery_days),
    )
    .await?;
    let consequence = removed.ok_or_else(not_found_error)?;
    output::eprint_line(&format!(
        "{} is removed from the stage `{}`: {consequence}",
        destination.source_text(),
        stage.name()
    ));
    if let Some(note) = destination.who_note() {
        output::eprint_line(&format!("note: {note}"));
    }
    Ok(ExitCode::SUCCESS)
}

/// Asks the user to type the stage's name, as a confirmation.
async fn confirm_stage(stage: &str) -> Result<(), CliError> {
    if !io::stdin().is_terminal() {
        return Err(CliError::failed(
            "standard input is not a terminal, so the command cannot ask: nothing was removed",
        )
        .with_help("add `--yes` to remove without asking"));
    }
    match input::read_line(&format!(
        "Type the stage's name to remove the value ({stage}): "
    ))
    .await?
    .trim()
    {
        typed if typed == stage => Ok(()),
        _ => Err(CliError::failed(
            "that is not the stage's name: nothing was removed",
        )),
    }
}
