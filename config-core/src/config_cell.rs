//! Where a loaded configuration lives: filled once, by one flight at a time.

use crate::{call_timeout::CallTimeout, config_struct::ConfigStruct, error::Error, live::Live};
use std::{
    future::Future,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{Mutex, MutexGuard},
    time::Instant,
};

/// The static cell of one configuration. Success is kept; an error is not.
pub struct ConfigCell<T> {
    value: OnceLock<CellValue<T>>,
    /// Held by whoever loads. Those who wait for it share what became of that flight.
    load_lock: Mutex<Option<LoadFailure>>,
    /// How many flights have failed.
    failure_count: AtomicU64,
}

/// A configuration for the life of the process.
pub(crate) struct CellValue<T> {
    /// What was loaded: `get()` promises that it stays.
    loaded: Arc<T>,
    live: Live<T>,
}

impl<T> From<Live<T>> for CellValue<T> {
    fn from(live: Live<T>) -> Self {
        Self { loaded: live.latest(), live }
    }
}

/// How the last flight failed, for those who were waiting for it.
struct LoadFailure {
    number: u64,
    error: Error,
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
        Self { value: OnceLock::new(), load_lock: Mutex::const_new(None), failure_count: AtomicU64::new(0) }
    }

    /// The value, once it is loaded.
    pub fn get(&self) -> Option<&T> {
        self.value.get().map(|kept| &*kept.loaded)
    }

    /// The same that stays fresh, once it is loaded.
    pub(crate) fn live(&self) -> Option<&Live<T>> {
        self.value.get().map(|kept| &kept.live)
    }
}

impl<T: ConfigStruct> ConfigCell<T> {
    /// The value, from this flight or from the one that is under way. `timeout` is for both, and says when it began.
    pub(crate) async fn get_or_load<F>(&self, timeout: Duration, load: impl FnOnce(Instant) -> F) -> Result<&T, Error>
    where
        F: Future<Output = Result<Live<T>, Error>>,
    {
        if let Some(value) = self.get() {
            return Ok(value);
        }
        let timeout = CallTimeout::new(timeout);
        if let LoadState::Leader(flight) = self.join_load(timeout).await? {
            flight.finish(load(timeout.start).await)?;
        }
        Ok(self.get().expect("a flight that ends well has filled the cell"))
    }

    /// Waits for the flight under way, if there is one. Its error is everybody's who waited; whoever comes later tries anew.
    pub(crate) async fn join_load(&self, timeout: CallTimeout) -> Result<LoadState<'_, T>, Error> {
        let seen = self.failure_count.load(Ordering::Acquire);
        let flight = timeout.wait_for(&T::STRUCT_SCHEMA, "load", self.load_lock.lock()).await?;
        if self.value.get().is_some() {
            return Ok(LoadState::Loaded);
        }
        match &*flight {
            Some(crash) if crash.number > seen => Err(crash.error.clone()),
            _ => Ok(LoadState::Leader(InFlight { guard: flight, cell: self })),
        }
    }
}

/// What a caller finds who wants the value.
pub(crate) enum LoadState<'a, T> {
    /// It is there.
    Loaded,
    /// The caller is to load it.
    Leader(InFlight<'a, T>),
}

/// The right to fill a cell; nobody else can while it is held.
pub(crate) struct InFlight<'a, T> {
    guard: MutexGuard<'a, Option<LoadFailure>>,
    cell: &'a ConfigCell<T>,
}

impl<T> InFlight<'_, T> {
    /// Fills the cell, or tells those who wait why not.
    pub(crate) fn finish(mut self, result: Result<Live<T>, Error>) -> Result<(), Error> {
        match result {
            Ok(live) => {
                *self.guard = None;
                // Only the holder of the flight fills the cell, so it was empty.
                let _ = self.cell.value.set(CellValue::from(live));
                Ok(())
            }
            Err(error) => {
                let number = self.cell.failure_count.fetch_add(1, Ordering::AcqRel) + 1;
                *self.guard = Some(LoadFailure { number, error: error.clone() });
                Err(error)
            }
        }
    }
}
