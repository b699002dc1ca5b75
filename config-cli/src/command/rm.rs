//! `cargo stage rm`: one value of one stage, removed.

use std::io::{self, IsTerminal as _};
use std::process::ExitCode;

use clap::Args;

use crate::args::{ArtifactArguments, IdentityArguments};
use crate::destination::{Destination, RECOVERY_DAYS};
use crate::problem::Problem;
use crate::progress::waiting;
use crate::session::Session;
use crate::{input, output};

const ABOUT: &str = "\
Remove one value of one stage: a parameter with all its versions, a secret, one key of a JSON secret, or a sealed file. Of a chain \
of sources the first is removed.

At a terminal the stage's name is asked for before anything goes. A secret can be had back for 30 days, or as many as \
--recovery-days says; a parameter can not.";

const STATUS: &str = "\
Exit status:
  0    removed
  1    refused or failed, or nothing is there
  2    wrong usage, or something could not be looked at
  130  interrupted";

/// Remove one value
#[derive(Debug, Args)]
#[command(long_about = ABOUT, after_help = STATUS)]
pub(crate) struct Rm {
    /// The field; of a nested struct as mail.password
    pub(crate) field: String,

    /// The stage
    #[arg(long)]
    pub(crate) stage: String,

    /// Ask nothing
    #[arg(long)]
    pub(crate) yes: bool,

    /// Remove it although other fields or stages read it too
    #[arg(long)]
    pub(crate) shared: bool,

    /// How many days a secret can be had back, from 7 to 30
    #[arg(long, value_name = "DAYS", default_value_t = RECOVERY_DAYS, value_parser = clap::value_parser!(i64).range(7..=30))]
    pub(crate) recovery_days: i64,

    #[command(flatten)]
    pub(crate) artifact: ArtifactArguments,

    #[command(flatten)]
    pub(crate) identity: IdentityArguments,
}

pub(crate) async fn run(arguments: Rm) -> Result<ExitCode, Problem> {
    let Rm { field: path, recovery_days, .. } = &arguments;
    let session = Session::open(&arguments.artifact)?;
    let stage = session.field(&arguments.stage, &arguments.identity, path)?;
    let destination = Destination::of(&session, &stage, stage.planned_field(path)?)?;
    for note in destination.chain_note().into_iter().chain(destination.shared_note()) {
        output::talk(&format!("note: {note}"));
    }
    if !destination.readers().is_empty() && !arguments.shared {
        return Err(Problem::refused(format!("{} is not `{path}`'s alone: nothing was removed", destination.shown()))
            .remedy("`--shared` removes it all the same, for all that read it"));
    }
    let access = destination.access().await?;
    let existing = waiting("looking at what is there", destination.kept(access.as_ref())).await?;
    let absent = || Problem::refused(format!("{} does not exist: nothing was removed", destination.shown()));
    let existing = existing.ok_or_else(absent)?;
    if !arguments.yes {
        let version = existing.version.map(|version| format!(", version {version}")).unwrap_or_default();
        output::talk(&format!(
            "`{path}` of the stage `{}` is {} ({}{version})",
            stage.name(),
            destination.shown(),
            existing.kind
        ));
        output::talk(&format!("{}.", destination.removal(*recovery_days)));
        confirm(stage.name()).await?;
    }
    let removed = waiting("removing", destination.remove(access.as_ref(), *recovery_days)).await?;
    let later = removed.ok_or_else(absent)?;
    output::talk(&format!("{} is removed from the stage `{}`: {later}", destination.shown(), stage.name()));
    Ok(ExitCode::SUCCESS)
}

/// Whoever types the stage's name has read it.
async fn confirm(stage: &str) -> Result<(), Problem> {
    if !io::stdin().is_terminal() {
        return Err(Problem::unchecked(
            "nobody is there to be asked, since standard input is no terminal: nothing was removed",
        )
        .remedy("`--yes` removes without asking"));
    }
    match input::line(&format!("Type the stage's name to remove it ({stage}): ")).await?.trim() {
        typed if typed == stage => Ok(()),
        _ => Err(Problem::refused("that is not the stage's name: nothing was removed")),
    }
}
