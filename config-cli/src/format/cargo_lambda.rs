//! The file of `cargo lambda watch --env-file`. cargo-lambda reads it with `env-file-reader`, whose
//! quotes differ from those of other dotenv readers.
//!
//! - Quotes are `'…'`, `` `…` `` and `"…"`. Line ends are text inside them.
//! - Between quotes of every kind, `\n` is a line end, and there is no escape for a backslash.
//!   Between double quotes, `\"` is an escape too.
//! - Without quotes, white space, quotes, `#` and `=` end the value. Every other character is text.

use stage_config_grammar::suggest;
use zeroize::Zeroizing;

use super::{ExportEntry, allocate_text};
use crate::error::CliError;

/// The reader's keyword, which it accepts neither as a name nor as a value without quotes.
const KEYWORD: &str = "export";

/// The quotes around a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum QuoteStyle {
    Bare,
    Quotes(char),
    /// `"…"` with `\"` inside.
    Escaped,
    /// The reader has no notation for the value.
    None,
}

pub(super) fn write(entries: &[ExportEntry<'_>]) -> Result<Zeroizing<String>, CliError> {
    let unsafe_paths: Vec<&str> = entries
        .iter()
        .filter(|entry| choose_quotes(entry.text) == QuoteStyle::None || entry.variable == KEYWORD)
        .map(|entry| entry.path)
        .collect();
    if !unsafe_paths.is_empty() {
        let message = format!(
            "the env file of cargo-lambda cannot contain the value of {}",
            suggest::format_list(&unsafe_paths)
        );
        let help = "run `cargo lambda watch` in `cargo stage exec`, because the file can contain \
                    neither the name `export`, nor a value that contains `\\n` together with \
                    white space, a quote, `#` or `=`, nor a value that contains `'` and a \
                    backtick and ends with a backslash";
        return Err(CliError::failed(message).with_help(help));
    }

    let mut text = allocate_text(entries);
    for entry in entries {
        text.push_str(entry.variable);
        text.push('=');
        push_value(&mut text, entry.text);
        text.push('\n');
    }
    Ok(text)
}

fn choose_quotes(text: &str) -> QuoteStyle {
    let is_special = |c: char| c.is_whitespace() || matches!(c, '=' | '\'' | '`' | '"' | '#');
    if text.contains("\\n") {
        // Between quotes, `\n` would become a line end.
        return if text.contains(is_special) {
            QuoteStyle::None
        } else {
            QuoteStyle::Bare
        };
    }
    // A backslash before the closing `"` would be an escape.
    match text {
        _ if !text.contains('\'') => QuoteStyle::Quotes('\''),
        _ if !text.contains('`') => QuoteStyle::Quotes('`'),
        _ if text.ends_with('\\') => QuoteStyle::None,
        _ if text.contains('"') => QuoteStyle::Escaped,
        _ => QuoteStyle::Quotes('"'),
    }
}

fn push_value(output: &mut String, text: &str) {
    match choose_quotes(text) {
        QuoteStyle::Bare | QuoteStyle::None => output.push_str(text),
        QuoteStyle::Quotes(quote) => {
            output.push(quote);
            output.push_str(text);
            output.push(quote);
        }
        QuoteStyle::Escaped => {
            output.push('"');
            for c in text.chars() {
                if c == '"' {
                    output.push('\\');
                }
                output.push(c);
            }
            output.push('"');
        }
    }
}
