//! The error of a load: every failed field at once, each with its cause and its help, and never
//! with a value.

mod display;

use crate::{
    diagnostic::{Diagnostic, Help},
    failure::Failure,
    report::SnapshotReport,
    schema::Schema,
};
use std::sync::Arc;

/// The reason why a configuration could not be loaded.
///
/// `Display` names the stage if the cause depends on the stage, and lists every failed field with
/// its source, the cause and the help. `Debug` prints the same, because a `main` that returns an
/// error prints `Debug`. Neither contains a value or a part of one.
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

#[derive(Clone)]
struct ErrorInner {
    /// The cause. Its subject is the name of the struct, or of the first struct if the errors of
    /// several structs were joined. The subject is empty if the error concerns no struct.
    diagnostic: Diagnostic<ErrorKind>,
    stage: Option<String>,
    /// The mistakes that the message lists, each on a line of its own.
    mistakes: Vec<Mistake>,
    failures: Vec<Failure>,
    /// The report of each snapshot that the load tried to use.
    snapshots: Vec<SnapshotReport>,
}

/// A mistake in the input of a load: an option, a variable, a file.
pub(crate) type Mistake = Diagnostic<ErrorKind>;

/// The category of an [`Error`].
///
/// ```
/// use stage_config::{Error, ErrorKind, StageConfig};
///
/// #[derive(StageConfig)]
/// #[stage(dev = "/shop/dev/{field}", prod = "/shop/prod/{field}")]
/// struct Config {
///     table: String,
/// }
///
/// /// Names what the user has to change before the next start.
/// fn describe(error: &Error) -> &'static str {
///     match error.kind() {
///         ErrorKind::Unresolved => "the values in the stores",
///         ErrorKind::Stage | ErrorKind::Local => "the variables of the process",
///         _ => "the code, or its options",
///     }
/// }
///
/// let error = Config::loader().stage("qa1").plan().unwrap_err();
/// assert_eq!(describe(&error), "the variables of the process");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The stage is unset, not a valid name, not declared, or probably misspelled.
    Stage,
    /// Some fields could not be resolved; see [`Error::failures`].
    Unresolved,
    /// The options of the loader, a variable of this crate or the sealed files are wrong: for
    /// example a scheme without a store, a variable that does not parse, a provider that fails, or
    /// a value for a field that does not exist.
    Options,
    /// The local file is missing, is not TOML or lacks the stage, or the variable
    /// `STAGE_CONFIG_LOCAL` is set in Lambda.
    Local,
    /// No tokio runtime is running, or none can be started, or a blocking load was called inside a
    /// runtime, or the runtime of Lambda cannot start because of a missing or invalid variable.
    Runtime,
    /// The configuration is already loaded, so the options of the later load have no effect.
    AlreadyLoaded,
    /// The call timed out while it waited for another caller, which loads or refreshes the same
    /// configuration, or builds the same [`Mapped`](crate::Mapped) value. The call itself sent no
    /// request, unless it ran a refresh before it waited for the build of a `Mapped` value.
    TimedOut,
    /// A function of [`Live::map`](crate::Live::map) or
    /// [`Mapped::rebuild_if`](crate::Mapped::rebuild_if) asked for the same mapped value while this
    /// value was built.
    Reentrant,
}

impl ErrorKind {
    /// Returns the name of the kind in events, such as `unresolved`.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Stage => "stage",
            Self::Unresolved => "unresolved",
            Self::Options => "options",
            Self::Local => "local",
            Self::Runtime => "runtime",
            Self::AlreadyLoaded => "already_loaded",
            Self::TimedOut => "timed_out",
            Self::Reentrant => "reentrant",
        }
    }
}

impl Error {
    pub(crate) fn new(
        kind: ErrorKind,
        schema: &Schema,
        detail: impl Into<String>,
        help: impl Into<Help>,
    ) -> Self {
        Self::from_inner(ErrorInner::new(kind, schema.name, detail, help))
    }

    /// Returns an error that concerns no configuration.
    #[cfg(feature = "lambda")]
    pub(crate) fn without_config(
        kind: ErrorKind,
        detail: impl Into<String>,
        help: impl Into<Help>,
    ) -> Self {
        Self::from_inner(ErrorInner::new(kind, "", detail, help))
    }

    pub(crate) fn from_mistake(schema: &Schema, mistake: Mistake) -> Self {
        Self::new(mistake.kind, schema, mistake.message(), mistake.help)
    }

    /// Returns an error that names the stage.
    pub(crate) fn in_stage(
        kind: ErrorKind,
        schema: &Schema,
        stage: &str,
        detail: &str,
        help: Help,
    ) -> Self {
        let stage = Some(stage.to_owned());
        Self::from_inner(ErrorInner {
            stage,
            ..ErrorInner::new(kind, schema.name, detail, help)
        })
    }

    /// Returns an error with one line per mistake.
    pub(crate) fn from_mistakes(
        kind: ErrorKind,
        schema: &Schema,
        detail: String,
        mistakes: Vec<Mistake>,
    ) -> Self {
        Self::from_inner(ErrorInner {
            mistakes,
            ..ErrorInner::new(kind, schema.name, detail, "")
        })
    }

    /// Returns the error of a stage, or `None` if no field failed.
    pub(crate) fn unresolved(schema: &Schema, stage: &str, failures: Vec<Failure>) -> Option<Self> {
        Self::unresolved_from(schema, stage, None, failures)
    }

    /// Returns the error of a stage, or `None` if no field failed. `local` is the local file, or
    /// `memory`, that replaced every remote store.
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
        let local = local
            .map(|name| format!(" from the local values ({name})"))
            .unwrap_or_default();
        let detail = format!("{count} could not be resolved{local}");
        let stage = Some(stage.to_owned());
        let inner = ErrorInner::new(ErrorKind::Unresolved, schema.name, detail, "");
        Some(Self::from_inner(ErrorInner {
            stage,
            failures,
            ..inner
        }))
    }

    /// Joins the errors of several configurations. The paths of their fields then begin with the
    /// name of the struct, as in `Mail.host`. Returns a single error unchanged, and `None` if there
    /// is no error.
    pub(crate) fn join(mut errors: Vec<Self>) -> Option<Self> {
        if errors.len() < 2 {
            return errors.pop();
        }
        let failures: Vec<Failure> = errors.iter().flat_map(Self::prefix_failures).collect();
        let snapshots = errors
            .iter()
            .flat_map(|error| error.0.snapshots.iter().cloned())
            .collect();
        let first = errors.first()?;
        let detail = format!(
            "{} fields of {} configurations could not be resolved",
            failures.len(),
            errors.len()
        );
        let inner = ErrorInner::new(first.kind(), &first.0.diagnostic.subject, detail, "");
        Some(Self::from_inner(ErrorInner {
            stage: first.0.stage.clone(),
            failures,
            snapshots,
            ..inner
        }))
    }

    fn prefix_failures(&self) -> impl Iterator<Item = Failure> {
        let config = &self.0.diagnostic.subject;
        self.0.failures.iter().cloned().map(move |mut failure| {
            let subject = &mut failure.diagnostic.subject;
            *subject = if subject.is_empty() {
                config.clone()
            } else {
                format!("{config}.{subject}")
            };
            failure
        })
    }

    /// Adds the report of the snapshot.
    pub(crate) fn with_snapshot(mut self, snapshot: Option<&SnapshotReport>) -> Self {
        if let Some(snapshot) = snapshot {
            Arc::make_mut(&mut self.0).snapshots = vec![snapshot.clone()];
        }
        self
    }

    /// Emits the event of a load that failed.
    pub(crate) fn emit(&self) {
        let ErrorInner {
            diagnostic,
            stage,
            failures,
            ..
        } = &*self.0;
        tracing::error!(
            target: "stage_config",
            config = Some(diagnostic.subject.as_str()).filter(|config| !config.is_empty()),
            stage = stage.as_deref(),
            kind = diagnostic.kind.as_str(),
            // A failure holds texts only, so it can always be written as JSON.
            failures = serde_json::to_string(failures).unwrap_or_default(),
            // The error is recorded as a text, so that a subscriber escapes the line ends: a log of
            // Lambda would split the text at each line end.
            error = self.to_string(),
            "the configuration could not be loaded"
        );
    }

    fn from_inner(inner: ErrorInner) -> Self {
        Self(Arc::new(inner))
    }

    /// Returns the category of the error.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.diagnostic.kind
    }

    /// Returns the cause, without the configuration, the stage, the help and the
    /// [`failures`](Self::failures).
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.0.diagnostic.detail
    }

    /// Returns what the user should do. The help is empty if each of the
    /// [`failures`](Self::failures), or each mistake that the message lists, has its own help.
    ///
    /// ```
    /// # use stage_config::StageConfig;
    /// # #[derive(StageConfig)]
    /// # #[stage(dev = "/shop/dev/{field}", prod = "/shop/prod/{field}")]
    /// # struct Config { table: String }
    /// let error = Config::loader().stage("qa1").plan().unwrap_err();
    /// assert_eq!(
    ///     error.help().to_string(),
    ///     "set `stage` to one of the declared stages: `dev`, `prod`",
    /// );
    /// ```
    #[must_use]
    pub fn help(&self) -> &Help {
        &self.0.diagnostic.help
    }

    /// Returns the mistakes in the input of the load, if there are several.
    pub(crate) fn mistakes(&self) -> &[Mistake] {
        &self.0.mistakes
    }

    /// Returns every field that failed. The list is empty unless the kind is
    /// [`ErrorKind::Unresolved`].
    ///
    /// ```
    /// # use stage_config::{Failure, FailureKind, StageConfig};
    /// # #[derive(StageConfig)]
    /// # #[stage(dev = "/shop/dev/{field}")]
    /// # struct Config { table: String, queue: String, port: u16 }
    /// let error = Config::for_tests().set("port", "80a80").build().err().unwrap();
    ///
    /// // One error lists all failed fields.
    /// let missing = error.failures().iter().filter(|one| one.kind() == FailureKind::Missing);
    /// assert_eq!(missing.map(Failure::field).collect::<Vec<_>>(), ["table", "queue"]);
    /// assert_eq!(error.failures().len(), 3);
    /// ```
    #[must_use]
    pub fn failures(&self) -> &[Failure] {
        &self.0.failures
    }

    /// Returns the report of each snapshot that the load tried to use. The report says why the
    /// snapshot did not prevent the error. A `load!` may have one report for each configuration.
    #[must_use]
    pub fn snapshots(&self) -> &[SnapshotReport] {
        &self.0.snapshots
    }
}

impl ErrorInner {
    fn new(
        kind: ErrorKind,
        config: &str,
        detail: impl Into<String>,
        help: impl Into<Help>,
    ) -> Self {
        Self {
            diagnostic: Diagnostic::new(kind, config, detail, help),
            stage: None,
            mistakes: Vec::new(),
            failures: Vec::new(),
            snapshots: Vec::new(),
        }
    }
}

impl std::error::Error for Error {}
