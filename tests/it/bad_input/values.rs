//! Parameters that are missing, denied, in another account, or invalid for the field's type or its
//! `validate`; the longest values; and unknown fields in `for_tests`.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use stage_config::{ErrorKind, Failure, FailureKind, SecretString, StageConfig};

use crate::support::load::{
    assert_error, assert_failure, expect_error, expect_failure, loader, resolve,
};
use crate::support::scripted::{Endpoint, Parameter, Parameters};

macro_rules! one_field_loader {
    ($type:ty) => {
        one_field_loader!($type, "/bad/a")
    };
    ($type:ty, $source:literal) => {{
        #[derive(StageConfig)]
        #[allow(dead_code)]
        struct One {
            #[stage(dev = $source)]
            a: $type,
        }
        One::loader()
    }};
}

/// Returns the failure of a field of this type whose parameter has this text.
macro_rules! failure_of_stored {
    ($type:ty, $text:expr) => {{
        let endpoint = Endpoint::with_parameters(Parameters::texts([("/bad/a", $text)]));
        let settings = crate::support::aws::settings(endpoint.url());
        expect_failure(
            one_field_loader!($type)
                .stage("dev")
                .aws(&settings)
                .resolve()
                .await,
        )
    }};
}

fn assert_undecodable(failure: &Failure, words: &[&str]) {
    assert_failure(failure, "a", FailureKind::Undecodable, words);
    assert_failure(failure, "a", FailureKind::Undecodable, &["/bad/a"]);
}

#[tokio::test]
async fn a_text_of_the_wrong_type_is_undecodable() {
    assert_undecodable(
        &failure_of_stored!(u16, "65536"),
        &["a whole number from 0 to 65535"],
    );
    assert_undecodable(
        &failure_of_stored!(u16, "-1"),
        &["a whole number from 0 to 65535"],
    );
    assert_undecodable(
        &failure_of_stored!(i8, "1.5"),
        &["a whole number from -128 to 127"],
    );
    assert_undecodable(&failure_of_stored!(f64, "1,5"), &["a number"]);
    assert_undecodable(&failure_of_stored!(bool, "yes"), &["`true` or `false`"]);
    assert_undecodable(&failure_of_stored!(char, "ab"), &["one character"]);
    assert_undecodable(
        &failure_of_stored!(Duration, "30"),
        &["a duration with its unit, as in `30s`"],
    );
    assert_undecodable(&failure_of_stored!(Vec<u8>, "***"), &["base64"]);
    assert_undecodable(&failure_of_stored!([u8; 4], "AQID"), &["4 bytes"]);
    assert_undecodable(
        &failure_of_stored!(IpAddr, "1.2.3"),
        &["expected an IP address"],
    );
    assert_undecodable(
        &failure_of_stored!(Vec<u16>, "1,x"),
        &["a whole number from 0 to 65535"],
    );
    assert_undecodable(&failure_of_stored!((u8, u8), "1,2,3"), &["2 items"]);
}

#[tokio::test]
async fn an_empty_text_is_undecodable_for_most_types() {
    for empty in ["", " ", "\n"] {
        assert_undecodable(
            &failure_of_stored!(u64, empty),
            &[
                "the text is empty",
                "a whole number from 0 to 18446744073709551615",
            ],
        );
        assert_undecodable(
            &failure_of_stored!(f32, empty),
            &["the text is empty", "a number"],
        );
        assert_undecodable(
            &failure_of_stored!(bool, empty),
            &["the text is empty", "`true` or `false`"],
        );
        assert_undecodable(
            &failure_of_stored!(SecretString, empty),
            &["the text is empty"],
        );
        assert_undecodable(
            &failure_of_stored!(Option<SecretString>, empty),
            &["the text is empty"],
        );
        assert_undecodable(
            &failure_of_stored!(Option<u64>, empty),
            &["the text is empty"],
        );
        assert_undecodable(&failure_of_stored!(Duration, empty), &["the text is empty"]);
        assert_undecodable(
            &failure_of_stored!(BTreeMap<String, u8>, empty),
            &["the text is empty"],
        );
    }
}

#[tokio::test]
async fn invalid_json_is_undecodable() {
    assert_undecodable(&failure_of_stored!(BTreeMap<String, u8>, "a=1"), &["JSON"]);
    assert_undecodable(
        &failure_of_stored!(BTreeMap<String, u8>, r#"{"a":1"#),
        &["JSON", "line 1"],
    );
    assert_undecodable(
        &failure_of_stored!(BTreeMap<String, u8>, r#"{"a":300}"#),
        &["a whole number from 0 to 255", "line 1, column"],
    );
    assert_undecodable(
        &failure_of_stored!(BTreeMap<String, u8>, "[1]"),
        &["object"],
    );
    assert_undecodable(&failure_of_stored!(Vec<u8>, "[1, 2"), &["base64"]);
    assert_undecodable(&failure_of_stored!(Vec<u16>, "[1, 2"), &["JSON"]);
}

async fn assert_key_failure(text: &str, kind: FailureKind, words: &[&str]) {
    #[derive(StageConfig)]
    #[allow(dead_code)]
    struct Keyed {
        #[stage(dev = "/bad/json#db.password")]
        a: SecretString,
    }

    let endpoint =
        Endpoint::with_parameters(Parameters::default().with("/bad/json", Parameter::secure(text)));
    let failure = expect_failure(resolve::<Keyed>(endpoint.url()).await);
    assert_failure(&failure, "a", kind, words);
    assert_failure(&failure, "a", kind, &["/bad/json#db.password"]);
}

#[tokio::test]
async fn a_field_without_its_json_key_is_missing() {
    for text in [
        "{}",
        r#"{"db":{}}"#,
        r#"{"db":{"password":null}}"#,
        r#"{"db":null}"#,
        r#"{"db":"text"}"#,
    ] {
        assert_key_failure(
            text,
            FailureKind::Missing,
            &[
                "its JSON has no key `db.password`",
                "add the key `db.password` to the JSON in /bad/json",
            ],
        )
        .await;
    }
}

#[tokio::test]
async fn a_json_key_of_a_text_that_is_not_json_is_undecodable() {
    for text in ["plain", "{", r#"{"db":{"password":"x"}"#, ""] {
        assert_key_failure(
            text,
            FailureKind::Undecodable,
            &["`#db.password` needs a JSON object: "],
        )
        .await;
    }
}

/// Reads `25%` as 0.25.
mod percent {
    use serde::{Deserialize as _, Deserializer, de::Error as _};

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        let text = String::deserialize(deserializer)?;
        let number = text.strip_suffix('%').and_then(|text| text.parse().ok());
        let percent: f64 = number.ok_or_else(|| D::Error::custom("a percentage"))?;
        Ok(percent / 100.0)
    }
}

#[tokio::test]
async fn the_help_for_a_field_with_its_own_decoder_names_no_format() {
    #[derive(StageConfig)]
    #[stage(dev = "/bad/{field}")]
    #[allow(dead_code)]
    struct Share {
        #[config(with = "percent")]
        share: f64,
    }

    let endpoint = Endpoint::with_parameters(Parameters::texts([("/bad/share", "0.25")]));
    let failure = expect_failure(resolve::<Share>(endpoint.url()).await);
    let help = "store a text that the field's `with` accepts in /bad/share";
    assert_failure(&failure, "share", FailureKind::Undecodable, &[help]);
}

#[tokio::test]
async fn values_of_8_kb_are_loaded() {
    #[derive(StageConfig)]
    #[stage(dev = "/bad/{field}")]
    struct Long {
        text: String,
        secret: SecretString,
        list: Vec<String>,
    }

    let long = "x".repeat(8192);
    let list = "item,".repeat(8192 / 5);
    let endpoint = Endpoint::with_parameters(Parameters::texts([
        ("/bad/text", long.as_str()),
        ("/bad/secret", &long),
        ("/bad/list", list.trim_end_matches(',')),
    ]));
    let config = resolve::<Long>(endpoint.url())
        .await
        .expect("AWS allows 8 KB")
        .config;
    assert_eq!((config.text.len(), config.list.len()), (8192, 8192 / 5));
    assert_eq!(
        stage_config::ExposeSecret::expose_secret(&config.secret).len(),
        8192
    );
}

#[tokio::test]
async fn one_error_lists_all_failures() {
    #[derive(StageConfig)]
    #[stage(dev = "/bad/{field}")]
    #[config(account(dev = "123456789012"))]
    #[allow(dead_code)]
    struct Many {
        right: String,
        missing: String,
        denied: SecretString,
        number: u16,
        elsewhere: String,
        #[config(validate = check_even)]
        odd: u8,
        #[config(nested)]
        inner: Inner,
    }
    #[derive(StageConfig)]
    #[config(inherit)]
    #[allow(dead_code)]
    struct Inner {
        missing: String,
        flag: bool,
    }
    fn check_even(number: &u8) -> Result<(), &'static str> {
        if number.is_multiple_of(2) {
            Ok(())
        } else {
            Err("the number must be even")
        }
    }

    let texts = [
        ("/bad/right", "x"),
        ("/bad/number", "x"),
        ("/bad/odd", "3"),
        ("/bad/inner/flag", "maybe"),
    ];
    let elsewhere = Parameter::text("x").in_account("999999999999");
    let parameters = Parameters::texts(texts).with("/bad/elsewhere", elsewhere);
    let endpoint =
        Endpoint::start(move |request| parameters.answer_denying(&["/bad/denied"], request));
    let error = expect_error(loader::<Many>(endpoint.url()).load().await);
    let mut failed: Vec<_> = error
        .failures()
        .iter()
        .map(|failure| (failure.field(), failure.kind()))
        .collect();
    failed.sort();
    let expected = [
        ("denied", FailureKind::Denied),
        ("elsewhere", FailureKind::WrongAccount),
        ("inner.flag", FailureKind::Undecodable),
        ("inner.missing", FailureKind::Missing),
        ("missing", FailureKind::Missing),
        ("number", FailureKind::Undecodable),
        ("odd", FailureKind::Invalid),
    ];
    assert_eq!(failed, expected, "{error}");

    let text = error.to_string();
    assert!(
        text.contains("stage `dev`")
            && text.contains("7 fields")
            && text.contains("the number must be even"),
        "{text}"
    );
    assert!(
        error
            .failures()
            .iter()
            .all(|failure| !failure.help().is_empty()),
        "{text}"
    );
    assert!(Many::try_get().is_none());
}

#[test]
fn one_error_of_for_tests_lists_all_unknown_fields() {
    #[derive(StageConfig)]
    #[stage(dev = "/bad/{field}")]
    #[allow(dead_code)]
    struct Config {
        table: String,
        port: u16,
    }

    let values = || Config::for_tests().set("table", "t").set("prot", "1");
    let one = "there is no field `prot`: expected one of `table`, `port`; did you mean `port`?";
    let error = expect_error(values().build());
    assert_eq!(error.to_string(), format!("configuration `Config`: {one}"));

    let error = expect_error(values().set("queue", "q").build());
    let other = "there is no field `queue`: expected one of `table`, `port`";
    assert_error(
        &error,
        ErrorKind::Options,
        &["2 fields do not exist", one, other],
    );
}
