//! The one error of a load: every failing field at once, each with what happened and what mends it, and never a value.

use crate::{
    failure::{Failure, write_failures},
    one_line::OneLine,
    report::SnapshotReport,
    schema::Schema,
};
use std::{
    fmt::{self, Write as _},
    sync::Arc,
};

/// Why a configuration could not be loaded.
///
/// `Display` lists every failing field with its stage, its source, what happened and the help. `Debug` prints the same,
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
pub struct Error(Arc<ErrorInner>);

struct ErrorInner {
    kind: ErrorKind,
    /// The struct's name.
    config: &'static str,
    stage: Option<String>,
    message: String,
    /// More lines of the message.
    mistakes: Vec<String>,
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
    /// The time of this call passed while it waited for another load, refresh or build of the same configuration, which did not end. This
    /// call asked no store for anything.
    TimedOut,
    /// What [`Live::map`](crate::Live::map) builds was asked for while the same thread was building it.
    Reentrant,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, schema: &Schema, message: String) -> Self {
        Self::from_mistakes(kind, schema, message, Vec::new())
    }

    /// With a line for each of these.
    pub(crate) fn from_mistakes(kind: ErrorKind, schema: &Schema, message: String, mistakes: Vec<String>) -> Self {
        let (failures, snapshots) = (Vec::new(), Vec::new());
        Self(Arc::new(ErrorInner { kind, config: schema.name, stage: None, message, mistakes, failures, snapshots }))
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
        let mistakes = Vec::new();
        Some(Self(Arc::new(ErrorInner { kind, config: schema.name, stage, message, mistakes, failures, snapshots })))
    }

    /// The errors of several configurations as one; their fields then carry the struct's name, as in `Mail.host`.
    pub(crate) fn join(mut errors: Vec<Self>) -> Option<Self> {
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
        let mistakes = Vec::new();
        Some(Self(Arc::new(ErrorInner { kind, config, stage, message, mistakes, failures, snapshots })))
    }

    /// Says besides what the snapshot did.
    pub(crate) fn with_snapshot(self, snapshot: Option<&SnapshotReport>) -> Self {
        let Some(snapshot) = snapshot else { return self };
        let ErrorInner { kind, config, stage, message, mistakes, failures, .. } = &*self.0;
        let snapshots = vec![snapshot.clone()];
        let (stage, message, failures) = (stage.clone(), message.clone(), failures.clone());
        let mistakes = mistakes.clone();
        Self(Arc::new(ErrorInner { kind: *kind, config, stage, message, mistakes, failures, snapshots }))
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
        write!(OneLine(&mut *f), ": {}", self.0.message)?;
        for mistake in &self.0.mistakes {
            f.write_str("\n")?;
            write!(OneLine(&mut *f), "  {mistake}")?;
        }
        write_failures(f, &self.0.failures)?;
        self.0.snapshots.iter().try_for_each(|snapshot| match snapshot.is_used() {
            false => write!(f, "\n  {snapshot}"),
            true => {
                let path = &snapshot.path;
                f.write_str("\n")?;
                let what = "was opened, and gives no value for these: they are always asked for";
                write!(OneLine(&mut *f), "  the snapshot {path} {what}")
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
