//! The timeout of a call that `manage` makes with a client of its own.

use aws_smithy_types::timeout::TimeoutConfig;
use std::time::Duration;

/// The maximum time of one call, including retries. Without this limit, a call waits for minutes if
/// the machine has no network.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);

pub(super) fn timeout_config() -> TimeoutConfig {
    TimeoutConfig::builder()
        .operation_timeout(CALL_TIMEOUT)
        .build()
}
