//! The formats that values are exported to and imported from.

mod dotenv;
mod json;
mod shell;
mod tree;
mod yaml;

use std::path::Path;

use clap::ValueEnum;
use stage_config_grammar::suggest;
use zeroize::Zeroizing;

use crate::error::CliError;
use crate::variable_names::VariableNames;

/// A format of a file of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ValueFormat {
    /// `NAME='value'`, one line for each variable
    Dotenv,
    /// An object with nested structs as objects; every value is a string
    Json,
    /// As JSON
    Yaml,
    /// `export NAME='value'`, for `.` and `eval` of a shell
    Shell,
}

/// A value to be written.
pub(crate) struct ExportEntry<'a> {
    /// The field's path, as in `mail.password`.
    pub(crate) path: &'a str,
    /// Its variable, as in MAIL_PASSWORD.
    pub(crate) variable: &'a str,
    pub(crate) text: &'a str,
}

impl<'a> ExportEntry<'a> {
    pub(crate) fn new(path: &'a str, names: &'a VariableNames, text: &'a str) -> Self {
        Self { path, variable: names.variable(path), text }
    }
}

/// So deep structs are nested in a file. No configuration has more, and a reader that calls itself needs a limit.
const MAX_DEPTH: usize = 64;

/// What was read, in the order of the file: a path or a variable each.
pub(crate) type ImportedEntries = Vec<(String, Zeroizing<String>)>;

/// What was written, and what is to be said of it.
pub(crate) struct ExportedText {
    pub(crate) text: Zeroizing<String>,
    pub(crate) notes: Vec<String>,
}

impl ValueFormat {
    /// The format that a file's name tells.
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

    /// Whether the names in it are those of variables.
    pub(crate) fn has_variables(self) -> bool {
        matches!(self, Self::Dotenv | Self::Shell)
    }

    /// The file's text, or every field that the format cannot hold.
    pub(crate) fn write(self, entries: &[ExportEntry<'_>]) -> Result<ExportedText, CliError> {
        if self.has_variables() {
            check_no_nul(entries)?;
        }
        let alone = |text| ExportedText { text, notes: Vec::new() };
        match self {
            Self::Dotenv => dotenv::write(entries),
            Self::Json => json::write(entries).map(alone),
            Self::Yaml => Ok(alone(yaml::write(entries))),
            Self::Shell => Ok(alone(shell::write(entries))),
        }
    }

    /// What a file's text says. `is_field` knows the paths of fields: what is nested in one is its own value.
    pub(crate) fn read(self, text: &str, is_field: &dyn Fn(&str) -> bool) -> Result<ImportedEntries, CliError> {
        // A byte order mark, which PowerShell writes, is no part of the text.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        match self {
            Self::Dotenv => crate::dotenv::parse(text),
            Self::Json => json::read(text, is_field),
            Self::Yaml => yaml::read(text, is_field),
            Self::Shell => {
                Err(CliError::undetermined("a file for a shell is a program, and none is run to be imported")
                    .with_help("import dotenv, JSON or YAML: --format dotenv"))
            }
        }
    }
}

/// Refuses what neither a variable nor a text in a shell can hold.
pub(crate) fn check_no_nul(entries: &[ExportEntry<'_>]) -> Result<(), CliError> {
    let with: Vec<&str> = entries.iter().filter(|entry| entry.text.contains('\0')).map(|entry| entry.path).collect();
    match with.is_empty() {
        true => Ok(()),
        false => Err(CliError::failed(format!(
            "no variable can hold the byte 0, which is in {}",
            suggest::format_list(&with)
        ))
        .with_help("store it as base64, or export it as JSON or YAML")),
    }
}

/// Room for a text that never has to grow: growing would leave copies behind in memory that is freed, and not zeroed.
fn allocate_text(entries: &[ExportEntry<'_>]) -> Zeroizing<String> {
    // Six characters are the longest escape of one, and the rest are names, indentation and quotes.
    let max_length = |entry: &ExportEntry<'_>| 6 * entry.text.len() + 4 * entry.path.len() + entry.variable.len() + 64;
    Zeroizing::new(String::with_capacity(entries.iter().map(max_length).sum::<usize>() + 64))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Texts that look like something else to one reader or another.
    const ODD: [&str; 22] = [
        "",
        "0123",
        "true",
        "null",
        "~",
        "1e3",
        " leading",
        "trailing\n",
        "a,b",
        "[1]",
        "{\"a\":1}",
        "2024-01-01",
        "\r\n",
        "a\rb",
        "'",
        "\"",
        "\\",
        "$HOME",
        "`id`",
        "# no",
        "größe 😀\u{feff}\u{2028}",
        "\0",
    ];

    proptest! {
        /// What a format writes it reads to the byte, or it refuses to write it.
        #[test]
        fn what_is_written_is_read(
            texts in proptest::collection::vec(
                prop_oneof![
                    proptest::sample::select(&ODD[..]).prop_map(str::to_owned),
                    any::<String>(),
                    "[ -~\r\n\t]{0,16}",
                ],
                3,
            ),
        ) {
            let paths = [("a", "A"), ("b.c", "B_C"), ("b.d", "B_D")];
            let entries: Vec<ExportEntry<'_>> = paths
                .iter()
                .zip(&texts)
                .map(|((path, variable), text)| ExportEntry { path, variable, text })
                .collect();
            for format in [ValueFormat::Dotenv, ValueFormat::Json, ValueFormat::Yaml] {
                let Ok(written) = format.write(&entries) else {
                    prop_assert!(format.has_variables(), "JSON and YAML hold every text");
                    continue;
                };
                let read = format.read(&written.text, &|path| paths.iter().any(|(known, _)| *known == path));
                let read = read.map_err(|problem| TestCaseError::fail(problem.to_string()))?;
                for (((path, variable), text), (name, value)) in paths.iter().zip(&texts).zip(&read) {
                    let expected = if format.has_variables() { variable } else { path };
                    prop_assert_eq!((name.as_str(), value.as_str()), (*expected, text.as_str()), "{:?}", format);
                }
                prop_assert_eq!(read.len(), texts.len());
            }
        }
    }

    #[test]
    fn names_of_files_tell_the_format() {
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
            assert_eq!(ValueFormat::from_file_name(Path::new(name)), format, "{name}");
        }
    }
}
