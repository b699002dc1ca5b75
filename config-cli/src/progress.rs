//! A progress line for long waits at a terminal.

use std::time::Duration;

use crate::output;

/// The wait before the progress line is shown.
const PROGRESS_DELAY: Duration = Duration::from_secs(1);

/// Waits for the future. After a second, standard error shows what it waits for, on one line that
/// is cleared at the end.
pub(crate) async fn wait_with_progress<T>(what: &str, future: impl Future<Output = T>) -> T {
    if !output::is_stderr_terminal() || std::env::var_os("CI").is_some() {
        return future.await;
    }
    let mut future = std::pin::pin!(future);
    let mut seconds = tokio::time::interval_at(tokio::time::Instant::now() + PROGRESS_DELAY, PROGRESS_DELAY);
    let mut passed = 0;
    loop {
        tokio::select! {
            biased;
            done = &mut future => {
                if passed > 0 {
                    output::transient("");
                }
                return done;
            }
            _ = seconds.tick() => {
                passed += 1;
                output::transient(&format!("{what} … {passed} s"));
            }
        }
    }
}
