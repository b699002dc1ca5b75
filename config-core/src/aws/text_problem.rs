//! The mistakes in the characters of a variable's value: a line end, white space around the text,
//! quotes of a shell or of an env file, and other characters that the value cannot contain.

use std::ffi::OsStr;

/// Returns whether a variable's value has no text. Such a variable counts as unset.
pub(super) fn is_blank(value: &OsStr) -> bool {
    value.to_str().is_some_and(|text| text.trim().is_empty())
}

/// The reason why a text cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TextProblem {
    LineEnd,
    WhiteSpaceAround,
    Quotes,
    ControlCharacter,
    Space,
    NotAscii,
}

impl TextProblem {
    /// Returns the predicate of a sentence about the text.
    pub(super) fn description(self) -> &'static str {
        match self {
            Self::LineEnd => "ends with a line end",
            Self::WhiteSpaceAround => "begins or ends with white space",
            Self::Quotes => "is in quotes",
            Self::ControlCharacter => "contains a line end or another control character",
            Self::Space => "contains a space",
            Self::NotAscii => "contains a character that is not ASCII",
        }
    }

    /// Returns the end of the sentence "set `X` …".
    pub(super) fn help(self) -> &'static str {
        match self {
            Self::LineEnd => "without the line end",
            Self::WhiteSpaceAround => "without the white space around its value",
            Self::Quotes => "without the quotes",
            Self::ControlCharacter => "without control characters",
            Self::Space => "without spaces",
            Self::NotAscii => "with ASCII characters only",
        }
    }
}

/// Returns the problem of a text that may contain spaces and any letters, such as a path.
pub(super) fn find_line_problem(text: &str) -> Option<TextProblem> {
    if text.ends_with(['\n', '\r']) {
        return Some(TextProblem::LineEnd);
    }
    if text.trim() != text {
        return Some(TextProblem::WhiteSpaceAround);
    }
    let is_quoted = |quote| text.len() > 1 && text.starts_with(quote) && text.ends_with(quote);
    if is_quoted('"') || is_quoted('\'') {
        return Some(TextProblem::Quotes);
    }
    text.contains(char::is_control)
        .then_some(TextProblem::ControlCharacter)
}

/// Returns the problem of a text that must consist of visible ASCII characters, such as a key.
pub(super) fn find_word_problem(text: &str) -> Option<TextProblem> {
    if let Some(problem) = find_line_problem(text) {
        return Some(problem);
    }
    if text.contains(char::is_whitespace) {
        return Some(TextProblem::Space);
    }
    (!text.is_ascii()).then_some(TextProblem::NotAscii)
}
