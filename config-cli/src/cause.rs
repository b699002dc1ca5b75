//! The cause that several fields share: a store that did not answer.

use std::fmt;

use stage_config_core::FailureKind;
use stage_config_core::manage::trim_attempt_count;

/// Returns true if a failure of this kind does not tell whether the value exists: the store gave no
/// usable answer, or the read was denied.
pub(crate) fn is_unread(kind: FailureKind) -> bool {
    kind.is_unanswered() || kind == FailureKind::Denied
}

/// The reason why stores did not answer, without the field and the number of attempts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cause {
    kind: FailureKind,
    detail: String,
}

impl Cause {
    /// Returns the cause of a failure. Returns `None` for a failure that concerns only its own
    /// field, such as a missing value.
    pub(crate) fn new(kind: FailureKind, detail: &str) -> Option<Self> {
        kind.is_unanswered().then(|| Self {
            kind,
            detail: trim_attempt_count(detail).to_owned(),
        })
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.detail.as_str() {
            "" => write!(f, "{}", self.kind),
            detail => write!(f, "{}: {detail}", self.kind),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_has_no_number_of_attempts() {
        for (kind, detail, expected) in [
            (
                FailureKind::Unavailable,
                "HTTP 503; 29 attempts before the timeout",
                Some("unavailable: HTTP 503"),
            ),
            (
                FailureKind::TimedOut,
                "1 attempt before the timeout",
                Some("timed out"),
            ),
            (
                FailureKind::Credentials,
                "a; b",
                Some("no usable credentials: a; b"),
            ),
            (
                FailureKind::Credentials,
                "not received before the timeout",
                Some("no usable credentials: not received before the timeout"),
            ),
            (FailureKind::Missing, "", None),
            (FailureKind::Undecodable, "not a number", None),
        ] {
            let cause = Cause::new(kind, detail).map(|cause| cause.to_string());
            assert_eq!(cause.as_deref(), expected, "{kind:?} {detail}");
        }
    }
}
