//! Errors say what was expected and where, and contain no part of a value. Decoding never panics.

use super::*;
use crate::schema::Secrecy;
use proptest::prelude::*;

#[test]
fn errors_say_what_was_expected_and_where() {
    for (error, expected) in [
        (
            decode!(u16, text "80a").unwrap_err(),
            "expected a whole number from 0 to 65535",
        ),
        (
            decode!(u8, text "256").unwrap_err(),
            "expected a whole number from 0 to 255",
        ),
        (
            decode!(Vec<IpAddr>, text "10.0.0.1, 10.0.0").unwrap_err(),
            "expected an IP address (item 2)",
        ),
        (
            decode!(std::net::SocketAddrV4, text "10.0.0.1").unwrap_err(),
            "expected an IPv4 address and a port, as in `127.0.0.1:80`",
        ),
        (
            decode!(bool, text "yes").unwrap_err(),
            "expected `true` or `false`",
        ),
        (
            decode!(Level, text "trace").unwrap_err(),
            "expected one of `info`, `debug`",
        ),
        (
            decode!(Login, text "{\"user\": \"u\"}").unwrap_err(),
            "expected the key `port` (line 1, column 1)",
        ),
        (
            decode!(Login, text "{\n  \"user\": \"u\",\n  \"port\": \"hunter2\"\n}").unwrap_err(),
            "expected a whole number from 0 to 65535 (line 3, column 11)",
        ),
        (
            decode!(Login, text "{\"user\": \"u\", \"port\": 1, \"hunter2\": 2}").unwrap_err(),
            "expected only the keys `user`, `port`, `tags` (line 1, column 1)",
        ),
        (
            decode!(Login, text "{\"user\": ").unwrap_err(),
            "expected JSON (line 1, column 9)",
        ),
        (
            decode!(Login, text "hunter2").unwrap_err(),
            "expected JSON (line 1, column 1)",
        ),
        (
            decode!(Login, text "[1]").unwrap_err(),
            "expected a JSON object (line 1, column 1)",
        ),
    ] {
        assert_eq!(error.to_string(), expected);
    }
}

/// A type that tries to leak its value.
#[derive(Debug)]
struct LeakyType;

impl<'de> Deserialize<'de> for LeakyType {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::{Error, Unexpected};
        let text = String::deserialize(deserializer)?;
        match text.len() % 4 {
            0 => Err(D::Error::custom(format!("cannot use {text}"))),
            1 => Err(D::Error::invalid_value(
                Unexpected::Str(&text),
                &"something else",
            )),
            2 => Err(D::Error::invalid_value(
                Unexpected::Str(&text),
                &format!("anything but {text}").as_str(),
            )),
            _ => Err(D::Error::unknown_variant(&text, &["a", "b"])),
        }
    }
}

proptest! {
    // The secret is in capitals, because a message may contain a lower-case secret by chance.
    #[test]
    fn no_error_contains_the_value(secret in "[A-Z][A-Z0-9]{5,11}~[A-Z][A-Z0-9]{5,11}") {
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
            decode!(LeakyType, text &secret).err().map(|error| error.redact_for_field(Secrecy::No, &secret)),
        ];
        for error in errors {
            let error = error.expect("none of these types accepts it");
            let printed = format!("{error} {error:?} {error:#?}");
            for part in secret.split('~').chain([secret.as_str()]) {
                prop_assert!(!printed.contains(part), "{part} is in {printed}");
            }
        }
    }

    #[test]
    fn decoding_a_text_never_panics(text in ".{0,60}|[\\[\\]{}\",:0-9a-z ]{0,60}") {
        let stored = StoredValue::from_text(&text);
        let _ = (decode!(u16, stored), decode!(char, stored), decode!(Shape, stored), decode!(Login, stored));
        let _ = (decode!(Vec<Vec<String>>, stored), decode!(serde_json::Value, stored), decode!(Duration, stored));
        let _ = (decode!([u8; 4], stored), decode!(HashMap<String, Login>, stored), select(&text, "a.b"));
    }
}
