//! The trait of a configuration that can be loaded.

mod keep;

#[cfg(doc)]
use crate::error::ErrorKind;
use crate::{
    config_cell::ConfigCell, config_struct::ConfigStruct, error::Error, live::Live, load::Loader,
    manifest, runtime::block_on, schema::Schema, scope::find_scoped, test_values::TestValues,
};
use std::{future::Future, sync::Arc};

/// A struct that declares, for each field, where each stage keeps its value. The derive of the same
/// name implements this trait.
///
/// A program usually calls [`load`](StageConfig::load) once at its start and then reads typed
/// fields from [`get`](StageConfig::get). A handler that needs rotated values gets them from
/// [`current`](StageConfig::current).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a configuration that can be loaded",
    label = "does not derive `StageConfig`, or has `#[config(inherit)]`",
    note = "write `#[derive(StageConfig)]` on `{Self}`; a struct with `#[config(inherit)]` is \
            loaded as a part of its parent"
)]
pub trait StageConfig: ConfigStruct {
    /// The schema of the struct. A load makes its plan and its report from the schema. The command
    /// line reads the schema from the manifest.
    const SCHEMA: Schema = Self::STRUCT_SCHEMA;

    #[doc(hidden)]
    fn __cell() -> &'static ConfigCell<Self>;

    /// Returns the [`manifest`], which has its own link section. A call to this function keeps the
    /// manifest in the artifact.
    #[doc(hidden)]
    fn __manifest() -> &'static [u8];

    /// Reads the stage, fetches all values in one wave, and keeps the configuration for the life of
    /// the process.
    ///
    /// Concurrent callers share one wave. A successful load is kept. An error is not kept, so a
    /// later call tries again. Once the configuration is loaded, this costs as much as
    /// [`get`](StageConfig::get). The time that this call waits for another caller's load counts
    /// towards the timeout of this call.
    ///
    /// ```
    /// # use stage_config::{Error, StageConfig, testing};
    /// # #[derive(StageConfig)]
    /// # #[stage(dev = "/shop/dev/{field}")]
    /// # struct Config { table: String }
    /// async fn handle() -> Result<String, Error> {
    ///     // The first call fetches. All later calls return the same reference.
    ///     let config: &'static Config = Config::load().await?;
    ///     Ok(format!("reading {}", config.table))
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Error> {
    /// // A test gives the handler its own values.
    /// let config = Config::for_tests().set("table", "orders").build()?;
    /// assert_eq!(testing::scope(config, handle()).await?, "reading orders");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns one [`Error`] that lists every problem. Returns [`ErrorKind::Runtime`] outside of a
    /// tokio runtime. Returns [`ErrorKind::TimedOut`] if another caller's load did not end within
    /// this call's timeout, for example because the other caller does not poll its future.
    ///
    /// # Panics
    ///
    /// Panics in a tokio runtime that was built without `enable_time`, because tokio's timers panic
    /// there. `#[tokio::main]` enables them.
    fn load() -> impl Future<Output = Result<&'static Self, Error>> + Send {
        async {
            if let Some(config) = Self::try_get() {
                return Ok(config);
            }

            let loader = Self::loader();
            let timeout = loader.effective_timeout();
            Self::__cell()
                .get_or_load(timeout, |start| loader.start(start))
                .await
        }
    }

    /// Calls [`load`](StageConfig::load) on a new single-threaded runtime, for a synchronous
    /// `main`.
    ///
    /// ```no_run
    /// # use stage_config::{Error, StageConfig};
    /// # #[derive(StageConfig)]
    /// # #[stage(dev = "/shop/dev/{field}")]
    /// # struct Config { table: String }
    /// fn main() -> Result<(), Error> {
    ///     let config = Config::load_blocking()?;
    ///     println!("reading {}", config.table);
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns the errors of [`load`](StageConfig::load). Returns [`ErrorKind::Runtime`] if no
    /// runtime can be started. Also returns it inside a tokio runtime, because the call would block
    /// that runtime's thread.
    fn load_blocking() -> Result<&'static Self, Error> {
        block_on(&Self::STRUCT_SCHEMA, Self::load())
    }

    /// Returns the loaded configuration.
    ///
    /// ```
    /// # use stage_config::{Error, StageConfig, testing::Memory};
    /// # #[derive(StageConfig)]
    /// # #[stage(dev = "/shop/dev/{field}")]
    /// # struct Config { table: String }
    /// /// Needs no argument and no lock, because the reference is `&'static`.
    /// fn table() -> &'static str {
    ///     &Config::get().table
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Error> {
    /// # let loader = Config::loader().stage("dev").local(Memory::new().set("table", "orders"));
    /// loader.load().await?;
    /// assert_eq!(table(), "orders");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if the configuration is not loaded yet; the message names the call that loads it.
    /// [`try_get`](StageConfig::try_get) does not panic.
    #[must_use]
    fn get() -> &'static Self {
        match Self::try_get() {
            Some(config) => config,
            None => panic_not_loaded(&Self::STRUCT_SCHEMA),
        }
    }

    /// Returns the loaded configuration, or `None` before [`load`](StageConfig::load) has
    /// succeeded.
    ///
    /// ```
    /// # use stage_config::{Error, StageConfig, testing::Memory};
    /// # #[derive(StageConfig)]
    /// # #[stage(dev = "/shop/dev/{field}")]
    /// # struct Config { service: String }
    /// /// Runs also before the load, so it must not panic.
    /// fn log_prefix() -> &'static str {
    ///     Config::try_get().map_or("starting", |config| &config.service)
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Error> {
    /// # let values = Memory::new().set("service", "payments");
    /// # let loader = Config::loader().stage("dev").local(values);
    /// assert_eq!(log_prefix(), "starting");
    /// loader.load().await?;
    /// assert_eq!(log_prefix(), "payments");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    fn try_get() -> Option<&'static Self> {
        find_scoped()
            .map(|scoped| &*scoped.first)
            .or_else(|| Self::__cell().get())
    }

    /// Returns the configuration with fresh values of the fields that have `refresh`. Loads the
    /// configuration if it is not loaded yet.
    ///
    /// [`get`](StageConfig::get) and [`load`](StageConfig::load) keep returning the configuration
    /// that was loaded first, because their result never changes. See [`Live::current`].
    ///
    /// ```
    /// # use stage_config::{StageConfig, Error, testing};
    /// #[derive(StageConfig)]
    /// #[stage(dev = "/shop/dev/{field}")]
    /// struct Config {
    ///     table: String,
    ///     #[config(secret, refresh = "5m")]
    ///     api_key: String,
    /// }
    ///
    /// async fn handle() -> Result<String, Error> {
    ///     let config = Config::current().await?; // an `Arc`: its content never changes
    ///     Ok(format!("signed with {}", config.api_key))
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Error> {
    /// # let values = Config::for_tests;
    /// # let with_key = |key| values().set("table", "orders").set("api_key", key).build();
    /// # testing::scope(with_key("k1")?, async {
    /// assert_eq!(handle().await?, "signed with k1");
    ///
    /// // The key is rotated. In a program, a refresh finds the new value.
    /// # let live = Config::live().unwrap();
    /// testing::rotate(&live, with_key("k2")?);
    /// assert_eq!(handle().await?, "signed with k2");
    /// assert_eq!(Config::get().api_key, "k1"); // `get` never changes
    /// # Ok(())
    /// # }).await
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns the errors of [`load`](StageConfig::load) before the first load, and those of
    /// [`Live::current`] after it.
    ///
    /// # Panics
    ///
    /// Panics if [`load`](StageConfig::load) panics.
    fn current() -> impl Future<Output = Result<Arc<Self>, Error>> + Send {
        async {
            if let Some(scoped) = find_scoped::<Self>() {
                return scoped.live.current().await;
            }

            if Self::__cell().live().is_none() {
                // A load is rare, so its future is boxed. Otherwise it would enlarge the future of
                // every call of `current`.
                Box::pin(Self::load()).await?;
            }

            match Self::__cell().live() {
                Some(live) => live.current().await,
                None => panic_not_loaded(&Self::STRUCT_SCHEMA),
            }
        }
    }

    /// Returns the loaded configuration as a live configuration, for [`Live::retry_auth`],
    /// [`Live::map`] and [`Live::report`]. Returns `None` before [`load`](StageConfig::load) has
    /// succeeded.
    ///
    /// ```
    /// # use stage_config::{Error, Mapped, StageConfig, testing};
    /// # use std::sync::{Arc, LazyLock};
    /// # #[derive(StageConfig)]
    /// # #[stage(dev = "/shop/dev/{field}")]
    /// # struct Config { #[config(refresh = "5m")] host: String }
    /// struct Pool {
    ///     host: String,
    /// }
    ///
    /// /// One pool for all handlers, which is rebuilt after a rotation.
    /// static POOL: LazyLock<Mapped<Config, Pool>> = LazyLock::new(|| {
    ///     let live = Config::live().expect("`main` loads the configuration first");
    ///     live.map(|config| Pool { host: config.host.clone() })
    /// });
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Error> {
    /// # assert!(Config::live().is_none());
    /// # let config = Config::for_tests().set("host", "db.internal").build()?;
    /// # testing::scope(config, async {
    /// // In a handler:
    /// let pool: Arc<Pool> = POOL.current().await?;
    /// assert_eq!(pool.host, "db.internal");
    /// # Ok(())
    /// # }).await
    /// # }
    /// ```
    #[must_use]
    fn live() -> Option<Live<Self>> {
        find_scoped()
            .map(|scoped| &scoped.live)
            .or_else(|| Self::__cell().live())
            .cloned()
    }

    /// Returns a builder for the options of one load: the stage, stores, layers and a timeout. The
    /// last call on the builder, such as [`load`](Loader::load) or [`resolve`](Loader::resolve),
    /// decides how the result is kept.
    ///
    /// A call to this function keeps the manifest in the artifact; `load!` does the same. The
    /// linker drops every other manifest. Therefore an artifact contains exactly the manifests of
    /// the configurations that its program loads.
    fn loader() -> Loader<Self> {
        manifest::keep(Self::__manifest());
        Loader::new()
    }

    /// Returns a builder that makes a configuration from strings, for tests. It uses no store, no
    /// environment variable and no runtime.
    ///
    /// ```
    /// # use stage_config::{Error, StageConfig};
    /// # #[derive(StageConfig)]
    /// # #[stage(dev = "/shop/dev/{field}")]
    /// # struct Config { table: String, port: u16 }
    /// /// A function of the program that takes the configuration.
    /// fn endpoint(config: &Config) -> String {
    ///     format!("{}:{}", config.table, config.port)
    /// }
    ///
    /// let config = Config::for_tests().set("table", "orders").set("port", "8080").build()?;
    /// assert_eq!(endpoint(&config), "orders:8080");
    /// # Ok::<(), Error>(())
    /// ```
    fn for_tests() -> TestValues<Self> {
        TestValues::new()
    }
}

#[cold]
fn panic_not_loaded(schema: &Schema) -> ! {
    let name = schema.name;
    if crate::load_plan::may_become_snapshot() {
        panic!(
            "`{name}` is not loaded: under SnapStart it is loaded after the restore, by \
             `stage_config::lambda::load`; read it in the handler, not before `Runtime::run`"
        )
    }
    panic!(
        "`{name}` is not loaded: call `{name}::load().await?` once, at the start of `main`, before \
         `{name}::get()`"
    )
}
