//! A variable file of Terraform and OpenTofu: `name = "value"`.

use std::fmt::Write as _;

use zeroize::Zeroizing;

use super::{ExportEntry, allocate_text};

pub(super) fn write(entries: &[ExportEntry<'_>]) -> Zeroizing<String> {
    // `terraform fmt` aligns the equals signs of consecutive lines.
    let width = entries
        .iter()
        .map(|entry| entry.variable.len())
        .max()
        .unwrap_or_default();
    let mut text = allocate_text(entries);
    text.reserve_exact(entries.len() * width);
    for entry in entries {
        // Writing to a `String` cannot fail.
        let _ = write!(text, "{:width$} = ", entry.variable);
        push_quoted(&mut text, entry.text);
        text.push('\n');
    }
    text
}

/// Writes a quoted template of HCL without sequences that Terraform would evaluate.
fn push_quoted(output: &mut String, text: &str) {
    output.push('"');
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' => output.push_str("\\\""),
            '\\' => output.push_str("\\\\"),
            '\n' => output.push_str("\\n"),
            '\r' => output.push_str("\\r"),
            '\t' => output.push_str("\\t"),
            '$' | '%' if rest.peek() == Some(&'{') => output.extend([c, c]),
            // Some editors and parsers treat these characters as line ends or drop them.
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                let _ = write!(output, "\\u{:04x}", u32::from(c));
            }
            c => output.push(c),
        }
    }
    output.push('"');
}
