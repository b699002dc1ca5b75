//! The trait of a configuration that can be loaded.

use crate::{
    config_cell::ConfigCell,
    config_struct::ConfigStruct,
    error::{Error, ErrorKind},
    live::Live,
    load::Loader,
    manifest,
    runtime::block_on,
    schema::Schema,
    scope::find_scoped,
    test_values::TestValues,
};
use std::{future::Future, sync::Arc};

/// A struct that says, field by field, where each stage keeps its value. Implemented by the derive of the same name.
///
/// The usual way: [`load`](StageConfig::load) once, at the start, then typed fields of [`get`](StageConfig::get). A handler that needs
/// rotated values takes them from [`current`](StageConfig::current).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a configuration that can be loaded",
    label = "does not derive `StageConfig`, or has `#[config(inherit)]`",
    note = "write `#[derive(StageConfig)]` on `{Self}`; a struct with `#[config(inherit)]` is loaded as a part of its parent"
)]
pub trait StageConfig: ConfigStruct {
    /// The description that everything works from: plan, report, command line.
    const SCHEMA: Schema = Self::STRUCT_SCHEMA;

    #[doc(hidden)]
    fn __cell() -> &'static ConfigCell<Self>;

    /// The record of [`manifest`], in a link section of its own. Whoever calls it keeps it in the artifact.
    #[doc(hidden)]
    fn __manifest() -> &'static [u8];

    /// Reads the stage, fetches everything in one wave, and keeps it for the life of the process.
    ///
    /// Many callers at once make one wave. Success is kept; an error is not, so that a later call tries again. Afterwards it
    /// costs what [`get`](StageConfig::get) costs. Waiting for another caller's load counts to the deadline of this one.
    ///
    /// # Errors
    ///
    /// Everything that is wrong, at once; see [`Error`]. [`ErrorKind::TimedOut`] where another caller's load did not end in the time of
    /// this one, as when its future is kept without being polled.
    ///
    /// # Panics
    ///
    /// In a tokio runtime whose timers are off (`enable_time`), as tokio does; `#[tokio::main]` turns them on.
    fn load() -> impl Future<Output = Result<&'static Self, Error>> + Send {
        async {
            if let Some(config) = Self::try_get() {
                return Ok(config);
            }
            let mut loader = Self::loader();
            let timeout = loader.effective_timeout();
            Self::__cell().get_or_load(timeout, |start| loader.start(start)).await
        }
    }

    /// [`load`](StageConfig::load) for a synchronous `main`, on a small runtime of its own.
    ///
    /// # Errors
    ///
    /// As [`load`](StageConfig::load); [`ErrorKind::Runtime`] inside a tokio runtime, whose thread it would block.
    fn load_blocking() -> Result<&'static Self, Error> {
        block_on(&Self::STRUCT_SCHEMA, Self::load())
    }

    /// The loaded configuration.
    ///
    /// # Panics
    ///
    /// Where nothing is loaded yet, saying what to call. [`try_get`](StageConfig::try_get) does not panic.
    #[must_use]
    fn get() -> &'static Self {
        match Self::try_get() {
            Some(config) => config,
            None => panic_not_loaded(&Self::STRUCT_SCHEMA),
        }
    }

    /// The loaded configuration, or `None` before [`load`](StageConfig::load) has ended well.
    #[must_use]
    fn try_get() -> Option<&'static Self> {
        find_scoped().map(|config| &**config).or_else(|| Self::__cell().get())
    }

    /// The configuration, fresh where fields have `refresh`, and otherwise what was loaded; loads it where nothing is loaded yet.
    ///
    /// [`get`](StageConfig::get) and [`load`](StageConfig::load) go on giving what was loaded first, since they promise that it
    /// never changes. See [`Live::current`].
    ///
    /// ```no_run
    /// # use stage_config::{StageConfig, Error};
    /// #[derive(StageConfig)]
    /// #[stage(dev = "/shop/dev/{field}")]
    /// struct Config {
    ///     table: String,
    ///     #[config(secret, refresh = "5m")]
    ///     api_key: String,
    /// }
    ///
    /// # async fn call(_: &str) {}
    /// async fn handler() -> Result<(), Error> {
    ///     let config = Config::current().await?; // an Arc: nothing in it changes while it is held
    ///     call(&config.api_key).await;
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`load`](StageConfig::load) before anything is loaded; then as [`Live::current`].
    ///
    /// # Panics
    ///
    /// As [`load`](StageConfig::load).
    fn current() -> impl Future<Output = Result<Arc<Self>, Error>> + Send {
        async {
            if let Some(config) = find_scoped().cloned() {
                return Ok(config);
            }
            if Self::__cell().live().is_none() {
                // In a box: see `Live::current`.
                Box::pin(Self::load()).await?;
            }
            match Self::__cell().live() {
                Some(live) => live.current().await,
                None => panic_not_loaded(&Self::STRUCT_SCHEMA),
            }
        }
    }

    /// The loaded configuration as one that stays fresh, for [`Live::retry_auth`], [`Live::map`] and [`Live::report`]; `None`
    /// before [`load`](StageConfig::load) has ended well.
    #[must_use]
    fn live() -> Option<Live<Self>> {
        Self::__cell().live().cloned()
    }

    /// Options for one load: another stage, stores, layers, a deadline; and other ends than `load`.
    ///
    /// Every way to load passes here, so that an artifact carries the manifest of what it loads, and of nothing else.
    fn loader() -> Loader<Self> {
        manifest::keep(Self::__manifest());
        Loader::new()
    }

    /// A configuration made of texts, for tests: no store, no variable, no runtime.
    fn for_tests() -> TestValues<Self> {
        TestValues::new()
    }
}

/// The ends of a load that keep the configuration.
impl<T: StageConfig> Loader<T> {
    /// Fetches and decodes everything, and keeps it for the life of the process: [`StageConfig::get`] sees it afterwards.
    ///
    /// # Errors
    ///
    /// As [`StageConfig::load`]; [`ErrorKind::AlreadyLoaded`] where the configuration is loaded already, since these
    /// options would have no effect.
    pub async fn load(mut self) -> Result<&'static T, Error> {
        let mut ran = false;
        let timeout = self.effective_timeout();
        let config = T::__cell().get_or_load(timeout, async |start| {
            ran = true;
            self.start(start).await
        });
        let config = config.await?;
        if ran { Ok(config) } else { Err(already_loaded_error(&T::STRUCT_SCHEMA)) }
    }

    /// [`load`](Self::load) for a synchronous `main`, on a small runtime of its own.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load); [`ErrorKind::Runtime`] when called inside a tokio runtime, whose thread it would block.
    pub fn load_blocking(self) -> Result<&'static T, Error> {
        block_on(&T::STRUCT_SCHEMA, self.load())
    }
}

#[cold]
fn panic_not_loaded(schema: &Schema) -> ! {
    let name = schema.name;
    panic!("`{name}` is not loaded: call `{name}::load().await?` once, at the start of `main`, before `{name}::get()`")
}

fn already_loaded_error(schema: &Schema) -> Error {
    let help = "load it once, at the start, and use `get()` or `load()` afterwards; `resolve()` gives a configuration of one's \
                own";
    Error::new(ErrorKind::AlreadyLoaded, schema, "it is loaded already, so these options have no effect", help)
}
