//! What a program builds from its configuration.

use super::Live;
use crate::{
    call_timeout::CallTimeout,
    config_struct::ConfigStruct,
    error::{Error, ErrorKind},
};
use arc_swap::ArcSwapOption;
use std::{cell::RefCell, fmt, sync::Arc};
use tokio::sync::Mutex;

/// What is built from a live configuration and is built anew when that has changed: a pool of connections, a client, a signer.
///
/// The first caller that needs it builds it, on its own thread. Others wait for that without blocking their threads, and no longer than a
/// load may take. What was built before is dropped when its last user drops it.
///
/// The function that builds must not wait for what it builds: to ask for it there is an error ([`ErrorKind::Reentrant`]).
///
/// ```
/// # use stage_config::{Error, StageConfig, testing::Memory};
/// # use std::time::Duration;
/// # #[derive(StageConfig)]
/// # #[stage(dev = "/shop/dev/{field}")]
/// # struct Config { #[config(refresh = "5m")] host: String, #[config(secret, refresh = "5m")] password: String }
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
    /// The newest configuration of which this is known to be the product.
    config: Arc<T>,
    product: Arc<P>,
}

impl<T: ConfigStruct, P> Mapped<T, P> {
    pub(super) fn new(live: Live<T>, build: impl Fn(&T) -> P + Send + Sync + 'static) -> Self {
        let (build, changed) = (Box::new(build), Box::new(|_: &T, _: &T| true));
        Self { live, build, changed, built: ArcSwapOption::empty(), build_lock: Mutex::new(()) }
    }

    /// Builds anew only where `changed` holds of the configuration that it was built from and the newest one: for what depends on
    /// a part of the fields. Without it any changed value counts.
    #[must_use]
    pub fn rebuild_if(mut self, changed: impl Fn(&T, &T) -> bool + Send + Sync + 'static) -> Self {
        self.changed = Box::new(changed);
        self
    }

    /// The product of what [`Live::current`] gives, which may fetch.
    ///
    /// # Errors
    ///
    /// As [`Live::current`], and as [`latest`](Self::latest).
    ///
    /// # Panics
    ///
    /// As [`Live::current`], and where the program's own functions do. What was built before is kept then.
    pub async fn current(&self) -> Result<Arc<P>, Error> {
        self.check_not_reentrant()?;
        let timeout = CallTimeout::new(self.live.0.load_timeout);
        let config = self.live.current().await?;
        self.get_or_build(&config, timeout).await
    }

    /// The product of the last good values: never fetches. It builds, or waits for the caller that does, where those have changed.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::TimedOut`] where another caller's build did not end within the deadline of a whole load; [`ErrorKind::Reentrant`]
    /// where it is asked for by the very function that builds it.
    ///
    /// # Panics
    ///
    /// Where the program's own functions do. What was built before is kept then.
    pub async fn latest(&self) -> Result<Arc<P>, Error> {
        self.check_not_reentrant()?;
        self.get_or_build(&self.live.latest(), CallTimeout::new(self.live.0.load_timeout)).await
    }

    async fn get_or_build(&self, config: &Arc<T>, timeout: CallTimeout) -> Result<Arc<P>, Error> {
        if let Some(product) = self.find_built(config) {
            return Ok(product);
        }
        let _flight = timeout.wait_for(&T::STRUCT_SCHEMA, "build", self.build_lock.lock()).await?;
        // Not the caller's, who may have waited here for long: nothing older is built than is there.
        let config = self.live.latest();
        if let Some(product) = self.find_built(&config) {
            return Ok(product);
        }
        let _inside = BuildGuard::enter(self.address());
        let product = match self.built.load_full() {
            Some(built) if !(self.changed)(&built.config, &config) => built.product.clone(),
            _ => Arc::new((self.build)(&config)),
        };
        self.built.store(Some(Arc::new(BuiltProduct { config, product: product.clone() })));
        Ok(product)
    }

    /// Refuses a call that the program's own functions make while this thread runs them: it would wait for itself.
    fn check_not_reentrant(&self) -> Result<(), Error> {
        if !BuildGuard::is_building(self.address()) {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Reentrant,
            &T::STRUCT_SCHEMA,
            "what is derived from it asks for itself while it is being built",
            "in the function given to `map` or `rebuild_if`, take what it needs from the configuration that it is given",
        ))
    }

    /// It stays where it is while it is borrowed.
    fn address(&self) -> usize {
        std::ptr::from_ref(self) as usize
    }

    fn find_built(&self, config: &Arc<T>) -> Option<Arc<P>> {
        let built = self.built.load();
        built.as_ref().filter(|built| Arc::ptr_eq(&built.config, config)).map(|built| built.product.clone())
    }
}

thread_local! {
    /// The addresses of what this thread builds, one inside of the other.
    static BUILDING: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// Held while the program's own functions run, which end on the thread that calls them; also by a panic.
struct BuildGuard;

impl BuildGuard {
    fn enter(address: usize) -> Self {
        BUILDING.with_borrow_mut(|inside| inside.push(address));
        Self
    }

    fn is_building(address: usize) -> bool {
        BUILDING.with_borrow(|inside| inside.contains(&address))
    }
}

impl Drop for BuildGuard {
    fn drop(&mut self) {
        BUILDING.with_borrow_mut(|inside| inside.pop());
    }
}

impl<T, P> fmt::Debug for Mapped<T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Derived").field("live", &self.live).finish_non_exhaustive()
    }
}
