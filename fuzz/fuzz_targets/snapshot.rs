//! Reads the file of a snapshot, and the content of a snapshot. A valid file or content is equal
//! after it is written and read again. Only the snapshot `SEALED` opens, and only in its own stage.

#![no_main]

use base64::{Engine as _, engine::general_purpose::STANDARD};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use stage_config_core::fuzzing::{ReadContent, check_headers_agree, new_key_pair, read_content};
use stage_config_core::sealed::{SealedError, SealedSnapshot, StageKey, UnlockedKey};
use std::sync::LazyLock;

/// The only snapshot that was sealed for the key pair below. Any other snapshot in an input is
/// forged.
const SEALED: &str = include_str!("../../config-core/src/sealed/tests/snapshot_version_1");
const PLAINTEXT: &[u8] =
    include_bytes!("../../config-core/src/sealed/tests/snapshot_version_1.json");

static PROD: LazyLock<(StageKey, UnlockedKey)> = LazyLock::new(|| new_pair("prod"));
static DEV: LazyLock<(StageKey, UnlockedKey)> = LazyLock::new(|| new_pair("dev"));

fn new_pair(stage: &str) -> (StageKey, UnlockedKey) {
    new_key_pair([7; 32], "payments", stage).expect("32 bytes are a private key")
}

/// A length in bytes that no valid file reaches.
const MAX_LENGTH: usize = 1_600_000;

fuzz_target!(|input: &[u8]| {
    if let Ok(text) = std::str::from_utf8(input) {
        check_file(text);
    }
    match read_content(input) {
        Ok(read) => check_content(input, &read),
        // The error is the name of a variant, and may contain the version. It contains nothing else
        // of the content.
        Err(error) => assert!(error.len() < 24, "{error}"),
    }
});

/// Asserts that the length of a valid file is limited, and that the file has the same bytes, apart
/// from CRLF line ends, after it is written again.
fn check_file(text: &str) {
    assert!(check_headers_agree(text));

    match SealedSnapshot::parse(text) {
        Ok(snapshot) => {
            assert!(text.len() < MAX_LENGTH);
            assert_eq!(snapshot.to_string(), to_unix(text));
            let debug = format!("{snapshot:?}");
            assert!(
                debug.len() < 20_000,
                "`Debug` shows only headers: {} bytes",
                debug.len()
            );
            check_opening(text, &snapshot);
        }
        Err(error) => assert_plain(&error),
    }
}

fn check_opening(text: &str, snapshot: &SealedSnapshot) {
    let (key, unlocked) = &*PROD;
    match unlocked.open_snapshot(snapshot) {
        Ok(plaintext) => {
            assert_eq!(to_unix(text), SEALED, "no other file opens");
            assert_eq!(plaintext.as_slice(), PLAINTEXT);
            assert_eq!(snapshot.verify(key), Ok(()));
        }
        Err(error) => assert_plain(&error),
    }
    assert!(
        DEV.1.open_snapshot(snapshot).is_err(),
        "a snapshot opens only in its own stage"
    );
}

/// Asserts that a content is equal after it is written and read again, and after it is sealed and
/// opened.
fn check_content(input: &[u8], read: &ReadContent) {
    // The reader skips the values of unknown keys, which a later version may add, without parsing
    // them. So not every valid content is JSON.
    if let Ok(json) = serde_json::from_slice(input) {
        assert_values_match(&json, read);
    }
    let second = read_content(&read.rewritten).expect("the rewritten content is valid");
    assert_eq!(second.values, read.values);
    assert_eq!(second.rewritten, read.rewritten);
    seal_and_open(&read.rewritten);
}

/// Asserts that every address was read, and that each value has the bytes that its base64 text
/// encodes.
fn assert_values_match(json: &Value, read: &ReadContent) {
    assert_eq!(json["version"], 1);

    let found = json["found"]
        .as_object()
        .expect("`found` is an object whose keys are addresses");
    let missing = json["missing"]
        .as_array()
        .expect("`missing` is a list of addresses");
    for (address, value) in &read.values {
        match value {
            Some(bytes) => {
                let encoded = ["text", "list", "binary"]
                    .into_iter()
                    .find_map(|kind| found[address][kind].as_str());
                assert_eq!(
                    encoded
                        .and_then(|base64| STANDARD.decode(base64).ok())
                        .as_ref(),
                    Some(bytes)
                );
            }
            None => assert!(missing.iter().any(|name| name == address)),
        }
    }
    assert!(
        found
            .keys()
            .chain(missing.iter().map_while(to_text))
            .all(|address| read.values.contains_key(address))
    );
}

fn to_text(value: &Value) -> Option<&String> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}

fn seal_and_open(content: &[u8]) {
    let (key, unlocked) = &*PROD;
    let (config, created) = ("payments::Config", content.len() as u64);
    let snapshot = key
        .seal_snapshot(config, created, content)
        .expect("the content is less than a mebibyte");
    let text = snapshot.to_string();
    assert_eq!(SealedSnapshot::parse(&text).as_ref(), Ok(&snapshot));
    assert_eq!(
        unlocked
            .open_snapshot(&snapshot)
            .expect("the snapshot opens")
            .as_slice(),
        content
    );

    let headers = [
        ("config: payments::", "config: orders::"),
        ("created: ", "created: 1"),
        ("stage: prod", "stage: dev"),
    ];
    for (from, to) in headers {
        let moved = SealedSnapshot::parse(&text.replacen(from, to, 1))
            .expect("the changed headers are valid");
        assert!(unlocked.open_snapshot(&moved).is_err(), "{to}");
    }
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
