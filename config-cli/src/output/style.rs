//! Colours of the output.

use std::{fmt, io};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style as AnsiStyle};

use crate::lines;

/// The style of a text in the output: a colour, bold or dimmed. It adds no information to the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Good,
    Bad,
    Doubtful,
    Faint,
    Heading,
}

const STYLES: [Style; 5] = [
    Style::Good,
    Style::Bad,
    Style::Doubtful,
    Style::Faint,
    Style::Heading,
];

/// Marks the end of a styled text.
const STYLE_END: char = '\u{fdd0}';

impl Style {
    /// Returns the character that marks the beginning of a styled text until the text is printed.
    /// It is one of Unicode's noncharacters, which are reserved for internal use. An escape
    /// sequence could not be distinguished from one in untrusted text.
    fn mark(self) -> char {
        match self {
            Self::Good => '\u{fdd1}',
            Self::Bad => '\u{fdd2}',
            Self::Doubtful => '\u{fdd3}',
            Self::Faint => '\u{fdd4}',
            Self::Heading => '\u{fdd5}',
        }
    }

    fn to_ansi(self) -> AnsiStyle {
        match self {
            Self::Good => AnsiColor::Green.on_default(),
            Self::Bad => AnsiColor::Red.on_default().bold(),
            Self::Doubtful => AnsiColor::Yellow.on_default(),
            Self::Faint => AnsiStyle::new().dimmed(),
            Self::Heading => AnsiStyle::new().bold(),
        }
    }
}

/// Returns whether the character marks a style.
pub(super) fn is_style_mark(c: char) -> bool {
    c == STYLE_END || STYLES.iter().any(|style| style.mark() == c)
}

/// Returns whether the character is a mark, which is never printed.
pub(super) fn is_mark(c: char) -> bool {
    lines::is_command_mark(c) || is_style_mark(c)
}

/// Marks a line or a cell of a table with a style, for `print_lines` or `print_table`.
pub(crate) fn styled(style: Style, text: impl fmt::Display) -> String {
    format!("{}{text}{STYLE_END}", style.mark())
}

/// Removes the marks of commands. Replaces the style marks with escape sequences, or removes them
/// if the output has no colours.
pub(super) fn apply_colors(text: &str) -> String {
    let setting = std::env::var("CARGO_TERM_COLOR").unwrap_or_default();
    if !has_colors(&setting, || {
        AutoStream::choice(&io::stdout()) != ColorChoice::Never
    }) {
        return text.replace(is_mark, "");
    }
    let text = text.replace(lines::is_command_mark, "");
    let text = text.replace(STYLE_END, &format!("{}", anstyle::Reset));
    STYLES.iter().fold(text, |text, style| {
        text.replace(style.mark(), &style.to_ansi().to_string())
    })
}

/// Returns whether the output has colours. If `CARGO_TERM_COLOR` is `always` or `never`, it takes
/// precedence, as in cargo. Otherwise `anstream` decides from `NO_COLOR` (no-color.org),
/// `CLICOLOR_FORCE`, `CLICOLOR`, and the terminal. Cargo itself refuses a `CARGO_TERM_COLOR` other
/// than these two and `auto`.
fn has_colors(cargo_term_color: &str, auto: impl FnOnce() -> bool) -> bool {
    match cargo_term_color {
        "always" => true,
        "never" => false,
        _ => auto(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_of_cargo_decides_unless_it_is_auto() {
        for (setting, auto, expected) in [
            ("always", false, true),
            ("never", true, false),
            ("auto", true, true),
            ("auto", false, false),
            ("", true, true),
            ("", false, false),
        ] {
            assert_eq!(has_colors(setting, || auto), expected, "{setting} {auto}");
        }
    }
}
