//! Values in memory, in place of every remote store.

use std::{collections::BTreeMap, fmt};

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
