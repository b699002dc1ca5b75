//! The loads of a function with SnapStart after Lambda has restored it from its snapshot.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

/// Whether this process is a restored copy. Such a copy never becomes a snapshot again.
static IS_RESTORED: AtomicBool = AtomicBool::new(false);

tokio::task_local! {
    static LIMIT: Duration;
}

/// Runs a future in the restored process. Its loads time out after `limit` at the latest, whatever
/// the program and the variables say.
pub(crate) fn run_after_restore<F: Future>(
    limit: Duration,
    future: F,
) -> impl Future<Output = F::Output> + use<F> {
    IS_RESTORED.store(true, Ordering::Relaxed);
    LIMIT.scope(limit, future)
}

/// Returns whether this process was restored.
pub(crate) fn is_restored() -> bool {
    IS_RESTORED.load(Ordering::Relaxed)
}

/// Returns the timeout, or the limit of the running future if it is shorter.
pub(crate) fn limit_timeout(timeout: Duration) -> Duration {
    LIMIT
        .try_with(|limit| timeout.min(*limit))
        .unwrap_or(timeout)
}
