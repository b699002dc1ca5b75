//! A write to AWS that Ctrl-C does not interrupt.

use stage_config_core::FailureKind;
use stage_config_core::manage::ManageError;

use crate::error::CliError;
use crate::interrupt;

/// Runs a write that Ctrl-C does not interrupt.
pub(super) async fn protect_write<T>(
    write: impl Future<Output = Result<T, ManageError>>,
) -> Result<T, CliError> {
    protect_write_if(write, |_| true).await
}

/// Runs a write that Ctrl-C does not interrupt. `is_written` returns whether the write changed
/// something.
pub(super) async fn protect_write_if<T>(
    write: impl Future<Output = Result<T, ManageError>>,
    is_written: impl FnOnce(&T) -> bool,
) -> Result<T, CliError> {
    interrupt::protect_write_if(write, is_written)
        .await
        .map_err(|error| {
            if matches!(error.kind, FailureKind::Unavailable | FailureKind::TimedOut) {
                interrupt::mark_write_unknown();
            }
            CliError::from(error).into_failed()
        })
}
