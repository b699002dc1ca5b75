//! Fields of many types, which get texts that contain a secret. The errors of these fields must not
//! contain the secret.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU8;
use std::path::PathBuf;
use std::time::Duration;

use serde::de::{Error as _, Visitor};
use serde::{Deserialize, Deserializer};
use stage_config::{SecretBox, SecretSlice, SecretString, StageConfig};

use crate::support::planted::{DIGITS, SECRET, assert_error_clean};

/// Returns texts that contain a secret in different places: for example as the whole text, as an
/// item of a JSON list, or as a key of a JSON object.
fn create_texts() -> Vec<String> {
    let quoted = format!("\"{SECRET}\"");
    // A JSON parser reads the secret from this text, but a search for the secret does not find it
    // in the text.
    let escaped: String = SECRET
        .bytes()
        .map(|byte| format!("\\u00{byte:02x}"))
        .collect();
    vec![
        SECRET.to_owned(),
        DIGITS.to_owned(),
        format!("-{DIGITS}{DIGITS}{DIGITS}{DIGITS}{DIGITS}{DIGITS}"),
        format!("{DIGITS}.5"),
        format!(" {SECRET}\n"),
        quoted.clone(),
        format!("1,{SECRET}"),
        format!("[{quoted}]"),
        format!("[1,{DIGITS},{quoted}]"),
        format!("[1,{quoted}"),
        format!("{{{quoted}:{quoted}}}"),
        format!("{{{quoted}:{DIGITS}}}"),
        format!("{{\"a\":{quoted}}}"),
        format!("{{\"a\":{DIGITS}}}"),
        format!("{{\"a\":1,{quoted}:1}}"),
        format!("{{\"a\":1,\"a\":{quoted}}}"),
        format!("{{\"a\":{quoted}"),
        format!("{{\"a\":{SECRET}}}"),
        format!("{{\"a\":[[[{quoted}]]]}}"),
        format!("{{\"Pair\":{quoted}}}"),
        format!("{{\"Pair\":[{DIGITS},{quoted}]}}"),
        format!("\"\\u00{SECRET}\""),
        format!("[\"{escaped}\"]"),
        format!("{{\"a\":\"{escaped}\"}}"),
        format!("{{\"a\":1,\"{escaped}\":1}}"),
        format!("{{\"{escaped}\":\"{escaped}\"}}"),
    ]
}

/// Defines one test for each type. The test decodes every text of [`create_texts`] into a field of
/// the type, and asserts that no error contains the secret. Each type must reject some of the
/// texts, because the test checks only errors.
macro_rules! every_text {
    ($($test:ident: $type:ty $(, $option:meta)?;)+) => {$(
        #[test]
        fn $test() {
            #[derive(StageConfig)]
            #[stage(dev = "/types/{field}")]
            #[allow(dead_code)]
            struct Plain {
                $(#[$option])?
                field: $type,
            }
            #[derive(StageConfig)]
            #[stage(dev = "/types/{field}")]
            #[allow(dead_code)]
            struct Secret {
                #[config(secret)]
                $(#[$option])?
                field: $type,
            }
            let mut failures = 0;
            for text in create_texts() {
                let plain = Plain::for_tests().set("field", text.as_str()).build().err();
                let secret = Secret::for_tests().set("field", text.as_str()).build().err();
                for error in plain.iter().chain(&secret) {
                    assert_error_clean(stringify!($type), error);
                    failures += 1;
                }
            }
            assert!(failures > 1, "{} accepts every text", stringify!($type));
        }
    )+};
}

every_text! {
    small_integers: u8;
    integers: i64;
    large_integers: u128;
    nonzero_integers: NonZeroU8;
    optional_integers: Option<u16>;
    floats: f64;
    booleans: bool;
    characters: char;
    durations: Duration;
    bytes: Vec<u8>;
    arrays_of_bytes: [u8; 4];
    addresses: IpAddr;
    socket_addresses: SocketAddr;
    lists: Vec<u16>;
    lists_of_durations: Vec<Duration>;
    sets: BTreeSet<bool>;
    tuples: (u8, u8);
    units: ();
    maps: BTreeMap<String, u8>;
    hash_maps: HashMap<u8, String>;
    deep_maps: HashMap<String, Vec<BTreeMap<String, u8>>>;
    structs: Strict;
    optional_structs: Option<Strict>;
    lists_of_structs: Vec<Strict>;
    unit_variants: Level;
    lists_of_unit_variants: Vec<Level>;
    enums_with_data: Shape;
    untagged_enums: Untagged;
    tagged_enums: Tagged;
    types_that_quote_the_value: QuotesInError;
    types_that_quote_the_value_inside_json: BTreeMap<String, QuotesInError>;
    types_that_quote_the_value_as_expected: QuotesAsExpected;
    types_that_quote_the_value_as_expected_inside_json: BTreeMap<String, QuotesAsExpected>;
    lists_of_types_that_quote_the_value_as_expected: Vec<QuotesAsExpected>;
    types_from_strings: FromText;
    values_decoded_by_a_module: u8, config(with = "quoting_module");
    validated_numbers: u32, config(validate = reject);
    validated_texts: String, config(validate = reject);
    validated_paths: PathBuf, config(validate = reject);
    secret_numbers: SecretBox<u16>;
    secret_lists: SecretBox<Vec<u16>>;
    secret_tuples: SecretBox<(u8, bool)>;
    secret_bytes: SecretSlice<u8>;
    validated_secrets: SecretString, config(validate = reject);
    optional_secret_bytes: Option<SecretSlice<u8>>;
}

fn reject<T>(_: &T) -> Result<(), &'static str> {
    Err("the check refuses it")
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code)]
struct Strict {
    a: u8,
    b: Option<Level>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    Debug,
    Info,
}

#[derive(Deserialize)]
#[allow(dead_code)]
enum Shape {
    Unit,
    Pair(u8, u8),
    Named { a: u8 },
}

#[derive(Deserialize)]
#[serde(untagged)]
#[allow(dead_code)]
enum Untagged {
    Number(u8),
    Named { a: u8 },
}

#[derive(Deserialize)]
#[serde(tag = "a")]
enum Tagged {
    One,
    Two,
}

/// Quotes the value in its error, as many types do.
struct QuotesInError;

impl<'de> Deserialize<'de> for QuotesInError {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Err(D::Error::custom(format!("cannot decode {text:?}")))
    }
}

/// Quotes the value in the part of its error that says what was expected.
struct QuotesAsExpected;

impl<'de> Deserialize<'de> for QuotesAsExpected {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Expects(String);
        impl Visitor<'_> for Expects {
            type Value = QuotesAsExpected;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "something other than {}", self.0)
            }
        }
        let text = String::deserialize(deserializer)?;
        Err(D::Error::invalid_value(
            serde::de::Unexpected::Str(&text),
            &Expects(text.clone()),
        ))
    }
}

/// Rejects every text, and quotes the text in its error.
#[derive(Deserialize)]
#[serde(try_from = "String")]
struct FromText;

impl TryFrom<String> for FromText {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Err(format!("{text} is not valid"))
    }
}

mod quoting_module {
    use super::*;

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse()
            .map_err(|error| D::Error::custom(format!("{text}: {error}")))
    }
}
