//! A progress line for long waits at a terminal.

use std::time::Duration;

use crate::output;

/// The delay before the progress line appears, and the interval of its updates.
const PROGRESS_DELAY: Duration = Duration::from_secs(1);

/// Waits for the future. If standard error is a terminal and `CI` is unset, a line appears after
/// the first second, and shows the activity and the elapsed seconds. The line is cleared at the
/// end.
pub(crate) async fn wait_with_progress<T>(activity: &str, future: impl Future<Output = T>) -> T {
    if !output::is_stderr_terminal() || output::is_ci() {
        return future.await;
    }
    let mut future = std::pin::pin!(future);
    let mut ticks =
        tokio::time::interval_at(tokio::time::Instant::now() + PROGRESS_DELAY, PROGRESS_DELAY);
    let mut seconds = 0;
    loop {
        tokio::select! {
            biased;
            result = &mut future => {
                if seconds > 0 {
                    output::end_transient();
                }
                return result;
            }
            _ = ticks.tick() => {
                seconds += 1;
                output::transient(activity, &format!(" … {seconds} s"));
            }
        }
    }
}
