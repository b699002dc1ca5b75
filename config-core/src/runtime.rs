//! The tokio runtime that a load needs.

use crate::{
    error::{Error, ErrorKind},
    schema::Schema,
};
use tokio::runtime::Handle;

pub(crate) fn check_runtime(schema: &Schema) -> Result<(), Error> {
    match Handle::try_current() {
        Ok(_) => Ok(()),
        Err(_) => Err(Error::new(
            ErrorKind::Runtime,
            schema,
            "a load needs a tokio runtime, but none is running",
            "call it in an `async fn` under `#[tokio::main]`, or use `load_blocking()`",
        )),
    }
}

/// Runs a load on a new runtime. Returns an error inside of another runtime, or if no runtime can
/// be started.
pub(crate) fn block_on<T>(
    schema: &Schema,
    load: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let refuse = |detail: &str, help: &str| {
        let error = Error::new(ErrorKind::Runtime, schema, detail, help);
        error.emit();
        error
    };
    if Handle::try_current().is_ok() {
        return Err(refuse(
            "a blocking load was called inside a tokio runtime",
            "use `load().await`",
        ));
    }

    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|_| {
        refuse(
            "no tokio runtime could be started",
            "check the limits of the process",
        )
    })?;

    let loaded = runtime.block_on(load);
    // A DNS lookup runs on a thread that cannot be stopped. A drop of the runtime would wait for
    // this thread, even beyond the timeout.
    runtime.shutdown_background();
    loaded
}
