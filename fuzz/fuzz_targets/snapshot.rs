//! Snapshots: the file, and what is sealed in it. What is read is rewritten again; nothing opens but what was sealed, in its own place.

#![no_main]

use base64::{Engine as _, engine::general_purpose::STANDARD};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use stage_config_core::fuzzing::{ReadContent, check_headers_agree, new_key_pair, read_content};
use stage_config_core::sealed::{SealedError, SealedSnapshot, StageKey, UnlockedKey};
use std::sync::LazyLock;

/// The one snapshot that was sealed for the key pair below: any other in an input was made up.
const SEALED: &str = include_str!("../../config-core/src/sealed/tests/snapshot_version_1");
const PLAINTEXT: &[u8] = include_bytes!("../../config-core/src/sealed/tests/snapshot_version_1.json");

static PROD: LazyLock<(StageKey, UnlockedKey)> = LazyLock::new(|| pair("prod"));
static DEV: LazyLock<(StageKey, UnlockedKey)> = LazyLock::new(|| pair("dev"));

fn pair(stage: &str) -> (StageKey, UnlockedKey) {
    new_key_pair([7; 32], "payments", stage).expect("32 bytes are a private half")
}

/// More than any file that is rewritten.
const MOST: usize = 1_600_000;

fuzz_target!(|input: &[u8]| {
    if let Ok(text) = std::str::from_utf8(input) {
        file(text);
    }
    match read_content(input) {
        Ok(read) => content(input, &read),
        // A state or the number of a version, and nothing of what was sealed.
        Err(error) => assert!(error.len() < 24, "{error}"),
    }
});

/// What is read is bounded, and rewritten again as it was.
fn file(text: &str) {
    assert!(check_headers_agree(text));
    match SealedSnapshot::parse(text) {
        Ok(snapshot) => {
            assert!(text.len() < MOST);
            assert_eq!(snapshot.to_string(), unix(text));
            let shown = format!("{snapshot:?}");
            assert!(shown.len() < 20_000, "`Debug` shows headers alone: {} bytes", shown.len());
            open(text, &snapshot);
        }
        Err(error) => plain(&error),
    }
}

fn open(text: &str, snapshot: &SealedSnapshot) {
    let (key, unlocked) = &*PROD;
    match unlocked.open_snapshot(snapshot) {
        Ok(plaintext) => {
            assert_eq!(unix(text), SEALED, "no other file opens");
            assert_eq!(plaintext.as_slice(), PLAINTEXT);
            assert_eq!(snapshot.verify(key), Ok(()));
        }
        Err(error) => plain(&error),
    }
    assert!(DEV.1.open_snapshot(snapshot).is_err(), "it opens in its own stage alone");
}

/// Written again nothing is lost, and sealed it comes back.
fn content(input: &[u8], read: &ReadContent) {
    // Keys that a later version may add are skipped as they are, and so may hold what is no JSON.
    if let Ok(json) = serde_json::from_slice(input) {
        as_it_stands(&json, read);
    }
    let again = read_content(&read.rewritten).expect("what is rewritten is read");
    assert_eq!(again.values, read.values);
    assert_eq!(again.rewritten, read.rewritten);
    sealed(&read.rewritten);
}

/// Every address is there, with what its base64 says.
fn as_it_stands(json: &Value, read: &ReadContent) {
    assert_eq!(json["version"], 1);
    let found = json["found"].as_object().expect("what is found is listed by its address");
    let missing = json["missing"].as_array().expect("addresses");
    for (address, value) in &read.values {
        match value {
            Some(bytes) => {
                let said = ["text", "list", "binary"].into_iter().find_map(|kind| found[address][kind].as_str());
                assert_eq!(said.and_then(|base64| STANDARD.decode(base64).ok()).as_ref(), Some(bytes));
            }
            None => assert!(missing.iter().any(|one| one == address)),
        }
    }
    assert!(found.keys().chain(missing.iter().map_while(text_of)).all(|address| read.values.contains_key(address)));
}

fn text_of(value: &Value) -> Option<&String> {
    match value {
        Value::String(text) => Some(text),
        _ => None,
    }
}

fn sealed(content: &[u8]) {
    let (key, unlocked) = &*PROD;
    let (config, created) = ("payments::Config", content.len() as u64);
    let snapshot = key.seal_snapshot(config, created, content).expect("it is less than a mebibyte");
    let text = snapshot.to_string();
    assert_eq!(SealedSnapshot::parse(&text).as_ref(), Ok(&snapshot));
    assert_eq!(unlocked.open_snapshot(&snapshot).expect("it opens").as_slice(), content);
    let headers =
        [("config: payments::", "config: orders::"), ("created: ", "created: 1"), ("stage: prod", "stage: dev")];
    for (from, to) in headers {
        let moved = SealedSnapshot::parse(&text.replacen(from, to, 1)).expect("its form is right");
        assert!(unlocked.open_snapshot(&moved).is_err(), "{to}");
    }
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
