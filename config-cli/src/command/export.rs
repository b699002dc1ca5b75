//! `cargo stage export`: writes the values of a stage to a file or to standard output.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use stage_config_core::manage::{ReadMode, VariableSource};

use crate::args::{ArtifactArguments, IdentityArguments};
use crate::atomic_file::{self, FileAccess};
use crate::error::CliError;
use crate::format::{ExportEntry, ValueFormat};
use crate::progress::wait_with_progress;
use crate::read_values::{Completeness, ExportedValue, ExportedValues, OmitReason, print_names};
use crate::session::Session;
use crate::variable_names::{NamingArguments, VariableNames};
use crate::{interrupt, output};

const ABOUT: &str = "\
Write the values of a stage as dotenv, JSON, YAML, or a shell script.

Every value is written as its stored text, even a number, because only the field's type defines \
its meaning. In JSON and YAML nested structs are objects. In dotenv and shell format the variable \
of the field `mail.password` is MAIL_PASSWORD. Bytes that are not text are written in base64.

A terminal shows secrets only with --reveal; a pipe and a file get all values. A file is readable \
only by its owner (mode 0600).";

const STATUS: &str = "\
Exit status:
  0    written
  1    refused, or the stage is incomplete: nothing was written
  2    wrong usage, or the stage could not be read
  130  interrupted; the last line says whether anything was changed";

/// Write the values of a stage as dotenv, JSON, YAML, or a shell script
#[derive(Debug, Args)]
#[command(long_about = ABOUT, after_help = STATUS)]
pub(crate) struct ExportArguments {
    /// The stage
    #[arg(long)]
    pub(crate) stage: String,

    /// The format. Default: from the file's name, else dotenv
    #[arg(long, value_enum)]
    pub(crate) format: Option<ValueFormat>,

    /// The file to write. Default: standard output
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

    #[command(flatten)]
    pub(crate) naming: NamingArguments,

    #[command(flatten)]
    pub(crate) identity: IdentityArguments,

    #[command(flatten)]
    pub(crate) artifact: ArtifactArguments,
}

pub(crate) async fn run(arguments: ExportArguments) -> Result<ExitCode, CliError> {
    if let Some(path) = &arguments.output {
        atomic_file::check_path(path, arguments.overwrite)?;
    }
    let file_format = arguments
        .output
        .as_deref()
        .and_then(ValueFormat::from_file_name);
    let format = arguments
        .format
        .or(file_format)
        .unwrap_or(ValueFormat::Dotenv);

    let session = Session::open(&arguments.artifact)?;
    let stage = session.plan_stage(&arguments.stage, &arguments.identity)?;
    let names = build_names(&arguments.naming, format, stage.plan.fields())?;
    names.check_stage_variable(stage.plan.schema().stage_variable())?;

    let activity = format!("reading the stage `{}`", stage.name());
    let reading = stage.read(ReadMode::Values, VariableSource::Process);
    let reading = wait_with_progress(&activity, reading).await?;
    let completeness = if arguments.incomplete {
        Completeness::Partial
    } else {
        Completeness::Readable
    };
    let mut values = ExportedValues::from_reading(&reading, &stage, completeness, |_| false)?;
    if format.has_variables() && arguments.artifact.artifact.is_some() {
        values.omit_code_values(|path| names.is_chosen(path));
    }
    let hidden_count = if can_show_secrets(&arguments) {
        0
    } else {
        remove_secrets(&mut values.values)
    };
    let entries: Vec<ExportEntry<'_>> = values
        .values
        .iter()
        .map(|value| ExportEntry::new(&value.path, &names, &value.text))
        .collect();
    let written = format.write(&entries)?;

    match &arguments.output {
        Some(path) => {
            let (display_path, content) = (path.display().to_string(), written.text.as_bytes());
            interrupt::protect_write(async {
                atomic_file::write(
                    path,
                    &display_path,
                    content,
                    FileAccess::Owner,
                    arguments.overwrite,
                )
            })
            .await?;
            output::eprint_line(&format!(
                "{display_path}: {} values of the stage `{}`",
                entries.len(),
                stage.name()
            ));
        }
        None => output::print_value(written.text.as_bytes())?,
    }
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

/// Returns the names of the variables, or no names for JSON and YAML, in which the path of a field
/// may be an invalid variable name. Refuses `--prefix` and `--name` for these formats.
fn build_names<'a>(
    arguments: &NamingArguments,
    format: ValueFormat,
    paths: impl Iterator<Item = &'a str>,
) -> Result<VariableNames, CliError> {
    let has_naming_options = !arguments.prefix.is_empty() || !arguments.names.is_empty();
    if format.has_variables() {
        VariableNames::new_for_environment(paths, arguments)
    } else if has_naming_options {
        Err(CliError::undetermined(
            "--prefix and --name apply only to variables, in dotenv and shell format",
        )
        .with_help("omit them: in JSON and YAML a field keeps its own name"))
    } else {
        Ok(VariableNames::default())
    }
}

/// Returns whether the output may contain secrets: a file, a pipe, or a terminal with `--reveal`.
fn can_show_secrets(arguments: &ExportArguments) -> bool {
    arguments.reveal || arguments.output.is_some() || !output::is_stdout_terminal()
}

/// Removes the secrets, and returns their number.
fn remove_secrets(values: &mut Vec<ExportedValue>) -> usize {
    let old_count = values.len();
    values.retain(|value| !value.secret);
    old_count - values.len()
}
