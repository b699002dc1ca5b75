//! The state machine of the single flight. It does not depend on stores, values or time.
//!
//! A whole flight fetches all values, and its result also serves the waiters. A partial flight
//! fetches only some values, so it has no result for waiters.
//!
//! The leader publishes its value and then calls [`finish`](LeaderGuard::finish). If the guard is
//! dropped before that, for example because the caller was cancelled, the flight has no result and
//! the next waiter becomes the leader.

use super::sync::{AtomicU64, Guard, Mutex, Ordering};

/// Runs one flight at a time. `W` is the state that only the leader uses, and `E` is the error of a
/// flight.
pub(crate) struct SingleFlight<W, E> {
    /// Held by the leader.
    work: Mutex<FlightWork<W, E>>,
    /// The number of the last whole flight that started.
    last_started: AtomicU64,
    /// The number of the last whole flight that finished.
    last_finished: AtomicU64,
}

struct FlightWork<W, E> {
    work: W,
    /// The error of flight `last_finished`, if it failed.
    error: Option<E>,
}

/// The right to fetch. At most one exists at a time.
pub(crate) struct LeaderGuard<'a, W, E> {
    flight: &'a SingleFlight<W, E>,
    work: Guard<'a, FlightWork<W, E>>,
    /// `None` for a partial flight, which has no result for waiters.
    number: Option<u64>,
}

/// The role of a caller in a flight.
pub(crate) enum FlightRole<'a, W, E> {
    /// The caller must fetch.
    Leader(LeaderGuard<'a, W, E>),
    /// Another caller has fetched, with this result.
    Waiter(Result<(), E>),
}

impl<W, E: Clone> SingleFlight<W, E> {
    pub(crate) fn new(work: W) -> Self {
        Self {
            work: Mutex::new(FlightWork { work, error: None }),
            last_started: AtomicU64::new(0),
            last_finished: AtomicU64::new(0),
        }
    }

    /// Leads a partial flight, unless a flight is running.
    pub(crate) fn try_lead(&self) -> Option<LeaderGuard<'_, W, E>> {
        Some(LeaderGuard {
            flight: self,
            work: self.work.try_lock()?,
            number: None,
        })
    }

    /// Leads a whole flight, or waits for the end of the whole flight that is running.
    pub(crate) async fn join_current(&self) -> FlightRole<'_, W, E> {
        let seen = load_latest(&self.last_finished);
        self.join_after(seen).await
    }

    /// Leads a whole flight, or waits for one that started after this call and so sees everything
    /// that happened before the call.
    pub(crate) async fn join_next(&self) -> FlightRole<'_, W, E> {
        let seen = load_latest(&self.last_started);
        self.join_after(seen).await
    }

    /// Whole flights are numbered, and only one flight runs at a time, so a finished flight with a
    /// number above `seen` serves the caller.
    async fn join_after(&self, seen: u64) -> FlightRole<'_, W, E> {
        let work = self.work.lock().await;
        if self.last_finished.load(Ordering::Acquire) > seen {
            return FlightRole::Waiter(work.error.clone().map_or(Ok(()), Err));
        }
        let number = self.last_started.fetch_add(1, Ordering::AcqRel) + 1;
        FlightRole::Leader(LeaderGuard {
            flight: self,
            work,
            number: Some(number),
        })
    }
}

/// Reads the latest number. `AtomicU64::load` may return an older number; then a flight that
/// started before the call would look like a flight that started after the call (a loom test fails
/// with `AtomicU64::load`).
fn load_latest(number: &AtomicU64) -> u64 {
    number.fetch_add(0, Ordering::AcqRel)
}

impl<W, E> LeaderGuard<'_, W, E> {
    pub(crate) fn work_mut(&mut self) -> &mut W {
        &mut self.work.work
    }

    /// Records the result of a whole flight. The waiters see it, and the next flight can start,
    /// when the guard is dropped. For a partial flight, which has no result, this does nothing.
    pub(crate) fn finish(&mut self, error: Option<E>) {
        if let Some(number) = self.number {
            self.work.error = error;
            self.flight.last_finished.store(number, Ordering::Release);
        }
    }
}
