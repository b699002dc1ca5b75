//! Reads JSON as slices of the stored text, so that no parsed tree contains copies of a secret.

use super::DecodeError;
use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;
use stage_config_grammar::white_space::strip_byte_order_mark;
use std::{borrow::Cow, fmt, ops::Range};
use zeroize::Zeroizing;

/// One JSON value inside a document.
#[derive(Clone, Copy)]
pub(super) struct JsonValue<'a> {
    document: &'a str,
    raw: &'a str,
}

impl<'a> JsonValue<'a> {
    /// Parses a document, and ignores a byte order mark at its beginning.
    pub(super) fn parse(document: &'a str) -> Result<Self, DecodeError> {
        match serde_json::from_str::<&RawValue>(strip_byte_order_mark(document)) {
            Ok(raw) => Ok(Self {
                document,
                raw: raw.get(),
            }),
            Err(error) => {
                Err(DecodeError::expected("JSON").at_position(error.line(), error.column()))
            }
        }
    }

    /// Parses a document that must be an object.
    pub(super) fn parse_object(document: &'a str) -> Result<Self, DecodeError> {
        let root = Self::parse(document)?;
        if root.is_object() {
            Ok(root)
        } else {
            Err(root.not_a_container("a JSON object"))
        }
    }

    pub(super) fn is_null(self) -> bool {
        self.raw == "null"
    }

    pub(super) fn is_bool(self) -> bool {
        matches!(self.raw, "true" | "false")
    }

    pub(super) fn is_string(self) -> bool {
        self.raw.starts_with('"')
    }

    pub(super) fn is_object(self) -> bool {
        self.raw.starts_with('{')
    }

    pub(super) fn is_array(self) -> bool {
        self.raw.starts_with('[')
    }

    /// Returns the range of the value in the document, in bytes.
    pub(super) fn range(self) -> Range<usize> {
        let start = (self.raw.as_ptr() as usize).saturating_sub(self.document.as_ptr() as usize);
        start..start + self.raw.len()
    }

    /// Returns the JSON text of the value.
    #[cfg(feature = "manage")]
    pub(super) fn raw(self) -> &'a str {
        self.raw
    }

    /// Returns a string without its quotes and escapes, or any other value as its JSON text.
    pub(super) fn to_text(self) -> Result<Zeroizing<String>, DecodeError> {
        if !self.is_string() {
            return Ok(Zeroizing::new(self.raw.to_owned()));
        }
        unescape(self.raw).ok_or_else(|| self.locate_error(DecodeError::expected("a JSON string")))
    }

    pub(super) fn entries(self) -> Result<Vec<(Cow<'a, str>, JsonValue<'a>)>, DecodeError> {
        let JsonEntries(entries) =
            serde_json::from_str(self.raw).map_err(|_| self.not_a_container("a JSON object"))?;
        let to_value = |raw: &'a RawValue| JsonValue {
            document: self.document,
            raw: raw.get(),
        };
        Ok(entries
            .into_iter()
            .map(|(key, raw)| (key, to_value(raw)))
            .collect())
    }

    pub(super) fn items(self) -> Result<Vec<JsonValue<'a>>, DecodeError> {
        let items: Vec<&'a RawValue> =
            serde_json::from_str(self.raw).map_err(|_| self.not_a_container("a JSON array"))?;
        Ok(items
            .into_iter()
            .map(|raw| JsonValue {
                document: self.document,
                raw: raw.get(),
            })
            .collect())
    }

    /// Returns whether the value is a string that holds a JSON object or array.
    pub(super) fn holds_json(self) -> bool {
        self.is_string()
            && self
                .to_text()
                .is_ok_and(|text| crate::outcome::is_json_container(&text))
    }

    /// Returns the error for a value that is not the object or the array that a type needs.
    /// `expected` names what the type needs.
    pub(super) fn not_a_container(self, expected: &'static str) -> DecodeError {
        self.locate_error(if self.holds_json() {
            DecodeError::fixed(format_args!(
                "expected {expected}, but this is a JSON text inside a JSON text: store the inner \
                 text, without the quotes around it and the backslashes in it"
            ))
        } else {
            DecodeError::expected(expected)
        })
    }

    /// Adds this value's line and column to an error, unless an inner value has already added its
    /// own.
    pub(super) fn locate_error(self, error: DecodeError) -> DecodeError {
        let before = self.document.get(..self.range().start).unwrap_or_default();
        let before = strip_byte_order_mark(before);
        let line = before.matches('\n').count() + 1;
        let column = before
            .rsplit('\n')
            .next()
            .unwrap_or_default()
            .chars()
            .count()
            + 1;
        error.at_position(line, column)
    }
}

/// Returns the text of a JSON string that `serde_json` has validated. This function does not use
/// `serde_json`, because `serde_json` unescapes in a buffer that it does not wipe.
///
/// Returns `None` for an unpaired surrogate, which is not a character.
fn unescape(quoted: &str) -> Option<Zeroizing<String>> {
    let mut rest = quoted.strip_prefix('"')?.strip_suffix('"')?;
    // An escape is longer than its replacement, so the text never grows beyond its capacity and
    // leaves no unwiped copy behind.
    let mut text = Zeroizing::new(String::with_capacity(rest.len()));
    while let Some(backslash) = rest.find('\\') {
        text.push_str(&rest[..backslash]);
        let mut escape = rest[backslash + 1..].chars();
        text.push(match escape.next()? {
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let (unit, after) = parse_code_unit(escape.as_str())?;
                escape = after.chars();
                match char::from_u32(unit) {
                    Some(c) => c,
                    None => {
                        let (low, after) = parse_code_unit(after.strip_prefix("\\u")?)?;
                        escape = after.chars();
                        char::decode_utf16([u16::try_from(unit).ok()?, u16::try_from(low).ok()?])
                            .next()?
                            .ok()?
                    }
                }
            }
            plain @ ('"' | '\\' | '/') => plain,
            _ => return None,
        });
        rest = escape.as_str();
    }

    text.push_str(rest);
    Some(text)
}

/// Returns the value of four hexadecimal digits, and the text after them.
fn parse_code_unit(text: &str) -> Option<(u32, &str)> {
    let (digits, after) = text.split_at_checked(4)?;
    Some((
        u32::from_str_radix(digits, 16)
            .ok()
            .filter(|_| !digits.starts_with('+'))?,
        after,
    ))
}

/// The entries of an object, in order and with duplicates. The values are not parsed.
#[cfg_attr(
    not(feature = "manage"),
    allow(unreachable_pub, reason = "only tools use it outside of this crate")
)]
pub struct JsonEntries<'a>(pub Vec<(Cow<'a, str>, &'a RawValue)>);

/// A key. It is borrowed unless it has escapes.
#[derive(Deserialize)]
struct JsonKey<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de> Deserialize<'de> for JsonEntries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor)
    }
}

struct EntriesVisitor;

impl<'de> Visitor<'de> for EntriesVisitor {
    type Value = JsonEntries<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some((JsonKey(key), value)) = map.next_entry()? {
            entries.push((key, value));
        }
        Ok(JsonEntries(entries))
    }
}

/// The reason why `#key` did not select a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeyError {
    /// The text is a JSON object, but the key is absent or `null`.
    Missing,
    /// The text is not a JSON object, the beginning of the dotted path leads to a string that holds
    /// JSON, or the selected string is invalid.
    NotAnObject(DecodeError),
}

/// Returns the value that `#key` selects in a stored text: a string without its quotes and escapes,
/// or any other value as its JSON text.
///
/// In each object, a key that equals the whole rest of the path takes precedence over a path
/// through nested objects. A key whose value is `null` counts as missing.
///
/// # Errors
///
/// Returns [`KeyError::Missing`], or [`KeyError::NotAnObject`] if the text is not a JSON object, if
/// the beginning of a dotted path leads to a string that holds a JSON object or array, or if the
/// selected string has an unpaired surrogate.
pub(crate) fn select(text: &str, key: &str) -> Result<Zeroizing<String>, KeyError> {
    let object = JsonValue::parse_object(text).map_err(KeyError::NotAnObject)?;
    let found = JsonMember::find(object, key).map_err(KeyError::NotAnObject)?;
    match found.map(|member| member.value()) {
        Some(value) if !value.is_null() => value.to_text().map_err(KeyError::NotAnObject),
        Some(_) => Err(KeyError::Missing),
        None => Err(match find_inner_json(object, key) {
            Some(inner) => KeyError::NotAnObject(inner.not_a_container("a JSON object")),
            None => KeyError::Missing,
        }),
    }
}

/// Returns the value to which the beginning of a dotted path leads, if this value is a string that
/// holds a JSON object or array.
fn find_inner_json<'a>(object: JsonValue<'a>, path: &str) -> Option<JsonValue<'a>> {
    path.match_indices('.').find_map(|(dot, _)| {
        let inner = JsonMember::find(object, &path[..dot]).ok()??.value();
        inner.holds_json().then_some(inner)
    })
}

/// An object and one of its members.
pub(super) struct JsonMember<'a> {
    #[cfg_attr(
        not(feature = "manage"),
        allow(dead_code, reason = "only an edit needs it")
    )]
    pub(super) object: JsonValue<'a>,
    pub(super) entries: Vec<(Cow<'a, str>, JsonValue<'a>)>,
    pub(super) index: usize,
}

impl<'a> JsonMember<'a> {
    /// Finds a key. In each object, a key that equals the whole rest of the path takes precedence
    /// over a path through nested objects, and the last of several equal keys wins.
    pub(super) fn find(object: JsonValue<'a>, path: &str) -> Result<Option<Self>, DecodeError> {
        if !object.is_object() {
            return Ok(None);
        }

        let entries = object.entries()?;
        let find_last = |wanted: &str| entries.iter().rposition(|(key, _)| key == wanted);
        if let Some(index) = find_last(path) {
            return Ok(Some(Self {
                object,
                entries,
                index,
            }));
        }

        for (dot, _) in path.match_indices('.') {
            if let Some(index) = find_last(&path[..dot])
                && let Some(member) = Self::find(entries[index].1, &path[dot + 1..])?
            {
                return Ok(Some(member));
            }
        }

        Ok(None)
    }

    pub(super) fn value(&self) -> JsonValue<'a> {
        self.entries[self.index].1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn unpaired_surrogates_and_signs_are_rejected() {
        for quoted in [
            r#""\ud800""#,
            r#""\ud800x""#,
            r#""\udc00\ud800""#,
            r#""\ud800\ud800""#,
            r#""\u+123""#,
        ] {
            assert!(unescape(quoted).is_none(), "{quoted}");
            assert!(serde_json::from_str::<String>(quoted).is_err(), "{quoted}");
        }
    }

    proptest! {
        /// `unescape` accepts and returns the same as serde, for any text and any escapes.
        #[test]
        fn unescape_agrees_with_serde(
            text in any::<String>(),
            escapes in proptest::collection::vec(
                prop_oneof![Just(r#"\""#), Just(r"\\"), Just(r"\/"), Just(r"\b"), Just(r"\f"), Just(r"\n"), Just(r"\r"), Just(r"\t"),
                    Just(r"\u00e9"), Just(r"\u0000"), Just(r"\ud83d\ude00"), Just(r"\uD834\uDD1E"), Just(r"\ud83d"), Just("é😀")], 0..6),
        ) {
            let written = serde_json::to_string(&text).expect("a text is JSON");
            for quoted in [format!("\"{}{}", escapes.concat(), &written[1..]), written.clone()] {
                let theirs = serde_json::from_str::<String>(&quoted).ok();
                prop_assert_eq!(unescape(&quoted).map(|text| text.to_string()), theirs, "{}", quoted);
            }
        }
    }
}
