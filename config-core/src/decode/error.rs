//! The one error of decoding: what was expected and where, never what was there.

use crate::schema::Secrecy;
use serde::de;
use std::fmt;
use zeroize::Zeroizing;

/// Why a stored text did not become its type.
///
/// It holds what the type expects, which comes from the program, and a position. What it was given, messages of a
/// user's own `Deserialize`, and names of unknown fields and variants come from the value, and are dropped.
/// Where the type's own words may quote the value, they are dropped too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodeError {
    reason: Reason,
    position: Option<Position>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Position {
    /// In a JSON text, counted from 1.
    Json { line: usize, column: usize },
    /// In a list, counted from 1.
    Item(usize),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Reason {
    /// Nothing is stored, and the type has no way to say so.
    Missing,
    /// The text is empty, or white space only.
    Empty,
    /// `null` in JSON, where the type takes no such thing.
    Null,
    /// What this crate or serde expects: texts and lists that the program holds from the start.
    Expected(String),
    /// The type's own words for what it takes, made while it read the value.
    Described(String),
    /// A number or the like of a Figment provider, where the type takes text.
    NotText(&'static str),
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

    pub(crate) fn null() -> Self {
        Self { reason: Reason::Null, position: None }
    }

    pub(crate) fn not_text(what: &'static str) -> Self {
        Self { reason: Reason::NotText(what), position: None }
    }

    /// Whether quotes around the value would help.
    pub(crate) fn needs_quotes(&self) -> bool {
        matches!(self.reason, Reason::NotText(_))
    }

    pub(crate) fn expected(what: impl fmt::Display) -> Self {
        Self { reason: Reason::Expected(what.to_string()), position: None }
    }

    fn described(what: &dyn de::Expected) -> Self {
        Self { reason: Reason::Described(what.to_string()), position: None }
    }

    /// Keeps the innermost position: that is the one a reader can use.
    pub(crate) fn at_position(mut self, line: usize, column: usize) -> Self {
        self.position.get_or_insert(Position::Json { line, column });
        self
    }

    pub(crate) fn at_item(mut self, number: usize) -> Self {
        self.position.get_or_insert(Position::Item(number));
        self
    }

    /// What may be said of a field. A type may put the value, or a part of it, into what it says it expects. So of a field
    /// that is or may be a secret only fixed texts are said, and of any other no text that shares a word of three letters
    /// or more with the value.
    pub(crate) fn redact_for_field(self, secrecy: Secrecy, value: &str) -> Self {
        let what = match &self.reason {
            Reason::Described(_) if secrecy != Secrecy::No => return Self { reason: Reason::Refused, ..self },
            Reason::Expected(what) | Reason::Described(what) => what,
            Reason::Missing | Reason::Empty | Reason::Null | Reason::NotText(_) | Reason::Refused => return self,
        };
        let unescaped = unescape_lossy(value);
        let shared = [value, &unescaped]
            .into_iter()
            .flat_map(|text| text.split(|c: char| !c.is_alphanumeric()))
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
            Reason::Null => f.write_str("it is `null`, and its type needs a value")?,
            Reason::Expected(what) | Reason::Described(what) => write!(f, "expected {what}")?,
            Reason::NotText(what) => write!(f, "the provider gives {what}, where the type takes text")?,
            Reason::Refused => f.write_str("its type refuses it")?,
        }
        match self.position {
            Some(Position::Json { line, column }) => write!(f, " (line {line}, column {column})"),
            Some(Position::Item(number)) => write!(f, " (item {number})"),
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
        Self::described(expected)
    }

    fn invalid_value(_: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::described(expected)
    }

    fn invalid_length(_: usize, expected: &dyn de::Expected) -> Self {
        Self::described(expected)
    }

    fn unknown_variant(_: &str, variants: &'static [&'static str]) -> Self {
        Self::expected(format_args!("one of {}", quote_names(variants)))
    }

    fn unknown_field(_: &str, fields: &'static [&'static str]) -> Self {
        Self::expected(format_args!("no other keys than {}", quote_names(fields)))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::expected(format_args!("the key `{field}`"))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::expected(format_args!("the key `{field}` only once"))
    }
}

/// The text as a type sees it that gets a part of it out of JSON: with the escapes resolved, wherever they stand.
fn unescape_lossy(text: &str) -> Zeroizing<String> {
    let mut units = Zeroizing::new(Vec::with_capacity(text.len()));
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        let digits = || u16::from_str_radix(rest.as_str().get(1..5)?, 16).ok();
        match (c, rest.as_str().chars().next()) {
            ('\\', Some('u')) if let Some(unit) = digits() => {
                units.push(unit);
                rest = rest.as_str()[5..].chars();
            }
            // A line break or the like ends a word; a quote does so too.
            ('\\', Some(_)) => {
                rest.next();
                units.push(u16::from(b' '));
            }
            _ => units.extend_from_slice(c.encode_utf16(&mut [0; 2])),
        }
    }
    Zeroizing::new(String::from_utf16_lossy(&units))
}

fn quote_names(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}
