//! `cargo stage exec`: runs a program with a stage's values in its environment.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use clap::Args;
use stage_config_core::Plan;
use stage_config_core::manage::{ReadMode, VariableSource};
use stage_config_grammar::source::Address;
use zeroize::Zeroizing;

use crate::args::{ArtifactArguments, IdentityArguments};
use crate::error::CliError;
use crate::format::{ExportEntry, check_no_nul};
use crate::read_values::{Completeness, ExportedValues, OmitReason, print_names};
use crate::redact::is_name_like;
use crate::session::{Session, StageSession};
use crate::variable_names::{NamingArguments, VariableNames, is_reserved, is_same_variable};
use crate::{dotenv, output};

const ABOUT: &str = "\
Run a program with a stage's values in its environment.

The variable of the field `mail.password` is MAIL_PASSWORD. The program replaces this command: the \
exit status is that of the program, and signals go to the program. The program starts only if the \
stage is complete.

A field without a value (an optional field, or one with a default in the program) gets no \
variable, and an inherited variable of that name is removed. Other processes of the same user, and \
root, can read the values in /proc/PID/environ.";

const STATUS: &str = "\
Exit status:
  1    the stage is incomplete; the program was not started
  2    wrong usage, or the stage could not be read
  126  the program cannot be executed
  127  the program was not found
  else the exit status of the program";

/// The exit statuses of shells for a program that cannot be run, and for one that is not found.
const CANNOT_RUN: u8 = 126;
const NOT_FOUND: u8 = 127;

/// Run a program with a stage's values in its environment
#[derive(Debug, Args)]
#[command(long_about = ABOUT, after_help = STATUS)]
pub(crate) struct ExecArguments {
    /// The stage
    #[arg(long)]
    pub(crate) stage: String,

    /// A file of variables, one `NAME=value` per line, which override the stage's values
    #[arg(long, value_name = "FILE")]
    pub(crate) env_file: Option<PathBuf>,

    /// Pass only the variables of the stage and of the file
    #[arg(long)]
    pub(crate) pristine: bool,

    /// The program and its arguments
    #[arg(last = true, required = true, num_args = 1.., value_name = "COMMAND")]
    pub(crate) command: Vec<OsString>,

    #[command(flatten)]
    pub(crate) naming: NamingArguments,

    #[command(flatten)]
    pub(crate) identity: IdentityArguments,

    #[command(flatten)]
    pub(crate) artifact: ArtifactArguments,
}

pub(crate) async fn run(arguments: ExecArguments) -> Result<ExitCode, CliError> {
    let session = Session::open(&arguments.artifact)?;
    let stage = session.plan_stage(&arguments.stage, &arguments.identity)?;
    let names = VariableNames::new_for_environment(stage.plan.fields(), &arguments.naming)?;
    names.check_stage_variable(stage.plan.schema().stage_variable())?;
    let file_variables = match &arguments.env_file {
        Some(path) => read_file_variables(path, &stage)?,
        None => Vec::new(),
    };

    let Some((program, rest)) = arguments.command.split_first() else {
        return Err(CliError::undetermined("the command line names no program"));
    };
    let mut command = Command::new(program);
    command.args(rest);
    if arguments.pristine {
        command.env_clear();
    }

    let variables = ExecVariables {
        names: &names,
        file_variables: &file_variables,
        is_from_artifact: arguments.artifact.artifact.is_some(),
    };
    check_stage_variable(&stage, &variables)?;
    set_variables(&mut command, &stage, &variables).await?;
    for (name, value) in &file_variables {
        command.env(name, value.as_str());
    }
    handle_start_error(&program.to_string_lossy(), replace_process(&mut command))
}

/// Reads the variables of a file. Returns an error if the file sets another stage.
fn read_file_variables(
    path: &Path,
    stage: &StageSession,
) -> Result<Vec<(String, Zeroizing<String>)>, CliError> {
    let file_variables = dotenv::read(path)?;
    let variable = stage.plan.schema().stage_variable();
    let is_other_stage = |(name, value): &&(String, Zeroizing<String>)| {
        is_same_variable(name, variable) && value.as_str() != stage.name()
    };
    match file_variables.iter().find(is_other_stage) {
        None => Ok(file_variables),
        Some((name, _)) => {
            let (path, stage) = (path.display(), stage.name());
            let message =
                format!("{path} sets the stage variable {name} to another stage than `{stage}`");
            Err(CliError::undetermined(message)
                .with_help("remove the line from the file, or pass its stage to --stage"))
        }
    }
}

/// The names of the variables that get the stage's values, and the variables of `--env-file`.
struct ExecVariables<'a> {
    names: &'a VariableNames,
    file_variables: &'a [(String, Zeroizing<String>)],
    /// Whether the schema comes from `--artifact`, and not from the package.
    is_from_artifact: bool,
}

/// Refuses a stage variable such as `BASH_ENV`, which makes shells or other programs run other
/// code: an untrusted artifact may have chosen its name. Accepts the variable if the user's file
/// sets it.
fn check_stage_variable(
    stage: &StageSession,
    variables: &ExecVariables<'_>,
) -> Result<(), CliError> {
    let variable = stage.plan.schema().stage_variable();
    let is_in_file = variables
        .file_variables
        .iter()
        .any(|(name, _)| is_same_variable(name, variable));
    if !variables.is_from_artifact || is_in_file || !is_reserved(variable) {
        return Ok(());
    }
    let message = format!(
        "the stage variable of the artifact is {variable}, which tells shells or other programs \
         what to run: nothing was started"
    );
    let stage = stage.name();
    Err(CliError::undetermined(message).with_help(format!(
        "if you trust the artifact, write `{variable}={stage}` into a file for `--env-file`; in \
         the package of your own program, run the command without `--artifact`"
    )))
}

/// Passes the stage's values to the command, and removes inherited variables for which the stage
/// has no value. Returns an error that lists the missing values, if any.
async fn set_variables(
    command: &mut Command,
    stage: &StageSession,
    variables: &ExecVariables<'_>,
) -> Result<(), CliError> {
    let ExecVariables {
        names,
        file_variables,
        is_from_artifact,
    } = variables;
    let reading = stage.read_with_progress(ReadMode::Values, VariableSource::Process);
    let reading = reading.await?;
    let is_in_file = |path: &str| {
        file_variables
            .iter()
            .any(|(name, _)| name == names.variable(path))
    };
    let mut values =
        ExportedValues::from_reading(&reading, stage, Completeness::Complete, is_in_file)?;
    if *is_from_artifact {
        values.omit_code_values(|path| names.is_chosen(path));
    }
    let entries: Vec<ExportEntry<'_>> = values
        .values
        .iter()
        .map(|value| ExportEntry::new(value, names))
        .collect();
    check_no_nul(&entries)?;

    // If the program loads a configuration itself, it must load the same stage, even if the shell's
    // variable names another one.
    command.env(stage.plan.schema().stage_variable(), stage.name());
    for entry in &entries {
        command.env(entry.variable, entry.text);
    }
    values.print_notes();

    let source_variables = list_source_variables(&stage.plan);
    // Remove the inherited variables of fields without a value in the stage: an inherited value may
    // belong to another stage.
    let omitted = values
        .omitted
        .iter()
        .filter(|field| field.reason != OmitReason::Unknown);
    let inherited: Vec<&str> = omitted
        .map(|field| names.variable(&field.path))
        .filter(|name| std::env::var_os(name).is_some() && !source_variables.contains(*name))
        .collect();
    for name in &inherited {
        command.env_remove(name);
    }
    print_names(
        "note: removed from the environment, because the stage has no value for them",
        inherited.into_iter(),
    );
    Ok(())
}

/// Returns the variables that sources of the stage name (`env:` and `kms-env:`). They stay in the
/// environment, because the program may read them itself.
fn list_source_variables(plan: &Plan) -> BTreeSet<&str> {
    let sources = plan.planned_fields().iter().flat_map(|field| field.chain());
    let variables = sources.filter_map(|source| match &source.address {
        Address::Env { variable, .. } | Address::KmsEnv { variable, .. } => Some(variable.as_str()),
        _ => None,
    });
    variables.collect()
}

/// Replaces this process. Returns only if the program cannot be run.
#[cfg(unix)]
fn replace_process(command: &mut Command) -> io::Result<ExitCode> {
    use std::os::unix::process::CommandExt as _;
    Err(command.exec())
}

/// Runs the program and waits, because this system cannot replace a process. Both processes get
/// Ctrl-C, and this one ignores it.
#[cfg(not(unix))]
fn replace_process(command: &mut Command) -> io::Result<ExitCode> {
    let _ignored = tokio::signal::windows::ctrl_c()?;
    let code = command.status()?.code();
    Ok(ExitCode::from(
        code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1),
    ))
}

fn handle_start_error(program: &str, result: io::Result<ExitCode>) -> Result<ExitCode, CliError> {
    let error = match result {
        Ok(code) => return Ok(code),
        Err(error) => error,
    };
    let code = if error.kind() == io::ErrorKind::NotFound {
        NOT_FOUND
    } else {
        CANNOT_RUN
    };
    // The first word of the command may be a value by mistake, such as `X=value`, so it is repeated
    // only if it looks like a name.
    let name = program.rsplit('/').next().unwrap_or_default();
    let display_name = if is_name_like(name) {
        name
    } else {
        "the program"
    };
    output::eprint_line(&format!("error: {display_name} cannot be run: {error}"));
    Ok(ExitCode::from(code))
}
