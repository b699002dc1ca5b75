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
    pub(super) what: String,
    pub(super) remedy: String,
}

impl ManageError {
    pub(super) fn new(kind: FailureKind, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { kind, what: what.into(), remedy: remedy.into() }
    }

    /// `action` is what was asked, as in `ssm:PutParameter`, and `subject` of what.
    pub(super) fn of_outcome(action: &str, subject: &str, outcome: Outcome) -> Self {
        match outcome {
            Outcome::Denied(denied) => {
                let on = denied.resource.as_deref().unwrap_or(subject);
                let key = on.split(':').nth(2) == Some("kms");
                let remedy =
                    if key { format!("allow the use of `{on}`") } else { format!("allow `{action}` on `{on}`") };
                Self::new(FailureKind::Denied, format!("{subject}: denied: {}", denied.detail), remedy)
            }
            Outcome::Failed(failed) => Self::of_failed(action, subject, &failed),
            Outcome::Missing => {
                Self::new(FailureKind::Missing, format!("{subject} does not exist"), "look at its name")
            }
            Outcome::Found(_) => {
                Self::new(FailureKind::InvalidAnswer, format!("{subject}: {action} gave no answer"), "try it again")
            }
        }
    }

    /// `subject` is where credentials were looked for.
    pub(super) fn of_credentials(subject: &str, failed: &Failed) -> Self {
        let remedy = Self::of_failed("", "", failed).remedy;
        Self::new(failed.kind, format!("{subject}: {}", failed.detail), remedy)
    }

    pub(super) fn of_failed(action: &str, subject: &str, failed: &Failed) -> Self {
        let remedy = match failed.kind {
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
        Self::new(failed.kind, format!("{subject}: {action}: {}{colon}{}", failed.kind, failed.detail), remedy)
    }

    /// What sort of failure it is.
    #[must_use]
    pub fn kind(&self) -> FailureKind {
        self.kind
    }

    /// The command or the change that mends it.
    #[must_use]
    pub fn remedy(&self) -> &str {
        &self.remedy
    }
}

impl fmt::Display for ManageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        OneLine(f).write_str(&self.what)
    }
}

impl fmt::Debug for ManageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(OneLine(f), "{}. Remedy: {}", self.what, self.remedy)
    }
}

impl std::error::Error for ManageError {}
