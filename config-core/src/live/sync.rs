//! What the state machine of [`single_flight`](super::single_flight) is made of. The model test puts loom's in their place.

use arc_swap::ArcSwap;
use std::sync::Arc;

pub(super) use std::sync::atomic::{AtomicU64, Ordering};
pub(super) use tokio::sync::MutexGuard as Guard;

/// A value that is swapped as a whole. Reading it locks nothing.
pub(super) struct Swap<S>(ArcSwap<S>);

impl<S> Swap<S> {
    pub(super) fn new(value: S) -> Self {
        Self(ArcSwap::from_pointee(value))
    }

    pub(super) fn load(&self) -> Arc<S> {
        self.0.load_full()
    }

    /// Looks at the value without counting the look, which is what readers on several cores would wait for each other on.
    pub(super) fn peek<R>(&self, read: impl FnOnce(&S) -> R) -> R {
        read(&self.0.load())
    }

    pub(super) fn store(&self, value: S) {
        self.0.store(Arc::new(value));
    }
}

/// A lock that is waited for without blocking a thread.
pub(super) struct Mutex<T>(tokio::sync::Mutex<T>);

impl<T> Mutex<T> {
    pub(super) fn new(value: T) -> Self {
        Self(tokio::sync::Mutex::new(value))
    }

    pub(super) fn try_lock(&self) -> Option<Guard<'_, T>> {
        self.0.try_lock().ok()
    }

    pub(super) async fn lock(&self) -> Guard<'_, T> {
        self.0.lock().await
    }
}
