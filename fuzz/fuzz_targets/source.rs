//! Parses sources, with and without placeholders. A valid source is equal after it is written and
//! parsed again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stage_config_grammar::source::{Placeholders, Source, SourceError};

const CUSTOM: &[&str] = &["vault"];

fuzz_target!(|text: &str| {
    if let Some(source) = valid(Source::parse(text, CUSTOM)) {
        read_back(&source);
    }
    let placeholders = Placeholders { stage: Some("dev"), field: Some(&["mail", "host"]), app: Some("shop") };
    if let Some(source) = valid(Source::resolve(text, &placeholders, CUSTOM)) {
        read_back(&source);
    }
});

/// Asserts that the source is equal after it is written and parsed again, and that its text is
/// stable.
fn read_back(source: &Source) {
    let written = source.to_string();
    let again = Source::parse(&written, CUSTOM);
    assert_eq!(again.as_ref(), Ok(source), "{written:?}");
    assert_eq!(again.map(|again| again.to_string()).as_ref(), Ok(&written));
    assert_eq!(source.address.is_remote(), !matches!(source.address.scheme(), "env" | "value"));
}

fn valid(result: Result<Source, SourceError>) -> Option<Source> {
    match result {
        Ok(source) => Some(source),
        Err(error) => {
            assert!(!error.to_string().is_empty());
            None
        }
    }
}
