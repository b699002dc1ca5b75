//! `cargo stage diff`: compares the values of two stages, without showing a value.

mod compare;
mod table;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use stage_config_core::manage::{ReadMode, ReadStage, VariableSource};

use crate::args::{ArtifactArguments, IdentityArguments};
use crate::command::check;
use crate::error::CliError;
use crate::progress::wait_with_progress;
use crate::session::{Session, StageSession};
use crate::{output, stage_name};
use compare::{DiffResult, StageDiff, StageReading};

const ABOUT: &str = "\
Compare two stages: list the values that are missing in one of them, different, or equal.

The command compares the values that the program would read, and shows none of them. It warns \
about a secret that is equal in both stages. Each stage is read with the profile or role that \
Cargo.toml names for it.";

const STATUS: &str = "\
Exit status:
  0  compared
  1  with --exit-code: a value is missing in one stage, or different
  2  a value could not be read, even if others are different; or wrong usage";

/// Compare two stages, without showing a value
#[derive(Debug, Args)]
#[command(long_about = ABOUT, after_help = STATUS)]
pub(crate) struct DiffArguments {
    /// One stage
    #[arg(value_name = "A")]
    pub(crate) one: String,

    /// The other stage
    #[arg(value_name = "B")]
    pub(crate) other: String,

    /// Exit with status 1 if the stages differ
    #[arg(long)]
    pub(crate) exit_code: bool,

    /// Show equal values too
    #[arg(long)]
    pub(crate) all: bool,

    /// The variables of A's deployment, one `NAME=value` per line, for `env:` and `kms-env:`
    #[arg(long, value_name = "FILE")]
    pub(crate) env_file_a: Option<PathBuf>,

    /// The variables of B's deployment
    #[arg(long, value_name = "FILE")]
    pub(crate) env_file_b: Option<PathBuf>,

    /// Print JSON, for programs
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) artifact: ArtifactArguments,

    #[command(flatten)]
    pub(crate) identity: IdentityArguments,
}

pub(crate) async fn run(arguments: DiffArguments) -> Result<ExitCode, CliError> {
    if arguments.one == arguments.other {
        return Err(CliError::undetermined(stage_name::redact_name(
            &format!("both stages are `{}`", arguments.one),
            &arguments.one,
        ))
        .with_help("name two different stages"));
    }
    let variables_a = check::read_deployment_variables(arguments.env_file_a.as_deref())?;
    let variables_b = check::read_deployment_variables(arguments.env_file_b.as_deref())?;

    let session = Session::open(&arguments.artifact)?;
    let a = session.plan_stage(&arguments.one, &arguments.identity)?;
    let b = session.plan_stage(&arguments.other, &arguments.identity)?;
    let activity = format!("reading the stages `{}` and `{}`", a.name(), b.name());
    // Both stages are read at the same time, so a store that does not answer costs only one
    // timeout.
    let reads =
        async { tokio::try_join!(read_stage(&a, variables_a), read_stage(&b, variables_b)) };
    let (reading_a, reading_b) = wait_with_progress(&activity, reads).await?;
    let diff = StageDiff::new(
        session.schema,
        StageReading {
            stage: &a,
            fields: &reading_a.fields,
        },
        StageReading {
            stage: &b,
            fields: &reading_b.fields,
        },
    );

    if arguments.json {
        output::print_json(&diff)?;
    } else {
        table::print(&diff, arguments.all)?;
    }
    Ok(ExitCode::from(match diff.result {
        DiffResult::Unread => 2,
        DiffResult::Different if arguments.exit_code => 1,
        DiffResult::Different | DiffResult::Same => 0,
    }))
}

async fn read_stage(
    stage: &StageSession,
    variables: VariableSource,
) -> Result<ReadStage, CliError> {
    stage
        .read(ReadMode::Values, variables)
        .await
        .map_err(|problem| problem.within(&format!("stage `{}`", stage.name())))
}
