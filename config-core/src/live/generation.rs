//! One state of a live configuration, and the next state after a refresh.

use super::refresher::RefreshResult;
use crate::{
    backoff::REFRESH_BACKOFF,
    decoded_config::DecodedConfig,
    dual_instant::DualInstant,
    error::Error,
    report::{RefreshReport, Report},
};
use std::{sync::Arc, time::Duration};

/// One state of the configuration.
pub(super) struct Generation<T> {
    pub(super) config: Arc<T>,
    pub(super) report: Arc<Report>,
    /// The time of the load or of the last successful refresh; while values come from a snapshot,
    /// the time of the snapshot.
    pub(super) refreshed: DualInstant,
    /// The time of the last refresh, if it failed; `None` after a success.
    pub(super) failed: Option<DualInstant>,
}

impl<T> Generation<T> {
    /// Returns the pause after a failed refresh.
    pub(super) fn next_backoff(&self) -> Duration {
        REFRESH_BACKOFF.draw(
            self.report
                .refresh
                .as_ref()
                .map_or(0, |refresh| refresh.failed.saturating_sub(1)),
        )
    }
}

/// Returns the new generation, and the error of the fields that could not be refreshed.
pub(super) fn apply_refresh<T>(
    before: &Generation<T>,
    refreshed: RefreshResult<T>,
) -> (Generation<T>, Option<Error>) {
    let RefreshResult {
        decoded: DecodedConfig {
            config, mut report, ..
        },
        changed_fields,
        pending_error,
    } = refreshed;
    // Keep the same `Arc` for unchanged values, so nothing built from it is rebuilt.
    let config = if changed_fields.is_empty() {
        before.config.clone()
    } else {
        Arc::new(config)
    };
    let Some(error) = pending_error else {
        report.refresh = Some(RefreshReport::new_after_success(
            before.report.refresh.as_ref(),
        ));
        report.emit_refreshed(&changed_fields);
        return (
            Generation {
                config,
                report: Arc::new(report),
                refreshed: DualInstant::now(),
                failed: None,
            },
            None,
        );
    };

    // Some of the values were not refreshed, so keep what the earlier report says about the
    // snapshot and the refreshes.
    (report.snapshot, report.refresh) = (
        before.report.snapshot.clone(),
        before.report.refresh.clone(),
    );
    let next = keep_stale(
        &Generation {
            config,
            report: Arc::new(report),
            ..*before
        },
        &error,
    );
    (next, Some(error))
}

/// Returns the generation after a failed refresh: the same values, with the failure in the report.
pub(super) fn keep_stale<T>(before: &Generation<T>, error: &Error) -> Generation<T> {
    let mut report = Report::clone(&before.report);
    let refresh =
        RefreshReport::new_after_failure(before.report.refresh.as_ref(), error.failures(), || {
            error.to_string()
        });
    report.refresh = Some(refresh);
    report.emit_stale(before.refreshed.elapsed());
    let failed = Some(DualInstant::now());
    Generation {
        config: before.config.clone(),
        report: Arc::new(report),
        refreshed: before.refreshed,
        failed,
    }
}
