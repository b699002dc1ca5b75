//! Where a loaded configuration lives: filled once, by one flight at a time.

use crate::{call_timeout::CallTimeout, error::Error, live::Live, section::Section};
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
pub struct Cell<T> {
    value: OnceLock<Kept<T>>,
    /// Held by whoever loads. Those who wait for it share what became of that flight.
    flight: Mutex<Option<Crash>>,
    /// How many flights have failed.
    crashes: AtomicU64,
}

/// A configuration for the life of the process.
pub(crate) struct Kept<T> {
    /// What was loaded: `get()` promises that it stays.
    loaded: Arc<T>,
    live: Live<T>,
}

impl<T> From<Live<T>> for Kept<T> {
    fn from(live: Live<T>) -> Self {
        Self { loaded: live.current_cached(), live }
    }
}

/// How the last flight failed, for those who were waiting for it.
struct Crash {
    number: u64,
    error: Error,
}

impl<T> Default for Cell<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Cell<T> {
    /// An empty cell.
    #[must_use]
    pub const fn new() -> Self {
        Self { value: OnceLock::new(), flight: Mutex::const_new(None), crashes: AtomicU64::new(0) }
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

impl<T: Section> Cell<T> {
    /// The value, from this flight or from the one that is under way. `timeout` is for both, and says when it began.
    pub(crate) async fn load_with<F>(&self, timeout: Duration, load: impl FnOnce(Instant) -> F) -> Result<&T, Error>
    where
        F: Future<Output = Result<Live<T>, Error>>,
    {
        if let Some(value) = self.get() {
            return Ok(value);
        }
        let timeout = CallTimeout::new(timeout);
        if let Boarding::Pilot(flight) = self.board(timeout).await? {
            flight.end(load(timeout.start).await)?;
        }
        Ok(self.get().expect("a flight that ends well has filled the cell"))
    }

    /// Waits for the flight under way, if there is one. Its error is everybody's who waited; whoever comes later tries anew.
    pub(crate) async fn board(&self, timeout: CallTimeout) -> Result<Boarding<'_, T>, Error> {
        let seen = self.crashes.load(Ordering::Acquire);
        let flight = timeout.wait_for(&T::SECTION, "load", self.flight.lock()).await?;
        if self.value.get().is_some() {
            return Ok(Boarding::Landed);
        }
        match &*flight {
            Some(crash) if crash.number > seen => Err(crash.error.clone()),
            _ => Ok(Boarding::Pilot(Flight { guard: flight, cell: self })),
        }
    }
}

/// What a caller finds who wants the value.
pub(crate) enum Boarding<'a, T> {
    /// It is there.
    Landed,
    /// The caller is to load it.
    Pilot(Flight<'a, T>),
}

/// The right to fill a cell; nobody else can while it is held.
pub(crate) struct Flight<'a, T> {
    guard: MutexGuard<'a, Option<Crash>>,
    cell: &'a Cell<T>,
}

impl<T> Flight<'_, T> {
    /// Fills the cell, or tells those who wait why not.
    pub(crate) fn end(mut self, result: Result<Live<T>, Error>) -> Result<(), Error> {
        match result {
            Ok(live) => {
                *self.guard = None;
                // Only the holder of the flight fills the cell, so it was empty.
                let _ = self.cell.value.set(Kept::from(live));
                Ok(())
            }
            Err(error) => {
                let number = self.cell.crashes.fetch_add(1, Ordering::AcqRel) + 1;
                *self.guard = Some(Crash { number, error: error.clone() });
                Err(error)
            }
        }
    }
}
