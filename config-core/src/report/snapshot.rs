//! What a snapshot did for a load, or why it did nothing.

use crate::one_line::OneLine;
use serde::{Serialize, Serializer};
use stage_config_grammar::duration::add_spaces;
use std::{
    fmt::{self, Write as _},
    time::Duration,
};

/// What a snapshot did for a load, or why it did nothing. See `#[config(snapshot = "…")]`.
///
/// `Display` says it in one sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SnapshotReport {
    /// The file, from the package's root.
    pub path: String,
    /// What became of it.
    pub state: SnapshotState,
    /// What made the load turn to it: how many fields failed, and how; or the program's own wish.
    pub reason: String,
    /// When it was written, in seconds since 1970; `None` where it does not say.
    pub created: Option<u64>,
    /// How old it is; `None` where it does not say, or is of the future.
    #[serde(rename = "age_s", serialize_with = "serialize_seconds")]
    pub age: Option<Duration>,
    /// What is known beyond the state. Never a value.
    pub detail: String,
    /// What mends it; empty where it served.
    pub help: String,
}

/// What became of a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SnapshotState {
    /// The load started from it.
    Used,
    /// It is the placeholder of a first build.
    Empty,
    /// It is older than `snapshot_max_age`.
    TooOld,
    /// It was written later than now, by this machine's clock.
    FromTheFuture,
    /// The configuration asks for something that it does not have: a field was added, or a source changed.
    OtherSchema,
    /// It has not the form of a snapshot: cut off, merged, edited.
    Malformed,
    /// A later version of this crate wrote it.
    UnsupportedVersion,
    /// It belongs to another app or another stage.
    Misplaced,
    /// It was sealed for another key pair than the stage's, or KMS does not unwrap that pair.
    WrongKey,
    /// It is not what was sealed, though its headers look right.
    Tampered,
    /// KMS refuses these credentials.
    Denied,
    /// There are no usable credentials.
    Credentials,
    /// KMS could not be reached, or refused for now, until the deadline.
    Unavailable,
}

impl SnapshotReport {
    /// Whether the load started from it.
    #[must_use]
    pub fn is_used(&self) -> bool {
        self.state == SnapshotState::Used
    }

    /// How old it is, for a person: `3h 5m 2s`.
    pub(crate) fn format_age(&self) -> String {
        self.age.map_or_else(|| "?".to_owned(), |age| add_spaces(&humantime::format_duration(age).to_string()))
    }

    pub(super) fn emit(&self, config: &str, stage: &str) {
        let Self { path, reason: why, .. } = self;
        let age = self.format_age();
        if self.is_used() {
            tracing::warn!(target: "stage_config", config, stage, snapshot = path, age, why, "started from the snapshot");
            return;
        }
        let (state, detail, help) = (self.state.to_string(), self.detail.as_str(), self.help.as_str());
        tracing::warn!(
            target: "stage_config",
            config,
            stage,
            snapshot = path,
            state,
            detail,
            help,
            why,
            "the snapshot was of no use"
        );
    }
}

fn serialize_seconds<S: Serializer>(age: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    age.map(|age| age.as_secs()).serialize(serializer)
}

impl fmt::Display for SnapshotReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, state, reason: why, detail, help, .. } = self;
        if self.is_used() {
            return write!(OneLine(f), "STARTED FROM THE SNAPSHOT {path}, {} old ({why})", self.format_age());
        }
        write!(OneLine(&mut *f), "the snapshot {path} was of no use: {state}")?;
        if !detail.is_empty() {
            write!(OneLine(&mut *f), ": {detail}")?;
        }
        f.write_str("\n")?;
        write!(OneLine(f), "      help: {help}")
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
