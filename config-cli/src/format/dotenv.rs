//! Files of variables in the common syntax of dotenv readers. The reader of this command is
//! `crate::dotenv`.
//!
//! Dotenv readers differ in many details, such as backslash escapes and `$` between double quotes.
//! So a value is written in the first form that all examined readers read alike (python-dotenv,
//! Node.js, dotenvy, Docker Compose, Ruby's dotenv, and `cargo stage import`). If there is no such
//! form, one that some of them read is used, with a note. A value that a reader would misread
//! without an error is refused.

use stage_config_grammar::suggest;

use super::{ExportEntry, ExportedText, allocate_text};
use crate::error::CliError;

/// The quotes around a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum QuoteStyle {
    /// `'…'`, where no character is special.
    Single,
    /// `"…"` without special characters inside.
    Double,
    /// `"…"` with `\"` and `\\` inside: Node.js reads each as two characters.
    Escaped,
    /// No form is safe: some reader would misread each one.
    None,
}

pub(super) fn write(entries: &[ExportEntry<'_>]) -> Result<ExportedText, CliError> {
    let paths_with = |form: QuoteStyle| -> Vec<&str> {
        entries.iter().filter(|entry| choose_quotes(entry.text) == form).map(|entry| entry.path).collect()
    };
    let none = paths_with(QuoteStyle::None);
    if !none.is_empty() {
        let what = format!("no quoting works in all dotenv readers for {}", suggest::format_list(&none));
        let help =
            "export with --format json, yaml or shell: the value contains a carriage return, or both `'` and `$`";
        return Err(CliError::failed(what).with_help(help));
    }
    let mut text = allocate_text(entries);
    for entry in entries {
        text.push_str(entry.variable);
        text.push('=');
        push_quoted(&mut text, entry.text);
        text.push('\n');
    }
    Ok(ExportedText { text, notes: compatibility_notes(entries, &paths_with(QuoteStyle::Escaped)) })
}

fn compatibility_notes(entries: &[ExportEntry<'_>], escaped: &[&str]) -> Vec<String> {
    let mut notes = Vec::new();
    if !escaped.is_empty() {
        notes.push(format!(
            "note: Node.js misreads the escapes in {}; other readers do not",
            suggest::format_list(escaped)
        ));
    }
    let replaced: Vec<&str> =
        entries.iter().filter(|entry| entry.text.contains("${")).map(|entry| entry.path).collect();
    if !replaced.is_empty() {
        let names = suggest::format_list(&replaced);
        notes.push(format!("note: python-dotenv replaces `${{…}}` in {names} unless `interpolate=False` is set"));
    }
    notes
}

fn choose_quotes(text: &str) -> QuoteStyle {
    // python-dotenv treats these two as escapes even between single quotes.
    let escapes = text.contains(r"\\") || text.contains(r"\'") || text.ends_with('\\');
    match text.contains('\'') {
        // Some readers drop it or treat it as a line end.
        _ if text.contains('\r') => QuoteStyle::None,
        false if !escapes => QuoteStyle::Single,
        // Some readers expand the variable, and some do not accept a backslash before it as an
        // escape.
        _ if text.contains('$') => QuoteStyle::None,
        true if !text.contains(['"', '\\', '`']) => QuoteStyle::Double,
        _ => QuoteStyle::Escaped,
    }
}

fn push_quoted(into: &mut String, text: &str) {
    let form = choose_quotes(text);
    let quote = if form == QuoteStyle::Single { '\'' } else { '"' };
    into.push(quote);
    for c in text.chars() {
        if form == QuoteStyle::Escaped && matches!(c, '"' | '\\') {
            into.push('\\');
        }
        into.push(c);
    }
    into.push(quote);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write_value(text: &str) -> Result<String, String> {
        let written = write(&[ExportEntry { path: "a.b", variable: "A_B", text }]);
        written.map(|written| written.text.to_string()).map_err(|problem| problem.to_string())
    }

    #[test]
    fn the_first_form_that_all_read_alike() {
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
    fn what_would_be_misread_is_refused_by_name() {
        for text in ["a\rb", "a\r\n", "it's $5", r"$\\"] {
            let error = write_value(text).unwrap_err();
            assert!(error.contains("`a.b`") && error.contains("--format json"), "{text:?}: {error}");
            assert!(!error.contains(text), "{error}");
        }
    }

    #[test]
    fn what_some_misread_is_said() {
        let notes = |text| write(&[ExportEntry { path: "a.b", variable: "A_B", text }]).unwrap().notes;
        assert!(notes(r#"'""#)[0].contains("Node.js misreads the escapes in `a.b`"));
        assert!(notes("${X}")[0].contains("python-dotenv replaces `${…}` in `a.b`"));
        assert!(notes("it's").is_empty());
    }
}
