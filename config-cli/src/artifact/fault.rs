//! Why an artifact is not read.

use std::error::Error;
use std::fmt;

/// Why an artifact is not read, and what to do.
#[derive(Debug, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong.
    pub what: String,
    /// What the user should do about it.
    pub remedy: String,
}

impl Fault {
    pub(super) fn new(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { what: what.into(), remedy: remedy.into() }
    }

    pub(super) fn unknown(what: impl Into<String>) -> Self {
        Self::new(
            what,
            "name what was built: an executable for Linux, macOS or Windows, or the zip of a Lambda function",
        )
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, remedy } = self;
        write!(f, "{what}\n  remedy: {remedy}")
    }
}

impl Error for Fault {}
