//! Replaces the characters that must not reach a terminal: those that move the cursor, change the
//! direction of a text, or are invisible.
//!
//! Names, sources, documentation, messages of AWS and file names are untrusted. The functions of
//! [`output`](super) pass every text except raw data through this module, so no verb has to do it.

use std::fmt::Write as _;

use super::style::is_mark;

/// The replacement for a hidden character, a line end, or a character of a command of GitHub
/// Actions.
const REPLACEMENT: &str = "\u{fffd}";

/// GitHub Actions treats a log line as a command if it starts, after white space, with this text:
/// `::error::…` (`TryParseV2` of src/Runner.Common/ActionCommand.cs in actions/runner). Except for
/// annotations and raw data, no line of this program starts with it.
const COMMAND: &str = "::";

/// The older syntax of such a command, which works anywhere in a line: `##[error]…` (`TryParse` in
/// the same file).
const OLD_COMMAND: &str = "##[";

/// Replaces hidden characters and keeps line ends and tabs. It is for a text with several lines: a
/// value or a document.
pub(super) fn to_printable(text: &str) -> String {
    text.replace(is_hidden, REPLACEMENT)
}

/// Sanitizes a line of output or a part of a line. Line ends are replaced too, because they come
/// from untrusted text.
pub(crate) fn one_line(line: &str) -> String {
    break_old_command(&line.replace(|c| c == '\n' || is_hidden(c), REPLACEMENT))
}

/// Replaces the last `#` of each `##[`. Also finds a `##[` with marks (`is_mark`) between its
/// characters, because these marks are removed later.
fn break_old_command(line: &str) -> String {
    let mut broken = String::with_capacity(line.len());
    let mut hashes = 0;
    for c in line.chars() {
        match c {
            '#' => hashes += 1,
            '[' if hashes > 1 => {
                let last = broken.rfind('#').unwrap_or_default();
                broken.replace_range(last..=last, REPLACEMENT);
                hashes = 0;
            }
            _ if is_mark(c) => {}
            _ => hashes = 0,
        }
        broken.push(c);
    }
    broken
}

/// Sanitizes a whole line, so that GitHub Actions does not treat it as a command.
pub(super) fn whole_line(line: &str) -> String {
    let line = one_line(line);
    let visible: String = line.chars().filter(|c| !is_mark(*c)).collect();
    if visible.trim_start().starts_with(COMMAND) {
        line.replacen(':', REPLACEMENT, 1)
    } else {
        line
    }
}

/// Writes hidden characters, marks and the second `#` of `##[` as JSON escapes. A program reads the
/// same text, and a terminal or a job shows it safely.
pub(super) fn escape_json(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for c in json.chars() {
        if is_hidden(c) || is_mark(c) {
            // Writing to a `String` cannot fail.
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        } else {
            escaped.push(c);
        }
    }
    escaped.replace(OLD_COMMAND, "#\\u0023[")
}

fn is_hidden(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        // Soft hyphen, combining grapheme joiner, and letters without a glyph.
        '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{3164}'
        | '\u{ffa0}' => true,
        // Directional marks, embeddings, overrides and isolates.
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            true
        }
        // Unicode line ends and characters without width.
        '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200d}'
        | '\u{2028}'
        | '\u{2029}'
        | '\u{2060}'..='\u{206f}' => true,
        '\u{feff}'
        | '\u{fff0}'..='\u{fffb}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}' => true,
        c => c.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: [char; 14] = [
        '\0',
        '\u{7}',
        '\u{8}',
        '\r',
        '\u{1b}',
        '\u{7f}',
        '\u{85}',
        '\u{9b}',
        '\u{200b}',
        '\u{202e}',
        '\u{2066}',
        '\u{2028}',
        '\u{feff}',
        '\u{e0041}',
    ];

    #[test]
    fn hidden_characters_are_replaced_and_others_are_kept() {
        for c in HOSTILE {
            assert_eq!(to_printable(&format!("a{c}b")), "a\u{fffd}b", "{c:?}");
        }
        let plain = "größe → \t日本 😀 ⚠\u{fe0f} e\u{301}\n";
        assert_eq!(to_printable(plain), plain);
    }

    #[test]
    fn a_line_stays_one_line() {
        let forged = "a\nb\rc\u{b}d\u{c}e\u{85}f\u{2028}g\u{2029}h\r\ni\t";
        assert_eq!(
            one_line(forged),
            "a\u{fffd}b\u{fffd}c\u{fffd}d\u{fffd}e\u{fffd}f\u{fffd}g\u{fffd}h\u{fffd}\u{fffd}i\t"
        );
    }

    #[test]
    fn no_line_is_a_command_of_github_actions() {
        for (line, expected) in [
            ("::error::a", "\u{fffd}:error::a"),
            (" \t::add-mask::a", " \t\u{fffd}:add-mask::a"),
            ("a ##[error]b", "a #\u{fffd}[error]b"),
            ("a::b::c ## [d]", "a::b::c ## [d]"),
        ] {
            assert_eq!(whole_line(line), expected);
        }
        let json = escape_json(r###"{"a": "##[error]b"}"###);
        assert!(!json.contains("##["), "{json}");
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(value["a"], "##[error]b");
    }

    #[test]
    fn json_escapes_keep_the_text() {
        for c in HOSTILE {
            let text = format!("a{c}b");
            let json = escape_json(&serde_json::to_string(&text).unwrap());
            assert_eq!(to_printable(&json), json, "{c:?}");
            assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        }
    }
}
