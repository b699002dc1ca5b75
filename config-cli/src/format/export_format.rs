//! The formats of an export: dotenv, JSON, YAML and shell, and those of other tools.

use std::path::Path;

use clap::ValueEnum;

use super::{
    ExportEntry, ExportedText, ValueFormat, cargo_lambda, check_no_nul, dotenv, github, json, sam,
    shell, tfvars, yaml,
};
use crate::error::CliError;

/// A format of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// `NAME='value'` for each variable
    Dotenv,
    /// An object with nested structs as objects; every value is a string
    Json,
    /// Like JSON: nested structs are mappings; every value is a string
    Yaml,
    /// `export NAME='value'`, for `.` and `eval` of a shell
    Shell,
    /// The JSON of `sam local invoke --env-vars`
    Sam,
    /// `NAME='value'`, as `cargo lambda watch --env-file` reads it
    CargoLambda,
    /// Appends to the file of $GITHUB_ENV, and prints a mask for each secret
    Github,
    /// `name = "value"` for a variable file of Terraform and OpenTofu
    Tfvars,
}

/// The kind of names that a format gives to the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NameKind {
    /// Paths of fields.
    Field,
    /// Environment variables.
    Environment,
    /// Variables of Terraform.
    Terraform,
}

impl ExportFormat {
    /// Returns the format that the name of a file indicates, or `None` if it indicates none.
    pub(crate) fn from_file_name(path: &Path) -> Option<Self> {
        if path
            .extension()
            .is_some_and(|extension| extension == "tfvars")
        {
            return Some(Self::Tfvars);
        }
        ValueFormat::from_file_name(path).map(|format| match format {
            ValueFormat::Dotenv => Self::Dotenv,
            ValueFormat::Json => Self::Json,
            ValueFormat::Yaml => Self::Yaml,
            ValueFormat::Shell => Self::Shell,
        })
    }

    pub(crate) fn name_kind(self) -> NameKind {
        match self {
            Self::Json | Self::Yaml => NameKind::Field,
            Self::Dotenv | Self::Shell | Self::Sam | Self::CargoLambda | Self::Github => {
                NameKind::Environment
            }
            Self::Tfvars => NameKind::Terraform,
        }
    }

    /// Returns the file's text, or an error that names the fields that the format cannot represent.
    pub(crate) fn write(self, entries: &[ExportEntry<'_>]) -> Result<ExportedText, CliError> {
        if self.name_kind() != NameKind::Field {
            check_no_nul(entries)?;
        }
        match self {
            Self::Dotenv => dotenv::write(entries),
            Self::Json => json::write(entries).map(ExportedText::new),
            Self::Yaml => Ok(ExportedText::new(yaml::write(entries))),
            Self::Shell => Ok(ExportedText::new(shell::write(entries))),
            Self::Sam => sam::write(entries).map(ExportedText::new),
            Self::CargoLambda => cargo_lambda::write(entries).map(ExportedText::new),
            Self::Github => Ok(github::write(entries)),
            Self::Tfvars => Ok(ExportedText::new(tfvars::write(entries))),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::ValueFormat;
    use super::*;

    /// Texts that some readers interpret as another type or as syntax.
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
        /// For each format that an import reads, either the export refuses the texts, or the import
        /// returns them unchanged.
        #[test]
        fn written_values_are_read_back(
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
                .map(|((path, variable), text)| ExportEntry { path, variable, text, is_secret: true })
                .collect();
            for (format, reader) in [
                (ExportFormat::Dotenv, ValueFormat::Dotenv),
                (ExportFormat::Json, ValueFormat::Json),
                (ExportFormat::Yaml, ValueFormat::Yaml),
            ] {
                let has_variables = format.name_kind() == NameKind::Environment;
                let Ok(written) = format.write(&entries) else {
                    prop_assert!(has_variables, "JSON and YAML hold every text");
                    continue;
                };
                let read = reader.read(&written.text, &|path| paths.iter().any(|(known, _)| *known == path));
                let read = read.map_err(|problem| TestCaseError::fail(problem.to_string()))?;
                for (((path, variable), text), (name, value)) in paths.iter().zip(&texts).zip(&read) {
                    let expected = if has_variables { variable } else { path };
                    prop_assert_eq!((name.as_str(), value.as_str()), (*expected, text.as_str()), "{:?}", format);
                }
                prop_assert_eq!(read.len(), texts.len());
            }
        }
    }
}
