//! A planted secret, and the search for any part of it in output.

use std::fmt::{Debug, Display, Write as _};

use stage_config::{Error, Report};

/// The planted secret. No part of it occurs anywhere by accident.
pub const SECRET: &str = "Zx9!kQ7~Wv3^Lp5";

/// The planted secret for types that need digits.
pub const DIGITS: &str = "7391826450917364";

/// This many characters in a row are not an accident. Digits need more, since they occur in ids and
/// times.
const TELLING_LENGTHS: [(&str, usize); 2] = [(SECRET, 5), (DIGITS, 9)];

/// Asserts that the text contains no part of a secret, neither plain nor in a form that Rust or a
/// protocol might produce.
#[track_caller]
pub fn assert_clean(what: &str, text: &str) {
    for (secret, length) in TELLING_LENGTHS {
        for part in list_parts(secret, length) {
            assert!(!text.contains(&part), "{what} shows {part:?}, a part of the secret: {text}");
        }
    }
}

fn list_parts(secret: &str, length: usize) -> Vec<String> {
    let bytes = secret.as_bytes();
    let mut parts = vec![to_base64(bytes)];
    for part in bytes.windows(length) {
        let decimal: Vec<_> = part.iter().map(u8::to_string).collect();
        let plain = String::from_utf8_lossy(part).into_owned();
        parts.extend([plain, decimal.join(", "), decimal.join(","), to_hex(part)]);
    }
    parts
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a String takes everything");
        text
    })
}

/// Encodes the bytes in base64, without the last characters, which depend on the bytes that follow.
fn to_base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (triples, _) = bytes.as_chunks::<3>();
    let encoded = triples.iter().flat_map(|&[a, b, c]| {
        let bits = u32::from_be_bytes([0, a, b, c]);
        [18, 12, 6, 0].map(|shift| char::from(ALPHABET[(bits >> shift) as usize & 63]))
    });
    encoded.collect()
}

/// Asserts that every way to print the value is clean.
#[track_caller]
pub fn assert_prints_clean<T: Display + Debug>(what: &str, value: &T) {
    assert_clean(&format!("{what}, Display"), &format!("{value}"));
    assert_clean(&format!("{what}, alternate Display"), &format!("{value:#}"));
    assert_clean(&format!("{what}, Debug"), &format!("{value:?}"));
    assert_clean(&format!("{what}, alternate Debug"), &format!("{value:#?}"));
}

/// Asserts that every part of an error is clean.
#[track_caller]
pub fn assert_error_clean(what: &str, error: &Error) {
    assert_prints_clean(what, error);
    for failure in error.failures() {
        assert_prints_clean(what, failure);
        assert_clean(what, &serde_json::to_string(failure).expect("a failure serializes"));
    }
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        assert_clean(&format!("{what}, source"), &format!("{error} {error:?} {error:#?}"));
        source = error.source();
    }
}

/// Asserts that every part of a report is clean.
#[track_caller]
pub fn assert_report_clean(what: &str, report: &Report) {
    assert_prints_clean(what, report);
    assert_clean(what, &serde_json::to_string(report).expect("a report serializes"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_found() {
        let bytes = SECRET.as_bytes();
        let hexadecimal = to_hex(bytes);
        for text in
            [SECRET, &SECRET[4..9], &format!("{bytes:?}"), &hexadecimal, "Wng5IWtRN35XdjNeTHA1", &format!("x{DIGITS}")]
        {
            let found = std::panic::catch_unwind(|| assert_clean("a text", text));
            assert!(found.is_err(), "{text}");
        }
        assert_clean("a text", "Zx9! kQ7~ Wv3^ Lp5");
    }
}
