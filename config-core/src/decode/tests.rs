//! Tests of each row of the table of values, and that no error contains a part of a value.

use super::*;
use crate::schema::{Kind, Secrecy, TextFormat};
use proptest::prelude::*;
use secrecy::{ExposeSecret, SecretBox, SecretSlice, SecretString};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    net::IpAddr,
    path::PathBuf,
    time::Duration,
};

/// Decodes like generated code: for a concrete type, so inherent items win.
macro_rules! decode {
    ($type:ty, text $text:expr) => {
        Probe::<$type>::decode(StoredValue::from_text($text))
    };
    ($type:ty, $stored:expr) => {
        Probe::<$type>::decode($stored)
    };
}

mod json;

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Level {
    Info,
    Debug,
}

#[derive(Debug, Deserialize, PartialEq)]
enum Shape {
    Point,
    Circle(u16),
    Box { side: u16 },
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Login {
    user: String,
    port: u16,
    #[serde(default)]
    tags: Vec<String>,
}

#[test]
fn text_stays_as_it_is_to_the_byte() {
    for text in ["0123", " x ", "true", "", "line\n", "\"quoted\"", "{\"a\":1}"] {
        assert_eq!(decode!(String, text text).unwrap(), text);
        assert_eq!(decode!(SecretString, text text).unwrap().expose_secret(), text);
        assert_eq!(decode!(PathBuf, text text).unwrap(), PathBuf::from(text));
        assert_eq!(decode!(Option<String>, text text).unwrap().as_deref(), Some(text));
    }
}

#[test]
fn numbers_and_their_like_are_trimmed() {
    assert_eq!(decode!(u16, text " 8080\n").unwrap(), 8080);
    assert_eq!(decode!(i128, text "-170141183460469231731687303715884105728").unwrap(), i128::MIN);
    assert_eq!(decode!(f64, text "1e3").unwrap(), 1000.0);
    assert!(decode!(bool, text "true\n").unwrap());
    assert_eq!(decode!(char, text " x ").unwrap(), 'x');
    assert_eq!(decode!(char, text " ").unwrap(), ' ');
    assert_eq!(decode!(Level, text "debug\n").unwrap(), Level::Debug);
    assert_eq!(decode!(IpAddr, text "::1\n").unwrap(), "::1".parse::<IpAddr>().unwrap());
    assert_eq!(decode!(std::num::NonZeroU8, text "7").unwrap().get(), 7);
}

#[test]
fn lists() {
    assert_eq!(decode!(Vec<u16>, text "1, 2 ,3\n").unwrap(), [1, 2, 3]);
    assert_eq!(decode!(Vec<u16>, text "[1, \"2\"]").unwrap(), [1, 2]);
    assert_eq!(decode!(Vec<String>, text " \n").unwrap(), Vec::<String>::new());
    assert_eq!(decode!(Vec<String>, text "[]").unwrap(), Vec::<String>::new());
    assert_eq!(decode!(Vec<String>, StoredValue::from_list("[a, b]")).unwrap(), ["[a", "b]"]);
    assert_eq!(decode!(Vec<String>, text "one").unwrap(), ["one"]);
    assert_eq!(decode!(BTreeSet<u8>, text "3,1,3").unwrap(), BTreeSet::from([1, 3]));
    assert_eq!(decode!((String, u16), text "host, 80").unwrap(), ("host".to_owned(), 80));
    assert_eq!(decode!((u8, u8), text "1,2,3").unwrap_err().to_string(), "expected 2 items");
    assert_eq!(decode!(Vec<Level>, text "info,debug").unwrap(), [Level::Info, Level::Debug]);
    assert_eq!(decode!(Vec<Duration>, text "1s,2m").unwrap(), [Duration::from_secs(1), Duration::from_secs(120)]);
}

#[test]
fn json_into_structs_and_maps() {
    let login = Login { user: "a\"b".into(), port: 5432, tags: vec!["x".into()] };
    let text = r#"{"user": "a\"b", "port": 5432, "tags": ["x"]}"#;
    assert_eq!(decode!(Login, text text).unwrap(), login);
    assert_eq!(decode!(Option<Login>, text text).unwrap(), Some(login));
    assert_eq!(decode!(Login, text r#"{"user": "u", "port": "5432"}"#).unwrap().port, 5432);
    assert_eq!(decode!(HashMap<String, u8>, text r#"{"a": 1}"#).unwrap(), HashMap::from([("a".to_owned(), 1)]));
    assert_eq!(decode!(BTreeMap<u8, String>, text r#"{"1": "a"}"#).unwrap(), BTreeMap::from([(1, "a".to_owned())]));
    assert_eq!(
        decode!(serde_json::Value, text r#"{"a": [1, -2, 1.5, null, true, "x"]}"#).unwrap(),
        serde_json::json!({"a": [1, -2, 1.5, null, true, "x"]})
    );
    assert_eq!(decode!(Shape, text "Point").unwrap(), Shape::Point);
    assert_eq!(decode!(Shape, text r#"{"Circle": 3}"#).unwrap(), Shape::Circle(3));
    assert_eq!(
        decode!(Vec<Shape>, text r#"[{"Box": {"side": 2}}, "Point"]"#).unwrap(),
        [Shape::Box { side: 2 }, Shape::Point]
    );
}

#[test]
fn bytes_are_base64_and_never_a_list() {
    assert_eq!(decode!(Vec<u8>, text "AQID\n").unwrap(), [1, 2, 3]);
    assert_eq!(decode!(Vec<u8>, text "AQ==").unwrap(), [1]);
    assert_eq!(decode!(Vec<u8>, text "AQ").unwrap(), [1]);
    assert_eq!(decode!(Vec<u8>, StoredValue::from_bytes(&[0, 255])).unwrap(), [0, 255]);
    assert_eq!(decode!([u8; 3], text "AQID").unwrap(), [1, 2, 3]);
    assert_eq!(decode!([u8; 4], text "AQID").unwrap_err().to_string(), "expected 4 bytes");
    assert_eq!(decode!(SecretSlice<u8>, text "AQID").unwrap().expose_secret(), [1, 2, 3]);
    assert_eq!(decode!(SecretBox<Vec<u8>>, text "AQID").unwrap().expose_secret(), &[1, 2, 3]);
    assert_eq!(decode!(Vec<u8>, text "1,2,3").unwrap_err().to_string(), "expected base64");
}

#[test]
fn bytes_inside_of_other_types_are_base64_too() {
    assert_eq!(decode!(SecretBox<[u8; 3]>, text "AQID").unwrap().expose_secret(), &[1, 2, 3]);
    assert_eq!(decode!(SecretBox<[u8; 2]>, StoredValue::from_bytes(&[0, 255])).unwrap().expose_secret(), &[0, 255]);
    assert_eq!(decode!(SecretBox<[u8; 64]>, text "AQID").unwrap_err().to_string(), "expected 64 bytes");
    assert_eq!(decode!(SecretBox<[u8; 2]>, text "1,2").unwrap_err().to_string(), "expected base64");
    assert!(decode!(Option<SecretBox<[u8; 3]>>, StoredValue::missing()).unwrap().is_none());
    assert_eq!(decode!(Vec<Vec<u8>>, text "AQID, BA==").unwrap(), [vec![1, 2, 3], vec![4]]);
    assert_eq!(decode!(Vec<Vec<u8>>, StoredValue::from_list("AQID,BA==")).unwrap(), [vec![1, 2, 3], vec![4]]);
    assert_eq!(decode!(Option<Vec<Vec<u8>>>, text r#"["AQID", ""]"#).unwrap().unwrap(), [vec![1, 2, 3], vec![]]);
    assert_eq!(decode!(Vec<Vec<u8>>, text "[[1, 2]]").unwrap_err().to_string(), "expected base64 (line 1, column 2)");
    assert_eq!(decode!(Vec<[u8; 3]>, text "AQID,AQ").unwrap_err().to_string(), "expected 3 bytes (item 2)");
    assert_eq!(decode!(Vec<Option<Vec<u8>>>, text r#"["AQ", null]"#).unwrap(), [Some(vec![1]), None]);
    assert_eq!(decode!((Vec<u8>, u8), text "AQID,7").unwrap(), (vec![1, 2, 3], 7));
    assert_eq!(decode!(BTreeMap<String, Vec<u8>>, text r#"{"a": "AQID"}"#).unwrap()["a"], [1, 2, 3]);
    assert_eq!(decode!(Vec<SecretSlice<u8>>, text "AQID").unwrap()[0].expose_secret(), [1, 2, 3]);
    assert_eq!(decode!(SecretBox<Vec<Vec<u8>>>, text "AQID").unwrap().expose_secret(), &[vec![1, 2, 3]]);
    assert_eq!(*decode!(Box<[u8]>, text "AQID").unwrap(), [1, 2, 3]);
    assert_eq!(*decode!(std::sync::Arc<[u8]>, text "AQID").unwrap(), [1, 2, 3]);
    assert_eq!(decode!(BTreeMap<String, Duration>, text r#"{"a": "1s"}"#).unwrap()["a"], Duration::from_secs(1));
}

#[test]
fn secrets_hold_other_types_too() {
    assert_eq!(*decode!(SecretBox<u32>, text "7\n").unwrap().expose_secret(), 7);
    assert_eq!(decode!(SecretBox<String>, text " x").unwrap().expose_secret(), " x");
    assert!(decode!(Option<SecretString>, StoredValue::missing()).unwrap().is_none());
    assert!(decode!(Option<SecretBox<u32>>, StoredValue::missing()).unwrap().is_none());
    assert!(decode!(Option<SecretSlice<u8>>, StoredValue::missing()).unwrap().is_none());
}

#[test]
fn durations_have_units() {
    assert_eq!(decode!(Duration, text " 1h 30m\n").unwrap(), Duration::from_secs(5400));
    assert_eq!(decode!(Option<Duration>, text "250ms").unwrap(), Some(Duration::from_millis(250)));
    let error = decode!(Duration, text "30").unwrap_err().to_string();
    assert!(error.starts_with("expected a duration with its unit"), "{error}");
}

#[test]
fn nothing_is_none_and_otherwise_missing() {
    assert_eq!(decode!(Option<u16>, StoredValue::missing()).unwrap(), None);
    assert_eq!(decode!(Option<Vec<u8>>, StoredValue::missing()).unwrap(), None);
    assert_eq!(decode!(u16, StoredValue::missing()).unwrap_err(), DecodeError::missing());
    assert_eq!(decode!(Vec<String>, StoredValue::missing()).unwrap_err(), DecodeError::missing());
    for error in
        [decode!(u16, text "").unwrap_err(), decode!(bool, text " ").unwrap_err(), decode!(Login, text "").unwrap_err()]
    {
        assert_eq!(error, DecodeError::empty());
    }
}

#[test]
fn errors_say_what_was_expected_and_where() {
    for (error, expected) in [
        (decode!(u16, text "80a").unwrap_err(), "expected a whole number from 0 to 65535"),
        (decode!(u8, text "256").unwrap_err(), "expected a whole number from 0 to 255"),
        (decode!(bool, text "yes").unwrap_err(), "expected `true` or `false`"),
        (decode!(Level, text "trace").unwrap_err(), "expected one of `info`, `debug`"),
        (decode!(Login, text "{\"user\": \"u\"}").unwrap_err(), "expected the key `port` (line 1, column 1)"),
        (
            decode!(Login, text "{\n  \"user\": \"u\",\n  \"port\": \"hunter2\"\n}").unwrap_err(),
            "expected a whole number from 0 to 65535 (line 3, column 11)",
        ),
        (
            decode!(Login, text "{\"user\": \"u\", \"port\": 1, \"hunter2\": 2}").unwrap_err(),
            "expected no other keys than `user`, `port`, `tags` (line 1, column 1)",
        ),
        (decode!(Login, text "{\"user\": ").unwrap_err(), "expected JSON (line 1, column 9)"),
        (decode!(Login, text "hunter2").unwrap_err(), "expected JSON (line 1, column 1)"),
        (decode!(Login, text "[1]").unwrap_err(), "expected a JSON object (line 1, column 1)"),
    ] {
        assert_eq!(error.to_string(), expected);
    }
}

/// A type that tries to leak its value.
#[derive(Debug)]
struct Blabber;

impl<'de> Deserialize<'de> for Blabber {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::{Error, Unexpected};
        let text = String::deserialize(deserializer)?;
        match text.len() % 4 {
            0 => Err(D::Error::custom(format!("cannot use {text}"))),
            1 => Err(D::Error::invalid_value(Unexpected::Str(&text), &"something else")),
            2 => Err(D::Error::invalid_value(Unexpected::Str(&text), &format!("anything but {text}").as_str())),
            _ => Err(D::Error::unknown_variant(&text, &["a", "b"])),
        }
    }
}

proptest! {
    // In capitals, because many words of a message contain three given small letters.
    #[test]
    fn no_error_holds_the_value(secret in "[A-Z][A-Z0-9]{5,11}~[A-Z][A-Z0-9]{5,11}") {
        let json = format!("{{\"user\": \"u\", \"port\": \"{secret}\"}}");
        let key = format!("{{\"user\": \"u\", \"port\": 1, \"{secret}\": 1}}");
        let errors = [
            decode!(u16, text &secret).err(),
            decode!(bool, text &secret).err(),
            decode!(Level, text &secret).err(),
            decode!(Shape, text &secret).err(),
            decode!(Duration, text &secret).err(),
            decode!(Vec<u8>, text &secret).err(),
            decode!(IpAddr, text &secret).err(),
            decode!(Login, text &secret).err(),
            decode!(Login, text &json).err(),
            decode!(Login, text &key).err(),
            decode!(Vec<u16>, text &secret).err(),
            decode!(SecretBox<u32>, text &secret).err(),
            decode!(serde_json::Map<String, serde_json::Value>, text &secret).err(),
            decode!(Blabber, text &secret).err().map(|error| error.redact_for_field(Secrecy::No, &secret)),
        ];
        for error in errors {
            let error = error.expect("none of these types takes it");
            let shown = format!("{error} {error:?} {error:#?}");
            for part in secret.split('~').chain([secret.as_str()]) {
                prop_assert!(!shown.contains(part), "{part} is in {shown}");
            }
        }
    }

    /// Decoding any text ends without a panic.
    #[test]
    fn nothing_panics(text in ".{0,60}|[\\[\\]{}\",:0-9a-z ]{0,60}") {
        let stored = StoredValue::from_text(&text);
        let _ = (decode!(u16, stored), decode!(char, stored), decode!(Shape, stored), decode!(Login, stored));
        let _ = (decode!(Vec<Vec<String>>, stored), decode!(serde_json::Value, stored), decode!(Duration, stored));
        let _ = (decode!([u8; 4], stored), decode!(HashMap<String, Login>, stored), select(&text, "a.b"));
    }
}

#[test]
fn deep_json_ends() {
    let deep = format!("{}{}", "[".repeat(30_000), "]".repeat(30_000));
    let error = decode!(serde_json::Value, text & deep).unwrap_err().to_string();
    assert!(error.starts_with("expected JSON that is less deep"), "{error}");
}

#[derive(Debug, Deserialize)]
struct Tree(#[allow(dead_code, reason = "decoded, not read")] Vec<Tree>);

#[test]
fn a_list_of_lists_without_an_end_ends() {
    let error = decode!(Tree, text "a").unwrap_err().to_string();
    assert!(error.starts_with("expected JSON that is less deep"), "{error}");
}

#[test]
fn keys_of_json() {
    let text = r#"{"a": {"b": "path", "c.d": 5}, "a.b": "exact", "n": null, "o": {"x": [1, 2]}, "e": ""}"#;
    let taken = |key: &str| select(text, key).map(|text| text.to_string());
    assert_eq!(taken("a.b").unwrap(), "exact");
    assert_eq!(taken("a.c.d").unwrap(), "5");
    assert_eq!(taken("o").unwrap(), r#"{"x": [1, 2]}"#);
    assert_eq!(taken("o.x").unwrap(), "[1, 2]");
    assert_eq!(taken("e").unwrap(), "");
    for missing in ["n", "z", "a.z", "o.x.y", "e.f", "A"] {
        assert_eq!(taken(missing), Err(KeyError::Missing), "{missing}");
    }
    assert!(matches!(select("hunter2", "a"), Err(KeyError::NotAnObject(_))));
    assert!(matches!(select("[1]", "a"), Err(KeyError::NotAnObject(_))));
}

type Alias = SecretString;
type Maybe = Option<u16>;

#[test]
fn types_tell_what_they_are_through_aliases() {
    macro_rules! shape {
        ($type:ty) => {
            crate::private::shape!($type)
        };
    }
    const PORT: Kind = Kind::Integer { min: 0, max: 65_535, nonzero: false };
    assert_eq!((shape!(Maybe).kind, shape!(Maybe).optional), (PORT, true));
    assert_eq!((shape!(Alias).kind, shape!(Alias).optional), (Kind::String, false));
    assert_eq!(shape!(Vec<u16>).kind, Kind::ListOf(&PORT));
    assert_eq!(shape!(Option<Vec<u16>>).kind, Kind::ListOf(&PORT));
    assert_eq!(shape!(BTreeSet<u16>).kind, Kind::SetOf(&PORT));
    assert_eq!(shape!(Vec<Login>).kind, Kind::ListOf(&Kind::Other));
    assert_eq!(shape!(Option<Login>).kind, Kind::Other);
    assert!(shape!(Option<Login>).optional);
    assert_eq!(shape!(Vec<u8>).kind, Kind::Bytes { length: None });
    assert_eq!(shape!([u8; 16]).kind, Kind::Bytes { length: Some(16) });
    assert_eq!(shape!(SecretSlice<u8>).kind, Kind::Bytes { length: None });
    assert_eq!(shape!(Duration).kind, Kind::Duration);
    assert_eq!(shape!(std::num::NonZeroU8).kind, Kind::Integer { min: 1, max: 255, nonzero: false });
    assert_eq!(shape!(std::num::NonZeroI8).kind, Kind::Integer { min: -128, max: 127, nonzero: true });
    assert_eq!(shape!(Option<Vec<IpAddr>>).kind, Kind::ListOf(&Kind::Format(TextFormat::IpAddr)));
    assert_eq!(shape!(Vec<Option<u16>>).kind, Kind::ListOf(&Kind::Optional(&PORT)));
    assert_eq!(shape!((String, [u16; 2])).kind, Kind::Tuple(&[Kind::String, Kind::Array { item: &PORT, length: 2 }]));
    assert_eq!(shape!(HashMap<String, u16>).kind, Kind::MapOf { key: &Kind::String, value: &PORT });
    assert_eq!(shape!(Option<HashMap<String, Login>>).kind, Kind::Object);
    assert_eq!(shape!(Box<Alias>).kind, Kind::String);
}

/// Here bytes and a StringList are JSON, whatever the type would read from them.
#[test]
fn an_object_is_read_alike_from_every_form() {
    #[derive(serde::Deserialize, PartialEq, Debug)]
    #[serde(untagged)]
    enum Any {
        Object { id: u8 },
        Text(String),
        Items(Vec<String>),
    }
    let shape = crate::schema::Shape { kind: Kind::Object, optional: false };
    let text = r#"{"id": 1}"#;
    for stored in [StoredValue::from_text(text), StoredValue::from_bytes(text.as_bytes()), StoredValue::from_list(text)]
    {
        assert_eq!(decode_object(stored, shape, |stored| stored.decode()), Ok(Any::Object { id: 1 }));
    }
}
