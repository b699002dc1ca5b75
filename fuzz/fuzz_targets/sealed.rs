//! Reads sealed files and key pairs. A valid file has the same bytes, apart from CRLF line ends,
//! after it is written again. Only the value `SEALED` opens, and only under its own name.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stage_config_core::fuzzing::new_key_pair;
use stage_config_core::sealed::{SealedError, SealedValue, StageKey, UnlockedKey};
use std::sync::LazyLock;

/// The only value that was sealed for the key pair below. Any other value in an input is forged.
const SEALED: &str = include_str!("../../config-core/src/sealed/tests/version_1");
const NAME: &str = "stripe_key";
const PLAINTEXT: &[u8] = b"sk_test_version_1";

static PAIR: LazyLock<(StageKey, UnlockedKey)> = LazyLock::new(|| {
    new_key_pair([7; 32], "payments", "prod").expect("32 bytes are a private key")
});

/// A length in bytes that no valid file reaches.
const MAX_LENGTH: usize = 1_600_000;

fuzz_target!(|text: &str| {
    if let Some(value) = check_file(text, SealedValue::parse(text)) {
        let debug = format!("{value:?}");
        assert!(
            debug.len() < 20_000,
            "`Debug` shows only headers: {} bytes",
            debug.len()
        );
        check_opening(text, &value);
    }
    if let Some(key) = check_file(text, StageKey::parse(text)) {
        assert!(!key.kms_key().is_empty());
        let sealed = key.seal(NAME, b"x");
        if let Ok(sealed) = sealed {
            assert_eq!(sealed.verify(&key, NAME), Ok(()));
            assert_eq!(SealedValue::parse(&sealed.to_string()), Ok(sealed));
        }
    }
});

/// Asserts that the length of a valid file is limited, and that the file has the same bytes, apart
/// from CRLF line ends, after it is written again.
fn check_file<T: std::fmt::Display>(text: &str, result: Result<T, SealedError>) -> Option<T> {
    match result {
        Ok(file) => {
            assert!(text.len() < MAX_LENGTH);
            assert_eq!(file.to_string(), to_unix(text));
            Some(file)
        }
        Err(error) => {
            assert_plain(&error);
            None
        }
    }
}

fn check_opening(text: &str, value: &SealedValue) {
    let (key, unlocked) = &*PAIR;
    match unlocked.open(value, NAME) {
        Ok(plaintext) => {
            assert_eq!(plaintext.as_slice(), PLAINTEXT);
            assert_eq!(to_unix(text), SEALED, "no other file opens");
            assert_eq!(value.verify(key, NAME), Ok(()));
        }
        Err(error) => assert_plain(&error),
    }
    assert!(
        unlocked.open(value, "other").is_err(),
        "a value opens only under its own name"
    );
}

fn to_unix(text: &str) -> String {
    text.replace("\r\n", "\n")
}

/// Asserts that an error, which may go to a log, contains no control characters except line ends,
/// and no value.
fn assert_plain(error: &SealedError) {
    let text = error.to_string();
    assert!(
        !text.contains(|c: char| c.is_control() && c != '\n'),
        "{text:?}"
    );
    assert!(!text.contains("sk_test"), "{text:?}");
}
