//! The tokio runtime that a load needs.

use crate::{
    error::{Error, ErrorKind},
    schema::Schema,
};
use tokio::runtime::Handle;

pub(crate) fn check_runtime(schema: &Schema) -> Result<(), Error> {
    match Handle::try_current() {
        Ok(_) => Ok(()),
        Err(_) => {
            let text = "a load needs a tokio runtime, and there is none. Help: call it in an `async fn` under \
                        `#[tokio::main]`, or use `load_blocking()`";
            Err(Error::new(ErrorKind::Runtime, schema, text.to_owned()))
        }
    }
}

/// Runs a load on its own runtime.
pub(crate) fn block_on<T>(schema: &Schema, load: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let refuse = |text: &str| Error::new(ErrorKind::Runtime, schema, text.to_owned());
    if Handle::try_current().is_ok() {
        return Err(refuse("a blocking load was called inside a tokio runtime. Help: use `load().await`"));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime =
        runtime.map_err(|_| refuse("no tokio runtime could be started. Help: look at the limits of the process"))?;
    let loaded = runtime.block_on(load);
    // A DNS lookup runs on a thread that cannot be stopped. Dropping the runtime would wait for it
    // beyond the timeout.
    runtime.shutdown_background();
    loaded
}
