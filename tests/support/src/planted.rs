//! Two planted secrets, and the search for their parts in output. A text is *clean* if it contains
//! no part of a planted secret that [`assert_clean`] looks for.

use std::fmt::{Debug, Display};

use stage_config::{Error, Report};

/// The planted secret. A part of five or more characters does not occur by accident.
pub const SECRET: &str = "Zx9!kQ7~Wv3^Lp5";

/// The planted secret for types that need digits.
pub const DIGITS: &str = "7391826450917364";

/// The length from which a part of each secret does not occur by accident. Digits need a longer
/// part, because they occur in ids and times.
const SHORTEST_PARTS: [(&str, usize); 2] = [(SECRET, 5), (DIGITS, 9)];

/// Asserts that the text contains no part of a secret: neither plain, nor as decimal or hexadecimal
/// bytes, nor in base64. `SHORTEST_PARTS` has the length of the parts.
#[track_caller]
pub fn assert_clean(label: &str, text: &str) {
    for (secret, length) in SHORTEST_PARTS {
        for part in list_parts(secret, length) {
            assert!(
                !text.contains(&part),
                "{label} shows {part:?}, a part of the secret: {text}"
            );
        }
    }
}

fn list_parts(secret: &str, length: usize) -> Vec<String> {
    let bytes = secret.as_bytes();
    let mut parts = Vec::new();
    for part in bytes.windows(length) {
        let plain = String::from_utf8_lossy(part).into_owned();
        let decimal: Vec<_> = part.iter().map(u8::to_string).collect();
        let hexadecimal: Vec<_> = part.iter().map(|byte| format!("{byte:02x}")).collect();
        let upper = hexadecimal.concat().to_uppercase();
        parts.extend([plain, upper]);
        parts.extend([",", ", "].map(|separator| decimal.join(separator)));
        parts.extend(["", ", "].map(|separator| hexadecimal.join(separator)));
    }

    // Before the secret, a larger text may have any number of bytes. So a group of three bytes may
    // begin at each byte of the secret.
    parts.extend(bytes.windows(length.next_multiple_of(3)).map(to_base64));
    parts
}

/// Encodes the complete groups of three bytes in base64.
fn to_base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (triples, _) = bytes.as_chunks::<3>();
    let encoded = triples.iter().flat_map(|&[a, b, c]| {
        let bits = u32::from_be_bytes([0, a, b, c]);
        [18, 12, 6, 0].map(|shift| char::from(ALPHABET[(bits >> shift) as usize & 63]))
    });
    encoded.collect()
}

/// Asserts that the text of the value is clean in `Display` and in `Debug`, each plain and
/// alternate.
#[track_caller]
pub fn assert_prints_clean<T: Display + Debug>(label: &str, value: &T) {
    assert_clean(&format!("{label}, Display"), &format!("{value}"));
    assert_clean(
        &format!("{label}, alternate Display"),
        &format!("{value:#}"),
    );
    assert_clean(&format!("{label}, Debug"), &format!("{value:?}"));
    assert_clean(&format!("{label}, alternate Debug"), &format!("{value:#?}"));
}

/// Asserts that all texts of an error are clean: those of the error itself, of its failures and of
/// the errors that caused it.
#[track_caller]
pub fn assert_error_clean(label: &str, error: &Error) {
    assert_prints_clean(label, error);

    for failure in error.failures() {
        assert_prints_clean(label, failure);
        assert_clean(
            label,
            &serde_json::to_string(failure).expect("a failure serializes"),
        );
    }
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        assert_clean(
            &format!("{label}, source"),
            &format!("{error} {error:?} {error:#?}"),
        );
        source = error.source();
    }
}

/// Asserts that a report is clean, as text and as JSON.
#[track_caller]
pub fn assert_report_clean(label: &str, report: &Report) {
    assert_prints_clean(label, report);
    assert_clean(
        label,
        &serde_json::to_string(report).expect("a report serializes"),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_decimal_hexadecimal_and_base64_parts_are_found() {
        let bytes = SECRET.as_bytes();
        for text in [
            SECRET,
            &SECRET[4..9],
            &format!("{bytes:?}"),
            &format!("{bytes:02x?}"),
            "5a7839216b51377e577633",
            "5A7839216B51377E577633",
            // The base64 of `SECRET`, and of `x` and `xy` before it.
            "Wng5IWtRN35XdjNeTHA1",
            "eFp4OSFrUTd+V3YzXkxwNQ==",
            "eHlaeDkha1E3fld2M15McDU=",
            &format!("x{DIGITS}"),
        ] {
            let result = std::panic::catch_unwind(|| assert_clean("a text", text));
            assert!(result.is_err(), "{text}");
        }
        assert_clean("a text", "Zx9! kQ7~ Wv3^ Lp5");
    }
}
