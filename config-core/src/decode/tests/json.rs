//! Tests of JSON texts: `null`, numbers, keys, JSON inside JSON, texts that are not JSON, depth,
//! the selection of a key, and `decode_object`.

use super::*;
use crate::schema::Kind;

#[test]
fn null_in_json_is_rejected_by_types_that_need_a_value() {
    macro_rules! assert_null_is_rejected {
        ($($type:ty: $text:expr;)*) => {$(
            let error = decode!($type, text $text).map(drop).unwrap_err().to_string();
            assert!(error.starts_with("it is `null`, but its type needs a value"), "{}: {error}", stringify!($type));
        )*};
    }
    assert_null_is_rejected! {
        Login: r#"{"user": null, "port": 1}"#;
        Login: r#"{"user": "u", "port": null}"#;
        Login: r#"{"user": "u", "port": 1, "tags": null}"#;
        Login: r#"{"user": "u", "port": 1, "tags": ["a", null]}"#;
        HashMap<String, String>: r#"{"a": null}"#;
        BTreeMap<String, SecretString>: r#"{"a": null}"#;
        BTreeMap<String, Vec<u8>>: r#"{"a": null}"#;
        BTreeMap<String, Vec<String>>: r#"{"a": null}"#;
        BTreeMap<String, BTreeMap<String, String>>: r#"{"a": null}"#;
        BTreeMap<String, Login>: r#"{"a": null}"#;
        BTreeMap<String, Duration>: r#"{"a": null}"#;
        Vec<String>: "[null]";
        Vec<SecretString>: r#"["a", null]"#;
        Vec<PathBuf>: "[null]";
        Vec<char>: "[null]";
        Vec<f64>: "[null]";
        Vec<IpAddr>: "[null]";
        Vec<Level>: "[null]";
        Vec<Shape>: r#"[{"Circle": null}]"#;
        (String, u16): r#"["a", null]"#;
        SecretBox<Vec<String>>: "[null]";
    }
}

#[test]
fn an_error_names_a_json_text_inside_a_json_text() {
    macro_rules! assert_named {
        ($($type:ty: $text:expr;)*) => {$(
            let error = decode!($type, text $text).map(drop).unwrap_err().to_string();
            assert!(error.contains("a JSON text inside a JSON text"), "{}: {error}", stringify!($type));
            assert!(!error.contains("Zx9"), "{error}");
        )*};
    }
    assert_named! {
        Login: r#""{\"user\": \"Zx9\", \"port\": 1}""#;
        Login: r#" "{\"user\": \"Zx9\", \"port\": 1}\n" "#;
        Option<Login>: r#""{\"user\": \"Zx9\"}""#;
        BTreeMap<String, String>: r#""{\"a\": \"Zx9\"}""#;
        Vec<String>: r#""[\"Zx9\", \"b\"]""#;
        Vec<u16>: r#""[1, 2]""#;
        BTreeSet<String>: r#""[\"Zx9\"]""#;
        (String, u16): r#""[\"Zx9\", 1]""#;
        Shape: r#""{\"Circle\": 3}""#;
    }
    for (text, key) in [
        (r#""{\"user\": \"Zx9\"}""#, "user"),
        (r#"{"db": "{\"user\": \"Zx9\"}"}"#, "db.user"),
        (r#"{"a": {"db": "{\"user\": \"Zx9\"}"}}"#, "a.db.user"),
    ] {
        let Err(KeyError::NotAnObject(error)) = select(text, key) else {
            panic!("{text}")
        };
        let error = error.to_string();
        assert!(
            error.contains("a JSON text inside a JSON text"),
            "{text}: {error}"
        );
    }
    assert_eq!(select(r#"{"db": "x"}"#, "db.user"), Err(KeyError::Missing));
    // A text that only resembles JSON inside JSON is a list.
    assert_eq!(
        decode!(Vec<String>, text r#""a","b""#).unwrap(),
        [r#""a""#, r#""b""#]
    );
    assert_eq!(decode!(Vec<String>, text r#""[a]""#).unwrap(), [r#""[a]""#]);
}

#[test]
fn null_in_json_is_none_for_types_that_allow_it() {
    #[derive(Debug, Deserialize, PartialEq)]
    struct Noted {
        note: Option<String>,
        nothing: (),
        any: serde_json::Value,
    }
    let noted = Noted {
        note: None,
        nothing: (),
        any: serde_json::Value::Null,
    };
    assert_eq!(
        decode!(Noted, text r#"{"note": null, "nothing": null, "any": null}"#).unwrap(),
        noted
    );
    assert_eq!(
        decode!(Vec<Option<u16>>, text "[null, 1]").unwrap(),
        [None, Some(1)]
    );
    assert_eq!(
        decode!(BTreeMap<String, Option<String>>, text r#"{"a": null, "b": "null"}"#).unwrap()["b"],
        Some("null".into())
    );
    assert_eq!(
        decode!(serde_json::Value, text "null").unwrap(),
        serde_json::Value::Null
    );
    assert_eq!(
        decode!(Vec<serde_json::Value>, text "[null]").unwrap(),
        [serde_json::Value::Null]
    );
    assert_eq!(
        decode!(Shape, text r#"{"Point": null}"#).unwrap(),
        Shape::Point
    );
    // A text stays a text, even if it is `null`.
    assert_eq!(decode!(String, text "null").unwrap(), "null");
    assert_eq!(decode!(Vec<String>, text "null").unwrap(), ["null"]);
    assert_eq!(decode!(Vec<String>, text r#"["null"]"#).unwrap(), ["null"]);
    let error = decode!(Option<u16>, text "null").unwrap_err().to_string();
    assert!(error.contains("a whole number"), "{error}");
    let error = decode!(Option<Login>, text "null").unwrap_err().to_string();
    assert!(error.contains("a JSON object"), "{error}");
}

#[test]
fn numbers_must_be_finite() {
    for text in [
        "nan",
        "NaN",
        "-nan",
        "inf",
        "+inf",
        "-inf",
        "Infinity",
        "-Infinity",
        "1e400",
        "-1e400",
    ] {
        assert!(
            decode!(f64, text text).is_err() && decode!(f32, text text).is_err(),
            "{text}"
        );
        assert!(
            decode!(Vec<f64>, text text).is_err() && decode!(Option<f64>, text text).is_err(),
            "{text}"
        );
        let quoted = format!("{{\"a\": \"{text}\"}}");
        assert!(
            decode!(BTreeMap<String, f64>, text &quoted).is_err(),
            "{text}"
        );
    }
    for text in ["1e39", "-1e39", "3.5e38"] {
        assert!(
            decode!(f32, text text).is_err() && decode!(f64, text text).is_ok(),
            "{text}"
        );
    }
    #[derive(Debug, Deserialize)]
    #[allow(dead_code, reason = "decoded, not read")]
    struct Rate {
        rate: Option<f32>,
        rates: Vec<f32>,
    }
    for text in ["1e39", "-1e39", "\"1e39\"", "340282357e30"] {
        assert!(
            decode!(Vec<f32>, text & format!("[{text}]")).is_err(),
            "{text}"
        );
        assert!(
            decode!((f32, f32), text & format!("[0, {text}]")).is_err(),
            "{text}"
        );
        assert!(
            decode!(
                Option<[f32; 1]>,
                StoredValue::from_list(text.trim_matches('"'))
            )
            .is_err(),
            "{text}"
        );
        assert!(
            decode!(BTreeMap<String, Option<f32>>, text & format!("{{\"a\": {text}}}")).is_err(),
            "{text}"
        );
        for object in [
            format!("{{\"rate\": {text}, \"rates\": []}}"),
            format!("{{\"rates\": [0, {text}]}}"),
        ] {
            assert!(decode!(Rate, text & object).is_err(), "{object}");
        }
    }
    let large = decode!(serde_json::Value, text r#"{"a": [1e400]}"#)
        .unwrap_err()
        .to_string();
    assert_eq!(large, "expected a finite number (line 1, column 8)");
    assert_eq!(decode!(f64, text "1e300").unwrap(), 1e300);
}

#[test]
fn a_json_value_requires_json() {
    for text in ["hunter2", "{", "a,b", "'a'", "nan", "0123", "", " "] {
        assert!(decode!(serde_json::Value, text text).is_err(), "{text}");
        assert!(
            decode!(Option<serde_json::Value>, StoredValue::from_list(text)).is_err(),
            "{text}"
        );
    }
    let error = decode!(Vec<serde_json::Value>, text "a,b")
        .unwrap_err()
        .to_string();
    assert!(error.contains("JSON"), "{error}");
    assert_eq!(
        decode!(Vec<serde_json::Value>, text "1, \"a\"").unwrap(),
        [serde_json::json!(1), serde_json::json!("a")]
    );
    let error = decode!(serde_json::Value, StoredValue::from_bytes(b"{}"))
        .unwrap_err()
        .to_string();
    assert!(error.contains("JSON as text"), "{error}");
    assert_eq!(
        decode!(serde_json::Value, text " [1]\n").unwrap(),
        serde_json::json!([1])
    );
}

#[test]
fn keys_of_json_objects_are_not_changed() {
    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(untagged)]
    enum Any {
        Number(u16),
        Map(BTreeMap<String, Any>),
    }
    let text = r#"{"1": 1, "null": 2, " a ": 3}"#;
    let map = || {
        ["1", "null", " a "]
            .map(str::to_owned)
            .into_iter()
            .zip([1, 2, 3])
    };
    assert_eq!(
        decode!(BTreeMap<String, u16>, text text).unwrap(),
        map().collect()
    );
    assert_eq!(
        decode!(Any, text text).unwrap(),
        Any::Map(
            map()
                .map(|(name, value)| (name, Any::Number(value)))
                .collect()
        )
    );
    assert_eq!(
        decode!(serde_json::Value, text text).unwrap(),
        serde_json::json!({"1": 1, "null": 2, " a ": 3})
    );
}

/// serde reads an untagged enum in two steps. The first step does not know the types, and keeps
/// each number that is not an integer as an `f64`.
#[test]
fn a_number_inside_an_untagged_enum_is_a_finite_f64() {
    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(untagged)]
    enum Rate {
        Number(f64),
        Numbers(Vec<f64>),
    }
    assert_eq!(decode!(Rate, text "1e39").unwrap(), Rate::Number(1e39));
    assert_eq!(
        decode!(Rate, text "[1e39]").unwrap(),
        Rate::Numbers(vec![1e39])
    );
    for text in ["1e400", "-1e400", "[1e400]", "nan"] {
        assert!(decode!(Rate, text text).is_err(), "{text}");
    }
}

#[test]
fn deep_json_is_rejected() {
    let deep = format!("{}{}", "[".repeat(30_000), "]".repeat(30_000));
    let error = decode!(serde_json::Value, text & deep)
        .unwrap_err()
        .to_string();
    assert!(
        error.starts_with("expected JSON with at most 64 levels"),
        "{error}"
    );
}

#[derive(Debug, Deserialize)]
struct Tree(#[allow(dead_code, reason = "decoded, not read")] Vec<Tree>);

#[test]
fn a_recursive_type_ends_at_the_maximum_depth() {
    let error = decode!(Tree, text "a").unwrap_err().to_string();
    assert!(
        error.starts_with("expected JSON with at most 64 levels"),
        "{error}"
    );
}

#[test]
fn keys_are_selected_from_json() {
    let text =
        r#"{"a": {"b": "path", "c.d": 5}, "a.b": "exact", "n": null, "o": {"x": [1, 2]}, "e": ""}"#;
    let selected = |key: &str| select(text, key).map(|text| text.to_string());
    assert_eq!(selected("a.b").unwrap(), "exact");
    assert_eq!(selected("a.c.d").unwrap(), "5");
    assert_eq!(selected("o").unwrap(), r#"{"x": [1, 2]}"#);
    assert_eq!(selected("o.x").unwrap(), "[1, 2]");
    assert_eq!(selected("e").unwrap(), "");
    for missing in ["n", "z", "a.z", "o.x.y", "e.f", "A"] {
        assert_eq!(selected(missing), Err(KeyError::Missing), "{missing}");
    }
    assert!(matches!(
        select("hunter2", "a"),
        Err(KeyError::NotAnObject(_))
    ));
    assert!(matches!(select("[1]", "a"), Err(KeyError::NotAnObject(_))));
}

/// `decode_object` reads bytes and a StringList as JSON, even if the type would read them in
/// another way.
#[test]
fn an_object_is_read_the_same_way_from_every_form() {
    #[derive(serde::Deserialize, PartialEq, Debug)]
    #[serde(untagged)]
    enum Any {
        Object { id: u8 },
        Text(String),
        Items(Vec<String>),
    }
    let shape = crate::schema::Shape {
        kind: Kind::Object,
        optional: false,
    };
    let text = r#"{"id": 1}"#;
    for stored in [
        StoredValue::from_text(text),
        StoredValue::from_bytes(text.as_bytes()),
        StoredValue::from_list(text),
    ] {
        assert_eq!(
            decode_object(stored, shape, |stored| stored.decode()),
            Ok(Any::Object { id: 1 })
        );
    }
}
