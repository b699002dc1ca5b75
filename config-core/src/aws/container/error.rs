//! The error of the container endpoint. It contains no token, no key and no part of an answer.

use std::{error::Error, fmt};

/// The reason why the container endpoint gave no credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::aws) struct ContainerError {
    detail: String,
    help: String,
    is_transient: bool,
}

impl ContainerError {
    pub(super) fn new(detail: String, help: impl Into<String>) -> Self {
        Self {
            detail,
            help: help.into(),
            is_transient: false,
        }
    }

    pub(super) fn transient(self) -> Self {
        Self {
            is_transient: true,
            ..self
        }
    }

    pub(super) fn is_transient(&self) -> bool {
        self.is_transient
    }

    /// Returns what the user should do.
    #[cfg(any(feature = "aws-store", test))]
    pub(in crate::aws) fn help(&self) -> &str {
        &self.help
    }
}

impl fmt::Display for ContainerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl Error for ContainerError {}

/// Returns the error of the container endpoint, if it caused this error of a provider.
#[cfg(feature = "aws-store")]
pub(in crate::aws) fn find_error<'a>(
    error: &'a (dyn Error + 'static),
) -> Option<&'a ContainerError> {
    let mut causes = std::iter::successors(Some(error), |&error| error.source());
    causes.find_map(|error| error.downcast_ref())
}
