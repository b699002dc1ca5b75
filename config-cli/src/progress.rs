//! A line that says what is waited for, where a person watches and it takes long.

use std::time::Duration;

use crate::output;

/// Before this nothing is said.
const PROGRESS_DELAY: Duration = Duration::from_secs(1);

/// Waits. After a second standard error says for what, on one line that goes when the answer is there.
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
