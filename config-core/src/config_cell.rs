//! The static cell of a configuration, which is filled once, by one load at a time.

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

/// The static cell of one configuration. Success is kept; an error is not.
pub struct ConfigCell<T> {
    /// What was loaded, which `get()` promises to keep, and the same that refreshes itself.
    value: OnceLock<(Arc<T>, Live<T>)>,
    flight: LazyLock<SingleFlight<(), Error>>,
}

impl<T> Default for ConfigCell<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> ConfigCell<T> {
    /// An empty cell.
    #[must_use]
    pub const fn new() -> Self {
        Self { value: OnceLock::new(), flight: LazyLock::new(|| SingleFlight::new(())) }
    }

    /// The value, once it is loaded.
    pub fn get(&self) -> Option<&T> {
        self.value.get().map(|(loaded, _)| &**loaded)
    }

    /// The same that stays fresh, once it is loaded.
    pub(crate) fn live(&self) -> Option<&Live<T>> {
        self.value.get().map(|(_, live)| live)
    }
}

impl<T: ConfigStruct> ConfigCell<T> {
    /// The value, from this load or from the one that is under way. `timeout` is for both, and says when it began.
    pub(crate) async fn get_or_load<F>(&self, timeout: Duration, load: impl FnOnce(Instant) -> F) -> Result<&T, Error>
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
        Ok(self.get().expect("a load that succeeds has filled the cell"))
    }

    /// Gives the right to load, or waits for the load under way: `None` where the cell is filled. All who waited share its error; a
    /// later caller loads again.
    pub(crate) async fn join_load(&self, timeout: CallTimeout) -> Result<Option<InFlight<'_, T>>, Error> {
        match timeout.wait_for(&T::STRUCT_SCHEMA, "load", self.flight.join_current()).await? {
            FlightRole::Waiter(result) => result.map(|()| None),
            // It was filled between the caller's look and its flight.
            FlightRole::Leader(_) if self.value.get().is_some() => Ok(None),
            FlightRole::Leader(leader) => Ok(Some(InFlight { leader, cell: self })),
        }
    }
}

/// The right to fill a cell. There is no other one while it is held.
pub(crate) struct InFlight<'a, T> {
    leader: LeaderGuard<'a, (), Error>,
    cell: &'a ConfigCell<T>,
}

impl<T> InFlight<'_, T> {
    /// Fills the cell, or gives the error to all who wait.
    pub(crate) fn finish(mut self, result: Result<Live<T>, Error>) -> Result<(), Error> {
        // Only the leader fills the cell, so it was empty.
        let result = result.map(|live| drop(self.cell.value.set((live.latest(), live))));
        self.leader.finish(result.clone().err());
        result
    }
}
