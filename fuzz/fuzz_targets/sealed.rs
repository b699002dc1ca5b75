//! Sealed files. What is read is written again to the byte; nothing opens but what was sealed, in its own place.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stage_config_core::fuzzing::new_key_pair;
use stage_config_core::sealed::{SealedError, SealedValue, StageKey, UnlockedKey};
use std::sync::LazyLock;

/// The one value that was sealed for the key pair below: everything else was made up.
const SEALED: &str = include_str!("../../config-core/src/sealed/tests/version_1");
const NAME: &str = "stripe_key";
const PLAINTEXT: &[u8] = b"sk_test_version_1";

static PAIR: LazyLock<(StageKey, UnlockedKey)> =
    LazyLock::new(|| new_key_pair([7; 32], "payments", "prod").expect("32 bytes are a private half"));

/// More than any file that is written.
const MOST: usize = 1_600_000;

fuzz_target!(|text: &str| {
    if let Some(value) = read(text, SealedValue::parse(text)) {
        let shown = format!("{value:?}");
        assert!(shown.len() < 20_000, "`Debug` shows headers alone: {} bytes", shown.len());
        open(text, &value);
    }
    if let Some(key) = read(text, StageKey::parse(text)) {
        assert!(!key.kms_key().is_empty());
        let sealed = key.seal(NAME, b"x");
        if let Ok(sealed) = sealed {
            assert_eq!(sealed.verify(&key, NAME), Ok(()));
            assert_eq!(SealedValue::parse(&sealed.to_string()), Ok(sealed));
        }
    }
});

/// What is read is bounded, and written again as it was.
fn read<T: std::fmt::Display>(text: &str, result: Result<T, SealedError>) -> Option<T> {
    match result {
        Ok(file) => {
            assert!(text.len() < MOST);
            assert_eq!(file.to_string(), unix(text));
            Some(file)
        }
        Err(error) => {
            plain(&error);
            None
        }
    }
}

fn open(text: &str, value: &SealedValue) {
    let (key, unlocked) = &*PAIR;
    match unlocked.open(value, NAME) {
        Ok(plaintext) => {
            assert_eq!(plaintext.as_slice(), PLAINTEXT);
            assert_eq!(unix(text), SEALED, "no other file opens");
            assert_eq!(value.verify(key, NAME), Ok(()));
        }
        Err(error) => plain(&error),
    }
    assert!(unlocked.open(value, "other").is_err(), "it opens under its own name alone");
}

fn unix(text: &str) -> String {
    text.replace("\r\n", "\n")
}

/// An error goes to a log: one line of text, without what drives a terminal.
fn plain(error: &SealedError) {
    let text = error.to_string();
    assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
    assert!(!text.contains("sk_test"), "{text:?}");
}
