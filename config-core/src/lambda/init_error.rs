//! A failed load, as the runtime API and the log of a function show it: its type, and one line.

use crate::{
    error::{Error, ErrorKind},
    failure::{Failure, FailureKind},
};
use serde_json::{Value, json};
use std::{
    io::{self, Write as _},
    time::SystemTime,
};

/// The type and the message of a failed load.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct InitError {
    pub(super) error_type: String,
    pub(super) message: String,
}

impl InitError {
    pub(super) fn new(error: &Error) -> Self {
        Self {
            error_type: find_type(error.kind(), error.failures().iter().map(Failure::kind)),
            message: join_lines(error),
        }
    }

    /// Returns the body of the report to the runtime API.
    pub(super) fn to_json(&self) -> Value {
        json!({
            "errorMessage": self.message,
            "errorType": self.error_type,
            "stackTrace": [],
        })
    }

    /// Writes the error as one line of JSON, if that is the format of the function's log. Writes
    /// nothing if the program has a subscriber, which has already received the event of the load.
    pub(super) fn log(&self) {
        let is_json = std::env::var("AWS_LAMBDA_LOG_FORMAT")
            .is_ok_and(|format| format.eq_ignore_ascii_case("JSON"));
        if is_json && !tracing::dispatcher::has_been_set() {
            let line = json!({
                "timestamp": humantime::format_rfc3339_millis(SystemTime::now()).to_string(),
                "level": "ERROR",
                "errorType": self.error_type,
                "message": self.message,
            });
            // Ignore an error: if standard error is closed, there is no log.
            let _ = writeln!(io::stderr(), "{line}");
        }
    }
}

/// Returns the message of an error on one line.
pub(super) fn join_lines(error: &Error) -> String {
    let text = error.to_string();
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    lines.join("; ")
}

/// Returns the error type for the kind of an error and the kinds of its failures.
fn find_type(kind: ErrorKind, mut failures: impl Iterator<Item = FailureKind>) -> String {
    let Some(first) = failures.next() else {
        return format!("StageConfig.{kind:?}");
    };
    let permanent = [first]
        .into_iter()
        .chain(failures)
        .find(|kind| !kind.is_transient());
    format!("StageConfig.{:?}", permanent.unwrap_or(first))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(kinds: &[FailureKind]) -> String {
        find_type(ErrorKind::Unresolved, kinds.iter().copied())
    }

    #[test]
    fn the_type_is_that_of_the_first_failure_that_a_retry_cannot_resolve() {
        use FailureKind::{Denied, Missing, Throttled, TimedOut};
        assert_eq!(find(&[Missing]), "StageConfig.Missing");
        assert_eq!(find(&[Denied, Missing]), "StageConfig.Denied");
        assert_eq!(find(&[Throttled, Missing]), "StageConfig.Missing");
        assert_eq!(find(&[TimedOut, Throttled]), "StageConfig.TimedOut");
        let stage = find_type(ErrorKind::Stage, std::iter::empty());
        assert_eq!(stage, "StageConfig.Stage");
    }

    /// Returns the names of the variants of an enum, from its source.
    fn list_variants<'a>(source: &'a str, name: &str) -> Vec<&'a str> {
        let (_, rest) = source.split_once(&format!("pub enum {name} {{")).unwrap();
        let (body, _) = rest.split_once("\n}").unwrap();
        let lines = body.lines().map(str::trim);
        let is_variant = |line: &&str| line.starts_with(|first: char| first.is_ascii_uppercase());
        let names = lines.filter(is_variant);
        names.map(|line| line.trim_end_matches(',')).collect()
    }

    /// The documentation of the module lists every type.
    #[test]
    fn every_type_is_documented() {
        let documentation = include_str!("../lambda.rs");
        let failures = list_variants(include_str!("../failure.rs"), "FailureKind");
        let errors = list_variants(include_str!("../error.rs"), "ErrorKind");
        assert!(failures.contains(&"Invalid") && errors.contains(&"Reentrant"));
        // If fields are unresolved, the type is the kind of a failure.
        let errors = errors.into_iter().filter(|name| *name != "Unresolved");
        for name in failures.into_iter().chain(errors) {
            assert!(documentation.contains(&format!(".{name}`")), "{name}");
        }
    }
}
