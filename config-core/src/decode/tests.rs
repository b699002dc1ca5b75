//! Tests of each row of the table of values, which is under "Values" in the documentation of the
//! derive. The modules below test byte order marks, bytes, durations, errors, JSON and the kinds of
//! types in detail.

use super::*;
use secrecy::{ExposeSecret, SecretBox, SecretSlice, SecretString};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    net::IpAddr,
    path::PathBuf,
    time::Duration,
};

/// Decodes as generated code does. This is a macro and not a generic function, because the inherent
/// items of `Probe` take precedence over the items of the trait `UnknownType` only for a concrete
/// type.
macro_rules! decode {
    ($type:ty, text $text:expr) => {
        Probe::<$type>::decode(StoredValue::from_text($text))
    };
    ($type:ty, $stored:expr) => {
        Probe::<$type>::decode($stored)
    };
}

mod byte_order_mark;
mod bytes;
mod durations;
mod errors;
mod json;
mod shapes;

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
fn text_is_not_changed() {
    for text in [
        "0123",
        " x ",
        "true",
        "",
        "line\n",
        "\"quoted\"",
        "{\"a\":1}",
    ] {
        assert_eq!(decode!(String, text text).unwrap(), text);
        assert_eq!(
            decode!(SecretString, text text).unwrap().expose_secret(),
            text
        );
        assert_eq!(decode!(PathBuf, text text).unwrap(), PathBuf::from(text));
        assert_eq!(
            decode!(Option<String>, text text).unwrap().as_deref(),
            Some(text)
        );
    }
}

#[test]
fn numbers_and_other_parsed_types_are_trimmed() {
    assert_eq!(decode!(u16, text " 8080\n").unwrap(), 8080);
    assert_eq!(
        decode!(i128, text "-170141183460469231731687303715884105728").unwrap(),
        i128::MIN
    );
    assert_eq!(decode!(f64, text "1e3").unwrap(), 1000.0);
    assert!(decode!(bool, text "true\n").unwrap());
    assert_eq!(decode!(char, text " x ").unwrap(), 'x');
    assert_eq!(decode!(char, text " ").unwrap(), ' ');
    assert_eq!(decode!(Level, text "debug\n").unwrap(), Level::Debug);
    assert_eq!(
        decode!(IpAddr, text "::1\n").unwrap(),
        "::1".parse::<IpAddr>().unwrap()
    );
    assert_eq!(decode!(std::num::NonZeroU8, text "7").unwrap().get(), 7);
}

#[test]
fn lists_are_decoded() {
    assert_eq!(decode!(Vec<u16>, text "1, 2 ,3\n").unwrap(), [1, 2, 3]);
    assert_eq!(decode!(Vec<u16>, text "[1, \"2\"]").unwrap(), [1, 2]);
    assert_eq!(
        decode!(Vec<String>, text " \n").unwrap(),
        Vec::<String>::new()
    );
    assert_eq!(
        decode!(Vec<String>, text "[]").unwrap(),
        Vec::<String>::new()
    );
    assert_eq!(
        decode!(Vec<String>, StoredValue::from_list("[a, b]")).unwrap(),
        ["[a", "b]"]
    );
    assert_eq!(decode!(Vec<String>, text "one").unwrap(), ["one"]);
    assert_eq!(
        decode!(BTreeSet<u8>, text "3,1,3").unwrap(),
        BTreeSet::from([1, 3])
    );
    assert_eq!(
        decode!((String, u16), text "host, 80").unwrap(),
        ("host".to_owned(), 80)
    );
    assert_eq!(
        decode!((u8, u8), text "1,2,3").unwrap_err().to_string(),
        "expected 2 items"
    );
    assert_eq!(
        decode!(Vec<Level>, text "info,debug").unwrap(),
        [Level::Info, Level::Debug]
    );
    assert_eq!(
        decode!(Vec<Duration>, text "1s,2m").unwrap(),
        [Duration::from_secs(1), Duration::from_secs(120)]
    );
}

#[test]
fn structs_and_maps_are_decoded_from_json() {
    let login = Login {
        user: "a\"b".into(),
        port: 5432,
        tags: vec!["x".into()],
    };
    let text = r#"{"user": "a\"b", "port": 5432, "tags": ["x"]}"#;
    assert_eq!(decode!(Login, text text).unwrap(), login);
    assert_eq!(decode!(Option<Login>, text text).unwrap(), Some(login));
    assert_eq!(
        decode!(Login, text r#"{"user": "u", "port": "5432"}"#)
            .unwrap()
            .port,
        5432
    );
    assert_eq!(
        decode!(HashMap<String, u8>, text r#"{"a": 1}"#).unwrap(),
        HashMap::from([("a".to_owned(), 1)])
    );
    assert_eq!(
        decode!(BTreeMap<u8, String>, text r#"{"1": "a"}"#).unwrap(),
        BTreeMap::from([(1, "a".to_owned())])
    );
    assert_eq!(
        decode!(serde_json::Value, text r#"{"a": [1, -2, 1.5, null, true, "x"]}"#).unwrap(),
        serde_json::json!({"a": [1, -2, 1.5, null, true, "x"]})
    );
    assert_eq!(decode!(Shape, text "Point").unwrap(), Shape::Point);
    assert_eq!(
        decode!(Shape, text r#"{"Circle": 3}"#).unwrap(),
        Shape::Circle(3)
    );
    assert_eq!(
        decode!(Vec<Shape>, text r#"[{"Box": {"side": 2}}, "Point"]"#).unwrap(),
        [Shape::Box { side: 2 }, Shape::Point]
    );
}

#[test]
fn secrets_may_contain_other_types() {
    assert_eq!(
        *decode!(SecretBox<u32>, text "7\n").unwrap().expose_secret(),
        7
    );
    assert_eq!(
        decode!(SecretBox<String>, text " x")
            .unwrap()
            .expose_secret(),
        " x"
    );
    assert!(
        decode!(Option<SecretString>, StoredValue::missing())
            .unwrap()
            .is_none()
    );
    assert!(
        decode!(Option<SecretBox<u32>>, StoredValue::missing())
            .unwrap()
            .is_none()
    );
    assert!(
        decode!(Option<SecretSlice<u8>>, StoredValue::missing())
            .unwrap()
            .is_none()
    );
}

#[test]
fn durations_have_units() {
    assert_eq!(
        decode!(Duration, text " 1h 30m\n").unwrap(),
        Duration::from_secs(5400)
    );
    assert_eq!(
        decode!(Option<Duration>, text "250ms").unwrap(),
        Some(Duration::from_millis(250))
    );
    for (text, hint) in [
        ("5M", "write minutes as in `5m`"),
        ("1h 30M", "write minutes as in `5m`"),
        ("9 months", "the longest unit is the week"),
        ("2y", "the longest unit is the week"),
        ("7S", "units are in lower case, as in `5s`"),
    ] {
        let error = decode!(Duration, text text).unwrap_err();
        let shown = error.to_string();
        assert!(
            shown.contains(hint) && (!shown.contains(text) || text == "5M"),
            "{shown}"
        );
        // The message is a fixed text, so it stays the same when words of the value are redacted.
        let redacted = error.redact_for_field(crate::schema::Secrecy::Yes, text);
        assert_eq!(redacted.to_string(), shown);
    }
    let error = decode!(Duration, text "30").unwrap_err().to_string();
    assert!(
        error.starts_with("expected a duration with its unit"),
        "{error}"
    );
}

#[test]
fn an_absent_or_empty_value_is_none_or_an_error() {
    assert_eq!(decode!(Option<u16>, StoredValue::missing()).unwrap(), None);
    assert_eq!(
        decode!(Option<Vec<u8>>, StoredValue::missing()).unwrap(),
        None
    );
    assert_eq!(
        decode!(u16, StoredValue::missing()).unwrap_err(),
        DecodeError::missing()
    );
    assert_eq!(
        decode!(Vec<String>, StoredValue::missing()).unwrap_err(),
        DecodeError::missing()
    );
    for error in [
        decode!(u16, text "").unwrap_err(),
        decode!(bool, text " ").unwrap_err(),
        decode!(Login, text "").unwrap_err(),
    ] {
        assert_eq!(error, DecodeError::empty());
    }
}
