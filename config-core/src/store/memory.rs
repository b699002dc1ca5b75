//! Values in memory that replace all remote stores.

use std::{collections::BTreeMap, fmt};

/// Values that replace all remote stores, for [`Loader::local`](crate::Loader::local).
///
/// The keys are sources (`/shop/dev/table`) or the paths of fields (`mail.host`). A field's path
/// takes precedence. `Debug` shows only the keys. The memory of the values is not wiped.
///
/// ```
/// use stage_config::testing::Memory;
/// # use stage_config::{Error, StageConfig};
///
/// #[derive(StageConfig)]
/// #[config(inherit)]
/// struct Mail {
///     host: String,
/// }
///
/// #[derive(StageConfig)]
/// #[stage(dev = "/shop/dev/{field}")]
/// struct Config {
///     #[stage(dev = "/shared/dev/login#user")]
///     user: String,
///     #[config(nested)]
///     mail: Mail,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Error> {
/// let values = Memory::new()
///     .set("/shared/dev/login", r#"{"user": "app1"}"#) // the whole value: no `#user`
///     .set("mail.host", "localhost"); // the path of the field, in any stage
/// let loaded = Config::loader().stage("dev").local(values).resolve().await?;
/// assert_eq!(loaded.config.user, "app1");
/// assert_eq!(loaded.config.mail.host, "localhost");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct Memory(pub(crate) BTreeMap<String, String>);

impl Memory {
    /// Creates an empty set of values.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets one value, and replaces an earlier one of the same key.
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
