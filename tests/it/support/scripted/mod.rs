//! An endpoint that speaks the protocols of Parameter Store, Secrets Manager, AppConfig, KMS and
//! STS and answers from a script, because no server gives these answers on request.

pub(crate) mod cipher;
mod serve;

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use stage_config_test_support::scripted::Record;
pub(crate) use stage_config_test_support::scripted::{
    Answer, Configurations, Parameter, Parameters, ROLE_KEY_ID, Request, Secret, Secrets,
    accept_role, is_poll, is_role_request, is_session_start, refuse_role, secrets,
};
use tokio::sync::oneshot;

/// The time after which a test fails if the calls or requests that it waits for do not arrive, or
/// if a request stays in flight.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A scripted endpoint on a free port of 127.0.0.1. It has its own thread and runtime, so that it
/// outlives the runtimes of a test. It ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Endpoint {
    url: String,
    record: Arc<Record>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// A function from a request to its answer.
type Script = dyn Fn(&Request) -> Answer + Send + Sync;

impl Endpoint {
    /// Starts an endpoint that answers each request with the script.
    pub(crate) fn start(script: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        Self::start_with_timeout(TIMEOUT, script)
    }

    fn start_with_timeout(
        timeout: Duration,
        script: impl Fn(&Request) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let record = Arc::new(Record::new(timeout));
        let (stop, stopped) = oneshot::channel();
        let (url, thread) = serve::start(Arc::new(script), Arc::clone(&record), stopped);
        Self {
            url,
            record,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// Starts an endpoint that answers as Parameter Store with these parameters.
    pub(crate) fn with_parameters(parameters: Parameters) -> Self {
        Self::start(move |request| parameters.answer(request))
    }

    /// Starts an endpoint that answers as Secrets Manager with these secrets.
    pub(crate) fn with_secrets(secrets: Secrets) -> Self {
        Self::start(move |request| secrets.answer(request))
    }

    /// Returns the URL, as for `AWS_ENDPOINT_URL`.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Returns every request, in the order of arrival.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.record.requests()
    }

    /// Returns every requested name, with duplicates, sorted.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = self
            .requests()
            .into_iter()
            .flat_map(|request| request.names)
            .collect();
        names.sort();
        names
    }

    /// Returns the largest number of concurrent requests.
    pub(crate) fn most_in_flight(&self) -> usize {
        self.record.most_in_flight()
    }

    /// Returns the number of requests in flight.
    pub(crate) fn in_flight(&self) -> usize {
        self.record.in_flight()
    }

    /// Waits until this many requests have arrived. Panics if they do not.
    pub(crate) async fn wait_for_arrivals(&self, requests: usize) {
        let result = tokio::time::timeout(TIMEOUT, self.record.wait_for_requests(requests)).await;
        assert!(
            result.is_ok(),
            "{} of {requests} requests arrived within {TIMEOUT:?}",
            self.requests().len()
        );
    }

    /// Waits until no request is in flight. Panics if one stays. A request ends when its answer is
    /// ready or its client disconnects.
    pub(crate) async fn wait_until_idle(&self) {
        let result = tokio::time::timeout(TIMEOUT, self.record.wait_until_idle()).await;
        assert!(
            result.is_ok(),
            "{} requests are still in flight after {TIMEOUT:?}",
            self.in_flight()
        );
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        drop(self.stop.take());
        let result = self.thread.take().map(JoinHandle::join);
        if std::thread::panicking() {
            return;
        }
        assert!(
            matches!(result, Some(Ok(()))),
            "the scripted endpoint panicked: see above"
        );
        let problems = self.record.problems();
        assert!(
            problems.is_empty(),
            "the scripted endpoint timed out: {problems:?}"
        );
    }
}

#[cfg(test)]
mod tests;
