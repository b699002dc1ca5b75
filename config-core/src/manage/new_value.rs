//! A value to write to a store: text, or bytes that stay bytes.

use super::{FieldState, ReadField, ReadValue, UnverifiedPart, verify::verify_found};
use crate::{
    decode::compare_values,
    outcome::{Found, Payload},
    schema::{FieldSpec, Kind, Secrecy},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

/// A value to write, with its form. Its memory is wiped.
#[derive(Clone)]
pub struct NewValue(pub(super) Found);

/// The forms of values that a store can keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StorageKind {
    /// Only text: a parameter, a key of JSON.
    Text,
    /// Items separated by commas: a StringList.
    Items,
    /// Text and bytes, each in its own form: a secret.
    TextOrBytes,
    /// Bytes, which a load reads as text if they are UTF-8: a sealed file.
    Bytes,
}

impl NewValue {
    /// Creates a value from typed or piped input. It is text if it is UTF-8.
    #[must_use]
    pub fn from_input(content: &[u8]) -> Self {
        Self(match std::str::from_utf8(content) {
            Ok(text) => Found::from_text(text),
            Err(_) => Found::from_bytes(content),
        })
    }

    /// Creates a value that was read elsewhere, in a form that this field reads the same. Bytes
    /// stay bytes, or become base64 if the target keeps text. Items of a StringList stay items.
    ///
    /// # Errors
    ///
    /// Returns a readable reason if there is no such form.
    pub fn from_copy(read: &ReadValue, field: &FieldSpec, to: StorageKind) -> Result<Self, &'static str> {
        // The result of `with` is unknown.
        let kind = if field.with { Kind::Other } else { field.shape.kind };
        match &*read.found.content {
            Payload::Text(text) => Ok(Self(Found::from_text(text.as_str()))),
            Payload::List(text) if to == StorageKind::Items => Ok(Self(Found::from_string_list(text.as_str()))),
            Payload::List(text) => convert_items(text, kind),
            Payload::Binary(bytes) => convert_bytes(bytes, kind, to),
            Payload::ExistsOnly => Err("it was not read"),
        }
    }

    /// Returns the bytes, or the text as bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match &*self.0.content {
            Payload::Text(text) | Payload::List(text) => text.as_bytes(),
            Payload::Binary(bytes) => bytes,
            Payload::ExistsOnly => &[],
        }
    }

    /// Returns whether this is the text of a StringList, which is split at its commas.
    #[must_use]
    pub fn is_list(&self) -> bool {
        matches!(*self.0.content, Payload::List(_))
    }

    /// Returns the text; `None` for bytes.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &*self.0.content {
            Payload::Text(text) | Payload::List(text) => Some(text),
            Payload::Binary(_) | Payload::ExistsOnly => None,
        }
    }

    /// Returns whether a store already keeps this value, either byte for byte or in another form
    /// that the field reads the same.
    #[must_use]
    pub fn is_stored_as(&self, read: &ReadValue, field: &FieldSpec) -> bool {
        match (&*self.0.content, &*read.found.content) {
            (Payload::Text(one), Payload::Text(other)) | (Payload::List(one), Payload::List(other)) => one == other,
            (Payload::Binary(one), Payload::Binary(other)) => one == other,
            _ => is_read_alike(field, &self.0, &read.found),
        }
    }
}

/// Checks before a write whether a field takes a value. Returns what only the program can check.
///
/// # Errors
///
/// Returns what was expected, in the words of a load. The error contains no part of the text.
pub fn verify_new_value(value: &FieldSpec, secrecy: Secrecy, new: &NewValue) -> Result<Vec<UnverifiedPart>, String> {
    verify_found(value, secrecy, &new.0)
}

impl ReadField {
    /// Returns whether the program reads the same value here and in another stage; `None` if one of
    /// them has no value.
    #[must_use]
    pub fn is_same_as(&self, other: &Self) -> Option<bool> {
        match (&self.state, &other.state) {
            (FieldState::Found(one), FieldState::Found(other)) => {
                Some(is_read_alike(self.spec, &one.found, &other.found))
            }
            _ => None,
        }
    }
}

impl ReadValue {
    /// Returns the text that a variable or a file must hold so that a program reads the same value.
    /// The items of a StringList that looks like JSON become JSON. Returns `None` for bytes that
    /// the program does not read as text, and if the value was not read.
    #[must_use]
    pub fn to_portable_text(&self, field: &FieldSpec) -> Option<Zeroizing<String>> {
        match &*self.found.content {
            Payload::Text(text) => Some(text.clone()),
            Payload::List(text) => match field.shape.kind {
                kind if kind.is_list() && text.trim_start().starts_with('[') => {
                    Some(Zeroizing::new(items_to_json(text)))
                }
                _ => Some(text.clone()),
            },
            // A program does not read JSON from bytes, but it would if they became text.
            Payload::Binary(_) if matches!(field.shape.kind, Kind::Bytes { .. } | Kind::Json) => None,
            Payload::Binary(bytes) => std::str::from_utf8(bytes).ok().map(|text| Zeroizing::new(text.to_owned())),
            Payload::ExistsOnly => None,
        }
    }
}

/// Returns whether a program reads the same value from both, if that can be determined without its
/// types. Otherwise returns whether the stored values are equal.
fn is_read_alike(field: &FieldSpec, one: &Found, other: &Found) -> bool {
    let kind = if field.with { Kind::Other } else { field.shape.kind };
    let known = compare_values(kind, one.as_stored(), other.as_stored());
    known.unwrap_or_else(|| one.content == other.content)
}

fn convert_items(text: &str, kind: Kind) -> Result<NewValue, &'static str> {
    let is_json = text.trim_start().starts_with('[');
    match kind {
        kind if kind.is_list() && is_json => Ok(NewValue(Found::from_text(items_to_json(text)))),
        Kind::Other => Err("it is a StringList, and there it would be a text: only the program knows what it reads"),
        _ => Ok(NewValue(Found::from_text(text))),
    }
}

/// Returns the items of a StringList as a JSON array, which reads the same from a text.
fn items_to_json(text: &str) -> String {
    let items = text.trim().split(',').filter(|_| !text.trim().is_empty());
    let items: Vec<String> = items.map(|item| serde_json::Value::from(item.trim()).to_string()).collect();
    format!("[{}]", items.join(","))
}

fn convert_bytes(bytes: &[u8], kind: Kind, to: StorageKind) -> Result<NewValue, &'static str> {
    let text = std::str::from_utf8(bytes).ok();
    match (to, kind, text) {
        (StorageKind::TextOrBytes, ..) | (StorageKind::Bytes, _, None) => Ok(NewValue(Found::from_bytes(bytes))),
        (_, Kind::Bytes { .. }, _) => {
            let mut base64 = Zeroizing::new(STANDARD.encode(bytes));
            Ok(NewValue(Found::from_text(std::mem::take(&mut *base64))))
        }
        (_, Kind::Other, _) => {
            Err("it is kept as bytes, and there it would be a text: only the program knows what it reads")
        }
        (_, Kind::Json, _) => Err("it is kept as bytes, and the program takes JSON as a text alone"),
        (_, _, Some(text)) => Ok(NewValue(Found::from_text(text))),
        (_, _, None) => Err("it is kept as bytes that are not UTF-8, and there only text is kept"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        decode::verify,
        schema::{Shape, samples::STRING},
        store::kms,
    };
    use proptest::prelude::*;

    /// Texts that look like something else.
    const ODD: [&str; 30] = [
        "0123",
        "true",
        "null",
        "1e3",
        "1.10",
        "+5",
        "NaN",
        " leading",
        "trailing\n",
        "a,b",
        "a, b ,",
        ",",
        "[1]",
        "[1,\"2\"]",
        "[x,y",
        "{\"a\":1}",
        "{\"a\":1e400}",
        "2024-01-01",
        "a\r\nb",
        "\"q\"",
        "'q'",
        "back\\slash",
        "$HOME",
        "`id`",
        "# no",
        "größe 😀",
        "\u{feff}x",
        "nul\0",
        "YWJj",
        "30s",
    ];

    const KINDS: [Kind; 14] = [
        Kind::String,
        Kind::Integer { min: 0, max: 65535, nonzero: false },
        Kind::Float { bits: 64 },
        Kind::Bool,
        Kind::Char,
        Kind::Bytes { length: None },
        Kind::Duration,
        Kind::Float { bits: 32 },
        Kind::SetOf(&Kind::String),
        Kind::ListOf(&Kind::Json),
        Kind::ListOf(&Kind::String),
        Kind::ListOf(&Kind::Integer { min: 0, max: 65535, nonzero: false }),
        Kind::Object,
        Kind::Json,
    ];

    fn field(kind: Kind) -> FieldSpec {
        FieldSpec { shape: Shape { kind, optional: false }, ..STRING }
    }

    fn texts() -> impl Strategy<Value = String> {
        prop_oneof![proptest::sample::select(&ODD[..]).prop_map(str::to_owned), any::<String>(), "[ -~\r\n\t]{0,12}"]
    }

    fn founds() -> impl Strategy<Value = Found> {
        prop_oneof![
            texts().prop_map(Found::from_text),
            texts().prop_map(Found::from_string_list),
            texts().prop_map(|text| Found::from_bytes(text.into_bytes())),
            any::<Vec<u8>>().prop_map(Found::from_bytes),
        ]
    }

    /// Returns what a load finds after a value was written.
    fn read_back(new: &NewValue, to: StorageKind) -> Option<Found> {
        match to {
            StorageKind::Text => new.text().map(Found::from_text),
            StorageKind::Items => new.text().map(Found::from_string_list),
            StorageKind::TextOrBytes => {
                Some(new.text().map_or_else(|| Found::from_bytes(new.bytes()), Found::from_text))
            }
            StorageKind::Bytes => Some(kms::found_from_plaintext(Zeroizing::new(new.bytes().to_vec()))),
        }
    }

    fn read(found: Found) -> ReadValue {
        ReadValue { found, source: "secret:x".to_owned() }
    }

    proptest! {
        /// From every form of storage to every other one: the program reads the same value, or the
        /// copy is rejected.
        #[test]
        fn a_copy_reads_as_its_original(
            found in founds(),
            kind in proptest::sample::select(&KINDS[..]),
            to in proptest::sample::select(&[StorageKind::Text, StorageKind::Items, StorageKind::TextOrBytes, StorageKind::Bytes][..]),
        ) {
            let (read, field) = (read(found), field(kind));
            // A StringList is kept where there already is one, and nothing else is written there.
            prop_assume!(to != StorageKind::Items || read.is_list());
            if let Ok(new) = NewValue::from_copy(&read, &field, to)
                && verify(kind, read.found.as_stored()).is_ok()
            {
                let kept = read_back(&new, to);
                prop_assert!(kept.is_some(), "{kind:?} {to:?}: bytes in a place of texts");
                prop_assert!(kept.is_some_and(|kept| is_read_alike(&field, &read.found, &kept)), "{kind:?} {to:?}");
            }
        }

        /// The same holds for the text that `export` and `exec` pass on.
        #[test]
        fn a_text_that_is_handed_on_reads_as_its_original(found in founds(), kind in proptest::sample::select(&KINDS[..])) {
            let (read, field) = (read(found), field(kind));
            if verify(kind, read.found.as_stored()).is_ok() {
                let text = read.to_portable_text(&field).unwrap_or_else(|| Zeroizing::new(STANDARD.encode(read.bytes().unwrap())));
                prop_assert!(is_read_alike(&field, &read.found, &Found::from_text(text.as_str())), "{kind:?}");
            }
        }
    }

    #[test]
    fn bytes_stay_bytes_and_items_stay_items() {
        let of = |found, kind, to| {
            NewValue::from_copy(&read(found), &field(kind), to)
                .map(|new| (new.text().map(str::to_owned), new.bytes().to_vec()))
        };
        let text = |text: &str| Ok((Some(text.to_owned()), text.as_bytes().to_vec()));
        let bytes = || Found::from_bytes(b"abcd".to_vec());
        let any = Kind::Bytes { length: None };
        assert_eq!(of(bytes(), any, StorageKind::TextOrBytes), Ok((None, b"abcd".to_vec())));
        assert_eq!(of(bytes(), any, StorageKind::Text), text("YWJjZA=="));
        assert_eq!(of(bytes(), any, StorageKind::Bytes), text("YWJjZA=="), "as a text it would be taken for base64");
        assert_eq!(of(bytes(), Kind::String, StorageKind::Text), text("abcd"));
        let own_type = of(bytes(), Kind::Other, StorageKind::Text).unwrap_err();
        assert!(own_type.contains("only the program knows"), "{own_type}");
        let not_text = of(Found::from_bytes(vec![255]), Kind::String, StorageKind::Text).unwrap_err();
        assert!(not_text.contains("not UTF-8"), "{not_text}");
        let list = Kind::ListOf(&Kind::String);
        assert_eq!(of(Found::from_string_list("a,b"), list, StorageKind::Text), text("a,b"));
        assert_eq!(of(Found::from_string_list("[a, b"), list, StorageKind::Text), text(r#"["[a","b"]"#));
        assert_eq!(of(Found::from_string_list("[a, b"), list, StorageKind::Items), text("[a, b"));
        for list in ["[a", "a,b", "a"] {
            assert!(of(Found::from_string_list(list), Kind::Other, StorageKind::Text).is_err(), "{list}");
            assert_eq!(of(Found::from_string_list(list), Kind::Other, StorageKind::Items), text(list));
        }
        let json = || Found::from_bytes(b"{}".to_vec());
        for to in [StorageKind::Text, StorageKind::Bytes] {
            assert!(of(json(), Kind::Json, to).is_err(), "a program reads no JSON from bytes");
            assert_eq!(of(json(), Kind::Object, to), text("{}"));
        }
        assert_eq!(of(json(), Kind::Json, StorageKind::TextOrBytes), Ok((None, b"{}".to_vec())));
        assert!(read(json()).to_portable_text(&field(Kind::Json)).is_none());
    }

    #[test]
    fn what_is_kept_already_is_known() {
        let is = |new: &[u8], there, kind| NewValue::from_input(new).is_stored_as(&read(there), &field(kind));
        let bytes = Kind::Bytes { length: None };
        assert!(is(b"YWJj", Found::from_bytes(b"abc".to_vec()), bytes));
        assert!(!is(b"abcd", Found::from_bytes(b"abcd".to_vec()), bytes), "base64 of other bytes");
        assert!(!is(b" 1", Found::from_text("1"), Kind::Integer { min: 0, max: 9, nonzero: false }), "to the byte");
        assert!(is(br#"["a","b"]"#, Found::from_string_list("a,b"), Kind::ListOf(&Kind::String)));
    }
}
