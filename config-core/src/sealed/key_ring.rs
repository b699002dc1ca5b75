//! Key pairs that were unlocked: one `Decrypt` for each in a load, whoever needs it.

use super::UnlockedKey;
use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::OnceCell;

/// The key pairs of one load, by the texts of their files.
#[derive(Default)]
pub(crate) struct KeyRing(Mutex<HashMap<&'static str, Arc<OnceCell<UnlockedKey>>>>);

impl KeyRing {
    /// Where the pair of this file is kept when it is unlocked. What failed is not kept.
    pub(crate) fn key_cell(&self, text: &'static str) -> Arc<OnceCell<UnlockedKey>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(text).or_default().clone()
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRing").finish_non_exhaustive()
    }
}
