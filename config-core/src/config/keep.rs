//! The methods of a loader that load a configuration and keep it for the life of the process.

use super::StageConfig;
use crate::{
    error::{Error, ErrorKind},
    load::Loader,
    runtime::block_on,
    schema::Schema,
};

/// The methods of the loader that keep the configuration.
impl<T: StageConfig> Loader<T> {
    /// Fetches and decodes all values, and keeps the configuration for the life of the process.
    /// [`StageConfig::get`] returns it afterwards.
    ///
    /// ```
    /// # use stage_config::{Error, ErrorKind, StageConfig, testing::Memory};
    /// # use std::time::Duration;
    /// # #[derive(StageConfig)]
    /// # #[stage(dev = "/shop/dev/{field}", prod = "/shop/prod/{field}")]
    /// # struct Config { table: String }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Error> {
    /// # let values = Memory::new().set("table", "orders");
    /// let loader = Config::loader().stage("dev").local(values).timeout(Duration::from_secs(5));
    /// loader.load().await?;
    /// assert_eq!(Config::get().table, "orders");
    ///
    /// // A second load with options is an error, because its options would have no effect.
    /// let error = Config::loader().stage("prod").load().await.err().unwrap();
    /// assert_eq!(error.kind(), ErrorKind::AlreadyLoaded);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns the errors of [`StageConfig::load`]. Returns [`ErrorKind::AlreadyLoaded`] if the
    /// configuration is already loaded, or if a load of another caller succeeds first. In both
    /// cases, the options of this loader would have no effect.
    ///
    /// # Panics
    ///
    /// Panics like [`StageConfig::load`].
    pub async fn load(self) -> Result<&'static T, Error> {
        let mut is_leader = false;
        let timeout = self.effective_timeout();
        let config = T::__cell().get_or_load(timeout, async |start| {
            is_leader = true;
            self.start(start).await
        });
        let config = config.await?;

        if is_leader {
            Ok(config)
        } else {
            let error = new_already_loaded_error(&T::STRUCT_SCHEMA);
            error.emit();
            Err(error)
        }
    }

    /// Calls [`load`](Self::load) on a new single-threaded runtime, for a synchronous `main`.
    ///
    /// ```
    /// # use stage_config::{Error, ErrorKind, StageConfig, testing::Memory};
    /// # #[derive(StageConfig)]
    /// # #[stage(dev = "/shop/dev/{field}")]
    /// # struct Config { table: String }
    /// # fn main() -> Result<(), Error> {
    /// # let values = Memory::new().set("table", "orders");
    /// let config = Config::loader().stage("dev").local(values).load_blocking()?;
    /// assert_eq!(config.table, "orders");
    ///
    /// // Inside a runtime, the call immediately returns an error.
    /// let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// let result = runtime.block_on(async { Config::loader().stage("dev").load_blocking() });
    /// assert_eq!(result.err().unwrap().kind(), ErrorKind::Runtime);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns the errors of [`load`](Self::load). Returns [`ErrorKind::Runtime`] if no runtime can
    /// be started. Also returns it inside a tokio runtime, because the call would block that
    /// runtime's thread.
    pub fn load_blocking(self) -> Result<&'static T, Error> {
        block_on(&T::STRUCT_SCHEMA, self.load())
    }
}

fn new_already_loaded_error(schema: &Schema) -> Error {
    let help = "load it once, at the start of the program, and use `get()` or `load()` afterwards; \
                `resolve()` returns a separate configuration";
    Error::new(
        ErrorKind::AlreadyLoaded,
        schema,
        "it is already loaded, so these options have no effect",
        help,
    )
}
