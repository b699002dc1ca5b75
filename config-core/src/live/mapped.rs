//! A value that a program builds from its configuration.

use super::Live;
use crate::{
    call_timeout::CallTimeout,
    config_struct::ConfigStruct,
    error::{Error, ErrorKind},
};
use arc_swap::ArcSwapOption;
use std::{cell::RefCell, fmt, sync::Arc};
use tokio::sync::Mutex;

/// A value that is built from a live configuration and rebuilt when the configuration has changed:
/// a connection pool, a client, a signer.
///
/// The first caller that needs the value builds it on the thread of that caller. Other callers wait
/// without blocking their threads, and no longer than a load may take. The previous value is
/// dropped when its last user drops it.
///
/// The functions of `map` and `rebuild_if` must not ask for the same value: that is an error
/// ([`ErrorKind::Reentrant`]).
///
/// ```
/// # use stage_config::{Error, StageConfig, testing::Memory};
/// # use std::time::Duration;
/// # #[derive(StageConfig)]
/// # #[stage(dev = "/shop/dev/{field}")]
/// # #[config(refresh = "5m")]
/// # struct Config { host: String, #[config(secret)] password: String }
/// struct Pool(String);
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Error> {
/// # let values = Memory::new().set("host", "db.internal").set("password", "hunter2");
/// # let live = Config::loader().stage("dev").local(values).live(Duration::from_secs(300)).await?;
/// let pool = live
///     .map(|config| Pool(format!("{}:{}", config.host, config.password)))
///     .rebuild_if(|old, new| (&old.host, &old.password) != (&new.host, &new.password));
///
/// assert!(pool.current().await?.0.starts_with("db.internal:"));
/// # Ok(())
/// # }
/// ```
pub struct Mapped<T, P> {
    live: Live<T>,
    build: BuildFn<T, P>,
    changed: ChangedFn<T>,
    built: ArcSwapOption<BuiltProduct<T, P>>,
    /// Held by the caller that builds.
    build_lock: Mutex<()>,
}

type BuildFn<T, P> = Box<dyn Fn(&T) -> P + Send + Sync>;
type ChangedFn<T> = Box<dyn Fn(&T, &T) -> bool + Send + Sync>;

struct BuiltProduct<T, P> {
    /// The newest configuration for which this value is known to be valid.
    config: Arc<T>,
    product: Arc<P>,
}

impl<T: ConfigStruct, P> Mapped<T, P> {
    pub(super) fn new(live: Live<T>, build: impl Fn(&T) -> P + Send + Sync + 'static) -> Self {
        let (build, changed) = (Box::new(build), Box::new(|_: &T, _: &T| true));
        Self {
            live,
            build,
            changed,
            built: ArcSwapOption::empty(),
            build_lock: Mutex::new(()),
        }
    }

    /// Rebuilds only if `changed` returns `true`. `changed` gets the configuration for which the
    /// value was last built or kept, and the newest one. Use this method for a value that depends
    /// on a part of the fields. By default, any changed value of the configuration causes a
    /// rebuild.
    ///
    /// ```
    /// # use stage_config::{Error, StageConfig, testing};
    /// # use std::sync::Arc;
    /// #[derive(StageConfig)]
    /// #[stage(dev = "/shop/dev/{field}")]
    /// #[config(refresh = "5m")]
    /// struct Config {
    ///     db_host: String,
    ///     log_level: String,
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Error> {
    /// # let values = |host, level| {
    /// #     Config::for_tests().set("db_host", host).set("log_level", level).build()
    /// # };
    /// let live = testing::live(values("a.internal", "info")?);
    /// let pool = live
    ///     .map(|config| format!("pool of {}", config.db_host))
    ///     .rebuild_if(|old, new| old.db_host != new.db_host);
    /// let first = pool.current().await?;
    ///
    /// // Another log level keeps the pool. Another host does not.
    /// testing::rotate(&live, values("a.internal", "debug")?);
    /// assert!(Arc::ptr_eq(&first, &pool.current().await?));
    /// testing::rotate(&live, values("b.internal", "debug")?);
    /// assert_eq!(*pool.current().await?, "pool of b.internal");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn rebuild_if(mut self, changed: impl Fn(&T, &T) -> bool + Send + Sync + 'static) -> Self {
        self.changed = Box::new(changed);
        self
    }

    /// Returns the value that is built from the result of [`Live::current`], which may fetch.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Live::current`] and of [`latest`](Self::latest).
    ///
    /// # Panics
    ///
    /// Panics like [`Live::current`], and if the program's own functions panic. The previous value
    /// is kept then.
    pub async fn current(&self) -> Result<Arc<P>, Error> {
        self.check_not_reentrant()?;
        let timeout = CallTimeout::new(self.live.0.load_timeout);
        let config = self.live.current().await?;
        self.get_or_build(&config, timeout).await
    }

    /// Returns the value that is built from the last good configuration. This method never fetches.
    /// If the value is not built yet or the configuration has changed, this method builds the
    /// value, or waits for the caller that builds the value.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::TimedOut`] if the build of another caller did not end within the
    /// timeout of a whole load, and [`ErrorKind::Reentrant`] if a function of `map` or `rebuild_if`
    /// asks for the same value.
    ///
    /// # Panics
    ///
    /// Panics if the program's own functions panic. The previous value is kept then.
    pub async fn latest(&self) -> Result<Arc<P>, Error> {
        self.check_not_reentrant()?;
        self.get_or_build(
            &self.live.latest(),
            CallTimeout::new(self.live.0.load_timeout),
        )
        .await
    }

    async fn get_or_build(&self, config: &Arc<T>, timeout: CallTimeout) -> Result<Arc<P>, Error> {
        if let Some(product) = self.find_built(config) {
            return Ok(product);
        }

        let _build_lock = timeout
            .wait_for(&T::STRUCT_SCHEMA, "build", self.build_lock.lock())
            .await?;
        // Read the newest configuration after the wait, so no older value replaces a newer one.
        let config = self.live.latest();
        if let Some(product) = self.find_built(&config) {
            return Ok(product);
        }

        let _guard = BuildGuard::enter(self.address());
        let product = match self.built.load_full() {
            Some(built) if !(self.changed)(&built.config, &config) => built.product.clone(),
            _ => Arc::new((self.build)(&config)),
        };

        self.built.store(Some(Arc::new(BuiltProduct {
            config,
            product: product.clone(),
        })));
        Ok(product)
    }

    /// Rejects a call from the program's own functions while this thread runs them, because the
    /// call would wait for itself.
    fn check_not_reentrant(&self) -> Result<(), Error> {
        if !BuildGuard::is_building(self.address()) {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Reentrant,
            &T::STRUCT_SCHEMA,
            "while a value was built, a function of `map` or `rebuild_if` asked for the same \
             value",
            "in the function of `map` or `rebuild_if`, read only its arguments",
        ))
    }

    /// Returns the memory address of this `Mapped`, which is stable during the borrow.
    fn address(&self) -> usize {
        std::ptr::from_ref(self) as usize
    }

    fn find_built(&self, config: &Arc<T>) -> Option<Arc<P>> {
        let built = self.built.load();
        built
            .as_ref()
            .filter(|built| Arc::ptr_eq(&built.config, config))
            .map(|built| built.product.clone())
    }
}

thread_local! {
    /// The memory address of each `Mapped` whose functions this thread runs, innermost last.
    static BUILDING: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// Held while the program's own functions run, and dropped even if they panic. The functions are
/// synchronous, so the guard is dropped on the thread that created it.
struct BuildGuard;

impl BuildGuard {
    fn enter(address: usize) -> Self {
        BUILDING.with_borrow_mut(|addresses| addresses.push(address));
        Self
    }

    fn is_building(address: usize) -> bool {
        BUILDING.with_borrow(|addresses| addresses.contains(&address))
    }
}

impl Drop for BuildGuard {
    fn drop(&mut self) {
        BUILDING.with_borrow_mut(|addresses| addresses.pop());
    }
}

impl<T, P> fmt::Debug for Mapped<T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mapped")
            .field("live", &self.live)
            .finish_non_exhaustive()
    }
}
