//! Why a snapshot cannot be used, and how a report says so.

use crate::{
    diagnostic::{Diagnostic, Help},
    failure::FailureKind,
    outcome::Failed,
    report::{SnapshotReport, SnapshotState},
    sealed::{SealedError, SealedErrorKind},
};

/// The maximum number of addresses and fields in a message.
const MAX_NAMED: usize = 5;

/// Why a snapshot cannot be used. The report names the file, so the subject is empty.
pub(crate) type SnapshotError = Diagnostic<SnapshotState>;

impl SnapshotError {
    /// Returns an error whose help is to write a new snapshot.
    pub(crate) fn with_new_snapshot(state: SnapshotState, stage: &str, detail: String) -> Self {
        let write = Help::run(format!("cargo stage snapshot --stage {stage}"));
        Self::new(state, "", detail, write.also("then commit it, build and deploy"))
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
            | Kind::Kms(FailureKind::WrongContext | FailureKind::WrongKey | FailureKind::KeyUnusable) => {
                SnapshotState::WrongKey
            }
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
            FailureKind::Credentials => {
                (SnapshotState::Credentials, "give the process credentials and a region that KMS accepts")
            }
            _ => {
                let help = "look at the network to KMS (VPC endpoint, security group, proxy), or increase `timeout`";
                (SnapshotState::Unavailable, help)
            }
        };
        Self::new(state, "", failed.detail, help)
    }
}

impl SnapshotReport {
    pub(super) fn new(path: String) -> Self {
        let (reason, detail, help) = (String::new(), String::new(), String::new());
        Self { path, state: SnapshotState::Used, reason, created: None, age: None, detail, help }
    }

    pub(crate) fn with_error(self, fault: SnapshotError) -> Self {
        let Diagnostic { kind: state, detail, help, .. } = fault;
        Self { state, detail, help: help.to_string(), ..self }
    }

    pub(crate) fn with_reason(self, why: String) -> Self {
        Self { reason: why, ..self }
    }
}

/// Joins as many entries as a message may name.
pub(crate) fn list_some(mut all: Vec<String>) -> String {
    let more = all.len().saturating_sub(MAX_NAMED);
    all.truncate(MAX_NAMED);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("{}{more}", all.join(", "))
}
