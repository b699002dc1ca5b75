//! JSON: nested structs are objects, and every value is a string with the stored text.
//!
//! An import decodes a JSON string. It refuses `null`. It takes any other value exactly as it is
//! spelled in the file, so a number keeps its spelling, and a list stays JSON. An object also stays
//! JSON if its path is the path of a field; any other object is a nested struct.

use std::collections::HashSet;
use std::io::{self, Write};

use serde::Serialize;
use stage_config_core::manage::JsonEntries;
use zeroize::Zeroizing;

use super::tree::build_tree;
use super::{ExportEntry, ImportedEntries, MAX_DEPTH, allocate_text};
use crate::error::CliError;

pub(super) fn write(entries: &[ExportEntry<'_>]) -> Result<Zeroizing<String>, CliError> {
    to_text(entries, &build_tree(entries))
}

/// Returns the JSON of a structure that contains the values of the entries.
pub(super) fn to_text(
    entries: &[ExportEntry<'_>],
    structure: &impl Serialize,
) -> Result<Zeroizing<String>, CliError> {
    let mut text = TextWriter(allocate_text(entries));
    serde_json::to_writer_pretty(&mut text, structure).map_err(|error| {
        CliError::failed(format!("the values cannot be written as JSON: {error}"))
    })?;
    text.0.push('\n');
    Ok(text.0)
}

/// Writes the output of serde_json into a preallocated text.
struct TextWriter(Zeroizing<String>);

impl Write for TextWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .push_str(std::str::from_utf8(bytes).map_err(io::Error::other)?);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub(super) fn read(
    text: &str,
    is_field: &dyn Fn(&str) -> bool,
) -> Result<ImportedEntries, CliError> {
    // An error message of serde_json may contain a part of the text.
    let object: JsonEntries<'_> = serde_json::from_str(text).map_err(|error| {
        let position = format!("line {}, column {}", error.line(), error.column());
        CliError::undetermined(format!("it is not a JSON object: {position}"))
            .with_help("write { \"field\": \"value\" }")
    })?;
    let mut reader = JsonReader {
        is_field,
        seen: HashSet::new(),
        entries: Vec::new(),
        mistakes: Vec::new(),
    };
    reader.read_object("", object, 1);
    if reader.mistakes.is_empty() {
        Ok(reader.entries)
    } else {
        Err(CliError::undetermined(reader.mistakes)
            .with_help("write every value once, as a string"))
    }
}

struct JsonReader<'a> {
    is_field: &'a dyn Fn(&str) -> bool,
    /// The paths that were read.
    seen: HashSet<String>,
    entries: ImportedEntries,
    mistakes: Vec<String>,
}

impl JsonReader<'_> {
    fn read_object(&mut self, prefix: &str, object: JsonEntries<'_>, depth: usize) {
        for (name, raw) in object.0 {
            let path = if prefix.is_empty() {
                name.into_owned()
            } else {
                format!("{prefix}.{name}")
            };
            if self.seen.contains(&path) {
                self.mistakes.push(format!("`{path}` occurs twice"));
                continue;
            }
            let text = raw.get();
            match text.as_bytes().first() {
                Some(b'"') => match serde_json::from_str::<String>(text) {
                    Ok(value) => self.add_entry(path, value),
                    Err(_) => self.mistakes.push(format!(
                        "`{path}` is not text: it contains an unpaired surrogate"
                    )),
                },
                Some(b'{') if !(self.is_field)(&path) => match serde_json::from_str(text) {
                    Ok(_) if depth == MAX_DEPTH => {
                        self.mistakes.push(format!(
                            "an object is nested deeper than {MAX_DEPTH} levels"
                        ));
                    }
                    Ok(object) => self.read_object(&path, object, depth + 1),
                    Err(_) => self
                        .mistakes
                        .push(format!("`{path}` has a key that is not text")),
                },
                Some(b'n') => self
                    .mistakes
                    .push(format!("`{path}` is null, which is not a value")),
                _ => self.add_entry(path, text.to_owned()),
            }
        }
    }

    fn add_entry(&mut self, path: String, text: String) {
        self.seen.insert(path.clone());
        self.entries.push((path, Zeroizing::new(text)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_entries(text: &str) -> Result<Vec<(String, String)>, String> {
        let read = read(text, &|path| {
            matches!(path, "limits" | "port" | "mail.password")
        });
        let owned = |entries: ImportedEntries| {
            entries
                .into_iter()
                .map(|(path, text)| (path, text.to_string()))
                .collect()
        };
        read.map(owned).map_err(|problem| problem.to_string())
    }

    #[test]
    fn nesting_of_more_than_64_levels_is_refused() {
        let nested = |depth: usize, inner: &str| {
            format!("{}{inner}{}", r#"{"a":"#.repeat(depth), "}".repeat(depth))
        };
        assert_eq!(read_entries(&nested(64, "1")).unwrap().len(), 1);
        for depth in [65, 20_000, 60_000] {
            assert!(
                read_entries(&nested(depth, "1"))
                    .unwrap_err()
                    .contains("nested deeper than 64 levels"),
                "{depth}"
            );
        }
        // The import does not limit the nesting of the JSON in a field.
        let list = format!(
            r#"{{"limits":{}{}}}"#,
            "[".repeat(100_000),
            "]".repeat(100_000)
        );
        assert_eq!(read_entries(&list).unwrap().len(), 1);
        let unclosed = r#"{"a":"#.repeat(60_000);
        assert!(
            read_entries(&unclosed)
                .unwrap_err()
                .contains("it is not a JSON object")
        );
    }

    /// A quadratic search for duplicates would make this test slow.
    #[test]
    fn fifty_thousand_names_are_read() {
        let fields: Vec<String> = (0..50_000).map(|n| format!(r#""f{n}":1"#)).collect();
        assert_eq!(
            read_entries(&format!("{{{}}}", fields.join(",")))
                .unwrap()
                .len(),
            50_000
        );
    }

    #[test]
    fn values_keep_their_text() {
        let text = r#"{ "port": 8080.10, "mail": { "password": "a\"\n\u00e9" }, "on": true,
                        "limits": { "a" : [1,  2] }, "mail.host": "h", "ips": ["a", "b"] }"#;
        let read = read_entries(text).unwrap();
        let read: Vec<(&str, &str)> = read
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .collect();
        let expected = [
            ("port", "8080.10"),
            ("mail.password", "a\"\né"),
            ("on", "true"),
            ("limits", r#"{ "a" : [1,  2] }"#),
            ("mail.host", "h"),
            ("ips", r#"["a", "b"]"#),
        ];
        assert_eq!(read, expected);
    }

    #[test]
    fn mistakes_are_reported_without_a_value() {
        for (text, expected) in [
            (r#""Zx9kQ7Wv3Lp5""#, "not a JSON object: line 1"),
            ("{\n\"a\": \"Zx9kQ7Wv3Lp5\",,", "not a JSON object: line 2"),
            (r#"["Zx9kQ7Wv3Lp5"]"#, "not a JSON object"),
            (r#"{ "a": null }"#, "`a` is null"),
            (
                r#"{ "a": "Zx9kQ7Wv3Lp5", "a": "Zx9kQ7Wv3Lp5" }"#,
                "`a` occurs twice",
            ),
            (
                r#"{ "mail": { "host": "Zx9kQ7Wv3Lp5" }, "mail.host": "" }"#,
                "`mail.host` occurs twice",
            ),
            (r#"{ "a": "Zx9kQ7Wv3Lp5\ud800" }"#, "`a` is not text"),
        ] {
            let error = read_entries(text).unwrap_err();
            assert!(error.contains(expected), "{expected:?} is not in: {error}");
            assert!(!error.contains("Zx9"), "{error}");
        }
    }
}
