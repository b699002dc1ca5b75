//! The error of an unusable snapshot, and the report that shows this error.

use crate::{
    diagnostic::{Diagnostic, Help},
    failure::FailureKind,
    outcome::Failed,
    report::{SnapshotReport, SnapshotState},
    sealed::{SealedError, SealedErrorKind},
};

/// The maximum number of addresses or fields that a message names.
const MAX_NAMED: usize = 5;

/// The error of an unusable snapshot. The report names the file, so the subject is empty.
pub(crate) type SnapshotError = Diagnostic<SnapshotState>;

impl SnapshotError {
    /// Returns an error whose help is to write a new snapshot.
    pub(crate) fn with_new_snapshot(state: SnapshotState, stage: &str, detail: String) -> Self {
        let write = Help::run(format!("cargo stage snapshot --stage {stage}"));
        Self::new(
            state,
            "",
            detail,
            write.also("afterwards, commit it, build and deploy"),
        )
    }
}

impl From<SealedError> for SnapshotError {
    fn from(error: SealedError) -> Self {
        use SealedErrorKind as Kind;
        let state = match error.kind() {
            Kind::Malformed | Kind::TooLarge | Kind::InvalidName => SnapshotState::Malformed,
            Kind::UnsupportedVersion => SnapshotState::UnsupportedVersion,
            Kind::WrongApp | Kind::WrongStage | Kind::WrongName => SnapshotState::Misplaced,
            Kind::WrongKey
            | Kind::Kms(
                FailureKind::WrongContext | FailureKind::WrongKey | FailureKind::KeyUnusable,
            ) => SnapshotState::WrongKey,
            Kind::Tampered => SnapshotState::Tampered,
            Kind::Kms(FailureKind::Denied) => SnapshotState::Denied,
            Kind::Kms(FailureKind::Credentials) => SnapshotState::Credentials,
            Kind::Kms(_) => SnapshotState::Unavailable,
        };
        let Diagnostic { detail, help, .. } = error.diagnostic().clone();
        Self::new(state, "", detail, help)
    }
}

impl From<Failed> for SnapshotError {
    fn from(failed: Failed) -> Self {
        let (state, help) = match failed.kind {
            FailureKind::Credentials => (
                SnapshotState::Credentials,
                "provide AWS credentials and a region that KMS accepts",
            ),
            _ => (
                SnapshotState::Unavailable,
                "check the network to KMS (VPC endpoint, security group, proxy)",
            ),
        };
        let help = failed.help.map_or_else(|| help.into(), |help| *help);
        Self::new(state, "", failed.detail, help)
    }
}

impl SnapshotReport {
    pub(super) fn new(path: String) -> Self {
        Self {
            path,
            state: SnapshotState::Used,
            reason: String::new(),
            created: None,
            age: None,
            detail: String::new(),
            help: "".into(),
        }
    }

    pub(crate) fn with_error(self, error: SnapshotError) -> Self {
        let Diagnostic {
            kind: state,
            detail,
            help,
            ..
        } = error;
        Self {
            state,
            detail,
            help,
            ..self
        }
    }

    pub(crate) fn with_reason(self, reason: String) -> Self {
        Self { reason, ..self }
    }
}

/// Joins the first entries, up to the maximum of a message, and counts the others.
pub(crate) fn list_some(mut entries: Vec<String>) -> String {
    let others = entries.len().saturating_sub(MAX_NAMED);
    entries.truncate(MAX_NAMED);
    let suffix = if others == 0 {
        String::new()
    } else {
        format!(" and {others} more")
    };
    format!("{}{suffix}", entries.join(", "))
}
