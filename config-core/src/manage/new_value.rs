//! A value on its way into a store: a text, or bytes that stay bytes.

use super::{ReadField, ReadValue, State, Unverified, verify::verify_found};
use crate::{
    decode::same,
    outcome::{Content, Found},
    schema::{Kind, Secrecy, Value},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

/// A value to write, and what it is. Its memory is wiped.
#[derive(Clone)]
pub struct NewValue(pub(super) Found);

/// What a place can keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeps {
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
            Ok(text) => Found::text(text),
            Err(_) => Found::binary(content),
        })
    }

    /// A value that was read elsewhere, in a form from which this field reads the same: bytes stay bytes, or become base64 where
    /// the place keeps text; items of a StringList stay items.
    ///
    /// # Errors
    ///
    /// Why there is no such form, for a person.
    pub fn copied(read: &ReadValue, field: &Value, to: Keeps) -> Result<Self, &'static str> {
        // Nobody knows what `with` makes of it.
        let kind = if field.with { Kind::Other } else { field.shape.kind };
        match &*read.found.content {
            Content::Text(text) => Ok(Self(Found::text(text.as_str()))),
            Content::List(text) if to == Keeps::Items => Ok(Self(Found::string_list(text.as_str()))),
            Content::List(text) => items(text, kind),
            Content::Binary(bytes) => of_bytes(bytes, kind, to),
            Content::Unseen => Err("it was not read"),
        }
    }

    /// The bytes, or the text as bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        match &*self.0.content {
            Content::Text(text) | Content::List(text) => text.as_bytes(),
            Content::Binary(bytes) => bytes,
            Content::Unseen => &[],
        }
    }

    /// Whether it is the text of a StringList, which is split at its commas.
    #[must_use]
    pub fn is_list(&self) -> bool {
        matches!(*self.0.content, Content::List(_))
    }

    /// The text; `None` for bytes.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &*self.0.content {
            Content::Text(text) | Content::List(text) => Some(text),
            Content::Binary(_) | Content::Unseen => None,
        }
    }

    /// Whether a store keeps this already: to the byte, or in another form from which the field reads the same.
    #[must_use]
    pub fn is(&self, read: &ReadValue, field: &Value) -> bool {
        match (&*self.0.content, &*read.found.content) {
            (Content::Text(one), Content::Text(other)) | (Content::List(one), Content::List(other)) => one == other,
            (Content::Binary(one), Content::Binary(other)) => one == other,
            _ => reads_same(field, &self.0, &read.found),
        }
    }
}

/// Whether a text is what a field takes, before it is written anywhere; and what of it cannot be told without the program.
///
/// # Errors
///
/// What was expected, as a load would say it. Never a part of the text.
pub fn verify_new(value: &Value, secrecy: Secrecy, new: &NewValue) -> Result<Vec<Unverified>, String> {
    verify_found(value, secrecy, &new.0)
}

impl ReadField {
    /// Whether the program reads the same here and in another stage; `None` where one of them has no value.
    #[must_use]
    pub fn reads_same(&self, other: &Self) -> Option<bool> {
        match (&self.state, &other.state) {
            (State::Found(one), State::Found(other)) => Some(reads_same(self.value, &one.found, &other.found)),
            _ => None,
        }
    }
}

impl ReadValue {
    /// The text that a variable or a file holds for a program that reads it there: the items of a StringList that looks like JSON
    /// become JSON. `None` for bytes that are no text, and where the value was not asked for.
    #[must_use]
    pub fn portable_text(&self, field: &Value) -> Option<Zeroizing<String>> {
        match &*self.found.content {
            Content::Text(text) => Some(text.clone()),
            Content::List(text) => match field.shape.kind {
                kind if kind.is_list() && text.trim_start().starts_with('[') => Some(Zeroizing::new(as_json(text))),
                _ => Some(text.clone()),
            },
            Content::Binary(_) if matches!(field.shape.kind, Kind::Bytes { .. }) => None,
            Content::Binary(bytes) => std::str::from_utf8(bytes).ok().map(|text| Zeroizing::new(text.to_owned())),
            Content::Unseen => None,
        }
    }
}

/// Whether a program reads the same from both, as far as that can be told without its types: else whether they are kept alike.
fn reads_same(field: &Value, one: &Found, other: &Found) -> bool {
    let kind = if field.with { Kind::Other } else { field.shape.kind };
    let known = same(kind, one.content.stored(), other.content.stored());
    known.unwrap_or_else(|| one.content == other.content)
}

fn items(text: &str, kind: Kind) -> Result<NewValue, &'static str> {
    let is_json = text.trim_start().starts_with('[');
    match kind {
        kind if kind.is_list() && is_json => Ok(NewValue(Found::text(as_json(text)))),
        Kind::Other if is_json => Err("it is a StringList that would be read as JSON there"),
        _ => Ok(NewValue(Found::text(text))),
    }
}

/// The items of a StringList as a JSON array, which is read alike from a text.
fn as_json(text: &str) -> String {
    let items = text.trim().split(',').filter(|_| !text.trim().is_empty());
    let items: Vec<String> = items.map(|item| serde_json::Value::from(item.trim()).to_string()).collect();
    format!("[{}]", items.join(","))
}

fn of_bytes(bytes: &[u8], kind: Kind, to: Keeps) -> Result<NewValue, &'static str> {
    let text = std::str::from_utf8(bytes).ok();
    match (to, kind, text) {
        (Keeps::TextOrBytes, ..) | (Keeps::Bytes, _, None) => Ok(NewValue(Found::binary(bytes))),
        (_, Kind::Bytes { .. }, _) => {
            let mut base64 = Zeroizing::new(STANDARD.encode(bytes));
            Ok(NewValue(Found::text(std::mem::take(&mut *base64))))
        }
        (_, Kind::Other, _) => {
            Err("it is kept as bytes, and there it would be a text: only the program knows what it reads")
        }
        (_, _, Some(text)) => Ok(NewValue(Found::text(text))),
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

    const KINDS: [Kind; 11] = [
        Kind::String,
        Kind::Integer { min: 0, max: 65535, nonzero: false },
        Kind::Float { bits: 64 },
        Kind::Bool,
        Kind::Char,
        Kind::Bytes { length: None },
        Kind::Duration,
        Kind::ListOf(&Kind::String),
        Kind::ListOf(&Kind::Integer { min: 0, max: 65535, nonzero: false }),
        Kind::Object,
        Kind::Json,
    ];

    fn field(kind: Kind) -> Value {
        Value {
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
            texts().prop_map(Found::text),
            texts().prop_map(Found::string_list),
            texts().prop_map(|text| Found::binary(text.into_bytes())),
            any::<Vec<u8>>().prop_map(Found::binary),
        ]
    }

    /// What a load finds where a value was written.
    fn kept(new: &NewValue, to: Keeps) -> Option<Found> {
        match to {
            Keeps::Text => new.text().map(Found::text),
            Keeps::Items => new.text().map(Found::string_list),
            Keeps::TextOrBytes => Some(new.text().map_or_else(|| Found::binary(new.bytes()), Found::text)),
            Keeps::Bytes => Some(kms::found(Zeroizing::new(new.bytes().to_vec()))),
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
            to in proptest::sample::select(&[Keeps::Text, Keeps::Items, Keeps::TextOrBytes, Keeps::Bytes][..]),
        ) {
            let (read, field) = (read(found), field(kind));
            // A StringList is kept where one is, and written there by nothing else.
            prop_assume!(to != Keeps::Items || read.is_list());
            if let Ok(new) = NewValue::copied(&read, &field, to)
                && verify(kind, read.found.content.stored()).is_ok()
            {
                let kept = kept(&new, to);
                prop_assert!(kept.is_some(), "{kind:?} {to:?}: bytes in a place of texts");
                prop_assert!(kept.is_some_and(|kept| reads_same(&field, &read.found, &kept)), "{kind:?} {to:?}");
            }
        }

        /// And so does the text that `export` and `exec` hand on.
        #[test]
        fn a_text_that_is_handed_on_reads_as_its_original(found in founds(), kind in proptest::sample::select(&KINDS[..])) {
            let (read, field) = (read(found), field(kind));
            if verify(kind, read.found.content.stored()).is_ok() {
                let text = read.portable_text(&field).unwrap_or_else(|| Zeroizing::new(STANDARD.encode(read.bytes().unwrap())));
                prop_assert!(reads_same(&field, &read.found, &Found::text(text.as_str())), "{kind:?}");
            }
        }
    }

    #[test]
    fn bytes_stay_bytes_and_items_stay_items() {
        let of = |found, kind, to| {
            NewValue::copied(&read(found), &field(kind), to)
                .map(|new| (new.text().map(str::to_owned), new.bytes().to_vec()))
        };
        let text = |text: &str| Ok((Some(text.to_owned()), text.as_bytes().to_vec()));
        let bytes = || Found::binary(b"abcd".to_vec());
        let any = Kind::Bytes { length: None };
        assert_eq!(of(bytes(), any, Keeps::TextOrBytes), Ok((None, b"abcd".to_vec())));
        assert_eq!(of(bytes(), any, Keeps::Text), text("YWJjZA=="));
        assert_eq!(of(bytes(), any, Keeps::Bytes), text("YWJjZA=="), "as a text it would be taken for base64");
        assert_eq!(of(bytes(), Kind::String, Keeps::Text), text("abcd"));
        assert!(of(bytes(), Kind::Other, Keeps::Text).is_err());
        assert!(of(Found::binary(vec![255]), Kind::String, Keeps::Text).is_err());
        let list = Kind::ListOf(&Kind::String);
        assert_eq!(of(Found::string_list("a,b"), list, Keeps::Text), text("a,b"));
        assert_eq!(of(Found::string_list("[a, b"), list, Keeps::Text), text(r#"["[a","b"]"#));
        assert_eq!(of(Found::string_list("[a, b"), list, Keeps::Items), text("[a, b"));
        assert!(of(Found::string_list("[a"), Kind::Other, Keeps::Text).is_err());
    }

    #[test]
    fn what_is_kept_already_is_known() {
        let is = |new: &[u8], there, kind| NewValue::from_input(new).is(&read(there), &field(kind));
        let bytes = Kind::Bytes { length: None };
        assert!(is(b"YWJj", Found::binary(b"abc".to_vec()), bytes));
        assert!(!is(b"abcd", Found::binary(b"abcd".to_vec()), bytes), "base64 of other bytes");
        assert!(!is(b" 1", Found::text("1"), Kind::Integer { min: 0, max: 9, nonzero: false }), "to the byte");
        assert!(is(br#"["a","b"]"#, Found::string_list("a,b"), Kind::ListOf(&Kind::String)));
    }
}
