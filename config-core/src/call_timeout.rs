//! The timeout of one call, including the wait for another caller.

use crate::{
    error::{Error, ErrorKind},
    runtime::check_runtime,
    schema::Schema,
};
use std::{future::poll_fn, pin::pin, task::Poll, time::Duration};
use tokio::time::{Instant, timeout_at};

/// The time limit of one call, counted from its start. It covers waiting and work.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CallTimeout {
    pub(crate) start: Instant,
    timeout: Duration,
}

impl CallTimeout {
    /// Starts a call now. `timeout` must be short enough to add to an `Instant`, like the timeout
    /// of a load.
    pub(crate) fn new(timeout: Duration) -> Self {
        Self {
            start: Instant::now(),
            timeout,
        }
    }

    /// Returns the remaining time.
    pub(crate) fn remaining(self) -> Duration {
        self.timeout.saturating_sub(self.start.elapsed())
    }

    /// Waits until another caller finishes its `operation` (a load, a refresh), but no longer than
    /// the timeout of this call. The future of the other caller never finishes if it is not polled.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::TimedOut`] if the timeout passed. Returns [`ErrorKind::Runtime`] if the
    /// call must wait but no runtime provides the timer.
    pub(crate) async fn wait_for<T>(
        self,
        schema: &Schema,
        operation: &str,
        pending: impl Future<Output = T>,
    ) -> Result<T, Error> {
        let mut other = pin!(pending);
        // A future that is ready needs no timer.
        if let Poll::Ready(value) =
            poll_fn(|context| Poll::Ready(other.as_mut().poll(context))).await
        {
            return Ok(value);
        }

        check_runtime(schema)?;
        timeout_at(self.start + self.timeout, other).await.map_err(|_| {
            let text = format!(
                "this call waited for another {operation} of the configuration, which did not end \
                 within {:?}",
                self.timeout
            );
            let help = format!(
                "await each {operation} to its end, or drop its future: a future that is not \
                 polled blocks the other callers"
            );
            Error::new(ErrorKind::TimedOut, schema, text, help)
        })
    }
}
