//! A writer for messages that contain external texts: names, paths, and texts of a store, a user's
//! type or a provider.

use std::fmt;

/// The replacement of a line end.
const REPLACEMENT: &str = "\u{fffd}";

/// A writer that replaces every line end. Otherwise an external text could add a line that looks
/// like a line of this crate.
pub(crate) struct OneLine<W>(pub(crate) W);

impl<W: fmt::Write> fmt::Write for OneLine<W> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut pieces = text.split(is_line_end);
        self.0.write_str(pieces.next().unwrap_or_default())?;
        pieces.try_for_each(|piece| {
            self.0
                .write_str(REPLACEMENT)
                .and_then(|()| self.0.write_str(piece))
        })
    }
}

/// Returns whether some readers treat the character as the end of a line.
pub(crate) fn is_line_end(c: char) -> bool {
    matches!(
        c,
        '\n' | '\u{b}' | '\u{c}' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write as _;

    #[test]
    fn only_line_ends_are_replaced() {
        let mut line = OneLine(String::new());
        line.write_str("a\nb\r\n\u{b}\u{c}\u{85}\u{2028}d\u{2029}\tc")
            .unwrap();
        assert_eq!(
            line.0,
            "a\u{fffd}b\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}d\u{fffd}\tc"
        );
    }
}
