//! A stored value and its possible parts: bytes, items, entries.

mod deserializer;
mod elements;
mod parts;

use super::{DecodeError, bytes, json::JsonValue};
use crate::typed_value::{TypedData, TypedValue};
use serde::de::DeserializeOwned;
use stage_config_grammar::{duration::parse_duration, white_space::trim};
use std::{fmt, str::FromStr, time::Duration};
use zeroize::Zeroizing;

/// The value that a store holds for a field, before it is decoded. It is the `Deserializer` that a
/// `with` module gets.
#[derive(Clone, Copy)]
pub struct StoredValue<'a> {
    content: StoredContent<'a>,
    depth: u8,
    path: PathPart<'a>,
}

/// Whether a value comes from a path. If it does, it is the JSON object with all parameters of the
/// path, or one of these parameters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum PathPart<'a> {
    /// The value does not come from a path.
    None,
    /// The JSON object with all parameters of a path.
    Map,
    /// The parameter with this name below the path.
    Parameter(&'a str),
}

#[derive(Clone, Copy)]
enum StoredContent<'a> {
    Missing,
    Text(&'a str),
    /// A StringList. Its items are the texts between its commas, even if it starts with `[`.
    List(&'a str),
    Binary(&'a [u8]),
    /// A value inside a JSON text.
    Json(JsonValue<'a>),
    /// A value with the types of a TOML file or of Figment, or a part of such a value.
    Typed(&'a TypedValue),
    /// The name of an entry of an object or a table. It is always text.
    Key(&'a str),
}

impl<'a> StoredValue<'a> {
    fn new(content: StoredContent<'a>, depth: u8) -> Self {
        Self {
            content,
            depth,
            path: PathPart::None,
        }
    }

    /// Marks the value as the JSON object with all parameters of a path. An error in one parameter
    /// then names this parameter.
    pub(crate) fn as_parameter_map(self) -> Self {
        Self {
            path: PathPart::Map,
            ..self
        }
    }

    /// Adds the name of the parameter to an error if this value is one of the parameters of a path.
    pub(crate) fn name_parameter(self, error: DecodeError) -> DecodeError {
        match self.path {
            PathPart::Parameter(name) => error.at_parameter(name),
            PathPart::None | PathPart::Map => error,
        }
    }

    /// Creates an absent value.
    #[must_use]
    pub fn missing() -> Self {
        Self::new(StoredContent::Missing, 0)
    }

    /// Creates a text.
    #[must_use]
    pub fn from_text(text: &'a str) -> Self {
        Self::new(StoredContent::Text(text), 0)
    }

    /// Creates a comma-separated StringList.
    #[must_use]
    pub fn from_list(text: &'a str) -> Self {
        Self::new(StoredContent::List(text), 0)
    }

    /// Creates a binary value.
    #[must_use]
    pub fn from_bytes(bytes: &'a [u8]) -> Self {
        Self::new(StoredContent::Binary(bytes), 0)
    }

    pub(crate) fn from_typed(value: &'a TypedValue) -> Self {
        Self::from_typed_part(value, 0)
    }

    fn from_typed_part(value: &'a TypedValue, depth: u8) -> Self {
        Self::new(StoredContent::Typed(value), depth)
    }

    pub(crate) fn from_key(key: &'a str) -> Self {
        Self::new(StoredContent::Key(key), 0)
    }

    /// Creates an item of a list. The item may be a list itself, for a recursive type.
    fn from_item(text: &'a str, depth: u8) -> Self {
        Self::new(StoredContent::Text(text), depth)
    }

    fn from_json(json: JsonValue<'a>, depth: u8) -> Self {
        Self::new(StoredContent::Json(json), depth)
    }

    /// Returns whether the value is missing or `null`.
    pub(crate) fn is_absent(self) -> bool {
        match self.content {
            StoredContent::Missing => true,
            StoredContent::Json(json) => json.is_null(),
            StoredContent::Typed(value) => value.data == TypedData::Null,
            _ => false,
        }
    }

    /// Reads a type that implements serde's `Deserialize`.
    ///
    /// A type that parses a `String` fails on a trailing newline, which editors and shells add. If
    /// the type rejects the whole text, it gets the trimmed text.
    ///
    /// # Errors
    ///
    /// Returns an error if the type does not accept the value. For a value inside JSON or a list,
    /// the error contains the position.
    pub fn decode<T: DeserializeOwned>(self) -> Result<T, DecodeError> {
        let first = T::deserialize(self);
        match self.content {
            StoredContent::Text(text) if first.is_err() && trim(text) != text => {
                T::deserialize(Self::from_text(trim(text))).or(first)
            }
            _ => first,
        }
    }

    pub(super) fn to_bytes(self) -> Result<Vec<u8>, DecodeError> {
        match self.content {
            StoredContent::Binary(bytes) => Ok(bytes.to_vec()),
            _ => self.locate_error(bytes::from_base64(&self.to_text()?)),
        }
    }

    /// Returns the text without trimming. A JSON string is unescaped.
    ///
    /// # Errors
    ///
    /// Returns an error if there is no text, for example because Figment has parsed the text as a
    /// number.
    pub(crate) fn to_text(self) -> Result<StoredText<'a>, DecodeError> {
        match self.content {
            StoredContent::Missing => Err(DecodeError::missing()),
            StoredContent::Text(text) | StoredContent::List(text) | StoredContent::Key(text) => {
                Ok(StoredText::Borrowed(text))
            }
            StoredContent::Binary(bytes) => std::str::from_utf8(bytes)
                .map(StoredText::Borrowed)
                .map_err(|_| DecodeError::expected("text in UTF-8")),
            StoredContent::Json(json) if json.is_null() => {
                Err(json.locate_error(DecodeError::null()))
            }
            StoredContent::Json(json) => json.to_text().map(StoredText::Owned),
            StoredContent::Typed(value) => match (&value.data, value.parsed_type()) {
                (TypedData::Null, _) => Err(DecodeError::null()),
                (_, Some(reason)) => Err(DecodeError::not_text(reason)),
                (_, None) => Ok(StoredText::Borrowed(value.text())),
            },
        }
    }

    /// Returns bytes or a StringList as a text. So a type that inspects the data before it decodes
    /// them reads bytes, a StringList and a text in the same way. Any other value, and bytes that
    /// are not UTF-8, are returned unchanged.
    pub(super) fn to_text_form(self) -> Self {
        match self.content {
            StoredContent::Binary(bytes) => {
                std::str::from_utf8(bytes).map_or(self, Self::from_text)
            }
            StoredContent::List(text) => Self::from_text(text),
            _ => self,
        }
    }

    /// Adds the line and column to the error of a value inside a JSON text.
    pub(super) fn locate_error<T>(self, result: Result<T, DecodeError>) -> Result<T, DecodeError> {
        match self.content {
            StoredContent::Json(json) => result.map_err(|error| json.locate_error(error)),
            _ => result,
        }
    }

    /// Returns the text of a number, `true` or `false`: for `0x10` in a TOML file, the text is
    /// `16`. Returns the text of any other value like [`to_text`](Self::to_text).
    pub(crate) fn to_number_text(self) -> Result<StoredText<'a>, DecodeError> {
        match self.content {
            StoredContent::Typed(TypedValue {
                data: TypedData::Scalar(json),
                ..
            }) => JsonValue::parse(json)?.to_text().map(StoredText::Owned),
            _ => self.to_text(),
        }
    }

    /// Parses the trimmed text of the value, for a type that accepts only text.
    pub(super) fn parse_text<T: FromStr>(
        self,
        expected: impl fmt::Display,
    ) -> Result<T, DecodeError> {
        let text = self.to_text()?;
        self.parse_trimmed(&text, |text| {
            text.parse().map_err(|_| DecodeError::expected(expected))
        })
    }

    /// Parses the trimmed text of the value, which may be a number, `true` or `false`.
    pub(super) fn parse<T: FromStr>(self, expected: impl fmt::Display) -> Result<T, DecodeError> {
        self.parse_with(|text| text.parse().map_err(|_| DecodeError::expected(expected)))
    }

    pub(super) fn parse_with<T>(
        self,
        parse: impl FnOnce(&str) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        let text = self.to_number_text()?;
        self.parse_trimmed(&text, parse)
    }

    /// Parses a duration with its units, such as `1h 30m`.
    pub(super) fn parse_duration(self) -> Result<Duration, DecodeError> {
        self.parse_with(|text| parse_duration(text).map_err(DecodeError::fixed))
    }

    fn parse_trimmed<T>(
        self,
        text: &str,
        parse: impl FnOnce(&str) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        self.locate_error(match trim(text) {
            "" => Err(DecodeError::empty()),
            trimmed => parse(trimmed),
        })
    }
}

/// A text that is borrowed from the store's buffer, or was copied from JSON and is wiped on drop.
pub(crate) enum StoredText<'a> {
    Borrowed(&'a str),
    Owned(Zeroizing<String>),
}

impl std::ops::Deref for StoredText<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Self::Borrowed(text) => text,
            Self::Owned(text) => text,
        }
    }
}
