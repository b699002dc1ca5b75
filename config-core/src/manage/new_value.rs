//! A value on its way into a store: a text, or bytes that stay bytes.

use super::{FieldState, ReadField, ReadValue, UnverifiedPart, verify::verify_found};
use crate::{
    decode::compare_values,
    outcome::{Found, Payload},
    schema::{FieldSpec, Kind, Secrecy},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

/// A value to write, and what it is. Its memory is wiped.
#[derive(Clone)]
pub struct NewValue(pub(super) Found);

/// What a place can keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StorageKind {
    /// Texts alone: a parameter, a key of JSON.
    Text,
    /// Items between commas: a StringList.
    Items,
    /// Texts and bytes, each as such: a secret.
    TextOrBytes,
    /// Bytes, which are a text to a load if they are UTF-8: a sealed file.
    Bytes,
}

impl NewValue {
    /// What was typed or piped in: a text if it is UTF-8.
    #[must_use]
    pub fn from_input(content: &[u8]) -> Self {
        Self(match std::str::from_utf8(content) {
            Ok(text) => Found::from_text(text),
            Err(_) => Found::from_bytes(content),
        })
    }

    /// A value that was read elsewhere, in a form from which this field reads the same: bytes stay bytes, or become base64 where
    /// the place keeps text; items of a StringList stay items.
    ///
    /// # Errors
    ///
    /// Why there is no such form, for a person.
    pub fn from_copy(read: &ReadValue, field: &FieldSpec, to: StorageKind) -> Result<Self, &'static str> {
        // Nobody knows what `with` makes of it.
        let kind = if field.with { Kind::Other } else { field.shape.kind };
        match &*read.found.content {
            Payload::Text(text) => Ok(Self(Found::from_text(text.as_str()))),
            Payload::List(text) if to == StorageKind::Items => Ok(Self(Found::from_string_list(text.as_str()))),
            Payload::List(text) => convert_items(text, kind),
            Payload::Binary(bytes) => convert_bytes(bytes, kind, to),
            Payload::ExistsOnly => Err("it was not read"),
        }
    }

    /// The bytes, or the text as bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match &*self.0.content {
            Payload::Text(text) | Payload::List(text) => text.as_bytes(),
            Payload::Binary(bytes) => bytes,
            Payload::ExistsOnly => &[],
        }
    }

    /// Whether it is the text of a StringList, which is split at its commas.
    #[must_use]
    pub fn is_list(&self) -> bool {
        matches!(*self.0.content, Payload::List(_))
    }

    /// The text; `None` for bytes.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &*self.0.content {
            Payload::Text(text) | Payload::List(text) => Some(text),
            Payload::Binary(_) | Payload::ExistsOnly => None,
        }
    }

    /// Whether a store keeps this already: to the byte, or in another form from which the field reads the same.
    #[must_use]
    pub fn is_stored_as(&self, read: &ReadValue, field: &FieldSpec) -> bool {
        match (&*self.0.content, &*read.found.content) {
            (Payload::Text(one), Payload::Text(other)) | (Payload::List(one), Payload::List(other)) => one == other,
            (Payload::Binary(one), Payload::Binary(other)) => one == other,
            _ => is_read_alike(field, &self.0, &read.found),
        }
    }
}

/// Whether a text is what a field takes, before it is written anywhere; and what of it cannot be told without the program.
///
/// # Errors
///
/// What was expected, as a load would say it. Never a part of the text.
pub fn verify_new_value(value: &FieldSpec, secrecy: Secrecy, new: &NewValue) -> Result<Vec<UnverifiedPart>, String> {
    verify_found(value, secrecy, &new.0)
}

impl ReadField {
    /// Whether the program reads the same here and in another stage; `None` where one of them has no value.
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
    /// The text that a variable or a file holds for a program that reads it there: the items of a StringList that looks like JSON
    /// become JSON. `None` for bytes that the program does not read as a text, and where the value was not asked for.
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
            // A program reads no JSON from bytes: as a text they would become JSON.
            Payload::Binary(_) if matches!(field.shape.kind, Kind::Bytes { .. } | Kind::Json) => None,
            Payload::Binary(bytes) => std::str::from_utf8(bytes).ok().map(|text| Zeroizing::new(text.to_owned())),
            Payload::ExistsOnly => None,
        }
    }
}

/// Whether a program reads the same from both, as far as that can be told without its types: else whether they are kept alike.
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

/// The items of a StringList as a JSON array, which is read alike from a text.
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
    use crate::{decode::verify, schema::Shape, store::kms};
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
        FieldSpec {
            shape: Shape { kind, optional: false },
            type_name: "",
            secrecy: Secrecy::No,
            default: None,
            no_fallback: false,
            validated: false,
            with: false,
            refresh_ms: None,
            assignments: &[],
        }
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

    /// What a load finds where a value was written.
    fn kept(new: &NewValue, to: StorageKind) -> Option<Found> {
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
        /// From every kind of place into every kind of place: the program reads the same, or the copy is refused.
        #[test]
        fn a_copy_reads_as_its_original(
            found in founds(),
            kind in proptest::sample::select(&KINDS[..]),
            to in proptest::sample::select(&[StorageKind::Text, StorageKind::Items, StorageKind::TextOrBytes, StorageKind::Bytes][..]),
        ) {
            let (read, field) = (read(found), field(kind));
            // A StringList is kept where one is, and written there by nothing else.
            prop_assume!(to != StorageKind::Items || read.is_list());
            if let Ok(new) = NewValue::from_copy(&read, &field, to)
                && verify(kind, read.found.as_stored()).is_ok()
            {
                let kept = kept(&new, to);
                prop_assert!(kept.is_some(), "{kind:?} {to:?}: bytes in a place of texts");
                prop_assert!(kept.is_some_and(|kept| is_read_alike(&field, &read.found, &kept)), "{kind:?} {to:?}");
            }
        }

        /// And so does the text that `export` and `exec` hand on.
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
        assert!(of(bytes(), Kind::Other, StorageKind::Text).is_err());
        assert!(of(Found::from_bytes(vec![255]), Kind::String, StorageKind::Text).is_err());
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
