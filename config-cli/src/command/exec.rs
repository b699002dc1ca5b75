//! `cargo stage exec`: a program with a stage's values in its environment.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use clap::Args;
use stage_config_core::Plan;
use stage_config_core::manage::{Depth, Variables};
use stage_config_grammar::source::Address;
use zeroize::Zeroizing;

use crate::args::{ArtifactArguments, IdentityArguments};
use crate::format::{Entry, check_without_nul};
use crate::names::{Names, NamingArguments, is_reserved, is_same_variable};
use crate::problem::Problem;
use crate::session::{OneStage, Session};
use crate::shown::is_name;
use crate::values::{Need, Values, Why, say};
use crate::{dotenv, output};

const ABOUT: &str = "\
Run a program with a stage's values in its environment.

The variable of the field `mail.password` is MAIL_PASSWORD. The program takes the place of this one: its exit status is the \
one that is seen, and signals go to it. It is started only where the stage is complete.

A field without a value has no variable, be it inherited or not: an optional field that nobody gave a value, and one whose \
default is the program's own. Variables are seen by whoever may read /proc/PID/environ: the same user, and root.";

const STATUS: &str = "\
Exit status:
  1    the stage is incomplete: nothing was started
  2    wrong usage, or the stage could not be read
  126  the program cannot be run
  127  the program was not found
  else the program's own";

/// What shells answer for a program that cannot be run, and for one that is not there.
const NOT_RUN: u8 = 126;
const NOT_FOUND: u8 = 127;

/// Run a program with a stage's values in its environment
#[derive(Debug, Args)]
#[command(long_about = ABOUT, after_help = STATUS)]
pub(crate) struct Exec {
    /// The stage
    #[arg(long)]
    pub(crate) stage: String,

    /// Variables in a file, `NAME=value` a line, which go before the stage's values
    #[arg(long, value_name = "FILE")]
    pub(crate) env_file: Option<PathBuf>,

    /// Pass on no variable but those of the stage and of the file
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

pub(crate) async fn run(arguments: Exec) -> Result<ExitCode, Problem> {
    let session = Session::open(&arguments.artifact)?;
    let stage = session.stage(&arguments.stage, &arguments.identity)?;
    let names = Names::to_set(stage.plan.fields(), &arguments.naming)?;
    names.check_stage_variable(stage.plan.schema().stage_variable())?;
    let of_file = match &arguments.env_file {
        Some(path) => variables_of_file(path, &stage)?,
        None => Vec::new(),
    };
    let Some((program, rest)) = arguments.command.split_first() else {
        return Err(Problem::unchecked("no program is named"));
    };
    let mut command = Command::new(program);
    command.args(rest);
    if arguments.pristine {
        command.env_clear();
    }
    let given = Given { names: &names, of_file: &of_file, of_artifact: arguments.artifact.artifact.is_some() };
    check_stage_variable(&stage, &given)?;
    give(&mut command, &stage, &given).await?;
    for (name, value) in &of_file {
        command.env(name, value.as_str());
    }
    started(&program.to_string_lossy(), replace(&mut command))
}

/// The variables of a file, which may name the same stage and no other.
fn variables_of_file(path: &Path, stage: &OneStage) -> Result<Vec<(String, Zeroizing<String>)>, Problem> {
    let of_file = dotenv::read(path)?;
    let variable = stage.plan.schema().stage_variable();
    let names_another = |(name, value): &&(String, Zeroizing<String>)| {
        is_same_variable(name, variable) && value.as_str() != stage.name()
    };
    match of_file.iter().find(names_another) {
        None => Ok(of_file),
        Some((name, _)) => {
            let (path, stage) = (path.display(), stage.name());
            let what = format!("{path} sets {name}, which names the stage, to something else than `{stage}`");
            Err(Problem::unchecked(what).remedy("take the line out of the file, or give its stage to --stage"))
        }
    }
}

/// What is known of the variables before the stage is read.
struct Given<'a> {
    names: &'a Names,
    of_file: &'a [(String, Zeroizing<String>)],
    /// The schema comes from `--artifact`, and not from the package.
    of_artifact: bool,
}

/// Refuses a stage variable that makes programs run something if only an artifact chose it, which a stranger may have built.
fn check_stage_variable(stage: &OneStage, given: &Given<'_>) -> Result<(), Problem> {
    let variable = stage.plan.schema().stage_variable();
    let is_in_file = given.of_file.iter().any(|(name, _)| is_same_variable(name, variable));
    if !given.of_artifact || is_in_file || !is_reserved(variable) {
        return Ok(());
    }
    let what = format!(
        "the stage variable of the artifact is {variable}, which tells shells or other programs what to run: nothing is started"
    );
    let stage = stage.name();
    Err(Problem::unchecked(what).remedy(format!(
        "if you trust the artifact, write `{variable}={stage}` into a file for `--env-file`; in the package of your own program, \
         run this without `--artifact`"
    )))
}

/// Gives the command the stage's values, or says what is missing.
async fn give(command: &mut Command, stage: &OneStage, given: &Given<'_>) -> Result<(), Problem> {
    let Given { names, of_file, of_artifact } = given;
    let reading = stage.read(Depth::Values, Variables::OfProcess).await?;
    let is_given = |path: &str| of_file.iter().any(|(name, _)| name == names.variable(path));
    let mut values = Values::of(&reading, &stage.plan, Need::Complete, is_given)?;
    if *of_artifact {
        values.leave_out_code(|path| names.is_chosen(path));
    }
    let entries: Vec<Entry<'_>> = values.held.iter().map(|held| Entry::new(&held.path, names, &held.text)).collect();
    check_without_nul(&entries)?;
    // A program that loads a configuration of its own loads the same stage, whatever the shell's variable says.
    command.env(stage.plan.schema().stage_variable(), stage.name());
    for entry in &entries {
        command.env(entry.variable, entry.text);
    }
    values.say_encoded();
    values.say_left_out_code();
    say("note: not set, since the default is the program's own", values.without(Why::Default));
    say("note: not set, since only the program can ask its own store", values.without(Why::Unknown));
    let read = variables_of_sources(&stage.plan);
    // Not of this stage, so perhaps of another one: of the shell that a person worked on another stage in.
    let left_out = values.left_out.iter().filter(|field| field.why != Why::Unknown);
    let strangers: Vec<&str> = left_out
        .map(|field| names.variable(&field.path))
        .filter(|name| std::env::var_os(name).is_some() && !read.contains(*name))
        .collect();
    for name in &strangers {
        command.env_remove(name);
    }
    say("note: not passed on, since the stage has no value for them", strangers.into_iter());
    Ok(())
}

/// The variables that the stage's own sources name: the program may read them itself.
fn variables_of_sources(plan: &Plan) -> BTreeSet<&str> {
    let sources = plan.planned().iter().flat_map(|field| field.chain());
    let variables = sources.filter_map(|source| match &source.address {
        Address::Env { variable, .. } | Address::KmsEnv { variable, .. } => Some(variable.as_str()),
        _ => None,
    });
    variables.collect()
}

/// Does not come back, unless the program cannot be run.
#[cfg(unix)]
fn replace(command: &mut Command) -> io::Result<ExitCode> {
    use std::os::unix::process::CommandExt as _;
    Err(command.exec())
}

/// Waits, since a process cannot be replaced here. Ctrl-C reaches both, and this one leaves it to the program.
#[cfg(not(unix))]
fn replace(command: &mut Command) -> io::Result<ExitCode> {
    let _ignored = tokio::signal::windows::ctrl_c()?;
    let code = command.status()?.code();
    Ok(ExitCode::from(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)))
}

fn started(program: &str, answer: io::Result<ExitCode>) -> Result<ExitCode, Problem> {
    let error = match answer {
        Ok(code) => return Ok(code),
        Err(error) => error,
    };
    let code = if error.kind() == io::ErrorKind::NotFound { NOT_FOUND } else { NOT_RUN };
    // A word like `X=value` in the program's place is not repeated.
    let name = program.rsplit('/').next().unwrap_or_default();
    let shown = if is_name(name) { name } else { "the program" };
    output::talk(&format!("error: {shown} cannot be run: {error}"));
    Ok(ExitCode::from(code))
}
