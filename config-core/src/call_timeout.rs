//! The time that one call has, also where it waits for another caller.

use crate::{
    error::{Error, ErrorKind},
    runtime::check_runtime,
    schema::Schema,
};
use std::{future::poll_fn, pin::pin, task::Poll, time::Duration};
use tokio::time::{Instant, timeout_at};

/// How long one call may take, counted from its start: waiting and work together.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CallTimeout {
    pub(crate) start: Instant,
    timeout: Duration,
}

impl CallTimeout {
    /// The call starts now. `timeout` is short enough to be added to a point in time, as that of a load is.
    pub(crate) fn new(timeout: Duration) -> Self {
        Self { start: Instant::now(), timeout }
    }

    /// How much of it is left.
    pub(crate) fn remaining(self) -> Duration {
        self.timeout.saturating_sub(self.start.elapsed())
    }

    /// Waits for another caller's `what` (a load, a refresh) of a configuration, but no longer than this call may take. A future that is
    /// held without being polled never ends.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::TimedOut`]; [`ErrorKind::Runtime`] where it would have to wait and there is no runtime, hence no timer.
    pub(crate) async fn wait_for<T>(
        self,
        schema: &Schema,
        what: &str,
        pending: impl Future<Output = T>,
    ) -> Result<T, Error> {
        let mut other = pin!(pending);
        // What is free needs no timer.
        if let Poll::Ready(value) = poll_fn(|context| Poll::Ready(other.as_mut().poll(context))).await {
            return Ok(value);
        }
        check_runtime(schema)?;
        timeout_at(self.start + self.timeout, other).await.map_err(|_| {
            let text = format!(
                "another {what} of it, which this call waited for, did not end within {:?}",
                self.timeout
            );
            let help = format!(
                "await each {what} to its end, or drop it: one that is held without being polled keeps the others waiting"
            );
            Error::new(ErrorKind::TimedOut, schema, text, help)
        })
    }
}
