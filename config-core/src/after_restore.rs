//! The time limit of the loads in the hooks that run after Lambda has restored a function with
//! SnapStart.

use std::{
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::time::Instant;

/// The time by which the hooks of this restored process must have ended. A restored process never
/// becomes a snapshot again. So a process is restored at most once, and one deadline is enough.
static DEADLINE: OnceLock<Instant> = OnceLock::new();

/// The number of hooks that run now.
static RUNNING_HOOKS: AtomicUsize = AtomicUsize::new(0);

/// Counts a hook until its future ends or is dropped.
struct RunningHook;

impl RunningHook {
    fn start() -> Self {
        RUNNING_HOOKS.fetch_add(1, Ordering::Relaxed);
        Self
    }
}

impl Drop for RunningHook {
    fn drop(&mut self) {
        RUNNING_HOOKS.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Runs a hook in the restored process. All loads of all hooks time out at the latest when `limit`
/// has passed since the first hook started, also if the program or a variable sets a longer
/// timeout.
pub(crate) async fn run_after_restore<F: Future>(limit: Duration, hook: F) -> F::Output {
    DEADLINE.get_or_init(|| Instant::now() + limit);
    let _running = RunningHook::start();
    hook.await
}

/// Returns whether a hook has started in this process, which shows that the process was restored.
pub(crate) fn is_restored() -> bool {
    DEADLINE.get().is_some()
}

/// Returns the timeout of a load: usually `timeout` itself. While a hook runs, returns the time
/// until the deadline of the hooks instead, if that time is shorter than `timeout`.
pub(crate) fn limit_timeout(timeout: Duration) -> Duration {
    match DEADLINE.get() {
        Some(deadline) if RUNNING_HOOKS.load(Ordering::Relaxed) > 0 => {
            timeout.min(deadline.saturating_duration_since(Instant::now()))
        }
        _ => timeout,
    }
}
