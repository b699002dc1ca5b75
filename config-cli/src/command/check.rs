//! `cargo stage check`: whether a stage has everything that a program needs, before the program runs there.

mod examine;
mod production_fallback;
mod report;
mod shared_secrets;
mod table;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use stage_config_core::manage::{ReadMode, ReadStage, VariableSource};

use crate::args::{ArtifactArguments, IdentityArguments};
use crate::error::CliError;
use crate::progress::wait_with_progress;
use crate::session::{Session, StageSession};
use crate::{dotenv, output};
use report::{CheckReport, CheckResult, StageCheck};

const ABOUT: &str = "\
Check that a stage has everything that the program needs: each value is there, can be read, and is what its field takes.

No value is shown, nor a part of one. What cannot be verified without the program itself (types of its own, `validate`, `with`, \
its own stores) and what only the deployment knows (its environment variables) is named as not verified; with --strict it is an \
error. The program verifies the rest with `Config::loader().stage(\"prod\").check()`. \
A secret that is kept as a String parameter is wrong; white space around a text, a secret that two stages share, and a fallback \
source that only production reads, are warned of.

The same names are asked for in the same calls as the program makes; so it needs the rights that the program has.";

const STATUS: &str = "\
Exit status:
  0  complete: nothing is known to be wrong; what is not verified is said
  1  incomplete: something is known to be wrong, whatever else could not be asked;
     with --strict also: something is not verified
  2  could not check: no credentials, another account, throttled, unreachable; or wrong usage";

const EXAMPLES: &str = "\
Examples:
  # Every declared stage, each with its own credentials from Cargo.toml
  cargo stage check
  # What was built, before it is deployed; needs no Rust
  cargo stage check --stage prod --artifact target/lambda/payments/bootstrap.zip
  # In a CI that must not see values, with the variables that the deployment will set
  cargo stage check --stage prod --no-decrypt --env-file prod.env
  # A preview, by its fallback sources
  cargo stage check --stage pr-7";

/// Check that a stage has everything that the program needs
#[derive(Debug, Args)]
#[command(long_about = ABOUT, after_help = STATUS, after_long_help = format!("{EXAMPLES}\n\n{STATUS}"))]
pub(crate) struct CheckArguments {
    /// The stage; may be given several times. Without it: every declared stage
    #[arg(long, value_name = "STAGE")]
    pub(crate) stage: Vec<String>,

    /// Ask only whether values are there: nothing is decrypted, no secret is asked for
    ///
    /// Parameters are asked for without decryption, secrets by DescribeSecret. What values hold is then not verified, nor is the
    /// right to decrypt them.
    #[arg(long)]
    pub(crate) no_decrypt: bool,

    /// Check what can be checked without a network
    #[arg(long, conflicts_with = "no_decrypt")]
    pub(crate) offline: bool,

    /// Fail where something is not verified: what only the program or the deployment can tell, and what was not read
    #[arg(long)]
    pub(crate) strict: bool,

    /// The variables that the deployment will set, `NAME=value` a line, for `env:` and `kms-env:`
    #[arg(long, value_name = "FILE")]
    pub(crate) env_file: Option<PathBuf>,

    /// Print JSON, for programs
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) artifact: ArtifactArguments,

    #[command(flatten)]
    pub(crate) identity: IdentityArguments,
}

/// A stage, and what was read of it.
struct CheckedStage {
    stage: StageSession,
    reading: Result<ReadStage, CliError>,
}

pub(crate) async fn run(arguments: CheckArguments) -> Result<ExitCode, CliError> {
    let variables = arguments.env_file.as_deref().map(read_deployment_variables).transpose()?;
    let variables = variables.unwrap_or_else(|| VariableSource::Deployment(Default::default()));
    let session = Session::open(&arguments.artifact)?;
    let depth = choose_read_mode(&arguments);
    let stages = plan_stages(&session, &arguments)?;
    let mut checked: Vec<CheckedStage> = Vec::with_capacity(stages.len());
    // One after another: stages often share an account, whose quota they would use up together.
    let all = stages.len();
    for (index, stage) in stages.into_iter().enumerate() {
        let what = format!("reading `{}` ({} of {all})", stage.name(), index + 1);
        let reading = wait_with_progress(&what, stage.read(depth, variables.clone())).await;
        checked.push(CheckedStage { stage, reading });
    }
    let report = build_report(&session, &arguments, depth, &checked)?;
    if arguments.json {
        output::print_json(&report)?;
    } else {
        table::print(&report)?;
    }
    Ok(ExitCode::from(report.result.exit_status()))
}

fn choose_read_mode(arguments: &CheckArguments) -> ReadMode {
    match (arguments.offline, arguments.no_decrypt) {
        (true, _) => ReadMode::Offline,
        (false, true) => ReadMode::Existence,
        (false, false) => ReadMode::Values,
    }
}

/// The variables of a deployment, out of a file.
pub(super) fn read_deployment_variables(file: &Path) -> Result<VariableSource, CliError> {
    Ok(VariableSource::Deployment(dotenv::read(file)?.into_iter().collect()))
}

/// Each stage once, in the order in which they are named.
fn plan_stages(session: &Session, arguments: &CheckArguments) -> Result<Vec<StageSession>, CliError> {
    let declared = || session.schema.stages.iter().map(|stage| (*stage).to_owned()).collect();
    let named: Vec<String> = if arguments.stage.is_empty() { declared() } else { arguments.stage.clone() };
    if named.is_empty() {
        return Err(CliError::undetermined(format!("`{}` declares no stage", session.schema.name))
            .with_help("name one that uses its fallback sources: --stage STAGE"));
    }
    let mut stages: Vec<StageSession> = Vec::new();
    for name in &named {
        if !stages.iter().any(|stage| stage.name() == name) {
            stages.push(session.plan_stage(name, &arguments.identity)?);
        }
    }
    Ok(stages)
}

fn build_report(
    session: &Session,
    arguments: &CheckArguments,
    mode: ReadMode,
    checked: &[CheckedStage],
) -> Result<CheckReport, CliError> {
    let to_stage_check = |CheckedStage { stage, reading }: &CheckedStage| match reading {
        Ok(reading) => examine::examine_stage(stage, reading),
        Err(problem) => StageCheck::from_error(stage.name(), stage.plan.stage().is_fallback(), problem),
    };
    let stages = checked.iter().map(to_stage_check);
    let stages: Vec<StageCheck> = match arguments.strict {
        true => stages.map(StageCheck::into_strict).collect(),
        false => stages.collect(),
    };
    Ok(CheckReport {
        version: 2,
        config: session.schema.name,
        package: session.schema.package,
        depth: match mode {
            ReadMode::Offline => "offline",
            ReadMode::Existence => "existence",
            ReadMode::Values => "values",
        },
        result: stages.iter().map(|stage| stage.result).max().unwrap_or(CheckResult::Complete),
        stages,
        shared_secrets: shared_secrets::find_shared_secrets(session, &arguments.identity, checked)?,
        warnings: production_fallback::find_warnings(session.schema),
    })
}
