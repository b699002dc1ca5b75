//! YAML: nested structs are mappings, and every value is a string with the stored text.
//!
//! On export, names and values are in double quotes, in the form that YAML 1.1, YAML 1.2 and JSON
//! share. Without quotes, `no` would be a boolean and `1.10` a number. On import, a value is the
//! text of its scalar. The YAML type of the scalar does not matter, but `null` is refused.

mod surrogates;

use std::collections::HashSet;
use std::fmt::Write as _;

use saphyr_parser::{Event, Parser, ScalarStyle, StrInput};
use zeroize::Zeroizing;

use surrogates::{HiddenPairs, Placeholder};

use super::tree::{FieldTree, build_tree};
use super::{ExportEntry, ImportedEntries, MAX_DEPTH, allocate_text};
use crate::error::CliError;

pub(super) fn write(entries: &[ExportEntry<'_>]) -> Zeroizing<String> {
    let mut text = allocate_text(entries);
    match build_tree(entries) {
        FieldTree::Struct(fields) if fields.is_empty() => text.push_str("{}\n"),
        root => write_node(&mut text, &root, 0),
    }
    text
}

fn write_node(output: &mut String, node: &FieldTree<'_>, depth: usize) {
    match node {
        FieldTree::Text(text) => {
            output.push(' ');
            push_quoted(output, text);
            output.push('\n');
        }
        FieldTree::Struct(fields) => {
            output.push_str(if depth == 0 { "" } else { "\n" });
            for (name, node) in fields {
                output.extend(std::iter::repeat_n("  ", depth));
                push_quoted(output, name);
                output.push(':');
                write_node(output, node, depth + 1);
            }
        }
    }
}

fn push_quoted(output: &mut String, text: &str) {
    output.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => output.extend(['\\', c]),
            '\n' => output.push_str("\\n"),
            // Control characters, and other characters that YAML 1.1 does not allow or treats as a
            // line end.
            '\0'..' '
            | '\u{7f}'..='\u{9f}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{feff}'
            | '\u{fffe}'
            | '\u{ffff}' => {
                // Writing to a `String` cannot fail.
                let _ = write!(output, "\\u{:04x}", u32::from(c));
            }
            c => output.push(c),
        }
    }
    output.push('"');
}

const HELP: &str = "write one mapping of texts, as in `field: \"value\"`; nested structs are \
                    mappings in it, and lists and maps are JSON between quotes";

pub(super) fn read(
    text: &str,
    is_field: &dyn Fn(&str) -> bool,
) -> Result<ImportedEntries, CliError> {
    let hidden = HiddenPairs::new(text);
    let mut reader = YamlReader {
        parser: Parser::new_from_str(&hidden.text),
        placeholder: hidden.placeholder,
        is_field,
        seen: HashSet::new(),
        entries: Vec::new(),
        line: 1,
    };
    match reader.read_document() {
        Ok(()) => Ok(reader.entries),
        // `message` is a text of this module. The parser's own message is not printed, because it
        // may contain a part of the file.
        Err(message) => {
            Err(CliError::undetermined(format!("line {}: {message}", reader.line)).with_help(HELP))
        }
    }
}

struct YamlReader<'a> {
    parser: Parser<'a, StrInput<'a>>,
    placeholder: Placeholder,
    is_field: &'a dyn Fn(&str) -> bool,
    /// The paths that were read.
    seen: HashSet<String>,
    entries: ImportedEntries,
    /// The line of the last event.
    line: usize,
}

impl<'a> YamlReader<'a> {
    fn read_document(&mut self) -> Result<(), String> {
        // Skip the start of the stream and of the document.
        let first = loop {
            match self.next_event()? {
                Event::StreamStart | Event::DocumentStart(_) => {}
                event => break event,
            }
        };
        match first {
            Event::MappingStart(..) => self.read_mapping("", 1)?,
            Event::StreamEnd => return Ok(()),
            _ => return Err("the file is not a mapping of names to values".to_owned()),
        }
        loop {
            match self.next_event()? {
                Event::DocumentEnd => {}
                Event::StreamEnd => return Ok(()),
                _ => return Err("a second document begins".to_owned()),
            }
        }
    }

    fn read_mapping(&mut self, prefix: &str, depth: usize) -> Result<(), String> {
        loop {
            let name = match self.next_event()? {
                Event::MappingEnd => return Ok(()),
                Event::Scalar(name, style, ..) => {
                    self.placeholder.restore(name.into_owned(), style)
                }
                _ => return Err("a name is not text".to_owned()),
            };
            let path = if prefix.is_empty() {
                name.to_string()
            } else {
                format!("{prefix}.{}", *name)
            };
            if self.seen.contains(&path) {
                return Err(format!("`{path}` occurs twice"));
            }
            match self.next_event()? {
                Event::MappingStart(_, None) if !(self.is_field)(&path) => {
                    if depth == MAX_DEPTH {
                        return Err(format!(
                            "a mapping is nested deeper than {MAX_DEPTH} levels"
                        ));
                    }
                    self.read_mapping(&path, depth + 1)?;
                }
                Event::Scalar(text, style, _, None) => {
                    // If there is nothing after the colon, the value is an empty text.
                    if style == ScalarStyle::Plain
                        && matches!(&*text, "~" | "null" | "Null" | "NULL")
                    {
                        return Err(format!("`{path}` is null, which is not a value"));
                    }
                    self.seen.insert(path.clone());
                    let text = self.placeholder.restore(text.into_owned(), style);
                    self.entries.push((path, text));
                }
                Event::Alias(_) => {
                    return Err(format!("`{path}` is an alias, which is not supported"));
                }
                Event::SequenceStart(_, None) | Event::MappingStart(_, None) => {
                    return Err(format!("`{path}` is not text"));
                }
                _ => return Err(format!("`{path}` has a tag, which is not supported")),
            }
        }
    }

    fn next_event(&mut self) -> Result<Event<'a>, String> {
        match self.parser.next() {
            Some(Ok((event, span))) => {
                self.line = span.start.line();
                Ok(event)
            }
            Some(Err(error)) => {
                self.line = error.marker().line();
                // The parser reports this error only if an escape, such as `\ud83d`, does not name
                // a character.
                if error.info().contains("invalid Unicode character escape") {
                    return Err(
                        "an escape names a character that does not exist, such as one \
                                half of a surrogate pair"
                            .to_owned(),
                    );
                }
                Err("this is not YAML".to_owned())
            }
            None => Ok(Event::StreamEnd),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_entries(text: &str) -> Result<Vec<(String, String)>, String> {
        let read = read(text, &|path| path == "limits");
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
        let flow = |depth: usize| format!("{}1{}", "{a: ".repeat(depth), "}".repeat(depth));
        assert_eq!(read_entries(&flow(64)).unwrap().len(), 1);
        for depth in [65, 20_000, 60_000] {
            assert!(read_entries(&flow(depth)).is_err(), "{depth}");
            assert!(
                read_entries(&format!("a: {}", "[".repeat(depth))).is_err(),
                "{depth}"
            );
        }
        let block: String = (0..2000)
            .map(|depth| format!("{}a:\n", " ".repeat(depth)))
            .collect();
        assert!(
            read_entries(&block)
                .unwrap_err()
                .contains("nested deeper than 64 levels")
        );
    }

    #[test]
    fn values_keep_their_text() {
        let text = "---\nport: 8080.10 # a comment\nmail:\n  on: no\n  \"key\": |\n    a\n    \
                    b\nempty: ''\nnothing:\n'mail.host': h\nn: 0123\n";
        let read = read_entries(text).unwrap();
        let read: Vec<(&str, &str)> = read
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .collect();
        let expected = [
            ("port", "8080.10"),
            ("mail.on", "no"),
            ("mail.key", "a\nb\n"),
            ("empty", ""),
            ("nothing", ""),
            ("mail.host", "h"),
            ("n", "0123"),
        ];
        assert_eq!(read, expected);
        assert_eq!(read_entries("# nothing\n").unwrap(), []);
    }

    #[test]
    fn a_surrogate_pair_between_double_quotes_is_one_character() {
        for (text, expected) in [
            (r#"a: "\ud83d\ude00""#, "😀"),
            (r#"{"a": "x\uD834\uDD1Ey\u00e9"}"#, "x𝄞yé"),
            (r#"a: "\ud83d\ude00\ud83d\ude01""#, "😀😁"),
            (r#"a: "\\\ud83d\ude00""#, r"\😀"),
            (r#"a: "\\ud83d\\ude00""#, r"\ud83d\ude00"),
            (r"a: '\ud83d\ude00'", r"\ud83d\ude00"),
            (r"a: '\\ud83d\ude00'", r"\\ud83d\ude00"),
            (r"a: \ud83d\ude00", r"\ud83d\ude00"),
            ("a: |\n  \\uD83d\\ude00\n", "\\uD83d\\ude00\n"),
            ("a: \"\u{e000}\\ud83d\\ude00\"", "\u{e000}😀"),
        ] {
            let read = read_entries(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(read, [("a".to_owned(), expected.to_owned())], "{text}");
        }
        let read = read_entries(r#""\ud83d\ude00": b"#).unwrap();
        assert_eq!(read, [("😀".to_owned(), "b".to_owned())]);
        for text in [
            r#"x\ud83d"#,
            r#"\ude00\ud83d"#,
            r#"\ud83d \ude00"#,
            r#"\ud83d\ud83d"#,
            r#"\\ud83d\ude00"#,
            r#"\U00110000"#,
        ] {
            let error = read_entries(&format!("b: c\na: \"{text}\"")).unwrap_err();
            assert!(error.contains("line 2: an escape names"), "{text}: {error}");
        }
    }

    #[test]
    fn written_values_are_read_back() {
        let texts = [
            "",
            " a ",
            "no",
            "1.10",
            "a\nb\r\n\t",
            "\"\\'#:{$",
            "é😀\u{85}\u{2028}\u{feff}\u{7f}\0",
            "~",
            "- a",
        ];
        for text in texts {
            let entry = |path| ExportEntry {
                path,
                variable: "",
                text,
                is_secret: false,
            };
            let written = write(&[entry("no"), entry("a.b.c"), entry("z"), entry("a.d")]);
            let read = read_entries(&written)
                .unwrap_or_else(|error| panic!("{text:?}: {error}: {}", *written));
            let expected =
                ["no", "a.b.c", "a.d", "z"].map(|path| (path.to_owned(), text.to_owned()));
            assert_eq!(read, expected, "{}", *written);
        }
        assert_eq!(*write(&[]), "{}\n");
    }

    #[test]
    fn mistakes_are_reported_with_their_line_and_without_a_value() {
        for (text, expected) in [
            ("Zx9kQ7Wv3Lp5", "line 1: the file is not a mapping"),
            ("- Zx9kQ7Wv3Lp5", "line 1: the file is not a mapping"),
            ("a: b\nc: \"Zx9kQ7Wv3Lp5", "this is not YAML"),
            ("a: Zx9kQ7Wv3Lp5\n b: Zx9kQ7Wv3Lp5: c", "this is not YAML"),
            ("a: Zx9kQ7Wv3Lp5\na: b", "line 2: `a` occurs twice"),
            ("c: ~", "`c` is null"),
            ("a: [Zx9kQ7Wv3Lp5]", "line 1: `a` is not text"),
            ("limits: { a: Zx9kQ7Wv3Lp5 }", "`limits` is not text"),
            ("a: &x Zx9kQ7Wv3Lp5\nb: *x", "line 2: `b` is an alias"),
            ("a: !!binary Zx9kQ7Wv3Lp5", "`a` has a tag"),
            ("a: b\n---\nc: Zx9kQ7Wv3Lp5", "a second document"),
            ("? [a]\n: Zx9kQ7Wv3Lp5", "a name is not text"),
        ] {
            let error = read_entries(text).unwrap_err();
            assert!(error.contains(expected), "{expected:?} is not in: {error}");
            assert!(!error.contains("Zx9"), "{error}");
        }
    }
}
