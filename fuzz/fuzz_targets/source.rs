//! The grammar of sources. What it lets pass is written again as it was understood, with placeholders and without.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stage_config_grammar::source::{Placeholders, Source, SourceError};

const CUSTOM: &[&str] = &["vault"];

fuzz_target!(|text: &str| {
    if let Some(source) = understood(Source::parse(text, CUSTOM)) {
        read_back(&source);
    }
    let at = Placeholders { stage: Some("dev"), field: Some(&["mail", "host"]), app: Some("shop") };
    if let Some(source) = understood(Source::resolve(text, &at, CUSTOM)) {
        read_back(&source);
    }
});

/// Written and read again it is the same source, and the text does not change any more.
fn read_back(source: &Source) {
    let written = source.to_string();
    let again = Source::parse(&written, CUSTOM);
    assert_eq!(again.as_ref(), Ok(source), "{written:?}");
    assert_eq!(again.map(|again| again.to_string()).as_ref(), Ok(&written));
    assert_eq!(source.address.is_remote(), !matches!(source.address.scheme(), "env" | "value"));
}

fn understood(result: Result<Source, SourceError>) -> Option<Source> {
    match result {
        Ok(source) => Some(source),
        Err(error) => {
            assert!(!error.to_string().is_empty());
            None
        }
    }
}
