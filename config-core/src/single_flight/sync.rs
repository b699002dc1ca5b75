//! The primitives of the state machine in [`machine`](super::machine). The loom tests replace them
//! with the primitives of loom.

pub(super) use std::sync::atomic::{AtomicU64, Ordering};
pub(super) use tokio::sync::MutexGuard as Guard;

/// An async lock.
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
