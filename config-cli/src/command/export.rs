//! `cargo stage export`: writes the values of a stage to a file or to standard output.

mod target;
mod template;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use stage_config_core::manage::{ReadMode, VariableSource};

use crate::args::{ArtifactArguments, IdentityArguments};
use crate::error::CliError;
use crate::format::{ExportEntry, ExportFormat, NameKind};
use crate::output;
use crate::read_values::{Completeness, ExportedValue, ExportedValues, OmitReason, print_names};
use crate::session::Session;
use crate::variable_names::{NamingArguments, VariableNames};
use target::ExportTarget;

const ABOUT: &str = "\
Write the values of a stage as dotenv, JSON, YAML, a shell script, or a file of another tool.

Every value is written as its stored text, even a number, because only the field's type defines \
the meaning of the text. In JSON and YAML nested structs are objects. In the other formats the \
variable of the field `mail.password` is MAIL_PASSWORD, and mail_password in tfvars. Bytes that \
are not text are written in base64.

--format github appends to the file that GITHUB_ENV or --output names, so that later steps of the \
job have the variables. Before that it prints a command to standard output for each secret, which \
masks the secret in the job's log. The format is refused outside of GitHub Actions, where these \
commands would be plain lines of the log.

--template writes a file to fill in, without a request to AWS: an empty entry for each field, with \
the field's documentation, its type, and whether it is required. `cargo stage import` reads it.

A terminal shows secrets only with --reveal; a pipe and a file get all values. A new file \
is readable only by its owner (mode 0600). A file that --format github appends to keeps its mode.";

const STATUS: &str = "\
Exit status:
  0    written
  1    refused, or the stage is incomplete: nothing was written
  2    wrong usage, or the stage could not be read
  130  interrupted; the last line says whether anything was changed";

/// Write the values of a stage to a file, for a shell, or for another tool
#[derive(Debug, Args)]
#[command(long_about = ABOUT, after_help = STATUS)]
pub(crate) struct ExportArguments {
    /// The stage
    #[arg(long)]
    pub(crate) stage: String,

    /// The format. Default: from the file's name, else dotenv
    #[arg(long, value_enum)]
    pub(crate) format: Option<ExportFormat>,

    /// The file to write. Default: standard output; for github, the file that GITHUB_ENV names
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Replace a file that exists
    #[arg(long, requires = "output")]
    pub(crate) overwrite: bool,

    /// Show secrets on a terminal
    #[arg(long)]
    pub(crate) reveal: bool,

    /// Omit required fields without a value, instead of writing nothing
    #[arg(long)]
    pub(crate) incomplete: bool,

    /// Write a file to fill in and to import, in dotenv or YAML, without values
    #[arg(long, conflicts_with_all = ["reveal", "incomplete"])]
    pub(crate) template: bool,

    #[command(flatten)]
    pub(crate) naming: NamingArguments,

    #[command(flatten)]
    pub(crate) identity: IdentityArguments,

    #[command(flatten)]
    pub(crate) artifact: ArtifactArguments,
}

pub(crate) async fn run(arguments: ExportArguments) -> Result<ExitCode, CliError> {
    let file_format = arguments
        .output
        .as_deref()
        .and_then(ExportFormat::from_file_name);
    let format = arguments
        .format
        .or(file_format)
        .unwrap_or(ExportFormat::Dotenv);
    if arguments.template {
        return template::run(&arguments, format).await;
    }
    let target = ExportTarget::choose(&arguments, format)?;

    let session = Session::open(&arguments.artifact)?;
    let stage = session.plan_stage(&arguments.stage, &arguments.identity)?;
    let names = build_names(&arguments.naming, format, stage.plan.fields())?;
    if format.name_kind() == NameKind::Environment {
        names.check_stage_variable(stage.plan.schema().stage_variable())?;
    }

    let reading = stage.read_with_progress(ReadMode::Values, VariableSource::Process);
    let reading = reading.await?;
    let completeness = if arguments.incomplete {
        Completeness::Partial
    } else {
        Completeness::Readable
    };
    let mut values = ExportedValues::from_reading(&reading, &stage, completeness, |_| false)?;
    if format.name_kind() != NameKind::Field && arguments.artifact.artifact.is_some() {
        values.omit_code_values(|path| names.is_chosen(path));
    }
    let hidden_count = if arguments.reveal || target.can_hold_secrets() {
        0
    } else {
        remove_secrets(&mut values.values)
    };
    let entries: Vec<ExportEntry<'_>> = values
        .values
        .iter()
        .map(|value| ExportEntry::new(value, &names))
        .collect();
    let written = format.write(&entries)?;

    let count = output::count_values(entries.len());
    target.write(&written, &count, stage.name()).await?;
    written
        .notes
        .iter()
        .for_each(|note| output::eprint_line(note));
    if hidden_count > 0 {
        output::eprint_line(&format!(
            "note: secrets that are not shown on a terminal: {hidden_count}; `--reveal` shows them"
        ));
    }
    values.print_notes();
    print_names(
        "note: left out, because they are missing",
        values.omitted_because(OmitReason::Missing),
    );
    Ok(ExitCode::SUCCESS)
}

/// Returns the names of the variables. JSON and YAML have no variables: for them, returns no names
/// and refuses `--prefix` and `--name`.
fn build_names<'a>(
    arguments: &NamingArguments,
    format: ExportFormat,
    paths: impl Iterator<Item = &'a str>,
) -> Result<VariableNames, CliError> {
    let has_naming_options = !arguments.prefix.is_empty() || !arguments.names.is_empty();
    match format.name_kind() {
        NameKind::Environment if format == ExportFormat::Github => {
            VariableNames::new_for_github(paths, arguments)
        }
        NameKind::Environment => VariableNames::new_for_environment(paths, arguments),
        NameKind::Terraform => VariableNames::new_for_terraform(paths, arguments),
        NameKind::Field if has_naming_options => Err(CliError::undetermined(
            "--prefix and --name apply only to variables, not to fields in JSON and YAML",
        )
        .with_help("omit them: in JSON and YAML a field keeps its own name")),
        NameKind::Field => Ok(VariableNames::default()),
    }
}

/// Removes the secrets, and returns their number.
fn remove_secrets(values: &mut Vec<ExportedValue>) -> usize {
    let old_count = values.len();
    values.retain(|value| !value.secret);
    old_count - values.len()
}
