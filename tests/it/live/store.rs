//! A store for tests. Its values can change, it can fail or hang, and it records its calls.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use stage_config::store::{Denied, Failed, FetchFuture, Found, Outcome, Request, Store};
use stage_config::{FailureKind, Loader, StageConfig};
use tokio::sync::Notify;
use tokio::time::sleep;

/// A store for tests. Clones share their state.
#[derive(Clone, Default)]
pub(crate) struct ChangingStore(Arc<Mutex<State>>, Arc<Notify>);

#[derive(Default)]
struct State {
    values: BTreeMap<String, String>,
    denied: BTreeSet<String>,
    mode: Mode,
    calls: Vec<Vec<String>>,
}

/// How the store answers. A call uses the mode in which it began.
#[derive(Clone, Copy, Default, PartialEq)]
pub(crate) enum Mode {
    #[default]
    Answering,
    /// Answers with this permanent error.
    Failing(FailureKind),
    /// Never answers.
    Hanging,
    /// Answers when [`ChangingStore::release`] is called.
    Waiting,
    /// Answers after this time.
    Slow(Duration),
}

impl ChangingStore {
    pub(crate) fn with_values<'a>(values: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let store = Self::default();
        values
            .into_iter()
            .for_each(|(address, text)| store.put(address, text));
        store
    }

    fn lock_state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn put(&self, address: &str, text: &str) {
        self.lock_state()
            .values
            .insert(address.to_owned(), text.to_owned());
    }

    pub(crate) fn remove(&self, address: &str) {
        self.lock_state().values.remove(address);
    }

    pub(crate) fn deny(&self, address: &str) {
        self.lock_state().denied.insert(address.to_owned());
    }

    pub(crate) fn set_mode(&self, mode: Mode) {
        self.lock_state().mode = mode;
    }

    /// Lets the store answer from now on, and answers the calls that wait in [`Mode::Waiting`].
    pub(crate) fn release(&self) {
        self.set_mode(Mode::Answering);
        self.1.notify_waiters();
    }

    /// Returns the calls since this method was called last, each as the list of its addresses.
    pub(crate) fn take_calls(&self) -> Vec<Vec<String>> {
        std::mem::take(&mut self.lock_state().calls)
    }

    /// Returns a loader of the stage dev that reads parameters and secrets from this store.
    pub(crate) fn loader<C: StageConfig>(&self) -> Loader<C> {
        C::loader()
            .stage("dev")
            .store("ssm", self.clone())
            .store("secret", self.clone())
    }
}

impl Store for ChangingStore {
    fn fetch<'a>(&'a self, requests: &'a [Request]) -> FetchFuture<'a> {
        Box::pin(async move {
            let release = self.1.notified();
            self.lock_state()
                .calls
                .push(requests.iter().map(Request::to_string).collect());
            let mode = self.lock_state().mode;
            match mode {
                Mode::Hanging => std::future::pending::<()>().await,
                Mode::Waiting => release.await,
                Mode::Slow(time) => sleep(time).await,
                Mode::Answering | Mode::Failing(_) => {}
            }
            let state = self.lock_state();
            let outcome = |request: &Request| match (mode, state.values.get(&request.to_string())) {
                (Mode::Failing(kind), _) => {
                    Outcome::Failed(Failed::new(kind, "as the test requires").permanent())
                }
                _ if state.denied.contains(&request.to_string()) => {
                    Outcome::Denied(Denied::new("as the test requires"))
                }
                (_, Some(text)) => Outcome::Found(Found::from_text(text.as_str())),
                (_, None) => Outcome::Missing,
            };
            requests.iter().map(outcome).collect()
        })
    }
}
