//! The file formats for exports and imports.

mod cargo_lambda;
mod dotenv;
mod export_format;
mod github;
mod json;
mod sam;
mod shell;
mod tfvars;
#[cfg(test)]
mod tool_tests;
mod tree;
mod yaml;

use std::path::Path;

use clap::ValueEnum;
use stage_config_grammar::suggest;
use stage_config_grammar::white_space::strip_byte_order_mark;
use zeroize::Zeroizing;

use crate::error::CliError;
use crate::read_values::ExportedValue;
use crate::variable_names::VariableNames;
pub(crate) use export_format::{ExportFormat, NameKind};

/// A format of a file of values. An import reads the file, or refuses it with a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ValueFormat {
    /// `NAME='value'` for each variable
    Dotenv,
    /// An object with nested structs as objects; every value is a string
    Json,
    /// Like JSON: nested structs are mappings; every value is a string
    Yaml,
    /// `export NAME='value'`, for `.` and `eval` of a shell
    Shell,
}

/// A value to write.
pub(crate) struct ExportEntry<'a> {
    /// The path of the field: `mail.password`.
    pub(crate) path: &'a str,
    /// The variable of the field: `MAIL_PASSWORD`.
    pub(crate) variable: &'a str,
    pub(crate) text: &'a str,
    /// Whether the text must be hidden in logs.
    pub(crate) is_secret: bool,
}

impl<'a> ExportEntry<'a> {
    pub(crate) fn new(value: &'a ExportedValue, names: &'a VariableNames) -> Self {
        Self {
            path: &value.path,
            variable: names.variable(&value.path),
            text: &value.text,
            is_secret: value.secret,
        }
    }
}

/// The maximum nesting of structs in a file. No configuration has more, and a recursive parser
/// needs a limit.
const MAX_DEPTH: usize = 64;

/// The values of a file in order, each with a path or a variable.
pub(crate) type ImportedEntries = Vec<(String, Zeroizing<String>)>;

/// The exported text, with notes for the user.
pub(crate) struct ExportedText {
    pub(crate) text: Zeroizing<String>,
    pub(crate) notes: Vec<String>,
    /// The lines that hide the secrets in a log. The command prints them to standard output before
    /// it writes the text.
    pub(crate) masks: Zeroizing<String>,
}

impl ExportedText {
    /// Creates a text without notes or masks.
    pub(crate) fn new(text: Zeroizing<String>) -> Self {
        Self {
            text,
            notes: Vec::new(),
            masks: Zeroizing::default(),
        }
    }
}

impl ValueFormat {
    /// Returns the format that the name of a file indicates, or `None` if it indicates none.
    pub(crate) fn from_file_name(path: &Path) -> Option<Self> {
        let name = path.file_name()?.to_str()?.to_ascii_lowercase();
        match name.rsplit('.').next()? {
            "json" => Some(Self::Json),
            "yaml" | "yml" => Some(Self::Yaml),
            "sh" => Some(Self::Shell),
            "env" => Some(Self::Dotenv),
            _ if name.starts_with(".env.") => Some(Self::Dotenv),
            _ => None,
        }
    }

    /// Parses a file. `is_field` returns whether a path is a field. In JSON, an object at the path
    /// of a field is the value of that field.
    pub(crate) fn read(
        self,
        text: &str,
        is_field: &dyn Fn(&str) -> bool,
    ) -> Result<ImportedEntries, CliError> {
        // PowerShell writes a byte order mark, which is not part of the content.
        let text = strip_byte_order_mark(text);
        match self {
            Self::Dotenv => crate::dotenv::parse(text),
            Self::Json => json::read(text, is_field),
            Self::Yaml => yaml::read(text, is_field),
            Self::Shell => Err(CliError::undetermined(
                "a shell file is a program, and an import does not run programs",
            )
            .with_help("import dotenv, JSON or YAML, for example with --format dotenv")),
        }
    }
}

/// Refuses NUL characters, which neither a variable nor a shell can represent.
pub(crate) fn check_no_nul(entries: &[ExportEntry<'_>]) -> Result<(), CliError> {
    let paths: Vec<&str> = entries
        .iter()
        .filter(|entry| entry.text.contains('\0'))
        .map(|entry| entry.path)
        .collect();
    if paths.is_empty() {
        Ok(())
    } else {
        Err(CliError::failed(format!(
            "a variable cannot contain the byte 0, which is in {}",
            suggest::format_list(&paths)
        ))
        .with_help(
            "store the value as base64; only an export as JSON or YAML can contain the byte",
        ))
    }
}

/// Allocates a text that is large enough for all entries. A text that grows leaves unwiped copies
/// in freed memory.
fn allocate_text(entries: &[ExportEntry<'_>]) -> Zeroizing<String> {
    // The longest escape of one character has six characters. The rest is for names, indentation
    // and quotes.
    let max_length = |entry: &ExportEntry<'_>| {
        6 * entry.text.len() + 4 * entry.path.len() + entry.variable.len() + 64
    };
    Zeroizing::new(String::with_capacity(
        entries.iter().map(max_length).sum::<usize>() + 64,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_name_determines_the_format() {
        for (name, format) in [
            (".env", Some(ValueFormat::Dotenv)),
            ("a/.env.prod", Some(ValueFormat::Dotenv)),
            ("prod.env", Some(ValueFormat::Dotenv)),
            (".env.json", Some(ValueFormat::Json)),
            ("A.YML", Some(ValueFormat::Yaml)),
            ("x.yaml", Some(ValueFormat::Yaml)),
            ("x.sh", Some(ValueFormat::Shell)),
            ("env", Some(ValueFormat::Dotenv)),
            ("x.txt", None),
            ("-", None),
        ] {
            assert_eq!(
                ValueFormat::from_file_name(Path::new(name)),
                format,
                "{name}"
            );
        }
    }
}
