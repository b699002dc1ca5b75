//! The events that show a report in the program's log.

use super::{CallTotals, OverrideReport, Platform, Report};
use std::time::Duration;

impl Report {
    /// Emits the warnings of a load that succeeded, then the event of the load.
    pub(crate) fn emit(&self) {
        self.emit_warnings();
        let (config, stage) = (self.config.as_str(), self.stage.as_str());
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

    /// Emits one warning for each fact that the person who deploys must know.
    fn emit_warnings(&self) {
        let (config, stage) = (self.config.as_str(), self.stage.as_str());
        if let Platform::Emulator(evidence) = self.platform {
            let evidence = evidence.to_string();
            tracing::warn!(
                target: "stage_config",
                config,
                stage,
                evidence,
                "the process runs in an emulator of Lambda, so the rules for local development apply: if this is a deployed function, unset the variable that `evidence` names"
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
                tracing::warn!(target: "stage_config", config, stage, variable, field, "an environment variable has no effect, because another environment variable sets the field");
            }
        }
    }

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
