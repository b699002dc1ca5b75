//! Rules of the table of value types in `src/derive.md`, tested with a derived struct.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::time::Duration;

use serde::Deserialize;
use stage_config::figment::Figment;
use stage_config::schema::Kind;
use stage_config::{ExposeSecret, FailureKind, SecretBox, SecretSlice, SecretString, StageConfig};

/// The JSON of a secret, in the format of an RDS rotation.
#[derive(Debug, Deserialize, PartialEq)]
struct Login {
    username: String,
    password: Option<String>,
    port: u16,
}

/// A secret type of the program that is not `Clone`.
#[derive(Deserialize)]
struct Key {
    id: String,
}

impl zeroize::Zeroize for Key {
    fn zeroize(&mut self) {
        self.id.clear();
    }
}

/// A type that accepts text too, although its field accepts only an object.
#[derive(Debug, Deserialize, PartialEq)]
#[serde(untagged)]
enum TextOrObject {
    Text(String),
    Object { id: u8 },
}

#[derive(StageConfig)]
#[stage(dev = "/types/{field}")]
#[allow(dead_code, reason = "decoded, not read")]
struct Config {
    signing_key: Option<SecretBox<[u8; 3]>>,
    long_key: Option<SecretBox<[u8; 64]>>,
    keys: Option<Vec<Vec<u8>>>,
    secret_keys: Option<Vec<SecretSlice<u8>>>,
    named_keys: Option<HashMap<String, [u8; 3]>>,
    own: Option<SecretBox<Key>>,
    #[config(plain)]
    login: Option<Login>,
    #[config(object)]
    object: Option<TextOrObject>,
    #[config(object)]
    objects: Option<Vec<Login>>,
    labels: Option<BTreeMap<String, String>>,
    tokens: Option<Vec<SecretString>>,
    pair: Option<(String, u16)>,
    any: Option<BTreeMap<String, Option<f64>>>,
    rate: Option<f64>,
    timeouts: Option<BTreeMap<String, Duration>>,
    allowed: Option<Vec<IpAddr>>,
}

/// Returns the configuration with this field set, or the kind of the only failure.
fn build_config_with(field: &str, text: &str) -> Result<Config, FailureKind> {
    Config::for_tests()
        .set(field, text)
        .build()
        .map_err(|error| {
            let [failure] = error.failures() else {
                panic!("one failure is expected: {error}")
            };
            assert_eq!(failure.field(), field);
            failure.kind()
        })
}

fn assert_refused(field: &str, texts: &[&str]) {
    for text in texts {
        assert_eq!(
            build_config_with(field, text).err(),
            Some(FailureKind::Undecodable),
            "{field}: {text}"
        );
    }
}

#[test]
fn bytes_are_base64_at_every_level() {
    let key = |text| {
        build_config_with("signing_key", text)
            .ok()?
            .signing_key
            .map(|key| *key.expose_secret())
    };
    assert_eq!(key("AQID\n"), Some([1, 2, 3]));
    assert_refused("signing_key", &["1,2,3", "[1,2,3]", "AQI=", "AQIDBA=="]);

    let long = build_config_with("long_key", &"AAAA".repeat(22)[..86])
        .expect("valid base64")
        .long_key
        .expect("the field is set");
    assert_eq!(long.expose_secret(), &[0; 64]);
    assert_eq!(
        build_config_with("keys", "AQID, BA").expect("a list").keys,
        Some(vec![vec![1, 2, 3], vec![4]])
    );
    assert_refused("keys", &["1,2,3", "[[1, 2]]", "[null]"]);

    let secret = build_config_with("secret_keys", r#"["AQID"]"#)
        .expect("a list")
        .secret_keys
        .expect("the field is set");
    assert_eq!(secret[0].expose_secret(), [1, 2, 3]);

    let named = build_config_with("named_keys", r#"{"a": "AQID"}"#)
        .expect("an object")
        .named_keys
        .expect("the field is set");
    assert_eq!(named["a"], [1, 2, 3]);
    assert_refused(
        "named_keys",
        &[r#"{"a": "AQ"}"#, r#"{"a": [1, 2, 3]}"#, r#"{"a": null}"#],
    );
}

#[test]
fn a_secret_of_a_type_of_the_program_needs_no_clone() {
    let own = build_config_with("own", r#"{"id": "a"}"#)
        .expect("an object")
        .own
        .expect("the field is set");
    assert_eq!(own.expose_secret().id, "a");
    assert_refused("own", &[r#"{"id": null}"#, "a"]);
}

#[test]
fn null_in_json_is_not_a_text() {
    assert_refused(
        "login",
        &[
            r#"{"username": null, "port": 1}"#,
            r#"{"username": "u", "port": null}"#,
        ],
    );
    assert_refused("labels", &[r#"{"a": null}"#]);
    assert_refused("tokens", &["[null]", r#"["a", null]"#]);
    assert_refused("pair", &[r#"[null, 1]"#]);
    let login = Login {
        username: "null".to_owned(),
        password: None,
        port: 1,
    };
    let text = r#"{"username": "null", "password": null, "port": 1}"#;
    assert_eq!(
        build_config_with("login", text).expect("an object").login,
        Some(login)
    );
}

#[test]
fn a_field_marked_object_takes_only_objects() {
    let object = build_config_with("object", r#"{"id": 1}"#)
        .expect("an object")
        .object;
    assert_eq!(object, Some(TextOrObject::Object { id: 1 }));
    assert_refused("object", &["text", r#""text""#, "[]", "", r#"{"id": "#]);
    assert!(
        Config::for_tests()
            .build()
            .is_ok_and(|config| config.object.is_none())
    );

    let objects = build_config_with("objects", r#"[{"username": "u", "port": 1}]"#)
        .expect("a list")
        .objects
        .expect("the field is set");
    assert_eq!(objects[0].port, 1);
    assert_refused(
        "objects",
        &[
            "a",
            "[1]",
            "[null]",
            r#"[{"username": "u", "port": 1}, []]"#,
        ],
    );

    let [object, objects] = ["object", "objects"].map(|name| {
        let leaf = Config::SCHEMA
            .leaves()
            .into_iter()
            .find(|leaf| leaf.path == name)
            .expect("a field");
        leaf.spec.shape.kind
    });
    assert_eq!(
        (object, objects),
        (Kind::Object, Kind::ListOf(&Kind::Object))
    );
}

#[test]
fn a_number_is_finite() {
    assert_refused("rate", &["nan", "inf", "-Infinity", "1e400"]);
    assert_refused("any", &[r#"{"a": 1e400}"#, r#"{"a": "nan"}"#]);
    let any = build_config_with("any", r#"{"a": null, "b": 1.5}"#)
        .expect("an object")
        .any
        .expect("the field is set");
    assert_eq!(
        any,
        BTreeMap::from([("a".to_owned(), None), ("b".to_owned(), Some(1.5))])
    );
}

#[test]
fn items_of_lists_and_maps_follow_the_table() {
    let timeouts = build_config_with("timeouts", r#"{"connect": "250ms"}"#)
        .expect("an object")
        .timeouts
        .expect("the field is set");
    assert_eq!(timeouts["connect"], Duration::from_millis(250));
    let allowed = build_config_with("allowed", "127.0.0.1, ::1")
        .expect("a list")
        .allowed
        .expect("the field is set");
    assert_eq!(allowed.len(), 2);
    assert_refused("allowed", &["127.0.0.1,::x", "[null]"]);
}

/// A Figment that merges the `Loaded` extracts the same values.
#[tokio::test]
async fn a_figment_of_the_program_extracts_the_same_values() {
    #[derive(Debug, Deserialize, PartialEq)]
    struct Extracted {
        keys: Vec<Vec<u8>>,
        any: BTreeMap<String, Option<f64>>,
        pair: (String, u16),
        login: Login,
        labels: BTreeMap<String, String>,
    }

    let values = stage_config::testing::Memory::new()
        .set("keys", r#"["AQID", "BA"]"#)
        .set("any", r#"{"a": null, "b": "1.5"}"#)
        .set("pair", "007,7")
        .set("login", r#"{"username": "u", "port": 1}"#)
        .set("labels", r#"{"1": "007"}"#);
    let loaded = Config::loader()
        .stage("dev")
        .local(values)
        .resolve()
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    let extracted: Extracted = Figment::from(&loaded)
        .select("dev")
        .extract()
        .expect("the types of the extracted values fit");
    assert_eq!(extracted.keys, [vec![1, 2, 3], vec![4]]);
    assert_eq!(
        extracted.any,
        BTreeMap::from([("a".to_owned(), None), ("b".to_owned(), Some(1.5))])
    );
    assert_eq!(extracted.pair, ("007".to_owned(), 7));
    assert_eq!(
        extracted.login,
        Login {
            username: "u".to_owned(),
            password: None,
            port: 1
        }
    );
    assert_eq!(
        extracted.labels,
        BTreeMap::from([("1".to_owned(), "007".to_owned())])
    );
}
