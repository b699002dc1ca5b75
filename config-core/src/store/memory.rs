//! Values in memory that replace all remote stores.

use std::{collections::BTreeMap, fmt};

/// Values that replace all remote stores, for [`Loader::local`](crate::Loader::local).
///
/// The keys are sources (`/shop/dev/table`) or the paths of fields (`mail.host`). A field's path
/// takes precedence. `Debug` shows only the keys.
#[derive(Clone, Default)]
pub struct Memory(pub(crate) BTreeMap<String, String>);

impl Memory {
    /// Creates an empty set of values.
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
