//! Decodes a stored value into fields of many types. The first byte of the input selects the struct
//! and the form of the value. No error contains the word that is planted in the value.

#![no_main]

use libfuzzer_sys::fuzz_target;
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, Visitor},
};
use stage_config::{
    SecretString, StageConfig,
    store::{FetchFuture, Found, Outcome, Request, Store},
};
use std::{
    collections::BTreeMap, fmt, net::IpAddr, num::NonZeroU8, path::PathBuf, sync::LazyLock,
    time::Duration,
};

/// Replaces each `~` in an input. No text of the program contains this word.
const PLANTED: &str = "Kx7planted9Q";

/// Decodes one value into types that take a text.
#[derive(StageConfig)]
#[config(schemes("any"))]
#[allow(dead_code, reason = "decoded, not read")]
struct Plain {
    #[stage(fuzz = "any:value")]
    text: String,
    #[stage(fuzz = "any:value")]
    secret: SecretString,
    #[stage(fuzz = "any:value")]
    letter: char,
    #[stage(fuzz = "any:value")]
    duration: Duration,
    #[stage(fuzz = "any:value")]
    bytes: Vec<u8>,
    #[stage(fuzz = "any:value")]
    four_bytes: [u8; 4],
    #[stage(fuzz = "any:value")]
    address: IpAddr,
    #[stage(fuzz = "any:value")]
    path: PathBuf,
}

/// Decodes one value into numbers and a boolean.
#[derive(StageConfig)]
#[config(schemes("any"))]
#[allow(dead_code, reason = "decoded, not read")]
struct Numbers {
    #[stage(fuzz = "any:value")]
    number: u64,
    #[stage(fuzz = "any:value")]
    small: NonZeroU8,
    #[stage(fuzz = "any:value")]
    signed: i128,
    #[stage(fuzz = "any:value")]
    float: f64,
    #[stage(fuzz = "any:value")]
    truth: bool,
    #[stage(fuzz = "any:value")]
    maybe: Option<u32>,
}

/// Decodes one value into lists, objects and enums.
#[derive(StageConfig)]
#[config(schemes("any"))]
#[allow(dead_code, reason = "decoded, not read")]
struct ListsAndObjects {
    #[stage(fuzz = "any:value")]
    texts: Vec<String>,
    #[stage(fuzz = "any:value")]
    numbers: Vec<u16>,
    #[stage(fuzz = "any:value")]
    pair: (u8, bool),
    #[stage(fuzz = "any:value")]
    map: BTreeMap<String, u8>,
    #[stage(fuzz = "any:value")]
    choice: Choice,
    #[stage(fuzz = "any:value")]
    strict: Strict,
    #[stage(fuzz = "any:value")]
    untagged: Untagged,
}

/// Decodes one value into types that quote the value in their errors, and parts of the value into
/// other types.
#[derive(StageConfig)]
#[config(schemes("any"))]
#[allow(dead_code, reason = "decoded, not read")]
struct Quoting {
    #[stage(fuzz = "any:value")]
    quotes_in_error: QuotesInError,
    #[stage(fuzz = "any:value")]
    quotes_as_expected: QuotesAsExpected,
    #[stage(fuzz = "any:value#a")]
    key: u64,
    #[stage(fuzz = "any:value#a.b")]
    path_of_keys: Vec<u8>,
    #[stage(fuzz = "any:value#a")]
    key_of_object: Strict,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(dead_code, reason = "decoded, not read")]
enum Choice {
    One,
    Two(u8),
    Three { a: bool },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(dead_code, reason = "decoded, not read")]
struct Strict {
    a: u8,
    b: Option<Box<Strict>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
#[allow(dead_code, reason = "decoded, not read")]
enum Untagged {
    Number(u8),
    List(Vec<Untagged>),
    Object(BTreeMap<String, Untagged>),
}

/// A type that rejects every text, with an error that quotes the text.
struct QuotesInError;

impl<'de> Deserialize<'de> for QuotesInError {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Err(D::Error::custom(format!(
            "{} is not good enough",
            String::deserialize(deserializer)?
        )))
    }
}

/// A type that rejects every text, with an error that names the text as the expected value.
struct QuotesAsExpected;

impl<'de> Deserialize<'de> for QuotesAsExpected {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Expects(String);
        impl Visitor<'_> for Expects {
            type Value = QuotesAsExpected;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "anything but {}", self.0)
            }
        }
        let text = String::deserialize(deserializer)?;
        Err(D::Error::invalid_type(
            serde::de::Unexpected::Unit,
            &Expects(text),
        ))
    }
}

/// A store that answers every request with one value.
struct One(Found);

impl Store for One {
    fn fetch<'a>(&'a self, requests: &'a [Request]) -> FetchFuture<'a> {
        Box::pin(async { vec![Outcome::Found(self.0.clone()); requests.len()] })
    }

    fn operation(&self, _: &[Request]) -> &str {
        "Fuzz"
    }
}

static RUNTIME: LazyLock<tokio::runtime::Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime without sockets")
});

fuzz_target!(|input: &[u8]| {
    let Some((head, input)) = input.split_first() else {
        return;
    };
    let text = std::str::from_utf8(input).map(|text| text.replace('~', PLANTED));
    let (form, types) = (head % 3, head / 3 % 4);
    let found = match (form, &text) {
        (0, Ok(text)) => Found::from_text(text),
        (1, Ok(text)) => Found::from_string_list(text),
        (_, Ok(text)) => Found::from_bytes(text.as_bytes()),
        (_, Err(_)) => Found::from_bytes(input),
    };
    let failed_fields = match types {
        0 => load_failing_fields::<Plain>(found),
        1 => load_failing_fields::<Numbers>(found),
        2 => load_failing_fields::<ListsAndObjects>(found),
        _ => load_failing_fields::<Quoting>(found),
    };
    if let (0, Ok(text)) = (form, &text) {
        assert_decoded_by_rule(types, text, |field| {
            !failed_fields.iter().any(|failed| failed == field)
        });
    }
});

/// Loads the struct, and returns the fields that do not decode. Asserts that the error does not
/// contain the word that is planted in the value.
fn load_failing_fields<C: StageConfig>(found: Found) -> Vec<String> {
    let load = C::loader().stage("fuzz").store("any", One(found)).resolve();
    let Err(error) = RUNTIME.block_on(load) else {
        return Vec::new();
    };
    let text = error.to_string();
    assert!(!text.contains("planted"), "{text}");
    assert_eq!(
        format!("{error:?}"),
        text,
        "`Debug` and `Display` print the same text"
    );
    error
        .failures()
        .iter()
        .map(|failure| failure.field().to_owned())
        .collect()
}

/// Asserts that a field decodes exactly if the rule of its type accepts the text. Only types with a
/// short rule are checked.
fn assert_decoded_by_rule(types: u8, text: &str, decoded: impl Fn(&str) -> bool) {
    match types {
        0 => {
            assert!(decoded("text"), "a field of text takes every text");
            assert_eq!(
                decoded("secret"),
                !text.trim().is_empty(),
                "an empty secret is refused"
            );
            assert_eq!(decoded("address"), text.trim().parse::<IpAddr>().is_ok());
        }
        1 => {
            assert_eq!(decoded("number"), text.trim().parse::<u64>().is_ok());
            assert_eq!(decoded("small"), text.trim().parse::<NonZeroU8>().is_ok());
            assert_eq!(decoded("signed"), text.trim().parse::<i128>().is_ok());
            assert_eq!(decoded("truth"), matches!(text.trim(), "true" | "false"));
        }
        2 => {}
        _ => assert!(
            !decoded("quotes_in_error") && !decoded("quotes_as_expected"),
            "these types reject every value"
        ),
    }
}
