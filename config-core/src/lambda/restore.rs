//! The load after a restore of SnapStart.

use super::init_error::{InitError, join_lines};
use crate::{after_restore::run_after_restore, error::Error, manifest};
use lambda_runtime::{BoxFuture, SnapStartResource};
use std::{
    fmt,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// How long all loads after a restore may take together. Lambda gives a restore 10 s. These 10 s
/// also cover the other hooks and the report of an error.
const TIME_LIMIT: Duration = Duration::from_secs(9);

/// Runs a load after the restore.
pub(super) struct LoadAfterRestore<L> {
    load: Mutex<Option<L>>,
}

impl<L> LoadAfterRestore<L> {
    pub(super) fn new(load: L) -> Self {
        manifest::keep(manifest::RESTORE_MARK);
        Self {
            load: Mutex::new(Some(load)),
        }
    }
}

impl<L, F, T> SnapStartResource for LoadAfterRestore<L>
where
    L: FnOnce() -> F + Send,
    F: Future<Output = Result<T, Error>> + Send + 'static,
{
    fn after_restore(&self) -> BoxFuture<'_, Result<(), lambda_runtime::Error>> {
        let load = self
            .load
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        Box::pin(async move {
            let Some(load) = load else { return Ok(()) };
            match run_after_restore(TIME_LIMIT, async { load().await }).await {
                Ok(_) => Ok(()),
                Err(error) => {
                    InitError::new(&error).log();
                    Err(RestoreError(error).into())
                }
            }
        })
    }
}

/// The error of a load after a restore. The runtime sends its `Display` text, which must be one
/// line, to Lambda. Its source is the error of the load.
struct RestoreError(Error);

impl fmt::Display for RestoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&join_lines(&self.0))
    }
}

impl fmt::Debug for RestoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for RestoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}
