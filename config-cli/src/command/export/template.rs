//! `cargo stage export --template`: a file with an empty entry for each field that `import` can
//! write. `import` reads the filled file.

mod layout;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

use clap::ValueEnum as _;
use stage_config_core::schema::{FieldContent, Schema, Secrecy};
use stage_config_core::{Help, PlannedField};

use super::ExportArguments;
use super::target::ExportTarget;
use crate::destination::Destination;
use crate::error::CliError;
use crate::format::{ExportFormat, ExportedText, ValueFormat};
use crate::invocation;
use crate::session::{Session, StageSession};
use crate::variable_names::{NamingArguments, VariableNames};
use layout::{Layout, TemplateEntry};

/// Writes the template. Sends no request to AWS.
pub(super) async fn run(
    arguments: &ExportArguments,
    format: ExportFormat,
) -> Result<ExitCode, CliError> {
    let layout = choose_layout(format)?;
    let target = ExportTarget::choose(arguments, format)?;
    let session = Session::open(&arguments.artifact)?;
    let stage = session.plan_stage(&arguments.stage, &arguments.identity)?;
    let names = match layout {
        Layout::Dotenv => VariableNames::new(stage.plan.fields(), &arguments.naming)?,
        Layout::Yaml => super::build_names(&arguments.naming, format, stage.plan.fields())?,
    };

    let facts = SchemaFacts::collect(session.schema);
    let entries: Vec<TemplateEntry<'_>> = stage
        .plan
        .planned_fields()
        .iter()
        // A composed field has no source to write.
        .filter(|field| field.spec().compose.is_none())
        .map(|field| {
            let destination = Destination::new(&session, &stage, field);
            TemplateEntry {
                path: field.path(),
                variable: names.variable(field.path()),
                comments: describe(&stage, field, &destination, &facts),
                is_importable: destination.is_ok(),
            }
        })
        .collect();
    let header = build_header(arguments, layout.format(), &stage);
    let text = layout.render(&header, &entries, &facts.struct_docs);
    let count = match entries.len() {
        1 => "a template for 1 field".to_owned(),
        count => format!("a template for {count} fields"),
    };
    target
        .write(&ExportedText::new(text.into()), &count, stage.name())
        .await?;
    Ok(ExitCode::SUCCESS)
}

/// Returns the layout of a format that `import` reads and that has comments.
fn choose_layout(format: ExportFormat) -> Result<Layout, CliError> {
    let reason = match format {
        ExportFormat::Dotenv => return Ok(Layout::Dotenv),
        ExportFormat::Yaml => return Ok(Layout::Yaml),
        ExportFormat::Json => "JSON has no comments, which describe the fields of a template",
        _ => "a template is for `import`, which does not read this format",
    };
    Err(CliError::undetermined(reason).with_help("use --format dotenv or --format yaml"))
}

/// The facts about fields and nested structs that the schema contains, by path.
struct SchemaFacts {
    docs: BTreeMap<String, &'static str>,
    /// The documentation of the nested structs.
    struct_docs: BTreeMap<String, &'static str>,
    /// The paths of the optional nested structs.
    optional_structs: Vec<String>,
}

impl SchemaFacts {
    fn collect(schema: &'static Schema) -> Self {
        let mut facts = Self {
            docs: BTreeMap::new(),
            struct_docs: BTreeMap::new(),
            optional_structs: Vec::new(),
        };
        facts.add_fields(schema, "");
        facts
    }

    fn add_fields(&mut self, schema: &'static Schema, prefix: &str) {
        for field in schema.fields {
            let path = format!("{prefix}{}", field.name);
            match &field.content {
                FieldContent::Value(_) => {
                    self.docs.insert(path, field.docs);
                }
                FieldContent::Nested {
                    schema, optional, ..
                } => {
                    self.add_fields(schema, &format!("{path}."));
                    if *optional {
                        self.optional_structs.push(path.clone());
                    }
                    self.struct_docs.insert(path, field.docs);
                }
            }
        }
    }

    /// Returns the innermost optional struct around a field.
    fn find_optional_struct(&self, path: &str) -> Option<&str> {
        let around = self.optional_structs.iter().filter(|name| {
            path.strip_prefix(name.as_str())
                .is_some_and(|rest| rest.starts_with('.'))
        });
        around.map(String::as_str).max_by_key(|name| name.len())
    }
}

/// Returns the lines above an entry: the documentation, the type, and where the value is written or
/// why it is not imported.
fn describe(
    stage: &StageSession,
    field: &PlannedField,
    destination: &Result<Destination<'_>, CliError>,
    facts: &SchemaFacts,
) -> Vec<String> {
    let docs = facts.docs.get(field.path()).copied().unwrap_or_default();
    let mut lines: Vec<String> = docs.trim().lines().map(str::to_owned).collect();
    let name = field.path();
    lines.push(format!("{name}: {}", describe_type(field, facts)));
    lines.push(match destination {
        Ok(destination) => format!("written to {}", destination.source_text()),
        Err(problem) => {
            let subject = format!("`{name}` of the stage `{}`", stage.name());
            format!("not imported: {}", problem.line_about(&subject))
        }
    });
    lines
}

fn describe_type(field: &PlannedField, facts: &SchemaFacts) -> String {
    let spec = field.spec();
    let secrecy = match field.secrecy() {
        Secrecy::No => "",
        Secrecy::Unknown => ", may be secret",
        Secrecy::Yes => ", secret",
    };
    let need = match (spec.default, spec.shape.optional) {
        (Some(default), _) if !field.is_secret() => format!("by default {}", default.as_str()),
        (Some(_), _) => "with a default".to_owned(),
        (None, true) => "optional".to_owned(),
        (None, false) => match facts.find_optional_struct(field.path()) {
            Some(name) => format!("required if `{name}` has any value"),
            None => "required".to_owned(),
        },
    };
    format!("{}{secrecy}, {need}", spec.type_name)
}

fn build_header(
    arguments: &ExportArguments,
    format: ValueFormat,
    stage: &StageSession,
) -> Vec<String> {
    let file = arguments
        .output
        .as_ref()
        .map(|path| path.display().to_string())
        .unwrap_or_else(|| "FILE".to_owned());
    let implied_format = ValueFormat::from_file_name(Path::new(&file));
    let NamingArguments { prefix, names } = &arguments.naming;
    let mut command = format!(
        "cargo stage import {} --stage {}",
        invocation::quote(&file),
        invocation::quote(stage.name())
    );
    let is_implied = implied_format == Some(format);
    if let Some(format) = format.to_possible_value().filter(|_| !is_implied) {
        command.push_str(&format!(" --format {}", format.get_name()));
    }
    if !prefix.is_empty() {
        command.push_str(&format!(" --prefix {}", invocation::quote(prefix)));
    }
    for name in names {
        command.push_str(&format!(" --name {}", invocation::quote(name)));
    }
    vec![
        format!(
            "The values of the stage `{}` of `{}`. Fill them in, and import this file:",
            stage.name(),
            stage.plan.schema().name
        ),
        format!("  {}", invocation::complete(Help::run(command))),
        "An entry that stays empty is not imported. The filled file contains secrets: do not \
         commit it."
            .to_owned(),
    ]
}
