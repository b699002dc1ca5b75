//! What a program builds from its configuration.

use super::Live;
use crate::{
    call_timeout::CallTimeout,
    error::{Error, ErrorKind},
    section::Section,
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
///     .derive(|config| Pool(format!("{}:{}", config.host, config.password)))
///     .rebuild_if(|old, new| (&old.host, &old.password) != (&new.host, &new.password));
///
/// assert!(pool.current().await?.0.starts_with("db.internal:"));
/// # Ok(())
/// # }
/// ```
pub struct Derived<T, P> {
    live: Live<T>,
    build: Build<T, P>,
    changed: Changed<T>,
    built: ArcSwapOption<Built<T, P>>,
    /// Held by the caller that builds.
    flight: Mutex<()>,
}

type Build<T, P> = Box<dyn Fn(&T) -> P + Send + Sync>;
type Changed<T> = Box<dyn Fn(&T, &T) -> bool + Send + Sync>;

struct Built<T, P> {
    /// The newest configuration of which this is known to be the product.
    config: Arc<T>,
    product: Arc<P>,
}

impl<T: Section, P> Derived<T, P> {
    pub(super) fn new(live: Live<T>, build: impl Fn(&T) -> P + Send + Sync + 'static) -> Self {
        let (build, changed) = (Box::new(build), Box::new(|_: &T, _: &T| true));
        Self { live, build, changed, built: ArcSwapOption::empty(), flight: Mutex::new(()) }
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
    /// As [`Live::current`], and as [`current_cached`](Self::current_cached).
    ///
    /// # Panics
    ///
    /// As [`Live::current`], and where the program's own functions do. What was built before is kept then.
    pub async fn current(&self) -> Result<Arc<P>, Error> {
        self.check_not_inside()?;
        let timeout = CallTimeout::new(self.live.0.deadline);
        let config = self.live.current().await?;
        self.product_of(&config, timeout).await
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
    pub async fn current_cached(&self) -> Result<Arc<P>, Error> {
        self.check_not_inside()?;
        self.product_of(&self.live.current_cached(), CallTimeout::new(self.live.0.deadline)).await
    }

    async fn product_of(&self, config: &Arc<T>, timeout: CallTimeout) -> Result<Arc<P>, Error> {
        if let Some(product) = self.built_of(config) {
            return Ok(product);
        }
        let _flight = timeout.wait_for(&T::SECTION, "build", self.flight.lock()).await?;
        // Not the caller's, who may have waited here for long: nothing older is built than is there.
        let config = self.live.current_cached();
        if let Some(product) = self.built_of(&config) {
            return Ok(product);
        }
        let _inside = Inside::enter(self.address());
        let product = match self.built.load_full() {
            Some(built) if !(self.changed)(&built.config, &config) => built.product.clone(),
            _ => Arc::new((self.build)(&config)),
        };
        self.built.store(Some(Arc::new(Built { config, product: product.clone() })));
        Ok(product)
    }

    /// Refuses a call that the program's own functions make while this thread runs them: it would wait for itself.
    fn check_not_inside(&self) -> Result<(), Error> {
        if !Inside::is(self.address()) {
            return Ok(());
        }
        let text = "what is derived from it asks for itself while it is being built. Remedy: in the function given to `derive` or \
                    `rebuild_if`, take what it needs from the configuration that it is given";
        Err(Error::new(ErrorKind::Reentrant, &T::SECTION, text.to_owned()))
    }

    /// It stays where it is while it is borrowed.
    fn address(&self) -> usize {
        std::ptr::from_ref(self) as usize
    }

    fn built_of(&self, config: &Arc<T>) -> Option<Arc<P>> {
        let built = self.built.load();
        built.as_ref().filter(|built| Arc::ptr_eq(&built.config, config)).map(|built| built.product.clone())
    }
}

thread_local! {
    /// The addresses of what this thread builds, one inside of the other.
    static INSIDE: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
}

/// Held while the program's own functions run, which end on the thread that calls them; also by a panic.
struct Inside;

impl Inside {
    fn enter(address: usize) -> Self {
        INSIDE.with_borrow_mut(|inside| inside.push(address));
        Self
    }

    fn is(address: usize) -> bool {
        INSIDE.with_borrow(|inside| inside.contains(&address))
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        INSIDE.with_borrow_mut(|inside| inside.pop());
    }
}

impl<T, P> fmt::Debug for Derived<T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Derived").field("live", &self.live).finish_non_exhaustive()
    }
}
