//! The static cell of a configuration. It is filled at most once, and only one load runs at a time.

use crate::{
    call_timeout::CallTimeout,
    config_struct::ConfigStruct,
    error::Error,
    live::Live,
    single_flight::{FlightRole, LeaderGuard, SingleFlight},
};
use std::{
    future::Future,
    sync::{Arc, LazyLock, OnceLock},
    time::Duration,
};
use tokio::time::Instant;

/// The static cell of one configuration. It keeps the result of a successful load, but no error.
pub struct ConfigCell<T> {
    /// The values of the load, which `get()` returns, and the live configuration.
    value: OnceLock<(Arc<T>, Live<T>)>,
    flight: LazyLock<SingleFlight<(), Error>>,
}

impl<T> Default for ConfigCell<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> ConfigCell<T> {
    /// Creates an empty cell.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            value: OnceLock::new(),
            flight: LazyLock::new(|| SingleFlight::new(())),
        }
    }

    /// Returns the value if it is loaded.
    pub fn get(&self) -> Option<&T> {
        self.value.get().map(|(loaded, _)| &**loaded)
    }

    /// Returns the live configuration if it is loaded.
    pub(crate) fn live(&self) -> Option<&Live<T>> {
        self.value.get().map(|(_, live)| live)
    }
}

impl<T: ConfigStruct> ConfigCell<T> {
    /// Returns the value. If the cell is empty, runs `load`, or waits for the running load. One
    /// timeout covers the waiting and the load; `load` gets the start of this timeout.
    pub(crate) async fn get_or_load<F>(
        &self,
        timeout: Duration,
        load: impl FnOnce(Instant) -> F,
    ) -> Result<&T, Error>
    where
        F: Future<Output = Result<Live<T>, Error>>,
    {
        if let Some(value) = self.get() {
            return Ok(value);
        }

        let timeout = CallTimeout::new(timeout);
        if let Some(flight) = self.join_load(timeout).await? {
            flight.finish(load(timeout.start).await)?;
        }
        Ok(self
            .get()
            .expect("a load that succeeds has filled the cell"))
    }

    /// Becomes the leader of the load, or waits for the running load. Returns `None` if the cell is
    /// filled. All waiters share the error of the load; a later caller loads again.
    ///
    /// # Errors
    ///
    /// Returns the error of the running load, or the error of the wait. This function emits the
    /// event for an error of the wait. The leader emits the event for an error of the load.
    pub(crate) async fn join_load(
        &self,
        timeout: CallTimeout,
    ) -> Result<Option<InFlight<'_, T>>, Error> {
        let role = timeout
            .wait_for(&T::STRUCT_SCHEMA, "load", self.flight.join_current())
            .await
            .inspect_err(Error::emit)?;
        match role {
            FlightRole::Waiter(result) => result.map(|()| None),
            // Another load filled the cell after the caller checked it.
            FlightRole::Leader(_) if self.value.get().is_some() => Ok(None),
            FlightRole::Leader(leader) => Ok(Some(InFlight { leader, cell: self })),
        }
    }
}

/// The right to fill a cell. At most one exists for each cell at a time.
pub(crate) struct InFlight<'a, T> {
    leader: LeaderGuard<'a, (), Error>,
    cell: &'a ConfigCell<T>,
}

impl<T> InFlight<'_, T> {
    /// Fills the cell, or passes the error to all waiters.
    pub(crate) fn finish(mut self, result: Result<Live<T>, Error>) -> Result<(), Error> {
        // Only the leader fills the cell, so the cell is empty here and `set` succeeds.
        let result = result.map(|live| drop(self.cell.value.set((live.latest(), live))));
        self.leader.finish(result.clone().err());
        result
    }
}
