//! Runs one refresh and publishes its result. A refresh whose caller is cancelled counts as failed.

use super::{
    Live, LiveInner,
    generation::{Generation, apply_refresh, keep_stale},
    refresher::{RefreshScope, Refresher},
};
use crate::{
    config_struct::ConfigStruct, dual_instant::DualInstant, error::Error,
    single_flight::LeaderGuard,
};
use std::{sync::Arc, time::Duration};
use tracing::Instrument as _;

/// The maximum timeout: longer than any caller waits, and short enough to add to an `Instant`.
const MAX_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);

type RefreshLeader<'a> = LeaderGuard<'a, Refresher, Error>;

impl<T: ConfigStruct> Live<T> {
    /// Runs a refresh as its leader, and passes its result to the waiters.
    pub(super) async fn run_refresh(
        &self,
        mut flight: RefreshLeader<'_>,
        scope: RefreshScope,
        timeout: Duration,
    ) -> Result<(), Error> {
        if flight.work_mut().is_idle() {
            return Ok(());
        }

        let before = self.0.newest.load_full();
        let mut attempt = RefreshAttempt {
            live: &self.0,
            before: &before,
            leader: Some(flight),
        };
        let Some(flight) = &mut attempt.leader else {
            return Ok(());
        };
        let span = flight.work_mut().new_span();
        let result = flight
            .work_mut()
            .refresh::<T>(scope, timeout.min(MAX_TIMEOUT), &span)
            .instrument(span.clone())
            .await;
        if let Err(error) = &result {
            span.record("error", error.kind().as_str());
        }
        drop(span);
        let next = flight.work_mut().next_due(DualInstant::now());
        let Some(mut flight) = attempt.leader.take() else {
            return Ok(());
        };

        let (generation, next, error) = match result {
            Ok(Some(refreshed)) => {
                let (generation, pending_error) = apply_refresh(&before, refreshed);
                let pause = pending_error.as_ref().map(|_| generation.next_backoff());
                (
                    generation,
                    next.into_iter().chain(pause).min(),
                    pending_error,
                )
            }
            Ok(None) => {
                self.0.schedule_next(next, before.refreshed);
                return Ok(());
            }
            Err(error) => {
                let generation = keep_stale(&before, &error);
                let pause = generation.next_backoff();
                (generation, Some(pause), Some(error))
            }
        };

        let refreshed = generation.refreshed;
        self.0.newest.store(Arc::new(generation));
        flight.finish(error.clone());
        // Schedule after `store`, so that no caller gets values that are too old. Schedule before
        // `drop(flight)`, because the next refresh can start after that.
        self.0.schedule_next(next, refreshed);
        drop(flight);
        error.map_or(Ok(()), Err)
    }
}

/// A running refresh. If its caller is cancelled or user code panics, the drop records a failure.
/// Without that record, a refresh that always takes longer than its callers wait would not appear
/// in the report.
struct RefreshAttempt<'a, T> {
    live: &'a LiveInner<T>,
    before: &'a Generation<T>,
    /// `None` after the refresh has ended.
    leader: Option<RefreshLeader<'a>>,
}

impl<T> Drop for RefreshAttempt<'_, T> {
    fn drop(&mut self) {
        if let Some(mut flight) = self.leader.take()
            && let Some(error) = flight.work_mut().take_abort_error()
        {
            let generation = keep_stale(self.before, &error);
            let pause = generation.next_backoff();
            // This refresh has no result to share, so the next waiter becomes the leader.
            self.live.newest.store(Arc::new(generation));
            self.live.schedule_next(Some(pause), self.before.refreshed);
        }
    }
}
