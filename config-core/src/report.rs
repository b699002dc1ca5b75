//! The report of a load: where every field came from, and which calls were made. It contains no
//! value.

mod display;
mod events;
mod snapshot;
mod totals;

pub use crate::platform::{Evidence, InitializationType, Platform};
pub use snapshot::{SnapshotReport, SnapshotState};
pub(crate) use totals::CallTotals;

use crate::failure::{Failure, FailureKind};
use serde::{Serialize, Serializer};
use std::time::Duration;

/// How a configuration was resolved.
///
/// `Display` prints a table. With `Serialize`, you can write the report to logs of your own. `load`
/// emits the report as JSON in one `tracing` event (target `stage_config`, level INFO). The report
/// contains names of parameters and secrets, and versions, but no value.
///
/// ```
/// # use stage_config::{Error, SecretString, StageConfig, testing::Memory};
/// #[derive(StageConfig)]
/// #[stage(dev = "/shop/dev/{field}")]
/// struct Config {
///     table: String,
///     api_key: SecretString,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Error> {
/// # let values = Memory::new().set("table", "orders").set("api_key", "sk_test_1");
/// let loaded = Config::loader().stage("dev").local(values).resolve().await?;
/// let table = loaded.report.to_string(); // for a person
/// let json = serde_json::to_value(&loaded.report).unwrap(); // for a log
///
/// assert!(table.starts_with("configuration `Config`, stage `dev`"));
/// assert_eq!(json["fields"][1]["field"], "api_key");
/// assert_eq!(json["fields"][1]["secret"], true);
/// assert!(!table.contains("sk_test_1") && !json.to_string().contains("sk_test_1"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// The name of the struct.
    pub config: String,
    /// The stage.
    pub stage: String,
    /// Where the process runs, as its environment variables say.
    pub platform: Platform,
    /// Whether the snapshot of SnapStart may contain the loaded values, including secrets. Without
    /// the cargo feature `lambda`, this is true for every load under SnapStart.
    pub before_restore: bool,
    /// Whether the stage is undeclared, so that the sources of undeclared stages were used.
    pub fallback: bool,
    /// The local file, or `memory`, that replaced every remote store; `None` without local values.
    pub local: Option<String>,
    /// The variables `STAGE_CONFIG_SOURCE__…` and `STAGE_CONFIG_SET__…` that name a field of the
    /// configuration.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<OverrideReport>,
    /// The calls to the stores. The calls of one wave were sent concurrently.
    pub calls: Vec<CallReport>,
    /// The fields, in the order of their declaration.
    pub fields: Vec<FieldReport>,
    /// Fields of unknown secrecy whose values are secret. [`Loaded`](crate::Loaded) does not pass
    /// these values to Figment.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<String>,
    /// How long the whole load took. `Serialize` writes milliseconds.
    #[serde(rename = "ms", serialize_with = "serialize_milliseconds")]
    pub elapsed: Duration,
    /// The fields that failed.
    pub failures: Vec<Failure>,
    /// The refreshes since the load; `None` if there were none. See [`Live`](crate::Live).
    pub refresh: Option<RefreshReport>,
    /// Whether the load used its snapshot, or why it could not; `None` if the load did not try to
    /// use a snapshot.
    pub snapshot: Option<SnapshotReport>,
}

/// The results of the refreshes since the load.
///
/// ```
/// use stage_config::store::{Denied, FetchFuture, Found, Outcome, Request, Store};
/// use stage_config::{Error, FailureKind, StageConfig};
/// use std::{sync::atomic::{AtomicBool, Ordering::Relaxed}, time::Duration};
///
/// #[derive(StageConfig)]
/// #[stage(dev = "/shop/dev/{field}")]
/// struct Config {
///     #[config(refresh = "5m")]
///     table: String,
/// }
///
/// /// Returns the value at the first call, and denies every later read.
/// struct Revoked(AtomicBool);
///
/// impl Store for Revoked {
///     fn fetch<'a>(&'a self, requests: &'a [Request]) -> FetchFuture<'a> {
///         let outcome = match self.0.swap(true, Relaxed) {
///             false => Outcome::Found(Found::from_text("orders")),
///             true => Outcome::Denied(Denied::new("the grant was removed")),
///         };
///         Box::pin(async move { vec![outcome; requests.len()] })
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Error> {
/// let loader = Config::loader().stage("dev").store("ssm", Revoked(AtomicBool::new(false)));
/// let live = loader.live(Duration::from_secs(300)).await?;
/// assert!(live.report().refresh.is_none()); // not refreshed yet
///
/// assert!(live.refresh().await.is_err());
/// let report = live.report();
/// let refresh = report.refresh.as_ref().unwrap();
/// assert_eq!((refresh.succeeded, refresh.failed), (0, 1));
/// assert_eq!(refresh.failures[0].kind(), FailureKind::Denied);
/// assert!(report.is_complete()); // the load itself did not fail
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default, Serialize)]
#[non_exhaustive]
pub struct RefreshReport {
    /// The number of refreshes that succeeded.
    pub succeeded: u64,
    /// The number of refreshes that failed since the last success. While it is not 0, the last good
    /// values are served.
    pub failed: u32,
    /// Why the last refresh failed, field by field.
    pub failures: Vec<Failure>,
    /// Why the last refresh failed if no field is the cause, for example because no runtime was
    /// running.
    pub reason: Option<String>,
}

/// One call to a store.
///
/// ```
/// use stage_config::store::{Failed, FetchFuture, Found, Outcome, Request, Store};
/// use stage_config::{Error, FailureKind, StageConfig};
/// use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
///
/// #[derive(StageConfig)]
/// #[stage(dev = "/shop/dev/{field}")]
/// struct Config {
///     table: String,
///     queue: String,
/// }
///
/// /// Throttles the first attempt.
/// struct Busy(AtomicBool);
///
/// impl Store for Busy {
///     fn fetch<'a>(&'a self, requests: &'a [Request]) -> FetchFuture<'a> {
///         let outcome = match self.0.swap(true, Relaxed) {
///             false => Outcome::Failed(Failed::new(FailureKind::Throttled, "")),
///             true => Outcome::Found(Found::from_text("orders")),
///         };
///         Box::pin(async move { vec![outcome; requests.len()] })
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Error> {
/// let loader = Config::loader().stage("dev").store("ssm", Busy(AtomicBool::new(false)));
/// let report = loader.resolve().await?.report;
/// let call = &report.calls[0];
/// assert_eq!(call.names, ["/shop/dev/queue", "/shop/dev/table"]);
/// assert_eq!((call.retries, call.throttles), (1, 1));
/// assert!(call.start + call.elapsed <= report.elapsed);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CallReport {
    /// The scheme of the store.
    pub scheme: String,
    /// The operation that was called, as in `GetParameters`.
    pub operation: String,
    /// The region, if the sources name one.
    pub region: Option<String>,
    /// The names that were requested.
    pub names: Vec<String>,
    /// The time from the start of the load, or of the refresh, to the start of the call. With
    /// `elapsed`, this gives the timeline of the calls. `Serialize` writes milliseconds.
    #[serde(rename = "start_ms", serialize_with = "serialize_milliseconds")]
    pub start: Duration,
    /// How long the call took: the wait for credentials, all attempts, and the pauses between them.
    /// `Serialize` writes milliseconds.
    #[serde(rename = "ms", serialize_with = "serialize_milliseconds")]
    pub elapsed: Duration,
    /// The number of retries.
    pub retries: u32,
    /// The number of attempts that the store throttled.
    pub throttles: u32,
}

/// An environment override: a variable that names a field. This entry contains the name of the
/// variable, but not its content.
///
/// ```
/// # use stage_config::{Error, StageConfig, testing::Memory};
/// # #[derive(StageConfig)]
/// # #[stage(dev = "/shop/dev/{field}")]
/// # struct Config { table: String }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Error> {
/// # let values = Memory::new().set("table", "orders");
/// // A check after an incident: is an override still set?
/// let report = Config::loader().stage("dev").local(values).check().await?;
/// let variables: Vec<&str> = report.overrides.iter().map(|one| one.variable.as_str()).collect();
/// assert!(variables.is_empty(), "remove {}", variables.join(", "));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct OverrideReport {
    /// The name of the variable.
    pub variable: String,
    /// The path of the field, as in `mail.password`.
    pub field: String,
    /// Whether the variable determines the field: `STAGE_CONFIG_SET__…` takes precedence over
    /// `STAGE_CONFIG_SOURCE__…`.
    pub effective: bool,
}

/// Where one field came from.
///
/// ```
/// use stage_config::report::{FieldReport, Origin};
/// # use stage_config::{Error, StageConfig, testing::Memory};
///
/// #[derive(StageConfig)]
/// #[stage(prod = "/shop/prod/{field}")]
/// struct Config {
///     table: String,
///     #[config(default = 30)]
///     timeout_s: u64,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Error> {
/// # let values = Memory::new().set("table", "orders");
/// let report = Config::loader().stage("prod").local(values).resolve().await?.report;
///
/// // Which fields have no value in the stage, so that their default applies?
/// let is_default = |field: &&FieldReport| field.origin == Origin::Default;
/// let defaults: Vec<_> = report.fields.iter().filter(is_default).collect();
/// assert_eq!(defaults[0].field, "timeout_s");
/// assert_eq!(defaults[0].source.as_deref(), Some("30"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FieldReport {
    /// The path of the field, as in `mail.password`.
    pub field: String,
    /// Whether the field is secret. For a field of unknown secrecy, the value that was found
    /// decides.
    pub secret: bool,
    /// Where the value came from.
    pub origin: Origin,
    /// The source, the name of the provider, the key in the local file, the variable, the template
    /// of a composed field, or the default expression that the value came from. For a failed field:
    /// the source that failed, or the whole chain if the value is missing in all sources.
    pub source: Option<String>,
    /// The version that was read, if the store has versions.
    pub version: Option<String>,
    /// The environment variable that replaced the source of the field, or set its value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variable: Option<String>,
}

/// Where a field's value came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Origin {
    /// One of the field's sources.
    Source,
    /// The local file, or values in memory.
    Local,
    /// The snapshot, which replaced one of the field's sources.
    Snapshot,
    /// The environment variable `STAGE_CONFIG_SET__…`.
    Set,
    /// A provider passed to `overrides`.
    Override,
    /// A provider passed to `defaults`.
    Defaults,
    /// The values of other fields: `compose`.
    Composed,
    /// The field's own `default`.
    Default,
    /// No value was found, and the field or a struct around it is optional.
    Unset,
    /// The field failed.
    Failed(FailureKind),
}

impl Report {
    /// Returns `true` if no field failed.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.failures.is_empty()
    }

    fn has_used_snapshot(&self) -> bool {
        let snapshot = self.snapshot.as_ref();
        snapshot.is_some_and(SnapshotReport::is_used)
    }

    /// Returns the report as one line, for an event. A log of Lambda splits a text at its line
    /// ends.
    fn to_json(&self) -> String {
        // A report holds only texts, numbers and flags, so it can always be written as JSON.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl RefreshReport {
    pub(crate) fn new_after_success(before: Option<&Self>) -> Self {
        Self {
            succeeded: before.map_or(0, |before| before.succeeded) + 1,
            ..Self::default()
        }
    }

    pub(crate) fn new_after_failure(
        before: Option<&Self>,
        failures: &[Failure],
        reason: impl FnOnce() -> String,
    ) -> Self {
        let (succeeded, failed) = before.map_or((0, 0), |before| (before.succeeded, before.failed));
        let reason = failures.is_empty().then(reason);
        Self {
            succeeded,
            failed: failed.saturating_add(1),
            failures: failures.to_vec(),
            reason,
        }
    }
}

fn serialize_milliseconds<S: Serializer>(
    elapsed: &Duration,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64((elapsed.as_secs_f64() * 1e6).round() / 1e3)
}
