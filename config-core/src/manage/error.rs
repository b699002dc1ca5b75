//! Why something that was asked of AWS was not done.

use crate::{
    failure::FailureKind,
    one_line::OneLine,
    outcome::{Failed, Outcome},
};
use std::fmt::{self, Write as _};

/// What was asked, what happened, and what mends it. Never a value.
#[derive(Clone, PartialEq, Eq)]
pub struct ManageError {
    pub(super) kind: FailureKind,
    pub(super) message: String,
    pub(super) help: String,
}

impl ManageError {
    pub(super) fn new(kind: FailureKind, what: impl Into<String>, help: impl Into<String>) -> Self {
        Self { kind, message: what.into(), help: help.into() }
    }

    /// `action` is what was asked, as in `ssm:PutParameter`, and `subject` of what.
    pub(super) fn from_outcome(action: &str, subject: &str, outcome: Outcome) -> Self {
        match outcome {
            Outcome::Denied(denied) => {
                let on = denied.resource.as_deref().unwrap_or(subject);
                let key = on.split(':').nth(2) == Some("kms");
                let help = if key { format!("allow the use of `{on}`") } else { format!("allow `{action}` on `{on}`") };
                Self::new(FailureKind::Denied, format!("{subject}: denied: {}", denied.detail), help)
            }
            Outcome::Failed(failed) => Self::from_failure(action, subject, &failed),
            Outcome::Missing => {
                Self::new(FailureKind::Missing, format!("{subject} does not exist"), "look at its name")
            }
            Outcome::Found(_) => {
                Self::new(FailureKind::InvalidAnswer, format!("{subject}: {action} gave no answer"), "try it again")
            }
        }
    }

    /// `subject` is where credentials were looked for.
    pub(super) fn from_credentials_failure(subject: &str, failed: &Failed) -> Self {
        let help = Self::from_failure("", "", failed).help;
        Self::new(failed.kind, format!("{subject}: {}", failed.detail), help)
    }

    pub(super) fn from_failure(action: &str, subject: &str, failed: &Failed) -> Self {
        let help = match failed.kind {
            FailureKind::Throttled => "wait a moment, and try it again",
            FailureKind::TimedOut | FailureKind::Unavailable => {
                "look at the network (endpoint, proxy, DNS) and the region"
            }
            FailureKind::Credentials => {
                "sign in, or name the identity: --profile, --role-arn, --region, AWS_PROFILE, AWS_REGION, or \
                 [package.metadata.stage.STAGE] in Cargo.toml"
            }
            FailureKind::KeyUnusable | FailureKind::WrongKey => {
                "look at the KMS key: it must exist here and be enabled"
            }
            _ => "look at the name, the region and the account",
        };
        let colon = if failed.detail.is_empty() { "" } else { ": " };
        Self::new(failed.kind, format!("{subject}: {action}: {}{colon}{}", failed.kind, failed.detail), help)
    }

    /// What sort of failure it is.
    #[must_use]
    pub fn kind(&self) -> FailureKind {
        self.kind
    }

    /// The command or the change that mends it.
    #[must_use]
    pub fn help(&self) -> &str {
        &self.help
    }
}

impl fmt::Display for ManageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        OneLine(f).write_str(&self.message)
    }
}

impl fmt::Debug for ManageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(OneLine(f), "{}. Help: {}", self.message, self.help)
    }
}

impl std::error::Error for ManageError {}
