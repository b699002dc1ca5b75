//! `cargo stage import`: writes the values of a file to a stage.

mod import_file;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use stage_config_core::manage::NewValue;
use stage_config_grammar::suggest;
use zeroize::Zeroizing;

use crate::args::{ArtifactArguments, IdentityArguments};
use crate::error::CliError;
use crate::format::{ImportedEntries, ValueFormat};
use crate::read_values::print_names;
use crate::redact::is_name_like;
use crate::session::Session;
use crate::transfer::{Transfer, TransferOptions};
use crate::variable_names::{NamingArguments, VariableNames};

const ABOUT: &str = "\
Write the values of a dotenv, JSON or YAML file to a stage.

The names in the file are fields (`mail.password`) or their variables (MAIL_PASSWORD). All values \
are checked against the types of their fields before the first one is written. The command lists \
what it would write, without values, and asks for confirmation. A value that equals the stored one \
is not written again. A stored value that differs is replaced only with --overwrite. An empty \
entry, as in a file of `cargo stage export --template`, is not written.";

const STATUS: &str = "\
Exit status:
  0    written, or there was nothing to write
  1    refused, or only a part was written; the output lists what was written
  2    wrong usage, or the stage could not be read
  130  interrupted; the output lists what was changed";

/// Write the values of a dotenv, JSON or YAML file to a stage
#[derive(Debug, Args)]
#[command(long_about = ABOUT, after_help = STATUS)]
pub(crate) struct ImportArguments {
    /// The file; `-` is standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    /// The stage
    #[arg(long)]
    pub(crate) stage: String,

    /// The format. Default: from the file's name
    #[arg(long, value_enum)]
    pub(crate) format: Option<ValueFormat>,

    /// Ignore names that are not fields
    #[arg(long)]
    pub(crate) ignore_unknown: bool,

    #[command(flatten)]
    pub(crate) options: TransferOptions,

    #[command(flatten)]
    pub(crate) naming: NamingArguments,

    #[command(flatten)]
    pub(crate) identity: IdentityArguments,

    #[command(flatten)]
    pub(crate) artifact: ArtifactArguments,
}

pub(crate) async fn run(arguments: ImportArguments) -> Result<ExitCode, CliError> {
    let file_name = import_file::display_path(&arguments.file);
    let unknown_format = || {
        let message = if import_file::is_standard_input(&arguments.file) {
            "standard input has no file name that shows the format".to_owned()
        } else {
            format!("the name of {file_name} does not show its format")
        };
        CliError::undetermined(message).with_help("pass the format, for example --format dotenv")
    };
    let format = arguments
        .format
        .or_else(|| ValueFormat::from_file_name(&arguments.file))
        .ok_or_else(unknown_format)?;

    let session = Session::open(&arguments.artifact)?;
    let stage = session.plan_stage(&arguments.stage, &arguments.identity)?;
    let names = VariableNames::new(stage.plan.fields(), &arguments.naming)?;

    let text = import_file::read_text(&arguments.file).await?;
    let is_field = |name: &str| names.find_field(name).is_some();
    let entries = format
        .read(&text, &is_field)
        .map_err(|problem| problem.in_file(&file_name))?;
    drop(text);
    let mut values = map_to_fields(entries, &names, arguments.ignore_unknown)
        .map_err(|problem| problem.in_file(&file_name))?;
    skip_empty(&mut values).map_err(|problem| problem.in_file(&file_name))?;

    let is_secret = |(path, text): (&String, &Zeroizing<String>)| {
        let field = stage
            .plan
            .planned_fields()
            .iter()
            .find(|field| field.path() == path);
        field.is_some_and(|field| field.needs_redaction(text))
    };
    if values.iter().any(is_secret) {
        import_file::warn_if_others_read(&arguments.file);
    }

    let mut transfer = Transfer::open(&session, &stage).await?;
    for field in stage.plan.planned_fields() {
        if let Some(text) = values.get(field.path()) {
            transfer.add(field, NewValue::from_input(text.as_bytes()));
        }
    }
    transfer.run(&arguments.options).await
}

/// Maps the values to field paths. An unknown name is an error, or with `--ignore-unknown` a note.
/// A field that is given twice is an error, and so is a file without values.
fn map_to_fields(
    entries: ImportedEntries,
    names: &VariableNames,
    ignore_unknown: bool,
) -> Result<BTreeMap<String, Zeroizing<String>>, CliError> {
    let mut values = BTreeMap::new();
    let mut mistakes = Vec::new();
    let mut ignored = Vec::new();
    for (index, (name, text)) in entries.into_iter().enumerate() {
        match names.find_field(&name) {
            Some(path) if values.contains_key(path) => {
                mistakes.push(format!("`{path}` is given twice"))
            }
            Some(path) => {
                values.insert(path.to_owned(), text);
            }
            None if ignore_unknown => ignored.push(display_name(&name, index)),
            None => mistakes.push(unknown_name_message(&name, index, names)),
        }
    }
    print_names(
        "note: ignored names, which are not fields",
        ignored.iter().map(String::as_str),
    );
    if !mistakes.is_empty() {
        Err(CliError::undetermined(mistakes).with_help(
            "correct the names; or give --ignore-unknown to ignore names that are not fields",
        ))
    } else if values.is_empty() {
        Err(CliError::undetermined("there are no values").with_help("check the format"))
    } else {
        Ok(values)
    }
}

/// Removes the fields without a text: no store keeps an empty value, and a file that `cargo stage
/// export --template` wrote contains such fields. It is an error if no field remains.
fn skip_empty(values: &mut BTreeMap<String, Zeroizing<String>>) -> Result<(), CliError> {
    let is_empty = |(_, text): &(&String, &Zeroizing<String>)| text.is_empty();
    let empty = values.iter().filter(is_empty);
    print_names(
        "note: empty in the file, and not written",
        empty.map(|(path, _)| path.as_str()),
    );
    values.retain(|_, text| !text.is_empty());
    if values.is_empty() {
        Err(CliError::undetermined("every value is empty").with_help("fill in the values"))
    } else {
        Ok(())
    }
}

fn unknown_name_message(name: &str, index: usize, names: &VariableNames) -> String {
    // Suggest a name in the same notation: a variable or a path.
    let is_variable = name.chars().any(|c| c.is_ascii_uppercase());
    let suggestion = suggest::find_closest(name, names.list_names(is_variable))
        .map(|closest| format!("; did you mean `{closest}`?"));
    let suggestion = suggestion.unwrap_or_default();
    if is_name_like(name) {
        format!("there is no field `{name}`{suggestion}")
    } else {
        format!("{} is not a field", display_name(name, index))
    }
}

/// Returns a name for messages. A text that does not look like a name is not shown, because it may
/// be a line of an unquoted value.
fn display_name(name: &str, index: usize) -> String {
    if is_name_like(name) {
        format!("`{name}`")
    } else {
        format!(
            "name no. {} of the file (not shown: it may be a part of a value)",
            index + 1
        )
    }
}
