//! Loads from an endpoint, and assertions about failures.

use std::time::Duration;

use stage_config::{Error, ErrorKind, Failure, FailureKind, Loaded, Loader, StageConfig};

use super::aws;

/// The timeout of loads that succeed, or that fail for another reason than time.
const LONG: Duration = Duration::from_secs(30);

/// Returns a loader of the stage dev that reads from the endpoint.
pub(crate) fn loader<C: StageConfig>(url: &str) -> Loader<C> {
    C::loader()
        .stage("dev")
        .aws(&aws::settings(url))
        .timeout(LONG)
}

/// Loads the stage dev from the endpoint.
pub(crate) async fn resolve<C: StageConfig>(url: &str) -> Result<Loaded<C>, Error> {
    loader::<C>(url).resolve().await
}

/// Returns the configuration of a load that must succeed.
#[track_caller]
pub(crate) fn expect_config<C>(result: Result<Loaded<C>, Error>) -> C {
    match result {
        Ok(loaded) => loaded.config,
        Err(error) => panic!("the load failed: {error}"),
    }
}

/// Returns the error of a load that must fail. (`unwrap_err` needs `Debug`, which configurations do
/// not have.)
#[track_caller]
pub(crate) fn expect_error<T>(result: Result<T, Error>) -> Error {
    result.err().expect("the load fails")
}

/// Returns the only failure of a load that must fail.
#[track_caller]
pub(crate) fn expect_failure<T>(result: Result<T, Error>) -> Failure {
    let error = expect_error(result);
    match error.failures() {
        [failure] => failure.clone(),
        failures => panic!("one failure is expected, not {}: {error}", failures.len()),
    }
}

/// Asserts the field and the kind of a failure in the stage dev, that its text contains these
/// words, and that the failure has a help.
#[track_caller]
pub(crate) fn assert_failure(failure: &Failure, field: &str, kind: FailureKind, words: &[&str]) {
    let text = failure.to_string();
    assert_eq!((failure.field(), failure.kind()), (field, kind), "{text}");
    assert_eq!(failure.stage(), "dev", "{text}");
    assert!(!failure.help().is_empty(), "{text}");
    for word in words {
        assert!(text.contains(word), "{word:?} is not in: {text}");
    }
}

/// Asserts the kind of an error, that the error has no failures of fields, that `Debug` and
/// `Display` print the same text, and that this text contains these words.
#[track_caller]
pub(crate) fn assert_error(error: &Error, kind: ErrorKind, words: &[&str]) {
    let text = error.to_string();
    assert_eq!(error.kind(), kind, "{text}");
    assert_eq!(error.failures(), [], "{text}");
    assert_eq!(
        format!("{error:?}"),
        text,
        "`Debug` and `Display` must print the same text"
    );
    for word in words {
        assert!(text.contains(word), "{word:?} is not in: {text}");
    }
}
