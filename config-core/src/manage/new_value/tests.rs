use super::*;
use crate::{
    decode::verify,
    schema::{Shape, samples::STRING},
};
use proptest::prelude::*;
use stage_config_grammar::source::Source;

/// Texts that look like values of another type, and texts with characters that a format may change.
const ODD: [&str; 32] = [
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
    "[1], a",
    "[1],null",
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

const OPTIONAL_JSON_ITEMS: Kind = Kind::ListOf(&Kind::Optional(&Kind::Json));

const KINDS: [Kind; 20] = [
    Kind::String,
    Kind::Integer {
        min: 0,
        max: 65535,
        nonzero: false,
    },
    Kind::Float { bits: 64 },
    Kind::Bool,
    Kind::Char,
    Kind::Bytes { length: None },
    Kind::Duration,
    Kind::Float { bits: 32 },
    Kind::SetOf(&Kind::String),
    Kind::ListOf(&Kind::Json),
    Kind::ListOf(&Kind::String),
    Kind::ListOf(&Kind::Integer {
        min: 0,
        max: 65535,
        nonzero: false,
    }),
    Kind::ListOf(&Kind::Bytes { length: None }),
    Kind::ListOf(&Kind::ListOf(&Kind::Json)),
    Kind::ListOf(&Kind::MapOf {
        key: &Kind::String,
        value: &Kind::Json,
    }),
    Kind::ListOf(&Kind::Object),
    OPTIONAL_JSON_ITEMS,
    Kind::Tuple(&[Kind::Json, Kind::String]),
    Kind::Object,
    Kind::Json,
];

fn field(kind: Kind) -> FieldSpec {
    FieldSpec {
        shape: Shape {
            kind,
            optional: false,
        },
        ..STRING
    }
}

fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        proptest::sample::select(&ODD[..]).prop_map(str::to_owned),
        any::<String>(),
        "[ -~\r\n\t]{0,12}"
    ]
}

fn any_found() -> impl Strategy<Value = Found> {
    prop_oneof![
        texts().prop_map(Found::from_text),
        texts().prop_map(Found::from_string_list),
        texts().prop_map(|text| Found::from_bytes(text.into_bytes())),
        any::<Vec<u8>>().prop_map(Found::from_bytes),
    ]
}

/// Returns what a load finds after `new` was written to a store of this kind, or `None` if `new`
/// consists of bytes and the store has only texts or items.
fn read_back(new: &NewValue, to: StorageKind) -> Option<Found> {
    match to {
        StorageKind::Text => new.text().map(Found::from_text),
        StorageKind::Items => new.text().map(Found::from_string_list),
        StorageKind::TextOrBytes => Some(
            new.text()
                .map_or_else(|| Found::from_bytes(new.bytes()), Found::from_text),
        ),
        StorageKind::Bytes => Some(Found::from_text_or_bytes(new.bytes())),
    }
}

fn read(found: Found) -> ReadValue {
    ReadValue {
        found,
        source: Source::parse("secret:x", &[]).unwrap(),
    }
}

proptest! {
    /// A value of any form is copied to a store of any form. Either the program reads the same
    /// value from the copy, or the copy is refused.
    #[test]
    fn the_program_reads_the_same_value_from_a_copy(
        found in any_found(),
        kind in proptest::sample::select(&KINDS[..]),
        to in proptest::sample::select(&[StorageKind::Text, StorageKind::Items, StorageKind::TextOrBytes, StorageKind::Bytes][..]),
    ) {
        let (read, field) = (read(found), field(kind));
        // Only a StringList is copied to a StringList.
        let is_possible = to != StorageKind::Items || read.is_list();
        if is_possible
            && let Ok(new) = NewValue::from_copy(&read, &field, to)
            && verify(kind, read.found.as_stored()).is_ok()
        {
            let stored = read_back(&new, to);
            prop_assert!(stored.is_some(), "{kind:?} {to:?}: bytes in a store of texts");
            prop_assert!(stored.is_some_and(|stored| is_read_alike(&field, &read.found, &stored)), "{kind:?} {to:?}");
        }
    }

    /// The program reads the same value from the text that `export` and `exec` pass on, or refuses
    /// the text.
    #[test]
    fn the_program_reads_the_same_value_from_an_exported_text(found in any_found(), kind in proptest::sample::select(&KINDS[..])) {
        let (read, field) = (read(found), field(kind));
        if verify(kind, read.found.as_stored()).is_ok() {
            let text = read.to_portable_text(&field).unwrap_or_else(|| Zeroizing::new(STANDARD.encode(read.bytes().unwrap())));
            let exported = Found::from_text(text.as_str());
            // If the first item of a StringList begins with `[`, no text can represent an optional
            // JSON item `Some(null)`. The text of the StringList is then exported, and the program
            // refuses it.
            let is_refused = || kind == OPTIONAL_JSON_ITEMS && verify(kind, exported.as_stored()).is_err();
            prop_assert!(is_read_alike(&field, &read.found, &exported) || is_refused(), "{kind:?}");
        }
    }
}

#[test]
fn the_target_and_the_kind_decide_the_form_of_a_copy() {
    let copy = |found, kind, to| {
        NewValue::from_copy(&read(found), &field(kind), to)
            .map(|new| (new.text().map(str::to_owned), new.bytes().to_vec()))
    };
    let text = |text: &str| Ok((Some(text.to_owned()), text.as_bytes().to_vec()));
    let bytes = || Found::from_bytes(b"abcd".to_vec());
    let any = Kind::Bytes { length: None };
    assert_eq!(
        copy(bytes(), any, StorageKind::TextOrBytes),
        Ok((None, b"abcd".to_vec()))
    );
    assert_eq!(copy(bytes(), any, StorageKind::Text), text("YWJjZA=="));
    assert_eq!(
        copy(bytes(), any, StorageKind::Bytes),
        text("YWJjZA=="),
        "the copy must be base64, which the field reads"
    );
    assert_eq!(copy(bytes(), Kind::String, StorageKind::Text), text("abcd"));
    let own_type = copy(bytes(), Kind::Other, StorageKind::Text).unwrap_err();
    assert!(own_type.contains("only the program knows"), "{own_type}");
    let not_text = copy(
        Found::from_bytes(vec![255]),
        Kind::String,
        StorageKind::Text,
    )
    .unwrap_err();
    assert!(not_text.contains("not UTF-8"), "{not_text}");
    let list = Kind::ListOf(&Kind::String);
    assert_eq!(
        copy(Found::from_string_list("a,b"), list, StorageKind::Text),
        text("a,b")
    );
    assert_eq!(
        copy(Found::from_string_list("[a, b"), list, StorageKind::Text),
        text(r#"["[a","b"]"#)
    );
    assert_eq!(
        copy(Found::from_string_list("[a, b"), list, StorageKind::Items),
        text("[a, b")
    );
    let json = Kind::ListOf(&Kind::Json);
    assert_eq!(
        copy(
            Found::from_string_list("[1], \"a\""),
            json,
            StorageKind::Text
        ),
        text(r#"[[1],"a"]"#)
    );
    let split_array = copy(Found::from_string_list("[1,2]"), json, StorageKind::Text).unwrap_err();
    assert!(
        split_array.contains("cannot hold its items"),
        "{split_array}"
    );
    for list in ["[a", "a,b", "a"] {
        assert!(
            copy(
                Found::from_string_list(list),
                Kind::Other,
                StorageKind::Text
            )
            .is_err(),
            "{list}"
        );
        assert_eq!(
            copy(
                Found::from_string_list(list),
                Kind::Other,
                StorageKind::Items
            ),
            text(list)
        );
    }
    let json = || Found::from_bytes(b"{}".to_vec());
    for to in [StorageKind::Text, StorageKind::Bytes] {
        assert!(
            copy(json(), Kind::Json, to).is_err(),
            "the copy must be refused: a field of `Kind::Json`, unlike an object, rejects bytes"
        );
        assert_eq!(copy(json(), Kind::Object, to), text("{}"));
    }
    assert_eq!(
        copy(json(), Kind::Json, StorageKind::TextOrBytes),
        Ok((None, b"{}".to_vec()))
    );
    assert!(read(json()).to_portable_text(&field(Kind::Json)).is_none());
}

#[test]
fn a_value_that_is_already_stored_is_recognized() {
    let is_stored = |new: &[u8], stored, kind| {
        NewValue::from_input(new).is_stored_as(&read(stored), &field(kind))
    };
    let bytes = Kind::Bytes { length: None };
    assert!(is_stored(
        b"YWJj",
        Found::from_bytes(b"abc".to_vec()),
        bytes
    ));
    assert!(
        !is_stored(b"abcd", Found::from_bytes(b"abcd".to_vec()), bytes),
        "the text is base64 of other bytes"
    );
    assert!(
        !is_stored(
            b" 1",
            Found::from_text("1"),
            Kind::Integer {
                min: 0,
                max: 9,
                nonzero: false
            }
        ),
        "texts must be compared byte for byte"
    );
    assert!(is_stored(
        br#"["a","b"]"#,
        Found::from_string_list("a,b"),
        Kind::ListOf(&Kind::String)
    ));
}
