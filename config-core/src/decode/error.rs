//! The one error of decoding: what was expected and where, never what was there.

use serde::de;
use std::fmt;

/// Why a stored text did not become its type.
///
/// It holds what the type expects, which comes from the program, and a position. What it was given, messages of a
/// user's own `Deserialize`, and names of unknown fields and variants come from the value, and are dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodeError {
    reason: Reason,
    position: Option<(usize, usize)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Reason {
    /// Nothing is stored, and the type has no way to say so.
    Missing,
    /// The text is empty, or white space only.
    Empty,
    /// The type's own words for what it takes.
    Expected(String),
    /// An `Error::custom` of somebody's `Deserialize`: its text may quote the value.
    Refused,
}

impl DecodeError {
    pub(crate) fn missing() -> Self {
        Self { reason: Reason::Missing, position: None }
    }

    pub(crate) fn empty() -> Self {
        Self { reason: Reason::Empty, position: None }
    }

    pub(crate) fn expected(what: impl fmt::Display) -> Self {
        Self { reason: Reason::Expected(what.to_string()), position: None }
    }

    /// Keeps the innermost position: that is the one a reader can use.
    pub(crate) fn at(mut self, line: usize, column: usize) -> Self {
        self.position.get_or_insert((line, column));
        self
    }

    /// A type may be so careless as to put the value into what it says it expects. Words of three letters or more that
    /// stand in both are reason enough to say less.
    pub(crate) fn without_words_of(self, value: &str) -> Self {
        let Reason::Expected(what) = &self.reason else { return self };
        let shared = value
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| word.chars().count() >= 3)
            .any(|word| what.contains(word));
        if shared { Self { reason: Reason::Refused, ..self } } else { self }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            Reason::Missing => f.write_str("nothing is stored")?,
            Reason::Empty => f.write_str("the text is empty")?,
            Reason::Expected(what) => write!(f, "expected {what}")?,
            Reason::Refused => f.write_str("the type's own `Deserialize` refuses it")?,
        }
        match self.position {
            Some((line, column)) => write!(f, " (line {line}, column {column})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for DecodeError {}

impl de::Error for DecodeError {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self { reason: Reason::Refused, position: None }
    }

    fn invalid_type(_: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::expected(expected)
    }

    fn invalid_value(_: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::expected(expected)
    }

    fn invalid_length(_: usize, expected: &dyn de::Expected) -> Self {
        Self::expected(expected)
    }

    fn unknown_variant(_: &str, variants: &'static [&'static str]) -> Self {
        Self::expected(format_args!("one of {}", names(variants)))
    }

    fn unknown_field(_: &str, fields: &'static [&'static str]) -> Self {
        Self::expected(format_args!("no other keys than {}", names(fields)))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::expected(format_args!("the key `{field}`"))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::expected(format_args!("the key `{field}` only once"))
    }
}

fn names(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}
