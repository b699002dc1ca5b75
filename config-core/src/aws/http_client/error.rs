//! Translates the errors of hyper into the errors of the SDK, which decide whether the SDK retries.

use super::BoxError;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::retry::ErrorKind;
use hyper_util::client::legacy;
use std::{error::Error, io};
use tokio::time::error::Elapsed;

/// Returns the error of a call that got no response.
pub(super) fn to_connector_error(error: BoxError) -> ConnectorError {
    let cause: &(dyn Error + 'static) = error.as_ref();
    if find_cause::<Elapsed>(cause).is_some() {
        return ConnectorError::timeout(error);
    }

    let is_connect = find_cause::<legacy::Error>(cause).is_some_and(legacy::Error::is_connect);
    if is_connect || find_cause::<io::Error>(cause).is_some() {
        return ConnectorError::io(error);
    }

    match find_cause::<hyper::Error>(cause) {
        Some(hyper) if hyper.is_timeout() => ConnectorError::timeout(error),
        Some(hyper) if hyper.is_user() => ConnectorError::user(error),
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
