//! Futures that are polled once and then held: neither polled again nor dropped.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use stage_config::{Error, ErrorKind};
use tokio::time::{Instant, timeout};

use super::load::assert_error;

/// Polls the future once, and returns whether it is pending.
pub(crate) async fn is_pending<T>(future: &mut Pin<Box<impl Future<Output = T>>>) -> bool {
    poll_fn(|context| Poll::Ready(future.as_mut().poll(context).is_pending())).await
}

/// Asserts that a call times out while it waits for another one, and that its error contains these
/// words. Returns how long the call took.
pub(crate) async fn wait_for_timeout<T>(
    call: impl Future<Output = Result<T, Error>>,
    words: &[&str],
) -> Duration {
    let start = Instant::now();
    let result = timeout(Duration::from_secs(3600), call)
        .await
        .expect("every call ends");
    let error = result.err().expect("the call waits for the held call");
    assert_error(&error, ErrorKind::TimedOut, &[words, &["Help"]].concat());
    start.elapsed()
}

/// Asserts that the elapsed time is the expected one, or less than 100 ms longer. With a paused
/// clock, only the granularity of the timers makes the elapsed time longer.
#[track_caller]
pub(crate) fn assert_elapsed(elapsed: Duration, expected: Duration) {
    assert!(
        elapsed >= expected && elapsed < expected + Duration::from_millis(100),
        "{elapsed:?} is not about {expected:?}"
    );
}
