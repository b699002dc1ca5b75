//! Counters of connections and calls.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// The numbers of connections and calls since the counters were last set to zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// The number of accepted connections.
    pub connections: u64,
    /// The number of connections whose TLS handshake resumed a session, and so needed no
    /// certificate.
    pub resumed: u64,
    /// The number of calls of each operation. The key is the name of the operation, such as
    /// `GetParameters`.
    pub calls: BTreeMap<String, u64>,
}

/// Shared counters.
#[derive(Default)]
pub(crate) struct Counters(Mutex<Counts>);

impl Counters {
    pub(crate) fn add_connection(&self) {
        self.lock().connections += 1;
    }

    pub(crate) fn add_resumed(&self) {
        self.lock().resumed += 1;
    }

    pub(crate) fn add_call(&self, operation: &str) {
        *self.lock().calls.entry(operation.to_owned()).or_default() += 1;
    }

    /// Returns the counts, and sets them to zero.
    pub(crate) fn take(&self) -> Counts {
        std::mem::take(&mut *self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
