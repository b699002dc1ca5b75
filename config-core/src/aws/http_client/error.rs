//! Translates the errors of hyper into errors of the SDK. Their kind decides whether the call is
//! retried: by `fetch/attempts` in a load, and by the SDK in a client with retries of its own.

use super::BoxError;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::retry::ErrorKind;
use hyper_util::client::legacy;
use std::{error::Error, fmt, io, time::Duration};

/// The error for a time limit of the SDK that has passed.
#[derive(Debug)]
pub(super) struct TimedOut {
    /// The phase that did not end in time: `connect` or `read`.
    pub(super) phase: &'static str,
    pub(super) limit: Duration,
}

impl fmt::Display for TimedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HTTP {} timeout after {:?}", self.phase, self.limit)
    }
}

impl Error for TimedOut {}

/// Returns the error of a call that got no response.
pub(super) fn to_connector_error(error: BoxError) -> ConnectorError {
    let cause: &(dyn Error + 'static) = error.as_ref();
    let hyper = find_cause::<hyper::Error>(cause);
    // Such an error comes from the request body of the caller, so a retry would fail in the same
    // way.
    if hyper.is_some_and(hyper::Error::is_user) {
        return ConnectorError::user(error);
    }
    if find_cause::<TimedOut>(cause).is_some() || hyper.is_some_and(hyper::Error::is_timeout) {
        return ConnectorError::timeout(error);
    }

    let is_connect = find_cause::<legacy::Error>(cause).is_some_and(legacy::Error::is_connect);
    if is_connect || find_cause::<io::Error>(cause).is_some() {
        return ConnectorError::io(error);
    }
    match hyper {
        Some(hyper) if hyper.is_closed() || hyper.is_canceled() => ConnectorError::io(error),
        Some(hyper) if hyper.is_incomplete_message() => {
            ConnectorError::other(error, Some(ErrorKind::TransientError))
        }
        _ => ConnectorError::other(error, None),
    }
}

/// Returns the first error of this type, from the outermost to the innermost.
fn find_cause<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut causes = std::iter::successors(Some(error), |&error| error.source());
    causes.find_map(|error| error.downcast_ref())
}

#[cfg(test)]
mod tests;
