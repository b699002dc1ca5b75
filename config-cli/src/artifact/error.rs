//! The error for an artifact that cannot be read.

use std::error::Error;
use std::fmt;

use stage_config_core::Help;

/// The error for an artifact that cannot be read, with the help.
#[derive(Debug, PartialEq, Eq)]
pub struct ArtifactError {
    /// What failed.
    pub message: String,
    /// What the user should do about it.
    pub help: Help,
}

impl ArtifactError {
    pub(super) fn new(message: impl Into<String>, help: impl Into<Help>) -> Self {
        Self { message: message.into(), help: help.into() }
    }

    pub(super) fn unsupported(message: impl Into<String>) -> Self {
        Self::new(
            message,
            "name what was built: an executable for Linux, macOS or Windows, or the zip of a Lambda function",
        )
    }
}

impl fmt::Display for ArtifactError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { message: what, help } = self;
        write!(f, "{what}\n  help: {help}")
    }
}

impl Error for ArtifactError {}
