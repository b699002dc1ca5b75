//! The newest value, and the one flight at a time that fetches the next one: a state machine that knows nothing of stores or
//! time.
//!
//! Readers never wait: they get the newest value, whatever is under way. A flight that is dropped before its end, as when its
//! caller goes away, leaves everything as it was.

use super::sync::{AtomicU64, Guard, Mutex, Ordering, Swap};
use std::sync::Arc;

/// The newest value of `S`, what whoever fetches works with (`W`), and how the last flight ended (`E`).
pub(super) struct SingleFlight<S, W, E> {
    newest: Swap<S>,
    /// Held by whoever flies.
    work: Mutex<FlightWork<W, E>>,
    /// How many whole flights have begun.
    last_started: AtomicU64,
    /// The number of the last whole flight that ended.
    last_finished: AtomicU64,
}

struct FlightWork<W, E> {
    work: W,
    /// How the whole flight ended whose number is in `ended`; no error where it landed.
    error: Option<E>,
}

/// The right to fetch the next value; nobody else can while it is held.
pub(super) struct LeaderGuard<'a, S, W, E> {
    current: &'a SingleFlight<S, W, E>,
    work: Guard<'a, FlightWork<W, E>>,
    /// `None` for one that fetches only a part, and may be over before it is done: it answers nobody but its own caller.
    number: Option<u64>,
}

/// A flight that has ended, before the next one can begin.
#[must_use = "what is to be done before the next flight"]
pub(super) struct FinishedFlight<'a, W, E>(#[allow(dead_code, reason = "it is held")] Guard<'a, FlightWork<W, E>>);

/// What became of asking for a flight.
pub(super) enum FlightRole<'a, S, W, E> {
    /// The caller is to fly.
    Leader(LeaderGuard<'a, S, W, E>),
    /// Somebody else's flight serves the caller too. This is how it ended.
    Waiter(Result<(), E>),
}

impl<S, W, E: Clone> SingleFlight<S, W, E> {
    pub(super) fn new(first: S, work: W) -> Self {
        Self {
            newest: Swap::new(first),
            work: Mutex::new(FlightWork { work, error: None }),
            last_started: AtomicU64::new(0),
            last_finished: AtomicU64::new(0),
        }
    }

    pub(super) fn load(&self) -> Arc<S> {
        self.newest.load()
    }

    pub(super) fn peek<R>(&self, look: impl FnOnce(&S) -> R) -> R {
        self.newest.peek(look)
    }

    /// A flight for a part of the work, unless one is under way.
    pub(super) fn try_lead(&self) -> Option<LeaderGuard<'_, S, W, E>> {
        Some(LeaderGuard { current: self, work: self.work.try_lock()?, number: None })
    }

    /// A whole flight, or the end of the one that was under way.
    pub(super) async fn join_current(&self) -> FlightRole<'_, S, W, E> {
        let seen = load_latest(&self.last_finished);
        self.join_after(seen).await
    }

    /// A whole flight, or the end of one that began after this call: it has seen all that happened before the call.
    pub(super) async fn join_next(&self) -> FlightRole<'_, S, W, E> {
        let seen = load_latest(&self.last_started);
        self.join_after(seen).await
    }

    /// Flights have numbers, and only one of them is under way: one that ended with a number above `seen` will do.
    async fn join_after(&self, seen: u64) -> FlightRole<'_, S, W, E> {
        let log = self.work.lock().await;
        if self.last_finished.load(Ordering::Acquire) > seen {
            return FlightRole::Waiter(log.error.clone().map_or(Ok(()), Err));
        }
        FlightRole::Leader(self.begin(log))
    }

    fn begin<'a>(&'a self, log: Guard<'a, FlightWork<W, E>>) -> LeaderGuard<'a, S, W, E> {
        let number = self.last_started.fetch_add(1, Ordering::AcqRel) + 1;
        LeaderGuard { current: self, work: log, number: Some(number) }
    }
}

/// The very last number. A plain load may give an older one: then a flight that began before what the caller has done would pass for
/// one that began afterwards (the model test shows it).
fn load_latest(number: &AtomicU64) -> u64 {
    number.fetch_add(0, Ordering::AcqRel)
}

impl<'a, S, W, E> LeaderGuard<'a, S, W, E> {
    pub(super) fn work_mut(&mut self) -> &mut W {
        &mut self.work.work
    }

    /// Puts a value in the place of the newest one, in one step, and ends with that: a newer one, or with an error one that stands
    /// for the same and says why it does. Nobody else flies before what is given back is let go of.
    pub(super) fn finish(mut self, value: S, error: Option<E>) -> FinishedFlight<'a, W, E> {
        self.current.newest.store(value);
        if let Some(number) = self.number {
            self.work.error = error;
            self.current.last_finished.store(number, Ordering::Release);
        }
        FinishedFlight(self.work)
    }

    /// Ends without an answer for anybody: whoever waits for it flies in its place. `value` stands for the same as the newest one.
    pub(super) fn abandon(self, value: S) -> FinishedFlight<'a, W, E> {
        self.current.newest.store(value);
        FinishedFlight(self.work)
    }
}
