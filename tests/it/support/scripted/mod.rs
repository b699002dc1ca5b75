//! An endpoint that speaks the protocols of Parameter Store, Secrets Manager and KMS and answers as a script says: for
//! what no server shows.

pub(crate) mod cipher;
mod serve;

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use stage_config_test_support::scripted::Record;
pub(crate) use stage_config_test_support::scripted::{
    Answer, Parameter, Parameters, Request, Secret, Secrets, secrets,
};
use tokio::sync::oneshot;

/// How long [`Answer::together`] waits for the other calls before it fails the test.
const PATIENCE: Duration = Duration::from_secs(10);

/// A scripted endpoint on a free port of 127.0.0.1, on a thread and a runtime of its own, so that it outlives the
/// runtimes that a test makes and drops. It ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Endpoint {
    url: String,
    record: Arc<Record>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// From the request to what is done about it.
type Script = dyn Fn(&Request) -> Answer + Send + Sync;

impl Endpoint {
    /// Starts an endpoint that answers each request as the script says.
    pub(crate) fn start(script: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        Self::start_patient(PATIENCE, script)
    }

    fn start_patient(patience: Duration, script: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let record = Arc::new(Record::new(patience));
        let (stop, stopped) = oneshot::channel();
        let (url, thread) = serve::start(Arc::new(script), Arc::clone(&record), stopped);
        Self { url, record, stop: Some(stop), thread: Some(thread) }
    }

    /// Starts an endpoint that holds these parameters and answers as Parameter Store does.
    pub(crate) fn holding(parameters: Parameters) -> Self {
        Self::start(move |request| parameters.answer(request))
    }

    /// Starts an endpoint that holds these secrets and answers as Secrets Manager does.
    pub(crate) fn keeping(secrets: Secrets) -> Self {
        Self::start(move |request| secrets.answer(request))
    }

    /// The endpoint, as for `AWS_ENDPOINT_URL`.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Every request, in the order of arrival.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.record.requests()
    }

    /// Every name that was asked for, as often as it was asked for, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = self.requests().into_iter().flat_map(|request| request.names).collect();
        names.sort();
        names
    }

    /// The most requests that were in flight at one time.
    pub(crate) fn most_in_flight(&self) -> usize {
        self.record.most_in_flight()
    }

    /// The requests that are in flight now.
    pub(crate) fn in_flight(&self) -> usize {
        self.record.in_flight()
    }

    /// Returns once so many requests have arrived; fails the test if they do not.
    pub(crate) async fn arrived(&self, requests: usize) {
        let waited = tokio::time::timeout(PATIENCE, self.record.wait_for_requests(requests)).await;
        assert!(waited.is_ok(), "{} of {requests} requests arrived within {PATIENCE:?}", self.requests().len());
    }

    /// Returns once no request is in flight; fails the test if one stays. A request leaves when its answer is ready or
    /// its client has gone.
    pub(crate) async fn idle(&self) {
        let waited = tokio::time::timeout(PATIENCE, self.record.wait_until_idle()).await;
        assert!(waited.is_ok(), "{} requests are still in flight after {PATIENCE:?}", self.in_flight());
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        drop(self.stop.take());
        let ended = self.thread.take().map(JoinHandle::join);
        if std::thread::panicking() {
            return;
        }
        assert!(matches!(ended, Some(Ok(()))), "the scripted endpoint panicked: see above");
        let problems = self.record.problems();
        assert!(problems.is_empty(), "the scripted endpoint waited in vain: {problems:?}");
    }
}

#[cfg(test)]
mod tests;
