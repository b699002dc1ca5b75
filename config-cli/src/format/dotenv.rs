//! Writes variables in the common syntax of dotenv readers. The module `crate::dotenv` reads them.
//!
//! Dotenv readers differ in many details, such as backslash escapes and `$` between double quotes.
//! So a value is written in single quotes, or else in double quotes, if all tested readers
//! interpret these quotes the same way. The tested readers are python-dotenv, Node.js, dotenvy,
//! Docker Compose, Ruby's dotenv, and `cargo stage import`. If neither works, the value is written
//! in double quotes with escapes that only Node.js misreads, and a note tells the user so. A value
//! is refused if other readers would misread it too. python-dotenv replaces `${…}` in quotes of
//! every style, so the export prints another note for a value with `${…}`.

use stage_config_grammar::suggest;

use super::{ExportEntry, ExportedText, allocate_text};
use crate::error::CliError;

/// The quotes around a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum QuoteStyle {
    /// `'…'` without special characters inside.
    Single,
    /// `"…"` without special characters inside.
    Double,
    /// `"…"` with `\"` and `\\` inside: Node.js reads each as two characters.
    Escaped,
    /// No quoting is safe: for each quoting, a reader other than Node.js misreads the value.
    None,
}

pub(super) fn write(entries: &[ExportEntry<'_>]) -> Result<ExportedText, CliError> {
    let paths_with = |style: QuoteStyle| -> Vec<&str> {
        entries
            .iter()
            .filter(|entry| choose_quotes(entry.text) == style)
            .map(|entry| entry.path)
            .collect()
    };
    let unsafe_paths = paths_with(QuoteStyle::None);
    if !unsafe_paths.is_empty() {
        let message = format!(
            "no quoting works in all dotenv readers for {}",
            suggest::format_list(&unsafe_paths)
        );
        let help = "export with --format json, yaml or shell: the value contains a carriage \
                    return, or `$` together with `'` or a backslash";
        return Err(CliError::failed(message).with_help(help));
    }
    let mut text = allocate_text(entries);
    for entry in entries {
        text.push_str(entry.variable);
        text.push('=');
        push_quoted(&mut text, entry.text);
        text.push('\n');
    }
    Ok(ExportedText {
        notes: compatibility_notes(entries, &paths_with(QuoteStyle::Escaped)),
        ..ExportedText::new(text)
    })
}

fn compatibility_notes(entries: &[ExportEntry<'_>], escaped: &[&str]) -> Vec<String> {
    let mut notes = Vec::new();
    if !escaped.is_empty() {
        notes.push(format!(
            "note: Node.js misreads the escapes in {}; other readers do not",
            suggest::format_list(escaped)
        ));
    }
    let replaced: Vec<&str> = entries
        .iter()
        .filter(|entry| entry.text.contains("${"))
        .map(|entry| entry.path)
        .collect();
    if !replaced.is_empty() {
        let names = suggest::format_list(&replaced);
        notes.push(format!(
            "note: python-dotenv replaces `${{…}}` in {names} unless `interpolate=False` is set"
        ));
    }
    notes
}

fn choose_quotes(text: &str) -> QuoteStyle {
    // python-dotenv treats `\\` and `\'` as escapes even between single quotes. A backslash at the
    // end would form `\'` with the closing quote.
    let escapes = text.contains(r"\\") || text.contains(r"\'") || text.ends_with('\\');
    match text.contains('\'') {
        // Some readers drop a carriage return or treat it as a line end.
        _ if text.contains('\r') => QuoteStyle::None,
        false if !escapes => QuoteStyle::Single,
        // Some readers expand a variable after `$`, and some do not accept `\$` as an escape.
        _ if text.contains('$') => QuoteStyle::None,
        true if !text.contains(['"', '\\', '`']) => QuoteStyle::Double,
        _ => QuoteStyle::Escaped,
    }
}

fn push_quoted(output: &mut String, text: &str) {
    let style = choose_quotes(text);
    let quote = if style == QuoteStyle::Single {
        '\''
    } else {
        '"'
    };
    output.push(quote);
    for c in text.chars() {
        if style == QuoteStyle::Escaped && matches!(c, '"' | '\\') {
            output.push('\\');
        }
        output.push(c);
    }
    output.push(quote);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write_value(text: &str) -> Result<String, String> {
        let written = write(&[ExportEntry {
            path: "a.b",
            variable: "A_B",
            text,
            is_secret: false,
        }]);
        written
            .map(|written| written.text.to_string())
            .map_err(|problem| problem.to_string())
    }

    #[test]
    fn the_safest_possible_quoting_is_used() {
        for (text, expected) in [
            ("", "''"),
            ("plain", "'plain'"),
            (" # $HOME \"x\" `x` \\n é ", "' # $HOME \"x\" `x` \\n é '"),
            ("two\nlines\n", "'two\nlines\n'"),
            ("it's", "\"it's\""),
            ("it's a \"b\"", r#""it's a \"b\"""#),
            (r"c:\\d\", r#""c:\\\\d\\""#),
        ] {
            let line = write_value(text).unwrap();
            assert_eq!(line, format!("A_B={expected}\n"), "{text:?}");
            let read = crate::dotenv::parse(&line).unwrap();
            assert_eq!((read[0].0.as_str(), read[0].1.as_str()), ("A_B", text));
        }
    }

    #[test]
    fn values_without_a_safe_quoting_are_refused_by_name() {
        for text in ["a\rb", "a\r\n", "it's $5", r"$\\"] {
            let error = write_value(text).unwrap_err();
            assert!(
                error.contains("`a.b`") && error.contains("--format json"),
                "{text:?}: {error}"
            );
            assert!(!error.contains(text), "{error}");
        }
    }

    #[test]
    fn values_that_some_readers_misread_are_noted() {
        let notes = |text| {
            write(&[ExportEntry {
                path: "a.b",
                variable: "A_B",
                text,
                is_secret: false,
            }])
            .unwrap()
            .notes
        };
        assert!(notes(r#"'""#)[0].contains("Node.js misreads the escapes in `a.b`"));
        assert!(notes("${X}")[0].contains("python-dotenv replaces `${…}` in `a.b`"));
        assert!(notes("it's").is_empty());
    }
}
