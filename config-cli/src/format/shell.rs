//! A script for a shell: `. file`, or `eval "$(cargo stage export …)"`.

use zeroize::Zeroizing;

use super::{ExportEntry, allocate_text};

/// Writes values in single quotes. Between them, a shell takes every character literally, except
/// the quote itself.
pub(super) fn write(entries: &[ExportEntry<'_>]) -> Zeroizing<String> {
    let mut text = allocate_text(entries);
    for entry in entries {
        text.push_str("export ");
        text.push_str(entry.variable);
        text.push_str("='");
        for (index, part) in entry.text.split('\'').enumerate() {
            text.push_str(if index == 0 { "" } else { r"'\''" });
            text.push_str(part);
        }
        text.push_str("'\n");
    }
    text
}
