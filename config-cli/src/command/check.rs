//! `cargo stage check`: checks that a stage has all values that a program needs, before the program
//! runs there.

mod examine;
mod format;
#[cfg(feature = "deployed")]
mod function;
mod github;
mod markdown;
mod production_fallback;
mod report;
mod report_subject;
mod run;
mod shared_cause;
mod shared_secrets;
mod stage_checker;
mod summary;
mod table;
mod workspace;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use stage_config_core::Help;
use stage_config_core::manage::{ReadMode, VariableSource};

use crate::args::{ArtifactArguments, IdentityArguments, WorkspaceArguments};
use crate::dotenv;
use crate::error::CliError;
use crate::invocation;
use crate::session::{Session, StageSession};
use format::CheckFormat;
#[cfg(feature = "deployed")]
use function::FunctionArguments;
use report::{CheckReport, CheckResult, SharedSecret, StageCheck};
use run::{ProgramRunner, RunArguments};
use stage_checker::{CheckedStage, StageChecker};

const ABOUT: &str = "\
Check that a stage has all values that the program needs: each value exists, can be read, and \
decodes to the type of its field.

The command never shows a value or a part of one. It lists the values that are not verified: those \
that only the program can verify (its own types, `validate`, `with`, its own stores), and those \
that only the deployment knows (its environment variables). With --strict, each of them is an \
error. With --run, the built program verifies the first group: its code runs with your credentials \
up to the load of the configuration. With --env-file, the command reads the deployment's \
variables from a file. A secret in a String parameter is an error. White space around a text, a \
secret that two stages share, and a fallback source that no declared stage except production reads \
are warnings.

By default, the command requests the same names with the same calls as the program, so it needs \
the same permissions. With --no-decrypt, it calls DescribeSecret instead of reading secrets, and \
needs no permission to decrypt. With --offline, it sends no request to AWS.";

/// The part of the help about deployed functions.
const ABOUT_FUNCTIONS: &str = if cfg!(feature = "deployed") {
    "\n\nWith --function, --stack, --tag or --workspace --deployed, the command checks deployed \
     functions instead: the code that runs, its variables, its settings and its role, which IAM \
     simulates. It reads no value of the stage, changes nothing, and shows no value of a variable \
     except the name of a stage. \
     `cargo stage iam --stage STAGE --for check` prints the permissions that it needs."
} else {
    ""
};

/// The example of a check of a deployed function.
const FUNCTION_EXAMPLE: &str = if cfg!(feature = "deployed") {
    "\n  # A deployed function, against its own code and a build\n  \
     cargo stage check --function payments --stage prod --artifact bootstrap.zip"
} else {
    ""
};

const STATUS: &str = "\
Exit status:
  0  complete: no problem was found; values that are not verified are listed
  1  incomplete: a problem was found, even if something else could not be checked;
     with --strict also: a value is not verified
  2  could not check: no credentials, another account, throttled, unreachable; or wrong usage";

const EXAMPLES: &str = "\
Examples:
  # Every declared stage, each with the profile or role that Cargo.toml names for it
  cargo stage check
  # A built artifact, before its deployment; needs no Rust
  cargo stage check --stage prod --artifact target/lambda/payments/bootstrap.zip
  # In a CI that must not see values, with the variables that the deployment will set
  cargo stage check --stage prod --no-decrypt --env-file prod.env
  # A preview stage, with its fallback sources
  cargo stage check --stage pr-7
  # Every binary of the workspace, with annotations in a GitHub Actions job
  cargo stage check --workspace --format github
  # Nothing is left unverified: the built program checks the stage with the deployment's variables
  cargo stage check --stage prod --run --strict --env-file prod.env";

/// Check that a stage has all values that the program needs
#[derive(Debug, Args)]
#[command(long_about = format!("{ABOUT}{ABOUT_FUNCTIONS}"), after_help = STATUS)]
#[command(after_long_help = format!("{EXAMPLES}{FUNCTION_EXAMPLE}\n\n{STATUS}"))]
pub(crate) struct CheckArguments {
    /// The stage; may be repeated. Default: every declared stage. --function, --stack and --tag
    /// need exactly one stage
    #[arg(long, value_name = "STAGE")]
    pub(crate) stage: Vec<String>,

    /// Check only that values exist: do not decrypt them, and do not fetch the values of secrets
    ///
    /// Parameters are requested without decryption, secrets with DescribeSecret. Configurations of
    /// AppConfig are read and discarded. The content of values and the permission to decrypt them
    /// are then not verified.
    #[arg(long)]
    pub(crate) no_decrypt: bool,

    /// Run only the checks that need no network
    #[arg(long, conflicts_with = "no_decrypt")]
    pub(crate) offline: bool,

    /// Fail if a value is not verified, because only the program or the deployment can verify it,
    /// or because it was not read
    #[arg(long)]
    pub(crate) strict: bool,

    /// The variables that the deployment will set, one `NAME=value` per line, for `env:` and
    /// `kms-env:`
    #[arg(long, value_name = "FILE")]
    pub(crate) env_file: Option<PathBuf>,

    /// The output format
    #[arg(long, value_enum, default_value_t = CheckFormat::Text)]
    pub(crate) format: CheckFormat,

    /// Print JSON, for programs: the same as --format json
    #[arg(long, conflicts_with = "format")]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) run: RunArguments,

    #[command(flatten)]
    pub(crate) artifact: ArtifactArguments,

    #[command(flatten)]
    pub(crate) workspace: WorkspaceArguments,

    #[cfg(feature = "deployed")]
    #[command(flatten)]
    pub(crate) functions: FunctionArguments,

    #[command(flatten)]
    pub(crate) identity: IdentityArguments,
}

pub(crate) async fn run(arguments: CheckArguments) -> Result<ExitCode, CliError> {
    #[cfg(feature = "deployed")]
    if arguments.functions.is_used() {
        return function::run(&arguments).await;
    }
    let variables = read_deployment_variables(arguments.env_file.as_deref())?;
    if arguments.workspace.workspace {
        return workspace::run(&arguments, variables).await;
    }
    let session = Session::open(&arguments.artifact)?;
    // With `--run`, fail before the stages are read if no program can run.
    let runner = Ok(ProgramRunner::find(&session, &arguments.run)?);
    let stages = plan_stages(&session, &arguments)?;

    let mut checker = StageChecker::new(&arguments, variables, stages.len());
    let mut checked: Vec<CheckedStage> = Vec::with_capacity(stages.len());
    for stage in stages {
        checked.push(checker.check(stage, "", &runner).await);
    }

    let report = build_report(&session, &arguments, checker.mode, &checked);
    arguments.format().print(&report)?;
    Ok(ExitCode::from(report.result.exit_status()))
}

impl CheckArguments {
    fn format(&self) -> CheckFormat {
        if self.json {
            CheckFormat::Json
        } else {
            self.format
        }
    }
}

fn choose_read_mode(arguments: &CheckArguments) -> ReadMode {
    match (arguments.offline, arguments.no_decrypt) {
        (true, _) => ReadMode::Offline,
        (false, true) => ReadMode::Existence,
        (false, false) => ReadMode::Values,
    }
}

fn name_depth(mode: ReadMode) -> &'static str {
    match mode {
        ReadMode::Offline => "offline",
        ReadMode::Existence => "existence",
        ReadMode::Values => "values",
    }
}

/// Reads the variables of a deployment from a file. Without a file, the deployment has no known
/// variables.
pub(super) fn read_deployment_variables(file: Option<&Path>) -> Result<VariableSource, CliError> {
    let variables = file.map(dotenv::read).transpose()?.unwrap_or_default();
    Ok(VariableSource::Deployment(variables.into_iter().collect()))
}

/// Plans each stage once, in the order of the arguments.
fn plan_stages(
    session: &Session,
    arguments: &CheckArguments,
) -> Result<Vec<StageSession>, CliError> {
    let names = session.list_stage_names(&arguments.stage);
    if names.is_empty() {
        return Err(
            CliError::undetermined(format!("`{}` declares no stage", session.schema.name))
                .with_help("name a stage that uses the fallback sources: --stage STAGE"),
        );
    }
    names
        .into_iter()
        .map(|name| session.plan_stage(name, &arguments.identity))
        .collect()
}

fn build_report(
    session: &Session,
    arguments: &CheckArguments,
    mode: ReadMode,
    checked: &[CheckedStage],
) -> CheckReport {
    let stages = checked
        .iter()
        .map(|checked| checked.examine(arguments))
        .collect();
    let shared_secrets = shared_secrets::find_shared_secrets(session, checked);
    new_report(session, mode, stages, shared_secrets)
}

fn list_run_commands(session: &Session, stages: &[StageCheck]) -> BTreeMap<String, Help> {
    if !run::can_run_program(session) {
        return BTreeMap::new();
    }
    let to_command = |stage: &StageCheck| {
        let command = format!("{} --run", invocation::stage_command("check", &stage.stage));
        let help = Help::run_to("the program verifies the rest", command);
        (stage.stage.clone(), invocation::complete(help))
    };
    stages.iter().map(to_command).collect()
}

fn new_report(
    session: &Session,
    mode: ReadMode,
    stages: Vec<StageCheck>,
    shared_secrets: Vec<SharedSecret>,
) -> CheckReport {
    CheckReport {
        version: 2,
        config: session.schema.name,
        package: session.schema.package,
        depth: name_depth(mode),
        result: stages
            .iter()
            .map(|stage| stage.result)
            .max()
            .unwrap_or(CheckResult::Complete),
        run_commands: list_run_commands(session, &stages),
        stages,
        shared_secrets,
        warnings: production_fallback::find_warnings(session.schema),
    }
}
