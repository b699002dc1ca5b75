//! Parses sources, with and without placeholders. A valid source is equal after it is written and
//! parsed again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stage_config_grammar::source::{Placeholders, Source, SourceError};

const CUSTOM: &[&str] = &["vault"];

fuzz_target!(|text: &str| {
    if let Some(source) = check_error(Source::parse(text, CUSTOM)) {
        check_round_trip(&source);
    }
    let placeholders = Placeholders {
        stage: Some("dev"),
        field: Some(&["mail", "host"]),
        app: Some("shop"),
    };
    if let Some(source) = check_error(Source::resolve(text, &placeholders, CUSTOM)) {
        check_round_trip(&source);
    }
});

/// Asserts that the source is equal after it is written and parsed again, and that its text is
/// stable. Also asserts that the address is remote unless its scheme is `env` or `value`.
fn check_round_trip(source: &Source) {
    let written = source.to_string();
    let parsed = Source::parse(&written, CUSTOM);
    assert_eq!(parsed.as_ref(), Ok(source), "{written:?}");
    assert_eq!(
        parsed.map(|source| source.to_string()).as_ref(),
        Ok(&written)
    );
    assert_eq!(
        source.address.is_remote(),
        !matches!(source.address.scheme(), "env" | "value")
    );
}

/// Returns the source. Asserts that an error has a text.
fn check_error(result: Result<Source, SourceError>) -> Option<Source> {
    match result {
        Ok(source) => Some(source),
        Err(error) => {
            assert!(!error.to_string().is_empty());
            None
        }
    }
}
