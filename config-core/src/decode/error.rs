//! The error of decoding. It contains the expected form and the position, never a part of the
//! value.

use crate::schema::Secrecy;
use serde::de;
use stage_config_grammar::suggest::format_list;
use std::fmt;
use zeroize::Zeroizing;

/// The reason why a stored text could not be decoded.
///
/// The error contains what the type expects, which comes from the program, and a position. It omits
/// everything that comes from the value: the value itself, messages of a custom `Deserialize`, and
/// names of unknown fields and variants. The type itself may describe the form that it expects. A
/// load also removes this description if it may quote the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DecodeError {
    reason: Reason,
    position: Option<Position>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Position {
    /// A position in a JSON text, counted from 1.
    Json { line: usize, column: usize },
    /// A position in a list, counted from 1.
    Item(usize),
    /// A parameter below a path: the part of its name after the path.
    Parameter(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Reason {
    /// No value is stored, and the type does not allow that.
    Missing,
    /// The text is empty or contains only white space.
    Empty,
    /// The value is `null` in JSON, and the type does not allow that.
    Null,
    /// The form that this crate or serde expects. The text does not depend on the value.
    Expected(String),
    /// A text of this crate, for example a form with a hint. The text is one of a fixed list, so it
    /// cannot contain a part of the value.
    Fixed(String),
    /// The type's own description of the expected form, created while the type read the value.
    Described(String),
    /// The type needs text, but a Figment provider has a number or another value.
    NotText(&'static str),
    /// The type rejected the value. The type's own text is not kept, because that text may quote
    /// the value.
    Rejected,
}

impl DecodeError {
    pub(crate) fn missing() -> Self {
        Self {
            reason: Reason::Missing,
            position: None,
        }
    }

    pub(crate) fn empty() -> Self {
        Self {
            reason: Reason::Empty,
            position: None,
        }
    }

    pub(crate) fn null() -> Self {
        Self {
            reason: Reason::Null,
            position: None,
        }
    }

    pub(crate) fn not_text(found: &'static str) -> Self {
        Self {
            reason: Reason::NotText(found),
            position: None,
        }
    }

    /// Creates the error of a map with two entries whose keys are equal.
    pub(crate) fn same_key() -> Self {
        Self::fixed("two entries have the same key")
    }

    /// Returns whether quotes around the value would help.
    pub(crate) fn needs_quotes(&self) -> bool {
        matches!(self.reason, Reason::NotText(_))
    }

    pub(crate) fn expected(form: impl fmt::Display) -> Self {
        Self {
            reason: Reason::Expected(form.to_string()),
            position: None,
        }
    }

    /// Creates an error whose text is one of a fixed list.
    pub(crate) fn fixed(text: impl fmt::Display) -> Self {
        Self {
            reason: Reason::Fixed(text.to_string()),
            position: None,
        }
    }

    fn described(form: &dyn de::Expected) -> Self {
        let form = form.to_string();
        // serde reads untagged enums and flattened structs from its own buffer, which does not read
        // a text as a duration.
        if form == "struct Duration" {
            return Self::expected(
                "a duration as serde writes it, `{\"secs\": 30, \"nanos\": 0}`; for `30s`, write \
                 `#[serde(with = \"humantime_serde\")]` on the type's field",
            );
        }
        Self {
            reason: Reason::Described(form),
            position: None,
        }
    }

    /// Sets a position unless an inner value has set one. The innermost position is the most
    /// useful.
    pub(crate) fn at_position(mut self, line: usize, column: usize) -> Self {
        self.position.get_or_insert(Position::Json { line, column });
        self
    }

    pub(crate) fn at_item(mut self, number: usize) -> Self {
        self.position.get_or_insert(Position::Item(number));
        self
    }

    /// Sets the position to one of the parameters of a path: the parameter that has the value.
    /// Replaces an earlier position, because it may be a position in the JSON text that this crate
    /// writes from the parameters, and the user does not know this text.
    pub(super) fn at_parameter(mut self, name: &str) -> Self {
        self.position = Some(Position::Parameter(name.to_owned()));
        self
    }

    /// Returns the name that [`at_parameter`](Self::at_parameter) has set.
    pub(crate) fn parameter(&self) -> Option<&str> {
        match &self.position {
            Some(Position::Parameter(name)) => Some(name),
            _ => None,
        }
    }

    /// Redacts the error for a field. A type may include a part of the value in its description of
    /// what it expects. Therefore the description is removed if the field is or may be a secret.
    /// Any other description or expected form is removed if it contains a word of three or more
    /// letters or digits from the value.
    pub(crate) fn redact_for_field(self, secrecy: Secrecy, value: &str) -> Self {
        let form = match &self.reason {
            Reason::Described(_) if secrecy != Secrecy::No => {
                return Self {
                    reason: Reason::Rejected,
                    ..self
                };
            }
            Reason::Expected(form) | Reason::Described(form) => form,
            Reason::Missing
            | Reason::Empty
            | Reason::Null
            | Reason::NotText(_)
            | Reason::Fixed(_)
            | Reason::Rejected => return self,
        };
        let unescaped = unescape_lossy(value);
        let is_shared = [value, &unescaped]
            .into_iter()
            .flat_map(|text| text.split(|c: char| !c.is_alphanumeric()))
            .filter(|word| word.chars().count() >= 3)
            .any(|word| form.contains(word));
        if is_shared {
            Self {
                reason: Reason::Rejected,
                ..self
            }
        } else {
            self
        }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            Reason::Missing => f.write_str("nothing is stored")?,
            Reason::Empty => f.write_str("the text is empty")?,
            Reason::Null => f.write_str("it is `null`, but its type needs a value")?,
            Reason::Expected(form) | Reason::Described(form) => write!(f, "expected {form}")?,
            Reason::Fixed(text) => f.write_str(text)?,
            Reason::NotText(found) => {
                write!(f, "the provider gives {found}, but the type takes text")?
            }
            Reason::Rejected => f.write_str("its type rejects the value")?,
        }
        match &self.position {
            Some(Position::Json { line, column }) => write!(f, " (line {line}, column {column})"),
            Some(Position::Item(number)) => write!(f, " (item {number})"),
            Some(Position::Parameter(name)) => write!(f, " (the parameter `{name}` of the path)"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for DecodeError {}

impl de::Error for DecodeError {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self {
            reason: Reason::Rejected,
            position: None,
        }
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
        Self::expected(format_args!("one of {}", format_list(variants)))
    }

    fn unknown_field(_: &str, fields: &'static [&'static str]) -> Self {
        match fields {
            [] => Self::expected("an empty object"),
            [field] => Self::expected(format_args!("only the key `{field}`")),
            _ => Self::expected(format_args!("only the keys {}", format_list(fields))),
        }
    }

    fn missing_field(field: &'static str) -> Self {
        Self::expected(format_args!("the key `{field}`"))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::expected(format_args!("the key `{field}` only once"))
    }
}

/// Resolves the `\u` escapes of JSON in a text, because a type gets the text without escapes. Any
/// other escape becomes a space.
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
            // An escape such as a line break or a quote ends a word.
            ('\\', Some(_)) => {
                rest.next();
                units.push(u16::from(b' '));
            }
            _ => units.extend_from_slice(c.encode_utf16(&mut [0; 2])),
        }
    }

    Zeroizing::new(String::from_utf16_lossy(&units))
}
