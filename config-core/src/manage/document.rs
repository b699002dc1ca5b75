//! A JSON object with the values of several fields. A change of one key keeps the text of all other
//! keys.

use crate::{
    decode::{KeyError, put, remove, select},
    schema::Kind,
};
use serde::de::IgnoredAny;
use std::fmt;
use zeroize::Zeroizing;

/// The stored text of a JSON object. `Debug` shows no part of it.
#[derive(Clone, PartialEq, Eq)]
pub struct JsonDocument(Zeroizing<String>);

impl JsonDocument {
    /// Creates a document from its stored text.
    #[must_use]
    pub fn new(text: Zeroizing<String>) -> Self {
        Self(text)
    }

    /// Creates an object without keys.
    #[must_use]
    pub fn empty() -> Self {
        Self(Zeroizing::new("{}".to_owned()))
    }

    /// Returns the text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Returns whether a load finds a value at the key. A `null` does not count as a value.
    ///
    /// # Errors
    ///
    /// Returns an error if the text is not a JSON object, or if a load cannot read the key, for
    /// example because a part of its path leads to a string that holds JSON.
    pub fn has(&self, key: &str) -> Result<bool, String> {
        match select(&self.0, key) {
            Ok(_) => Ok(true),
            Err(KeyError::Missing) => Ok(false),
            Err(KeyError::NotAnObject(error)) => Err(error.to_string()),
        }
    }

    /// Returns the document with a field's value at the key. The value is inserted as JSON if the
    /// field's kind is a number, a boolean, a list or an object, and the value is valid JSON of
    /// that kind. For a field that accepts any JSON, only arrays and objects are inserted as JSON.
    /// Every other value is inserted as a JSON string.
    ///
    /// # Errors
    ///
    /// Returns an error if the text, or a value on the path of the key, is not a JSON object.
    pub fn with_value(&self, key: &str, kind: Kind, value: &str) -> Result<Self, String> {
        let string = || {
            serde_json::to_string(value)
                .map_err(|_| "the value cannot be written as JSON".to_owned())
        };
        let json = match as_bare_json(kind, value) {
            Some(json) => Zeroizing::new(json.to_owned()),
            None => Zeroizing::new(string()?),
        };
        put(&self.0, key, &json)
            .map(Self)
            .map_err(|error| error.to_string())
    }

    /// Returns the document without the key and all its duplicates. Returns `None` if the document
    /// does not have the key.
    ///
    /// # Errors
    ///
    /// Returns an error if the text is not a JSON object.
    pub fn without_key(&self, key: &str) -> Result<Option<Self>, String> {
        let mut remaining = None;
        loop {
            match remove(remaining.as_ref().map_or(self.text(), Self::text), key) {
                Ok(text) => remaining = Some(Self(text)),
                Err(KeyError::Missing) => return Ok(remaining),
                Err(KeyError::NotAnObject(error)) => return Err(error.to_string()),
            }
        }
    }
}

/// Returns the text without the white space around it, if it is valid JSON of the kind: a number, a
/// boolean, an array or an object.
fn as_bare_json(kind: Kind, text: &str) -> Option<&str> {
    let text = text.trim();
    let first = text.bytes().next()?;
    let has_form = match kind {
        Kind::Integer { .. } | Kind::Float { .. } => first == b'-' || first.is_ascii_digit(),
        Kind::Bool => matches!(text, "true" | "false"),
        kind if kind.is_list() => first == b'[',
        Kind::MapOf { .. } | Kind::Object => first == b'{',
        Kind::Json => matches!(first, b'[' | b'{'),
        _ => false,
    };
    Some(text).filter(|text| has_form && serde_json::from_str::<IgnoredAny>(text).is_ok())
}

impl fmt::Debug for JsonDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JsonDocument(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_inserted_as_its_kind() {
        const PORT: Kind = Kind::Integer {
            min: 0,
            max: 65535,
            nonzero: false,
        };
        for (kind, value, expected) in [
            (Kind::String, "8080", r#"{"k": "8080"}"#),
            (PORT, "8080", r#"{"k": 8080}"#),
            (PORT, " 8080\n", r#"{"k": 8080}"#),
            (PORT, "007", r#"{"k": "007"}"#),
            (Kind::Bool, "true", r#"{"k": true}"#),
            (Kind::Float { bits: 64 }, "inf", r#"{"k": "inf"}"#),
            (Kind::Object, r#"{"a":1}"#, r#"{"k": {"a":1}}"#),
            (Kind::Json, "null", r#"{"k": "null"}"#),
            (Kind::ListOf(&Kind::String), "a,b", r#"{"k": "a,b"}"#),
            (Kind::ListOf(&Kind::String), r#"["a"]"#, r#"{"k": ["a"]}"#),
            (Kind::String, "a\"b\\\n", r#"{"k": "a\"b\\\n"}"#),
        ] {
            let document = JsonDocument::empty().with_value("k", kind, value).unwrap();
            assert_eq!(document.text(), expected, "{kind:?} {value}");
        }
    }

    #[test]
    fn a_removed_key_is_not_found() {
        let document = JsonDocument::new(Zeroizing::new(
            r#"{"a.b":1,"a.b":2,"a":{"b":3},"c":4}"#.to_owned(),
        ));
        let remaining = document.without_key("a.b").unwrap().unwrap();
        assert_eq!(remaining.text(), r#"{"a":{},"c":4}"#);
        assert_eq!(remaining.has("a.b"), Ok(false));
        assert_eq!(remaining.without_key("a.b"), Ok(None));
    }
}
