//! The report of a load: where every field came from, and which calls were made. It contains no
//! value.

mod display;
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
/// `Display` prints a table, and `Serialize` supports your own logs. `load` emits the report as
/// JSON in one `tracing` event (target `stage_config`, level INFO). The report contains names of
/// parameters and secrets, and versions, but no value.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// The name of the struct.
    pub config: String,
    /// The stage.
    pub stage: String,
    /// Where the process runs, as its environment variables say.
    pub platform: Platform,
    /// Whether the snapshot of SnapStart may contain the loaded values, also secrets. Without the
    /// cargo feature `lambda`, this is true for every load under SnapStart.
    pub before_restore: bool,
    /// Whether the stage is undeclared, so that the sources of undeclared stages were used.
    pub fallback: bool,
    /// The local file, or `memory`, that replaced every remote store; `None` without local values.
    pub local: Option<String>,
    /// The variables `STAGE_CONFIG_SOURCE__…` and `STAGE_CONFIG_SET__…` that name a field of the
    /// configuration.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<OverrideReport>,
    /// The calls, which were all sent concurrently.
    pub calls: Vec<CallReport>,
    /// The fields, in the order of their declaration.
    pub fields: Vec<FieldReport>,
    /// Fields of unknown secrecy whose values are secret. [`Loaded`](crate::Loaded) does not pass
    /// them to Figment.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub withheld: Vec<String>,
    /// How long the whole load took. `Serialize` writes milliseconds.
    #[serde(rename = "ms", serialize_with = "serialize_milliseconds")]
    pub elapsed: Duration,
    /// The fields that failed.
    pub failures: Vec<Failure>,
    /// The refreshes since the load; `None` if there were none. See [`Live`](crate::Live).
    pub refresh: Option<RefreshReport>,
    /// The result of the snapshot; `None` if the load did not need one.
    pub snapshot: Option<SnapshotReport>,
}

/// The results of the refreshes since the load.
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
#[derive(Debug, Clone, Serialize)]
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
    /// The time from the start of the first attempt to the end of the last one. `Serialize` writes
    /// milliseconds.
    #[serde(rename = "ms", serialize_with = "serialize_milliseconds")]
    pub elapsed: Duration,
    /// The number of retries.
    pub retries: u32,
    /// The number of attempts that the store throttled.
    pub throttles: u32,
}

/// An environment override: a variable that names a field. This entry contains the name of the
/// variable, but not its content.
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FieldReport {
    /// The path of the field, as in `mail.password`.
    pub field: String,
    /// Whether the field is secret. For a field of unknown secrecy, the value that was found
    /// decides.
    pub secret: bool,
    /// The layer that the value came from.
    pub origin: Origin,
    /// The source, the name of the provider, the key in the local file, the variable, or the
    /// default expression that the value came from. For a failed field: the source that failed, or
    /// the whole chain if the value is missing in all sources.
    pub source: Option<String>,
    /// The version that was read, if the store has versions.
    pub version: Option<String>,
    /// The environment variable that replaced the source of the field, or set its value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variable: Option<String>,
}

/// The layer that a field's value came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Origin {
    /// One of its sources.
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
    /// No value was found, and the field is optional.
    Unset,
    /// The field failed.
    Failed(FailureKind),
}

impl Report {
    /// Returns whether no field failed.
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
        // A report holds texts and numbers only, so it can always be written as JSON.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Emits the event of a load that succeeded, and one warning for each fact that the person who
    /// deploys must know.
    pub(crate) fn emit(&self) {
        let (config, stage) = (self.config.as_str(), self.stage.as_str());
        if let Platform::Emulator(evidence) = self.platform {
            let evidence = evidence.to_string();
            tracing::warn!(
                target: "stage_config",
                config,
                stage,
                evidence,
                "the process runs in an emulator of Lambda, so the rules for a laptop apply: on a deployed function, unset the variable that the evidence names"
            );
        }

        if self.before_restore {
            tracing::warn!(
                target: "stage_config",
                config,
                stage,
                "the snapshot of SnapStart may contain the values of this load, also secrets, and every restored copy then has them: load with `stage_config::lambda::load`"
            );
        }

        if self.fallback {
            tracing::warn!(target: "stage_config", config, stage, "the stage is not declared: fallback sources are used");
        }

        if let Some(local) = self.local.as_deref() {
            tracing::warn!(target: "stage_config", config, stage, local, "local values replace every remote store");
        }

        if let Some(snapshot) = &self.snapshot {
            snapshot.emit(config, stage);
        }

        for OverrideReport {
            variable,
            field,
            effective,
        } in &self.overrides
        {
            let (variable, field) = (variable.as_str(), field.as_str());
            if *effective {
                tracing::warn!(target: "stage_config", config, stage, variable, field, "an environment variable overrides a field");
            } else {
                tracing::warn!(target: "stage_config", config, stage, variable, field, "an environment variable has no effect: another one sets the field");
            }
        }

        let ms = u64::try_from(self.elapsed.as_millis()).unwrap_or(u64::MAX);
        let CallTotals {
            calls,
            retries,
            throttles,
        } = CallTotals::sum(&self.calls);
        tracing::info!(
            target: "stage_config",
            config,
            stage,
            fallback = self.fallback,
            calls,
            retries,
            throttles,
            snapshot = self.has_used_snapshot(),
            ms,
            // Evaluated only if a subscriber wants the event.
            report = self.to_json(),
            "configuration loaded"
        );
    }
}

impl Report {
    /// Emits the event of a refresh that succeeded. If values changed, the event has the level INFO
    /// and names their fields. Otherwise it has the level DEBUG.
    pub(crate) fn emit_refreshed(&self, changed_fields: &[String]) {
        let (config, stage) = (self.config.as_str(), self.stage.as_str());
        let ms = u64::try_from(self.elapsed.as_millis()).unwrap_or(u64::MAX);
        if changed_fields.is_empty() {
            tracing::debug!(target: "stage_config", config, stage, ms, "configuration refreshed: no value changed");
        } else {
            let fields = changed_fields.join(", ");
            tracing::info!(target: "stage_config", config, stage, fields, ms, "configuration refreshed: values changed");
        }
    }

    /// Emits the warning of a refresh that failed completely or in part. `age` is the age of the
    /// values that are served.
    pub(crate) fn emit_stale(&self, age: Duration) {
        let (config, stage) = (self.config.as_str(), self.stage.as_str());
        let failed = self.refresh.as_ref().map_or(0, |refresh| refresh.failed);
        tracing::warn!(
            target: "stage_config",
            config,
            stage,
            failed,
            age_s = age.as_secs(),
            report = self.to_json(),
            "the configuration could not be refreshed, or not all of it: the last good values are \
             served"
        );
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
