//! The report of the snapshot: whether a load used it, or why it could not be used.

use crate::{diagnostic::Help, one_line::OneLine};
use serde::{Serialize, Serializer};
use stage_config_grammar::duration::add_spaces;
use std::{
    fmt::{self, Write as _},
    time::Duration,
};

/// Whether a load used its snapshot, or why it could not be used. See `#[config(snapshot = "…")]`.
///
/// `Display` prints one sentence, and the help if the snapshot could not be used.
///
/// ```
/// use stage_config::{Report, report::SnapshotState};
/// # use stage_config::{Error, StageConfig, testing::Memory};
///
/// /// Returns `true` if the load found that a person must write a new snapshot. A load that needed
/// /// no snapshot did not check it, so the result is `false`.
/// fn needs_new_snapshot(report: &Report) -> bool {
///     report.snapshot.as_ref().is_some_and(|snapshot| {
///         matches!(snapshot.state, SnapshotState::TooOld | SnapshotState::OtherSchema)
///     })
/// }
/// # #[derive(StageConfig)]
/// # #[stage(dev = "/shop/dev/{field}")]
/// # struct Config { table: String }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Error> {
/// # let values = Memory::new().set("table", "orders");
/// # let loaded = Config::loader().stage("dev").local(values).resolve().await?;
/// # assert!(!needs_new_snapshot(&loaded.report));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SnapshotReport {
    /// The path of the file, relative to the root of the package.
    pub path: String,
    /// Whether the snapshot was used, or why it could not be used.
    pub state: SnapshotState,
    /// Why the load tried to use the snapshot: the number of the fields that failed, with the kinds
    /// of their failures; or the option that requests the snapshot.
    pub reason: String,
    /// When the snapshot was written, in seconds since 1970; `None` if unknown.
    pub created: Option<u64>,
    /// The age of the snapshot; `None` if unknown or if `state` is
    /// [`SnapshotState::FromTheFuture`].
    #[serde(rename = "age_s", serialize_with = "serialize_seconds")]
    pub age: Option<Duration>,
    /// More details about `state`; empty if there are none. They contain no value.
    pub detail: String,
    /// The action that solves the problem; empty if the snapshot was used.
    pub help: Help,
}

/// Whether a snapshot was used, or why it could not be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SnapshotState {
    /// The load started from the snapshot.
    Used,
    /// The file is the placeholder that the first build needs, because no snapshot was written yet.
    Empty,
    /// The snapshot is older than `snapshot_max_age`.
    TooOld,
    /// The time in the snapshot is more than 5 minutes later than the clock of this machine.
    FromTheFuture,
    /// The snapshot lacks an outcome that the configuration needs, because a field was added or a
    /// source changed; or its values do not fit the struct.
    OtherSchema,
    /// The file does not have the format of a snapshot: it was cut off, merged or edited, or
    /// something else was sealed in it.
    Malformed,
    /// A later version of this crate wrote the file.
    UnsupportedVersion,
    /// The snapshot belongs to another app or another stage.
    Misplaced,
    /// The snapshot was sealed for another key pair than the stage's, or KMS cannot unwrap the
    /// stage's key pair.
    WrongKey,
    /// The content was changed after it was sealed, although the headers look valid; or the public
    /// half of the stage's key pair was replaced.
    Tampered,
    /// KMS denied the call that unwraps the stage's key pair.
    Denied,
    /// There are no usable credentials.
    Credentials,
    /// KMS could not be reached, gave no valid answer, or throttled the calls until the timeout.
    Unavailable,
}

impl SnapshotReport {
    /// Returns whether the load started from the snapshot.
    #[must_use]
    pub fn is_used(&self) -> bool {
        self.state == SnapshotState::Used
    }

    /// Returns the age in a readable form, such as `3h 5m 2s`.
    pub(crate) fn format_age(&self) -> String {
        self.age.map_or_else(
            || "?".to_owned(),
            |age| add_spaces(&humantime::format_duration(age).to_string()),
        )
    }

    pub(super) fn emit(&self, config: &str, stage: &str) {
        let Self { path, reason, .. } = self;
        let age = self.format_age();
        if self.is_used() {
            tracing::warn!(target: "stage_config", config, stage, snapshot = path, age, reason, "started from the snapshot");
            return;
        }

        let (state, detail, help) = (
            self.state.to_string(),
            self.detail.as_str(),
            self.help.to_string(),
        );
        tracing::warn!(
            target: "stage_config",
            config,
            stage,
            snapshot = path,
            state,
            detail,
            help,
            reason,
            "the snapshot could not be used"
        );
    }
}

fn serialize_seconds<S: Serializer>(
    age: &Option<Duration>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    age.map(|age| age.as_secs()).serialize(serializer)
}

impl fmt::Display for SnapshotReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            path,
            state,
            reason,
            detail,
            help,
            ..
        } = self;
        if self.is_used() {
            return write!(
                OneLine(f),
                "STARTED FROM THE SNAPSHOT {path}, {} old ({reason})",
                self.format_age()
            );
        }
        write!(
            OneLine(&mut *f),
            "the snapshot {path} could not be used: {state}"
        )?;
        if !detail.is_empty() {
            write!(OneLine(&mut *f), ": {detail}")?;
        }
        help.write_line(f)
    }
}

impl fmt::Display for SnapshotState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Used => "used",
            Self::Empty => "empty",
            Self::TooOld => "too old",
            Self::FromTheFuture => "from the future",
            Self::OtherSchema => "of another schema",
            Self::Malformed => "malformed",
            Self::UnsupportedVersion => "of a later version",
            Self::Misplaced => "of another app or stage",
            Self::WrongKey => "wrong key",
            Self::Tampered => "tampered with",
            Self::Denied => "denied",
            Self::Credentials => "no usable credentials",
            Self::Unavailable => "KMS was not available",
        })
    }
}
