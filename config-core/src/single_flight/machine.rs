//! The state machine of the single flight. It knows nothing of stores, values or time.
//!
//! The leader publishes its value and then calls [`finish`](LeaderGuard::finish). A flight whose guard is dropped before that, as when
//! its caller goes away, has no result: the next waiter becomes the leader.

use super::sync::{AtomicU64, Guard, Mutex, Ordering};

/// One flight at a time. `W` is what only the leader works with, `E` the error of a flight.
pub(crate) struct SingleFlight<W, E> {
    /// Held by the leader.
    work: Mutex<FlightWork<W, E>>,
    /// How many whole flights have begun.
    last_started: AtomicU64,
    /// The number of the last whole flight that finished.
    last_finished: AtomicU64,
}

struct FlightWork<W, E> {
    work: W,
    /// The error of the flight with the number `last_finished`, if it failed.
    error: Option<E>,
}

/// The right to fetch. There is no other leader while it is held.
pub(crate) struct LeaderGuard<'a, W, E> {
    flight: &'a SingleFlight<W, E>,
    work: Guard<'a, FlightWork<W, E>>,
    /// `None` for a flight that fetches only a part: it has no result for waiters.
    number: Option<u64>,
}

/// The part that a caller has in a flight.
pub(crate) enum FlightRole<'a, W, E> {
    /// The caller must fetch.
    Leader(LeaderGuard<'a, W, E>),
    /// Another caller has fetched. This is its result.
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

    /// Leads a flight for a part of the work, unless one is under way.
    pub(crate) fn try_lead(&self) -> Option<LeaderGuard<'_, W, E>> {
        Some(LeaderGuard { flight: self, work: self.work.try_lock()?, number: None })
    }

    /// Leads a whole flight, or waits for the end of the one that is under way.
    pub(crate) async fn join_current(&self) -> FlightRole<'_, W, E> {
        let seen = load_latest(&self.last_finished);
        self.join_after(seen).await
    }

    /// Leads a whole flight, or waits for the end of one that began after this call: it has seen all that happened before the call.
    pub(crate) async fn join_next(&self) -> FlightRole<'_, W, E> {
        let seen = load_latest(&self.last_started);
        self.join_after(seen).await
    }

    /// Flights have numbers, and only one is under way at a time: one that finished with a number above `seen` serves the caller.
    async fn join_after(&self, seen: u64) -> FlightRole<'_, W, E> {
        let work = self.work.lock().await;
        if self.last_finished.load(Ordering::Acquire) > seen {
            return FlightRole::Waiter(work.error.clone().map_or(Ok(()), Err));
        }
        let number = self.last_started.fetch_add(1, Ordering::AcqRel) + 1;
        FlightRole::Leader(LeaderGuard { flight: self, work, number: Some(number) })
    }
}

/// Reads the very last number. A plain load may give an older one: then a flight that began before the call would pass for one that
/// began after it (the model test shows it).
fn load_latest(number: &AtomicU64) -> u64 {
    number.fetch_add(0, Ordering::AcqRel)
}

impl<W, E> LeaderGuard<'_, W, E> {
    pub(crate) fn work_mut(&mut self) -> &mut W {
        &mut self.work.work
    }

    /// Gives the result to all who wait. They see it, and the next flight can begin, when the guard is dropped.
    pub(crate) fn finish(&mut self, error: Option<E>) {
        if let Some(number) = self.number {
            self.work.error = error;
            self.flight.last_finished.store(number, Ordering::Release);
        }
    }
}
