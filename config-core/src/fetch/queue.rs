//! Calls of one wave that a store throttled: they go one behind the other, and who has got something goes on in a hurry.
//!
//! A load needs all its calls, and a quota that many loads share lets a few calls a second through. Where every call of every
//! load is tried again by itself, each load gets one or two of its calls and none gets all: nobody starts. So a load tries a
//! single call until it gets through, and then pauses less than the loads that have nothing yet: what the quota gives goes to
//! those that can make use of it. `docs/scale.md` has the figures.

use super::full_jitter;
use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use tokio::sync::{Mutex, MutexGuard};

/// The queue before one store in one region.
pub(super) struct Queue {
    /// How often in a row whoever stood first was refused.
    refusals: Mutex<u32>,
    /// Whether any call of this wave got through.
    got_something: AtomicBool,
}

/// The first place of a queue. Dropping it makes room for the next.
pub(super) struct Turn<'a> {
    queue: &'a Queue,
    refusals: MutexGuard<'a, u32>,
}

impl Default for Queue {
    /// Whoever comes first has been refused once.
    fn default() -> Self {
        Self { refusals: Mutex::new(1), got_something: AtomicBool::new(false) }
    }
}

impl Queue {
    /// Waits until all before are through, or have given up.
    pub(super) async fn turn(&self) -> Turn<'_> {
        Turn { queue: self, refusals: self.refusals.lock().await }
    }

    /// A call got through.
    pub(super) fn got_something(&self) {
        self.got_something.store(true, Ordering::Relaxed);
    }
}

impl Turn<'_> {
    /// The call was refused again.
    pub(super) fn refused(mut self) -> Self {
        *self.refusals = self.refusals.saturating_add(1);
        self
    }

    /// The call got through: the next one goes at once.
    pub(super) fn got_through(mut self) {
        *self.refusals = 0;
    }

    /// How long to wait before the next try: no longer than before the first, once anything got through.
    pub(super) fn pause(&self) -> Duration {
        let in_a_hurry = self.queue.got_something.load(Ordering::Relaxed);
        let pause = |before| full_jitter(if in_a_hurry { 0 } else { before });
        self.refusals.checked_sub(1).map_or(Duration::ZERO, pause)
    }
}
