//! What a program builds from its configuration.

use super::Live;
use crate::{error::Error, private::Section};
use arc_swap::ArcSwapOption;
use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

/// What is built from a live configuration and is built anew when that has changed: a pool of connections, a client, a signer.
///
/// It is built by the first caller that needs it; whoever comes in the meantime waits for that. What was built before is dropped
/// when its last user lets go of it.
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
    build: Box<dyn Fn(&T) -> P + Send + Sync>,
    changed: Box<dyn Fn(&T, &T) -> bool + Send + Sync>,
    built: ArcSwapOption<Built<T, P>>,
    building: Mutex<()>,
}

struct Built<T, P> {
    /// The newest configuration of which this is known to be the product.
    config: Arc<T>,
    product: Arc<P>,
}

impl<T: Section, P> Derived<T, P> {
    pub(super) fn new(live: Live<T>, build: impl Fn(&T) -> P + Send + Sync + 'static) -> Self {
        let (build, changed) = (Box::new(build), Box::new(|_: &T, _: &T| true));
        Self { live, build, changed, built: ArcSwapOption::empty(), building: Mutex::new(()) }
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
    /// As [`Live::current`].
    ///
    /// # Panics
    ///
    /// As [`Live::current`], and where the program's own functions do. What was built before is kept then.
    pub async fn current(&self) -> Result<Arc<P>, Error> {
        let config = self.live.current().await?;
        Ok(self.of(&config))
    }

    /// The product of the last good values: never fetches.
    ///
    /// # Panics
    ///
    /// Where the program's own functions do.
    #[must_use]
    pub fn current_cached(&self) -> Arc<P> {
        self.of(&self.live.current_cached())
    }

    fn of(&self, config: &Arc<T>) -> Arc<P> {
        if let Some(product) = self.built_of(config) {
            return product;
        }
        // The lock holds nothing that a panic could leave half done.
        let _building = self.building.lock().unwrap_or_else(PoisonError::into_inner);
        // Not the caller's, who may have waited here for long: nothing older is built than is there.
        let config = self.live.current_cached();
        if let Some(product) = self.built_of(&config) {
            return product;
        }
        let product = match self.built.load_full() {
            Some(built) if !(self.changed)(&built.config, &config) => built.product.clone(),
            _ => Arc::new((self.build)(&config)),
        };
        self.built.store(Some(Arc::new(Built { config, product: product.clone() })));
        product
    }

    fn built_of(&self, config: &Arc<T>) -> Option<Arc<P>> {
        let built = self.built.load();
        built.as_ref().filter(|built| Arc::ptr_eq(&built.config, config)).map(|built| built.product.clone())
    }
}

impl<T, P> fmt::Debug for Derived<T, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Derived").field("live", &self.live).finish_non_exhaustive()
    }
}
