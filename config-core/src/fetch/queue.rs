//! Serializes throttled calls of a wave. A load that has made progress backs off less.
//!
//! A load needs all its calls, and many loads share a quota of a few calls per second. If every
//! call of every load were retried independently, each load would complete only one or two calls,
//! so no program would start. Therefore a load retries one throttled call at a time for each store,
//! region and role. After its first success it pauses less than a load without progress, so the
//! quota serves the loads that can complete. `docs/scale.md` has the figures.

use crate::backoff::CALL_BACKOFF;
use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use tokio::sync::{Mutex, MutexGuard};

/// The queue of throttled calls to one store in one region with one role.
pub(super) struct ThrottleQueue {
    /// The number of consecutive throttled attempts at the head of the queue. A call whose last
    /// attempt is not throttled resets the number.
    throttles: Mutex<u32>,
    /// Whether any call of this wave to the store, region and role of this queue succeeded, even a
    /// call that did not wait in the queue.
    has_progress: AtomicBool,
}

/// The turn of the call at the head of a queue. Dropping it lets the next call proceed.
pub(super) struct QueueTurn<'a> {
    queue: &'a ThrottleQueue,
    throttles: MutexGuard<'a, u32>,
}

impl Default for ThrottleQueue {
    /// Creates a queue whose first call has already been throttled once.
    fn default() -> Self {
        Self {
            throttles: Mutex::new(1),
            has_progress: AtomicBool::new(false),
        }
    }
}

impl ThrottleQueue {
    /// Waits until the turns of all earlier calls have ended.
    pub(super) async fn wait_turn(&self) -> QueueTurn<'_> {
        QueueTurn {
            queue: self,
            throttles: self.throttles.lock().await,
        }
    }

    /// Records that a call succeeded.
    pub(super) fn record_progress(&self) {
        self.has_progress.store(true, Ordering::Relaxed);
    }
}

impl QueueTurn<'_> {
    /// Records that the call was throttled again.
    pub(super) fn record_throttle(mut self) -> Self {
        *self.throttles = self.throttles.saturating_add(1);
        self
    }

    /// Resets the number of throttled attempts, because the last attempt of the call was not
    /// throttled. The next call proceeds immediately.
    pub(super) fn reset_throttles(mut self) {
        *self.throttles = 0;
    }

    /// Returns the pause before the next attempt. It is zero directly after a call whose last
    /// attempt was not throttled. Once a call has succeeded (`has_progress`), the pauses no longer
    /// grow.
    pub(super) fn next_backoff(&self) -> Duration {
        let has_progress = self.queue.has_progress.load(Ordering::Relaxed);
        let pause = |earlier| CALL_BACKOFF.draw(if has_progress { 0 } else { earlier });
        self.throttles.checked_sub(1).map_or(Duration::ZERO, pause)
    }
}
