//! `cargo stage get`: prints one value of one stage, as the program would read it.

use std::io::{self, IsTerminal as _};
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;
use stage_config_core::Help;
use stage_config_core::manage::{
    ComposedValue, FieldState, ReadField, ReadMode, ReadValue, VariableSource,
};
use stage_config_core::schema::Secrecy;
use stage_config_grammar::source::{Address, Source};

use crate::args::{ArtifactArguments, FieldArguments, IdentityArguments};
use crate::error::CliError;
use crate::session::{Session, StageSession};
use crate::{help, invocation, output, redact};

const ABOUT: &str = "\
Print one value of one stage as the program would read it, with the same chain of sources and the \
same JSON keys.

The exact bytes of the value go to standard output. A terminal also gets a newline, and shows a \
secret only with --reveal.";

const STATUS: &str = "\
Exit status:
  0  printed
  1  the value does not exist, or cannot be shown
  2  wrong usage, or the value could not be read";

/// Print one value
#[derive(Debug, Args)]
#[command(long_about = ABOUT, after_help = STATUS)]
pub(crate) struct GetArguments {
    #[command(flatten)]
    pub(crate) field: FieldArguments,

    /// The stage
    #[arg(long)]
    pub(crate) stage: String,

    /// Show a secret at a terminal; with --json, print the value too
    #[arg(long)]
    pub(crate) reveal: bool,

    /// Print JSON, for programs: where the value comes from, and with --reveal the value
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) artifact: ArtifactArguments,

    #[command(flatten)]
    pub(crate) identity: IdentityArguments,
}

/// The JSON output of `get`.
#[derive(Serialize)]
struct GetJson<'a> {
    version: u32,
    stage: &'a str,
    field: &'a str,
    secret: bool,
    secrecy: Secrecy,
    source: String,
    /// The version of the value in its store.
    value_version: Option<&'a str>,
    arn: Option<&'a str>,
    encrypted: Option<bool>,
    list: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a str>,
}

pub(crate) async fn run(arguments: GetArguments) -> Result<ExitCode, CliError> {
    let session = Session::open(&arguments.artifact)?;
    let stage = session.plan_field(&arguments.stage, &arguments.identity, &arguments.field)?;
    let reading = stage.read_with_progress(ReadMode::Values, VariableSource::Process);
    let reading = reading.await?;
    let field = reading
        .fields
        .into_iter()
        .find(|field| field.planned.path() == arguments.field.field);
    let field = field.ok_or_else(|| CliError::undetermined("the field was not read"))?;
    let value = find_value(&field, &stage)?;
    if value.is_from_environment {
        output::eprint_line(&format!(
            "note: {} was read from the environment of this command, not of a deployment",
            value.source
        ));
    }
    if arguments.json {
        print_json(&arguments, stage.name(), &field, &value)?
    } else {
        print_plain(&arguments, &field, &value)?
    }
    Ok(ExitCode::SUCCESS)
}

/// A value to print, and where it comes from.
struct PrintedValue<'a> {
    bytes: &'a [u8],
    text: Option<&'a str>,
    /// The source, or the template of a composed field.
    source: String,
    is_from_environment: bool,
    version: Option<&'a str>,
    arn: Option<&'a str>,
    encrypted: Option<bool>,
    is_list: bool,
}

impl<'a> PrintedValue<'a> {
    fn from_source(field: &ReadField, value: &'a ReadValue) -> Self {
        let environment = matches!(
            value.source.address,
            Address::Env { .. } | Address::KmsEnv { .. }
        );
        Self {
            bytes: value.bytes().unwrap_or_default(),
            text: value.text(),
            source: if field.is_secret() {
                redact::display_source(&value.source)
            } else {
                value.source.to_string()
            },
            is_from_environment: environment,
            version: value.version(),
            arn: value.arn(),
            encrypted: value.is_encrypted(),
            is_list: value.is_list(),
        }
    }

    fn from_parts(value: &'a ComposedValue) -> Self {
        Self {
            bytes: value.text().unwrap_or_default().as_bytes(),
            text: value.text(),
            source: value.template.to_owned(),
            is_from_environment: false,
            version: None,
            arn: None,
            encrypted: None,
            is_list: false,
        }
    }
}

/// Returns the value of the field. A field without a value is an error.
fn find_value<'a>(
    field: &'a ReadField,
    stage: &StageSession,
) -> Result<PrintedValue<'a>, CliError> {
    let (path, name) = (field.planned.path(), stage.name());
    let subject = format!("`{path}` of the stage `{name}`");
    match &field.state {
        FieldState::Found(value) => Ok(PrintedValue::from_source(field, value)),
        FieldState::Composed(value) => Ok(PrintedValue::from_parts(value)),
        FieldState::Default(default) => {
            let default = default
                .map(|default| format!(": {default}"))
                .unwrap_or_default();
            Err(CliError::failed(format!(
                "no source has a value, and the program uses its default{default}"
            ))
            .within(&subject))
        }
        FieldState::Unset => Err(CliError::failed(
            "no source has a value, and the field is optional",
        )
        .within(&subject)),
        FieldState::Undecided => Err(explain_undecided(field, name).within(&subject)),
        FieldState::Failed(failure) => {
            let source = failure
                .source()
                .map(|source| format!(", {source}"))
                .unwrap_or_default();
            let detail = match failure.detail() {
                "" => String::new(),
                detail => format!(": {detail}"),
            };
            let message = format!("{}{source}{detail}", failure.kind());
            let problem = CliError::undetermined(message).within(&subject);
            let problem = if help::is_absent(failure.kind()) {
                problem.into_failed()
            } else {
                problem
            };
            Err(problem.with_help(help::for_failure(stage, &field.planned, failure)))
        }
    }
}

/// Returns the error for a field whose value is not known.
fn explain_undecided(field: &ReadField, stage: &str) -> CliError {
    if let Some(first) = field.failed_parts.first() {
        let parts = field.failed_parts.join("`, `");
        return CliError::undetermined(format!("it is composed of `{parts}`, which failed"))
            .with_help(Help::run_to(
                "see why",
                invocation::field_command("get", first, stage),
            ));
    }
    let sources: Vec<Source> = [&*field.unreachable_sources, &field.undecided_by].concat();
    let sources = redact::display_chain(&sources).join(", ");
    CliError::undetermined(format!("only the program can read {sources}"))
        .with_help("read the value with the store's own tools")
}

fn print_plain(
    arguments: &GetArguments,
    field: &ReadField,
    value: &PrintedValue<'_>,
) -> Result<(), CliError> {
    let bytes = value.bytes;
    if !io::stdout().is_terminal() {
        return output::print_data(bytes);
    }
    if field.is_secret() && !arguments.reveal {
        let verb = if field.planned.secrecy() == Secrecy::Yes {
            "is"
        } else {
            "may be"
        };
        return Err(CliError::failed(format!(
            "`{}` {verb} a secret, and standard output is a terminal",
            field.planned.path()
        ))
        .with_help("add `--reveal` to show it; or pipe it to a file or a program"));
    }
    let Some(text) = value.text else {
        return Err(CliError::failed(format!(
            "`{}` is not text: {} bytes",
            field.planned.path(),
            bytes.len()
        ))
        .with_help("pipe it to a file or a program"));
    };
    output::print_value(format!("{text}\n").as_bytes())
}

fn print_json(
    arguments: &GetArguments,
    stage: &str,
    field: &ReadField,
    value: &PrintedValue<'_>,
) -> Result<(), CliError> {
    if arguments.reveal && value.text.is_none() {
        return Err(CliError::failed(format!(
            "`{}` is not text, and JSON contains only text",
            field.planned.path()
        ))
        .with_help("omit --json to print the exact bytes"));
    }
    output::print_json_value(&GetJson {
        version: 1,
        stage,
        field: field.planned.path(),
        secret: field.is_secret(),
        secrecy: field.planned.secrecy(),
        source: value.source.clone(),
        value_version: value.version,
        arn: value.arn,
        encrypted: value.encrypted,
        list: value.is_list,
        value: value.text.filter(|_| arguments.reveal),
    })
}
