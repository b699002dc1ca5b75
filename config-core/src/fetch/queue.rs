//! Calls of one wave that a store throttled: they go one behind the other, and who has got something goes on in a hurry.
//!
//! A load needs all its calls, and a quota that many loads share lets a few calls a second through. Where every call of every
//! load is tried again by itself, each load gets one or two of its calls and none gets all: nobody starts. So a load tries a
//! single call until it gets through, and then pauses less than the loads that have nothing yet: what the quota gives goes to
//! those that can make use of it. `docs/scale.md` has the figures.

use crate::backoff::CALL_BACKOFF;
use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use tokio::sync::{Mutex, MutexGuard};

/// The queue before one store in one region.
pub(super) struct ThrottleQueue {
    /// How often in a row whoever stood first was refused.
    refusals: Mutex<u32>,
    /// Whether any call of this wave got through.
    has_progress: AtomicBool,
}

/// The first place of a queue. Dropping it makes room for the next.
pub(super) struct QueueTurn<'a> {
    queue: &'a ThrottleQueue,
    refusals: MutexGuard<'a, u32>,
}

impl Default for ThrottleQueue {
    /// Whoever comes first has been refused once.
    fn default() -> Self {
        Self { refusals: Mutex::new(1), has_progress: AtomicBool::new(false) }
    }
}

impl ThrottleQueue {
    /// Waits until all before are through, or have given up.
    pub(super) async fn wait_turn(&self) -> QueueTurn<'_> {
        QueueTurn { queue: self, refusals: self.refusals.lock().await }
    }

    /// A call got through.
    pub(super) fn record_progress(&self) {
        self.has_progress.store(true, Ordering::Relaxed);
    }
}

impl QueueTurn<'_> {
    /// The call was refused again.
    pub(super) fn record_refusal(mut self) -> Self {
        *self.refusals = self.refusals.saturating_add(1);
        self
    }

    /// The call got through: the next one goes at once.
    pub(super) fn record_success(mut self) {
        *self.refusals = 0;
    }

    /// How long to wait before the next try: no longer than before the first, once anything got through.
    pub(super) fn next_backoff(&self) -> Duration {
        let in_a_hurry = self.queue.has_progress.load(Ordering::Relaxed);
        let pause = |before| CALL_BACKOFF.draw(if in_a_hurry { 0 } else { before });
        self.refusals.checked_sub(1).map_or(Duration::ZERO, pause)
    }
}
