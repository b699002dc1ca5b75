//! The unlocked key pairs of a load. Each key pair needs one successful `Decrypt` call.

use super::UnlockedKey;
use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::OnceCell;

/// The unlocked key pairs of one load. The map finds a key pair by the text of its file.
#[derive(Default)]
pub(crate) struct KeyRing(Mutex<HashMap<&'static str, Arc<OnceCell<UnlockedKey>>>>);

impl KeyRing {
    /// Returns the cell for the unlocked key pair of the file with this text. The cell keeps no
    /// error, so the next caller tries again to unlock the key pair.
    pub(crate) fn key_cell(&self, text: &'static str) -> Arc<OnceCell<UnlockedKey>> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(text)
            .or_default()
            .clone()
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyRing").finish_non_exhaustive()
    }
}
