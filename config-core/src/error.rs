//! The one error of a load: every failing field at once, each with what happened and what mends it, and never a value.

use crate::{report::SnapshotReport, schema::Schema};
use serde::Serialize;
use std::{fmt, sync::Arc};

/// Why a configuration could not be loaded.
///
/// `Display` lists every failing field with its stage, its source, what happened and the remedy. `Debug` prints the same,
/// because a `main` that returns an error prints `Debug`. Neither contains a value or a part of one.
///
/// ```
/// use stage_config::{ErrorKind, StageConfig};
///
/// #[derive(StageConfig)]
/// #[stage(dev = "/shop/{field}")]
/// struct Config {
///     port: u16,
/// }
///
/// let error = Config::for_tests().set("port", "80a80").build().err().unwrap();
/// assert_eq!(error.kind(), ErrorKind::Unresolved);
/// assert_eq!(error.failures()[0].field(), "port");
/// assert!(error.to_string().contains("a whole number from 0 to 65535"));
/// ```
#[derive(Clone)]
pub struct Error(Arc<Inner>);

struct Inner {
    kind: ErrorKind,
    /// The struct's name.
    config: &'static str,
    stage: Option<String>,
    message: String,
    failures: Vec<Failure>,
    /// Of each configuration that had one: what its snapshot did.
    snapshots: Vec<SnapshotReport>,
}

/// What sort of mistake an [`Error`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The stage: unset, not a name, not declared, a slip.
    Stage,
    /// Fields that could not be resolved; see [`Error::failures`].
    Unresolved,
    /// The loader's own settings: a scheme without a store, a variable of this crate that does not parse, a provider that
    /// fails, a value for a field that does not exist.
    Options,
    /// The local file: missing, not TOML, without the stage, or set in Lambda.
    Local,
    /// There is no tokio runtime, or for a blocking load there is one already.
    Runtime,
    /// The configuration is loaded already, so these options came too late.
    AlreadyLoaded,
}

/// One field that could not be resolved.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    pub(crate) field: String,
    pub(crate) stage: String,
    pub(crate) source: Option<String>,
    pub(crate) kind: FailureKind,
    pub(crate) detail: String,
    pub(crate) remedy: String,
}

/// What happened to a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FailureKind {
    /// No source of the field has a value, and it has no default.
    Missing,
    /// A store refused the read.
    Denied,
    /// A store refused for now, until the deadline.
    Throttled,
    /// The deadline passed.
    TimedOut,
    /// A store could not be reached, or answered with a fault of its own.
    Unavailable,
    /// There are no credentials or no region, or the service does not accept them.
    Credentials,
    /// A store answered with something that is no answer to what was asked.
    InvalidAnswer,
    /// A store refuses the address itself.
    InvalidRequest,
    /// The ciphertext was made with another encryption context, or is damaged.
    WrongContext,
    /// The ciphertext belongs to another key than the one that the source pins, or the key does not exist.
    WrongKey,
    /// The key is disabled, or waits for its deletion.
    KeyUnusable,
    /// The service could not decrypt what it keeps.
    DecryptionFailed,
    /// The secret waits for its deletion.
    MarkedForDeletion,
    /// The secret exists, and nobody has given it a value yet.
    NoValue,
    /// The value is in another account than `#[config(account(…))]` says.
    WrongAccount,
    /// The stored text is not what the type takes.
    Undecodable,
    /// The program's own `validate` refuses the value.
    Invalid,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, schema: &Schema, message: String) -> Self {
        let (failures, snapshots) = (Vec::new(), Vec::new());
        Self(Arc::new(Inner { kind, config: schema.name, stage: None, message, failures, snapshots }))
    }

    /// `None` where nothing failed.
    pub(crate) fn unresolved(schema: &Schema, stage: &str, failures: Vec<Failure>) -> Option<Self> {
        Self::unresolved_from(schema, stage, None, failures)
    }

    /// `local` is the local file, or `memory`, that stood in for every remote store.
    pub(crate) fn unresolved_from(
        schema: &Schema,
        stage: &str,
        local: Option<&str>,
        failures: Vec<Failure>,
    ) -> Option<Self> {
        let count = match failures.len() {
            0 => return None,
            1 => "1 field".to_owned(),
            count => format!("{count} fields"),
        };
        let local = local.map(|name| format!(" from the local values ({name})")).unwrap_or_default();
        let message = format!("{count} could not be resolved{local}");
        let (stage, snapshots) = (Some(stage.to_owned()), Vec::new());
        let kind = ErrorKind::Unresolved;
        Some(Self(Arc::new(Inner { kind, config: schema.name, stage, message, failures, snapshots })))
    }

    /// The errors of several configurations as one; their fields then carry the struct's name, as in `Mail.host`.
    pub(crate) fn joined(mut errors: Vec<Self>) -> Option<Self> {
        if errors.len() < 2 {
            return errors.pop();
        }
        let first = errors.first()?;
        let (kind, config, stage) = (first.0.kind, first.0.config, first.0.stage.clone());
        let failures: Vec<Failure> = errors
            .iter()
            .flat_map(|error| error.0.failures.iter().map(|failure| (error.0.config, failure.clone())))
            .map(|(config, failure)| Failure {
                field: format!("{config}.{}", failure.field).trim_end_matches('.').to_owned(),
                ..failure
            })
            .collect();
        let message = format!("with {} more: {} fields could not be resolved", errors.len() - 1, failures.len());
        let snapshots = errors.iter().flat_map(|error| error.0.snapshots.iter().cloned()).collect();
        Some(Self(Arc::new(Inner { kind, config, stage, message, failures, snapshots })))
    }

    /// Says besides what the snapshot did.
    pub(crate) fn with_snapshot(self, snapshot: Option<&SnapshotReport>) -> Self {
        let Some(snapshot) = snapshot else { return self };
        let Inner { kind, config, stage, message, failures, .. } = &*self.0;
        let snapshots = vec![snapshot.clone()];
        let (stage, message, failures) = (stage.clone(), message.clone(), failures.clone());
        Self(Arc::new(Inner { kind: *kind, config, stage, message, failures, snapshots }))
    }

    /// What sort of mistake it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Every field that failed; empty unless the kind is [`ErrorKind::Unresolved`].
    #[must_use]
    pub fn failures(&self) -> &[Failure] {
        &self.0.failures
    }

    /// Why the snapshot did not help; empty where there is none, or nobody asked for it. One for each configuration of a `load!`.
    #[must_use]
    pub fn snapshots(&self) -> &[SnapshotReport] {
        &self.0.snapshots
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "configuration `{}`", self.0.config)?;
        if let Some(stage) = &self.0.stage {
            write!(f, ", stage `{stage}`")?;
        }
        write!(f, ": {}", self.0.message)?;
        write_failures(f, &self.0.failures)?;
        self.0.snapshots.iter().try_for_each(|snapshot| match snapshot.is_used() {
            false => write!(f, "\n  {snapshot}"),
            true => {
                let path = &snapshot.path;
                write!(f, "\n  the snapshot {path} was opened, and gives no value for these: they are always asked for")
            }
        })
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {}

impl Failure {
    /// The field's path, as in `mail.password`. Empty for the struct as a whole.
    #[must_use]
    pub fn field(&self) -> &str {
        &self.field
    }

    /// The stage that was loaded.
    #[must_use]
    pub fn stage(&self) -> &str {
        &self.stage
    }

    /// The source that failed, or all sources that were tried, in the grammar of sources.
    #[must_use]
    pub fn source(&self) -> Option<&str> {
        self.source.as_deref()
    }

    /// What happened.
    #[must_use]
    pub fn kind(&self) -> FailureKind {
        self.kind
    }

    /// What is known beyond the kind: what was expected, which account it is; often nothing.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The command, the IAM action or the change that mends it.
    #[must_use]
    pub fn remedy(&self) -> &str {
        &self.remedy
    }
}

/// A line for each failure, and the remedy once for all that follow each other with the same one.
pub(crate) fn write_failures(f: &mut fmt::Formatter<'_>, failures: &[Failure]) -> fmt::Result {
    failures.chunk_by(|one, next| one.remedy == next.remedy).try_for_each(|alike| {
        alike.iter().try_for_each(|failure| {
            f.write_str("\n  ")?;
            failure.write_line(f)
        })?;
        alike.first().map_or(Ok(()), |failure| write!(f, "\n      remedy: {}", failure.remedy))
    })
}

impl Failure {
    fn write_line(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.field.is_empty() { "(the whole struct)" } else { &self.field })?;
        write!(f, ": {}", self.kind)?;
        if let Some(source) = &self.source {
            write!(f, ", {source}")?;
        }
        if self.detail.is_empty() { Ok(()) } else { write!(f, ": {}", self.detail) }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_line(f)?;
        write!(f, "\n      remedy: {}", self.remedy)
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "missing",
            Self::Denied => "denied",
            Self::Throttled => "throttled",
            Self::TimedOut => "timed out",
            Self::Unavailable => "unavailable",
            Self::Credentials => "no usable credentials",
            Self::InvalidAnswer => "invalid answer",
            Self::InvalidRequest => "invalid request",
            Self::WrongContext => "wrong encryption context",
            Self::WrongKey => "wrong key",
            Self::KeyUnusable => "key unusable",
            Self::DecryptionFailed => "decryption failed",
            Self::MarkedForDeletion => "marked for deletion",
            Self::NoValue => "without a value",
            Self::WrongAccount => "wrong account",
            Self::Undecodable => "undecodable",
            Self::Invalid => "invalid",
        })
    }
}
