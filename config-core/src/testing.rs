//! For the tests of programs that use this crate: values in memory, configurations without a store, `get()` in a scope.

use crate::{
    StageConfig,
    error::{Error, ErrorKind},
    private::Section,
    report::Origin,
    resolve::{Absence, Resolved, Slot},
    schema::Schema,
    store::Found,
    values::{Gathered, Values},
};
use stage_config_grammar::suggest::expected_one_of;
#[cfg(not(feature = "testing"))]
use std::sync::Arc;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    marker::PhantomData,
};

/// Values in place of every remote store, for [`Loader::local`](crate::Loader::local).
///
/// Keys are fields' paths (`mail.host`) or the sources' own text (`/shop/dev/table`); the field wins. `Debug` shows the
/// keys.
#[derive(Clone, Default)]
pub struct Memory(pub(crate) BTreeMap<String, String>);

impl Memory {
    /// No values.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets one value.
    #[must_use]
    pub fn set(mut self, key: impl Into<String>, text: impl Into<String>) -> Self {
        self.0.insert(key.into(), text.into());
        self
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// A configuration made of texts: decoded, defaulted and validated as a load would, with no store, no variable, no runtime.
///
/// ```
/// use stage_config::StageConfig;
///
/// #[derive(StageConfig)]
/// #[stage(prod = "/shop/prod/{field}")]
/// struct Config {
///     port: u16,
///     #[config(default = 30)]
///     timeout_s: u64,
/// }
///
/// let config = Config::for_tests().set("port", "8080").build()?;
/// assert_eq!((config.port, config.timeout_s), (8080, 30));
/// # Ok::<(), stage_config::Error>(())
/// ```
#[must_use = "nothing is built before `build` is called"]
pub struct TestValues<T> {
    values: BTreeMap<String, String>,
    config: PhantomData<fn() -> T>,
}

impl<T: Section> TestValues<T> {
    pub(crate) fn new() -> Self {
        Self { values: BTreeMap::new(), config: PhantomData }
    }

    /// Sets a field, by its path (`mail.host`), to a stored text.
    pub fn set(mut self, field: impl Into<String>, text: impl Into<String>) -> Self {
        self.values.insert(field.into(), text.into());
        self
    }

    /// Decodes the texts.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unresolved`] with every field that is missing or does not decode; [`ErrorKind::Options`] for a path that
    /// is no field.
    pub fn build(mut self) -> Result<T, Error> {
        const STAGE: &str = "tests";
        let schema: &'static Schema = &T::SECTION;
        let leaves = schema.leaves();
        let paths: Vec<&str> = leaves.iter().map(|leaf| leaf.path.as_str()).collect();
        let known: BTreeSet<&str> = paths.iter().copied().collect();
        if let Some(unknown) = self.values.keys().find(|path| !known.contains(path.as_str())) {
            let text = format!("there is no field `{unknown}`: {}", expected_one_of(unknown, &paths));
            return Err(Error::new(ErrorKind::Options, schema, text));
        }
        let slots = leaves.iter().map(|leaf| {
            let outcome = match self.values.remove(&leaf.path) {
                None => {
                    let remedy = format!(".set(\"{}\", \"…\") before .build()", leaf.path);
                    Resolved::Missing(Absence { tried: None, detail: String::new(), remedy })
                }
                Some(text) => {
                    let source = ["set(\"", &leaf.path, "\", …)"].concat();
                    Resolved::Found { found: Found::text(text), origin: Origin::Local, source }
                }
            };
            (leaf.path.clone(), Slot { outcome, secret: leaf.secret, variable: None })
        });
        let slots = slots.collect();
        let mut gathered = Gathered::new(STAGE);
        let config = T::build(&mut Values::new(schema, &slots, &mut gathered));
        match (Error::unresolved(schema, STAGE, gathered.failures), config) {
            (None, Some(config)) => Ok(config),
            (Some(error), _) => Err(error),
            (None, None) => Err(Error::nothing_built(schema)),
        }
    }
}

impl<T> fmt::Debug for TestValues<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}

#[cfg(feature = "testing")]
pub use scope::scope;
#[cfg(feature = "testing")]
pub(crate) use scope::scoped;

#[cfg(feature = "testing")]
mod scope {
    use super::StageConfig;
    use std::{any::Any, cell::RefCell, future::Future, sync::Arc};

    tokio::task_local! {
        static SCOPED: RefCell<Vec<&'static (dyn Any + Send + Sync)>>;
    }

    /// Runs a future in which [`StageConfig::get`] and `try_get` give `config`, and `load` gives it at once.
    ///
    /// Scopes nest, also for several configurations. Tasks that the future spawns are outside: give them a scope of their own.
    /// The configuration is leaked, since `get` promises `&'static`: for tests only (cargo feature `testing`).
    ///
    /// ```
    /// # use stage_config::{StageConfig, testing};
    /// # #[derive(StageConfig)]
    /// # #[stage(prod = "/shop/prod/{field}")]
    /// # struct Config { table: String }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), stage_config::Error> {
    /// let config = Config::for_tests().set("table", "orders").build()?;
    /// testing::scope(config, async {
    ///     assert_eq!(Config::get().table, "orders");
    /// })
    /// .await;
    /// assert!(Config::try_get().is_none());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn scope<T: StageConfig, F: Future>(config: T, future: F) -> F::Output {
        let config: &'static Arc<T> = Box::leak(Box::new(Arc::new(config)));
        let mut all = SCOPED.try_with(|scoped| scoped.borrow().clone()).unwrap_or_default();
        all.push(config);
        SCOPED.scope(RefCell::new(all), future).await
    }

    /// The innermost configuration of this type.
    pub(crate) fn scoped<T: StageConfig>() -> Option<&'static Arc<T>> {
        let find = |scoped: &RefCell<Vec<&'static (dyn Any + Send + Sync)>>| {
            scoped.borrow().iter().rev().find_map(|config| config.downcast_ref::<Arc<T>>())
        };
        SCOPED.try_with(find).ok().flatten()
    }
}

#[cfg(not(feature = "testing"))]
pub(crate) fn scoped<T: StageConfig>() -> Option<&'static Arc<T>> {
    None
}
