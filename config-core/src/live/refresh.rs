//! Decides whether a refresh runs, and which caller runs it.

use super::{DEFAULT_REFRESH_TIMEOUT, Live, refresher::RefreshScope};
use crate::{
    backoff::REFRESH_BACKOFF, call_timeout::CallTimeout, config_struct::ConfigStruct, error::Error,
    runtime::check_runtime, single_flight::FlightRole,
};
use std::time::Duration;
use tokio::time::sleep;

impl<T: ConfigStruct> Live<T> {
    /// Refreshes all fields that have a refresh interval. One timeout covers the waiting and the
    /// fetching.
    pub(super) async fn refresh_all(&self, timeout: CallTimeout) -> Result<(), Error> {
        match timeout
            .wait_for(&T::STRUCT_SCHEMA, "refresh", self.0.flight.join_next())
            .await?
        {
            FlightRole::Leader(flight) => {
                self.run_refresh(flight, RefreshScope::All, timeout.remaining())
                    .await
            }
            FlightRole::Waiter(result) => result,
        }
    }

    /// Runs the refresh that is due, unless another caller runs it. If the values are too old,
    /// replaces them, or waits for the caller that replaces them.
    pub(super) async fn refresh_if_due(&self) -> Result<(), Error> {
        // Check the age first: values that are too old must not be served, not even during the
        // pause after a failed refresh.
        if self.is_expired() {
            return self.replace_expired().await;
        }

        if let Some(flight) = self.0.flight.try_lead()
            && self.0.schedule.is_due()
        {
            // Ignore an error: the report and a warning contain it, and the last good values are
            // served.
            let _ = self
                .run_refresh(
                    flight,
                    RefreshScope::Due,
                    self.0
                        .options
                        .refresh_timeout
                        .unwrap_or(DEFAULT_REFRESH_TIMEOUT),
                )
                .await;
        }
        Ok(())
    }

    fn is_expired(&self) -> bool {
        let age = || self.0.newest.load().refreshed.elapsed();
        self.0.options.max_age.is_some_and(|max| age() > max)
    }

    async fn replace_expired(&self) -> Result<(), Error> {
        let timeout = CallTimeout::new(self.0.load_timeout);
        match timeout
            .wait_for(&T::STRUCT_SCHEMA, "refresh", self.0.flight.join_current())
            .await?
        {
            // The refresh that this caller waited for may have replaced the values.
            FlightRole::Leader(_) if !self.is_expired() => Ok(()),
            FlightRole::Leader(flight) => {
                // Pause between calls to a store that is down. Callers that arrive meanwhile wait
                // for this one.
                let failed = self.0.newest.load().failed;
                let pause = failed.map_or(Duration::ZERO, |at| {
                    REFRESH_BACKOFF.first.saturating_sub(at.elapsed())
                });
                if !pause.is_zero() && check_runtime(&T::STRUCT_SCHEMA).is_ok() {
                    sleep(pause.min(timeout.remaining())).await;
                }
                self.run_refresh(flight, RefreshScope::All, timeout.remaining())
                    .await
            }
            FlightRole::Waiter(result) => result,
        }
    }
}
