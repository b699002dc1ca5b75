//! The sessions of AppConfig, which outlive the stores.

use super::{Found, Outcome};
use crate::dual_instant::DualInstant;
use stage_config_grammar::source::Address;
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// The shortest and the longest polling interval that the service permits, in seconds.
const POLL_INTERVALS: (u64, u64) = (15, 24 * 60 * 60);

/// The sessions by address. [`take`](Sessions::take) removes a session, so that no token is used
/// twice. If two refreshes run concurrently, the second one starts a session of its own.
#[derive(Default)]
pub(crate) struct Sessions(Mutex<HashMap<Address, Session>>);

/// A session between two polls. The content is wiped when its last copy is dropped.
pub(super) struct Session {
    /// The token of the next poll.
    token: String,
    /// The content of the last poll that returned one.
    content: Option<Found>,
    /// The time of the last poll, and the pause that the server requires after it.
    polled: Option<(DualInstant, Duration)>,
}

impl Sessions {
    /// Returns the outcome of the last poll, if the server permits no other poll yet.
    pub(super) fn find_recent(&self, address: &Address) -> Option<Outcome> {
        let sessions = self.lock();
        let session = sessions.get(address)?;
        let (polled, pause) = session.polled?;
        (polled.elapsed() < pause).then(|| session.outcome())
    }

    /// Removes and returns the session of an address.
    pub(super) fn take(&self, address: &Address) -> Option<Session> {
        self.lock().remove(address)
    }

    /// Keeps a session for the next poll.
    pub(super) fn put(&self, address: &Address, session: Session) {
        self.lock().insert(address.clone(), session);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Address, Session>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Session {
    /// Creates a session that has not been polled yet.
    pub(super) fn new(token: String) -> Self {
        Self {
            token,
            content: None,
            polled: None,
        }
    }

    /// Creates the session after a poll that ends now. `interval` is in seconds, and 0 if the
    /// answer has none.
    pub(super) fn after_poll(token: String, interval: i32, content: Option<Found>) -> Self {
        let (shortest, longest) = POLL_INTERVALS;
        let seconds = u64::try_from(interval).unwrap_or_default();
        let pause = Duration::from_secs(seconds.clamp(shortest, longest));
        Self {
            token,
            content,
            polled: Some((DualInstant::now(), pause)),
        }
    }

    pub(super) fn token(&self) -> &str {
        &self.token
    }

    pub(super) fn into_content(self) -> Option<Found> {
        self.content
    }

    /// Returns the content as an outcome. If the session has no content, nothing is deployed, and
    /// the outcome is missing.
    pub(super) fn outcome(&self) -> Outcome {
        self.content
            .clone()
            .map_or(Outcome::Missing, Outcome::Found)
    }
}
