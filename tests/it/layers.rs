//! Values from Figment providers and local files, and values that a Figment gets from a `Loaded`. A
//! text field gets exactly the text that was written, or the load fails.

mod own_types;

use std::collections::BTreeMap;

use stage_config::figment::Figment;
use stage_config::figment::providers::Serialized;
use stage_config::figment::value::{Dict, Value};
use stage_config::testing::Memory;
use stage_config::{ExposeSecret as _, FailureKind, SecretSlice, SecretString, StageConfig};

use crate::support::load::{assert_failure, expect_config, expect_failure};

#[derive(StageConfig)]
#[stage(dev = "/layers/dev/{field}")]
struct Config {
    zip: Option<String>,
    key: Option<SecretString>,
    letter: Option<char>,
    bytes: Option<Vec<u8>>,
    hidden: Option<SecretSlice<u8>>,
    tags: Option<Vec<String>>,
    port: Option<u16>,
    ports: Option<Vec<u16>>,
    limits: Option<BTreeMap<String, String>>,
    json: Option<serde_json::Value>,
    #[config(with = "seconds")]
    pause: Option<String>,
}

mod seconds {
    use serde::{Deserialize as _, Deserializer};

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<String>, D::Error> {
        u64::deserialize(deserializer).map(|seconds| Some(format!("{seconds}s")))
    }
}

/// Returns a date, as the TOML parser gives it to Figment.
fn create_date() -> Value {
    create_private_scalar("$__toml_private_datetime", "2024-05-01")
}

/// Returns a number, as `serde_json` with its feature `arbitrary_precision` gives it to Figment.
fn create_precise_number() -> Value {
    create_private_scalar("$serde_json::private::Number", "1.10")
}

fn create_private_scalar(key: &str, text: &str) -> Value {
    Value::from(Dict::from([(key.to_owned(), Value::from(text))]))
}

/// Returns values that are not texts, but contain the text that they were parsed from.
fn create_values_with_their_text() -> [(Value, &'static str); 2] {
    [
        (create_date(), "2024-05-01"),
        (create_precise_number(), "1.10"),
    ]
}

/// Returns values of other types than text, each with the name of its type in an error. Figment's
/// `Env` creates such values from `0123`, `1.10`, `true`, `[x]` and `{a=1}`.
fn create_non_text_values() -> [(Value, &'static str); 5] {
    [
        (Value::from(123), "a number"),
        (Value::from(1.1), "a number"),
        (Value::from(true), "`true` or `false`"),
        (Value::from(vec!["x"]), "a list"),
        (
            Value::from(Dict::from([("a".to_owned(), Value::from(1))])),
            "a table",
        ),
    ]
}

#[tokio::test]
async fn a_text_field_refuses_a_number_a_flag_a_list_and_a_table() {
    let loader = || Config::loader().stage("dev");
    for (value, name) in create_non_text_values() {
        for field in ["zip", "key", "letter", "bytes", "hidden"] {
            let provider = || Serialized::global(field, value.clone());
            for failed in [
                expect_failure(
                    loader()
                        .local(Memory::new())
                        .overrides(provider())
                        .resolve()
                        .await,
                ),
                expect_failure(
                    loader()
                        .local(Memory::new())
                        .defaults(provider())
                        .resolve()
                        .await,
                ),
            ] {
                assert_failure(
                    &failed,
                    field,
                    FailureKind::Undecodable,
                    &[name, "takes text", "quote it"],
                );
            }
        }
        let items = Serialized::global("tags", vec![Value::from("a"), value]);
        let failed = expect_failure(
            loader()
                .local(Memory::new())
                .overrides(items)
                .resolve()
                .await,
        );
        assert_failure(
            &failed,
            "tags",
            FailureKind::Undecodable,
            &[name, "quote it"],
        );
    }
    let failed = expect_failure(
        loader()
            .local(Memory::new())
            .overrides(Serialized::global("tags", 123))
            .resolve()
            .await,
    );
    assert_failure(&failed, "tags", FailureKind::Undecodable, &["a number"]);
}

#[tokio::test]
async fn the_help_for_a_wrong_value_names_its_place() {
    let wrong = || Serialized::global("port", "many");
    let loader = || Config::loader().stage("dev");
    let in_memory = |key: &str| loader().local(Memory::new().set(key, "many"));
    let source = "/layers/dev/port";
    for (loader, place) in [
        (
            loader().local(Memory::new()).overrides(wrong()),
            "`port` of the provider &str, given to `overrides`",
        ),
        (
            loader().local(Memory::new()).defaults(wrong()),
            "`port` of the provider &str, given to `defaults`",
        ),
        (in_memory("port"), "`.set(\"port\", …)` of `Memory`"),
        (
            in_memory(source),
            "`.set(\"/layers/dev/port\", …)` of `Memory`",
        ),
    ] {
        let failed = expect_failure(loader.resolve().await);
        let help = format!("store a whole number from 0 to 65535 in {place}");
        assert_failure(&failed, "port", FailureKind::Undecodable, &[&help]);
    }
}

/// Besides texts, only two kinds of values keep their original text in a provider: a date of TOML,
/// and a number of arbitrary precision.
#[tokio::test]
async fn a_value_that_keeps_its_original_text_is_valid_for_a_text_field() {
    for (value, text) in create_values_with_their_text() {
        let limits = Dict::from([("since".to_owned(), value.clone())]);
        let provider = || {
            Figment::from(Serialized::global("zip", value.clone()))
                .merge(Serialized::global("key", value.clone()))
                .merge(Serialized::global("tags", vec![value.clone()]))
                .merge(Serialized::global("limits", limits.clone()))
        };
        let loader = || Config::loader().stage("dev").local(Memory::new());
        for config in [
            expect_config(loader().overrides(provider()).resolve().await),
            expect_config(loader().defaults(provider()).resolve().await),
        ] {
            assert_eq!(config.zip.as_deref(), Some(text));
            assert_eq!(config.key.unwrap().expose_secret(), text);
            assert_eq!(config.tags, Some(vec![text.to_owned()]));
            let limits = BTreeMap::from([("since".to_owned(), text.to_owned())]);
            assert_eq!(config.limits, Some(limits));
        }
        let failed = expect_failure(
            loader()
                .overrides(Serialized::global("port", value))
                .resolve()
                .await,
        );
        assert_failure(
            &failed,
            "port",
            FailureKind::Undecodable,
            &["a whole number"],
        );
        assert!(!failed.to_string().contains(text), "{failed}");
    }
}

#[tokio::test]
async fn values_are_valid_for_fields_of_their_types() {
    let loader = Config::loader().stage("dev").local(Memory::new());
    let limits = Dict::from([("since".to_owned(), Value::from("2024-05-01"))]);
    let loader = loader
        .overrides(Serialized::global("zip", "0123"))
        .overrides(Serialized::global("letter", 'x'))
        .overrides(Serialized::global("bytes", vec![0_u8, 159, 10]))
        .overrides(Serialized::global("hidden", vec![97_u8, 98]))
        .overrides(Serialized::global("tags", vec!["0123", "true"]))
        .overrides(Serialized::global("port", 8080))
        .overrides(Serialized::global("ports", vec![1, 2]))
        .overrides(Serialized::global("limits", limits))
        .overrides(Serialized::global(
            "json",
            vec![create_date(), Value::from(true)],
        ))
        .overrides(Serialized::global("pause", 30));
    let config = expect_config(loader.resolve().await);
    assert_eq!(
        (config.zip.as_deref(), config.letter, config.port),
        (Some("0123"), Some('x'), Some(8080))
    );
    assert_eq!(config.bytes.as_deref(), Some(&[0, 159, 10][..]));
    assert_eq!(
        config.hidden.as_ref().map(|hidden| hidden.expose_secret()),
        Some(&b"ab"[..])
    );
    assert_eq!(
        config.tags,
        Some(vec!["0123".to_owned(), "true".to_owned()])
    );
    assert_eq!(config.ports, Some(vec![1, 2]));
    assert_eq!(
        config.limits,
        Some(BTreeMap::from([(
            "since".to_owned(),
            "2024-05-01".to_owned()
        )]))
    );
    assert_eq!(config.json, Some(serde_json::json!(["2024-05-01", true])));
    assert_eq!(config.pause.as_deref(), Some("30s"));
    assert!(config.key.is_none());
}

/// A Figment that merges a `Loaded` extracts the values that the fields have.
#[tokio::test]
async fn a_figment_extracts_the_values_of_the_program() {
    #[derive(serde::Deserialize)]
    struct Extracted {
        zip: String,
        bytes: Vec<u8>,
        tags: Vec<String>,
        ports: Vec<u16>,
    }

    for text in [
        "0123",
        "1.10",
        "true",
        "null",
        " x ",
        "[1]",
        "{\"a\":1}",
        "2024-01-01",
        "a,b",
        "\"q\"",
    ] {
        let memory = Memory::new()
            .set("zip", text)
            .set("bytes", "AJ8K")
            .set("ports", "[1, \"2\"]");
        let memory = memory.set("tags", "[1.10, \"0123\", true, [1]]");
        let loader = Config::loader().stage("dev").local(memory);
        let loaded = loader
            .resolve()
            .await
            .unwrap_or_else(|error| panic!("{error}"));
        let (zip, tags) = (loaded.config.zip.clone(), loaded.config.tags.clone());
        let figment = Figment::from(loaded).select("dev");
        let extracted: Extracted = figment
            .extract()
            .unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(zip.as_deref(), Some(text));
        assert_eq!(extracted.zip, text);
        assert_eq!(extracted.bytes, [0, 159, 10]);
        assert_eq!(Some(extracted.tags), tags);
        assert_eq!(extracted.ports, [1, 2]);
    }
}

/// A text field gets a scalar of the local file as it is written there.
#[tokio::test]
async fn a_text_of_a_local_file_keeps_its_spelling() {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    let text = "[dev]\nzip = 1.10\nkey = 2024-05-01 07:32:00Z\ntags = [1_000, true, \"a,b\"]\nport \
                = 8_080\nlimits = { since = 2024-05-01, ratio = 1.10 }\njson = [2024-05-01]\n";
    std::fs::write(file.path(), text).expect("the file can be written");
    let config = expect_config(
        Config::loader()
            .stage("dev")
            .local(file.path())
            .resolve()
            .await,
    );
    assert_eq!(
        (config.zip.as_deref(), config.port),
        (Some("1.10"), Some(8080))
    );
    assert_eq!(
        config.key.as_ref().map(|key| key.expose_secret()),
        Some("2024-05-01 07:32:00Z")
    );
    assert_eq!(
        config.tags,
        Some(["1_000", "true", "a,b"].map(str::to_owned).to_vec())
    );

    let limits = [("since", "2024-05-01"), ("ratio", "1.10")]
        .map(|(key, text)| (key.to_owned(), text.to_owned()));
    assert_eq!(config.limits, Some(BTreeMap::from(limits)));
    assert_eq!(config.json, Some(serde_json::json!(["2024-05-01"])));
}
