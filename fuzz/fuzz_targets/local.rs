//! Loads fields from the bytes of a local file. An error may contain a key or the name of a table
//! of the file, but no value.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stage_config::{SecretString, StageConfig};
use std::{cell::LazyCell, fs, io::Write as _};
use tempfile::NamedTempFile;
use toml::{Table, Value};

/// Replaces each `~` in an input. No text of the program contains this word.
const PLANTED: &str = "Kx7planted9Q";

#[derive(StageConfig)]
#[stage(dev = "any:{field}", fallback = "any:{field}")]
#[config(schemes("any"))]
#[allow(dead_code, reason = "all fields are decoded, and only one is read")]
struct Config {
    name: String,
    secret: Option<SecretString>,
    port: Option<u16>,
    list: Option<Vec<u8>>,
    #[stage(dev = "any:other#a.b", fallback = "any:other#a")]
    key: Option<bool>,
    #[config(nested)]
    mail: Mail,
}

#[derive(StageConfig)]
#[config(inherit, schemes("any"))]
#[allow(dead_code, reason = "decoded, not read")]
struct Mail {
    host: Option<String>,
    from: Option<char>,
}

thread_local! {
    static RUNTIME: LazyCell<tokio::runtime::Runtime> = LazyCell::new(|| {
        tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime without sockets")
    });
    static FILE: LazyCell<NamedTempFile> = LazyCell::new(|| NamedTempFile::new().expect("a temporary file"));
}

fuzz_target!(|input: &[u8]| {
    let text = std::str::from_utf8(input).map(|text| text.replace('~', PLANTED));
    let bytes = text.as_ref().map_or(input, |text| text.as_bytes());
    let table = text
        .as_ref()
        .ok()
        .and_then(|text| text.parse::<Table>().ok());
    // An error may name a misspelled key, or a table of another stage. So it may contain the
    // planted word if a key or the name of a table contains this word.
    let may_contain = table.as_ref().is_some_and(has_planted_key);
    // The stage `qa1` is not declared. Only its own table, or the table `[fallback]`, can give it
    // values, so it is loaded only if the input may have such a table.
    let stages: &[&str] = if bytes
        .windows(4)
        .any(|part| part == b"fall" || part == b"[qa1")
    {
        &["dev", "qa1"]
    } else {
        &["dev"]
    };
    for &stage in stages {
        match load(bytes, stage) {
            Ok(config) => {
                let table = table.as_ref().expect("a file that loads is TOML");
                let own = table.get(stage).and_then(Value::as_table);
                let shared = table
                    .get("fallback")
                    .and_then(Value::as_table)
                    .filter(|_| stage == "qa1");
                let name = own.or(shared).expect("the stage has a table").get("name");
                if let Some(Value::String(name)) = name {
                    assert_eq!(&config.name, name);
                }
            }
            Err(text) => assert!(may_contain || !text.contains("planted"), "{text}"),
        }
    }
});

/// Loads the file, or returns the error as `Display` and `Debug` print it.
fn load(bytes: &[u8], stage: &str) -> Result<Config, String> {
    FILE.with(|file| {
        // All inputs use one file, which `create` truncates.
        let mut writer = fs::File::create(file.path()).expect("the file exists");
        writer.write_all(bytes).expect("the file can be written");
        let load = Config::loader().stage(stage).local(file.path()).resolve();
        let loaded = RUNTIME.with(|runtime| runtime.block_on(load));
        loaded
            .map(|loaded| loaded.config)
            .map_err(|error| format!("{error} {error:?}"))
    })
}

fn has_planted_key(table: &Table) -> bool {
    table
        .iter()
        .any(|(name, value)| name.contains("planted") || value_has_planted_key(value))
}

fn value_has_planted_key(value: &Value) -> bool {
    match value {
        Value::Table(table) => has_planted_key(table),
        Value::Array(items) => items.iter().any(value_has_planted_key),
        _ => false,
    }
}
