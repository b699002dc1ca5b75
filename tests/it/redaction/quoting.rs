//! Types whose error messages quote the value or a part of it.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Error as _, Expected, Unexpected};
use serde::{Deserialize, Deserializer};
use stage_config::{Error, StageConfig};

use crate::support::planted::{SECRET, assert_error_clean};

/// Forms in which a type may quote the value. No search for the value finds all of them.
const FORMS: [fn(&str) -> String; 8] = [
    |text| text.to_owned(),
    |text| text.chars().take(3).collect(),
    |text| text.chars().rev().collect(),
    |text| text.to_uppercase(),
    |text| text.chars().map(|c| format!("{c} ")).collect(),
    |text| text.bytes().map(|byte| format!("{byte:x}.")).collect(),
    |text| {
        format!(
            "not {} bytes that begin with {:?}",
            text.len(),
            text.chars().next()
        )
    },
    |text| {
        text.split(|c: char| !c.is_alphanumeric())
            .next_back()
            .unwrap_or_default()
            .to_owned()
    },
];

struct Words(String);

impl Expected for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "something but <<{}>>", self.0)
    }
}

/// Rejects every value. The error quotes the value in the form number `FORM` of [`FORMS`], and
/// `WAY` selects the constructor of serde's errors.
struct Quotes<const FORM: usize, const WAY: usize>;

impl<'de, const FORM: usize, const WAY: usize> Deserialize<'de> for Quotes<FORM, WAY> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        let words = Words(FORMS[FORM](&text));
        Err(match WAY {
            0 => D::Error::invalid_value(Unexpected::Str(&text), &words),
            1 => D::Error::invalid_type(Unexpected::Other(&text), &words),
            2 => D::Error::invalid_length(text.len(), &words),
            3 => D::Error::custom(&words.0),
            4 => D::Error::unknown_variant(&words.0, &["dev", "prod"]),
            _ => D::Error::unknown_field(&words.0, &["dev", "prod"]),
        })
    }
}

fn deserialize_quoting<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Quotes::<1, 0>::deserialize(from).map(|_| String::new())
}

mod quotes {
    pub(super) use super::deserialize_quoting as deserialize;
}

/// Asserts that each detail is a text that does not depend on the value. A position in parentheses
/// may follow the text.
#[track_caller]
fn assert_fixed(error: &Error) {
    assert_error_clean("a type that quotes its value", error);
    for failure in error.failures() {
        let detail = failure.detail().split(" (").next().unwrap_or_default();
        let fixed = [
            "its type rejects the value",
            "expected one of `dev`, `prod`",
            "expected only the keys `dev`, `prod`",
        ];
        assert!(fixed.contains(&detail), "{failure}");
    }
}

macro_rules! every_way {
    ($($form:literal)+) => {$({
        #[derive(StageConfig)]
        #[stage(dev = "/quoting/{field}")]
        #[allow(dead_code)]
        struct Config {
            value: Quotes<$form, 0>,
            kind: Option<Quotes<$form, 1>>,
            length: BTreeMap<String, Quotes<$form, 2>>,
            custom: Quotes<$form, 3>,
            variant: Vec<Quotes<$form, 4>>,
            key: Quotes<$form, 5>,
            #[config(secret)]
            secret: Quotes<$form, 0>,
            #[config(secret, with = "quotes")]
            with: String,
            #[stage(dev = "secret:quoting")]
            #[config(plain)]
            by_source: Option<Vec<Quotes<$form, 2>>>,
        }
        let json = format!("{{\"a\": {SECRET:?}}}");
        let values = ["value", "kind", "custom", "key", "secret", "with"].into_iter().map(|field| (field, SECRET));
        let values = values.chain([("length", json.as_str()), ("variant", SECRET), ("by_source", SECRET)]);
        let test_values = values.fold(Config::for_tests(), |config, (field, text)| config.set(field, text));
        let error = test_values.build().err().expect("no type accepts the text");
        assert_eq!(error.failures().len(), 9, "{error}");
        assert_fixed(&error);
    })+};
}

#[test]
fn errors_about_possible_secrets_have_fixed_texts() {
    every_way!(0 1 2 3 4 5 6 7);
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    Fast,
    Slow,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct Login {
    user: String,
    port: u16,
}

/// The error must not show the wrong value, but must still show which values are valid.
#[test]
fn expected_values_of_the_program_are_shown() {
    #[derive(Debug, StageConfig)]
    #[stage(dev = "/quoting/{field}")]
    #[allow(dead_code)]
    struct Config {
        mode: Mode,
        #[config(secret)]
        marked: Mode,
        key: Login,
        port: Login,
        missing: Login,
    }

    let login = |rest: &str| format!(r#"{{"user":"u"{rest}}}"#);
    let error = Config::for_tests()
        .set("mode", SECRET)
        .set("marked", SECRET)
        .set("key", format!(r#"{{"{SECRET}":1}}"#))
        .set("port", login(&format!(r#","port":"{SECRET}""#)))
        .set("missing", login(""))
        .build()
        .expect_err("no type accepts the text");
    assert_error_clean("types of the program", &error);

    let details: Vec<&str> = error
        .failures()
        .iter()
        .map(|failure| failure.detail())
        .collect();
    assert_eq!(details[..2], ["expected one of `fast`, `slow`"; 2]);
    assert!(
        details[2].starts_with("expected only the keys `user`, `port`"),
        "{error}"
    );
    assert!(
        details[3].starts_with("expected a whole number from 0 to 65535"),
        "{error}"
    );
    assert!(details[4].starts_with("expected the key `port`"), "{error}");
}
