//! Loads that time out, each in another phase.

use std::future::pending;
use std::sync::{Arc, Mutex, mpsc};

use aws_credential_types::provider::{ProvideCredentials, future};
use aws_sdk_ssm::config::SharedCredentialsProvider;
use stage_config::store::{FetchFuture, Outcome, Store};

use super::checks::{ExpectedFailure, Watch};
use super::*;
use crate::support::aws;
use crate::support::child;
use crate::support::proxy::{FullPort, Proxy, ProxyMode};

/// A provider that never returns credentials.
#[derive(Debug)]
struct PendingCredentials;

impl ProvideCredentials for PendingCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(pending())
    }
}

#[tokio::test]
async fn a_load_times_out_while_credentials_are_fetched() {
    config!(Row);
    let endpoint = Endpoint::start(answer_normally);
    let provider = SharedCredentialsProvider::new(PendingCredentials);
    let settings = aws::settings(endpoint.url())
        .into_builder()
        .credentials_provider(provider)
        .build();
    let loader = Row::loader().stage("dev").aws(&settings);
    let words = ["not received before the timeout", "execution role"];
    assert_fails::<Row>(loader, When::AtTheTimeout, FailureKind::Credentials, &words).await;
    assert_eq!(endpoint.requests().len(), 0);
}

#[tokio::test]
async fn a_load_times_out_while_connecting() {
    config!(Row);
    let full = FullPort::new().await;
    let words = ["no answer", "before the timeout", "VPC endpoint"];
    let loader = loader(&format!("http://{}", full.address()));
    assert_fails::<Row>(loader, When::AtTheTimeout, FailureKind::TimedOut, &words).await;
}

#[test]
fn a_load_times_out_in_the_tls_handshake() {
    let endpoint = Endpoint::start(answer_normally);
    let proxy = Proxy::start(ProxyMode::Silent, &endpoint);
    let variables = aws::variables(&format!("https://{}", proxy.address()));
    child::run("reliability::timeouts::inner_handshake", &variables).assert_passed();
    assert_eq!(endpoint.requests().len(), 0);
}

#[tokio::test]
async fn inner_handshake() {
    if child::is_inner("reliability::timeouts::inner_handshake") {
        config!(Row);
        let words = ["no answer", "before the timeout", "VPC endpoint"];
        let loader = Row::loader();
        assert_fails::<Row>(loader, When::AtTheTimeout, FailureKind::TimedOut, &words).await;
    }
}

#[tokio::test]
async fn a_load_times_out_before_the_answer() {
    config!(Row);
    assert_succeeds_after_fault::<Row>(Answer::Hangs, When::AThirdLater).await;
    assert_fails_after_faults::<Row>(
        Answer::Hangs,
        When::AtTheTimeout,
        FailureKind::TimedOut,
        &["no answer", "before the timeout"],
    )
    .await;
}

#[tokio::test]
async fn a_load_times_out_in_the_answer() {
    config!(Row);
    let stalls = || Answer::Stalls {
        body: create_normal_body(),
    };
    assert_succeeds_after_fault::<Row>(stalls(), When::AThirdLater).await;
    assert_fails_after_faults::<Row>(
        stalls(),
        When::AtTheTimeout,
        FailureKind::TimedOut,
        &["no answer", "before the timeout"],
    )
    .await;
}

/// The store blocks a thread, and nothing can stop this thread. A name lookup that never ends
/// blocks a thread in the same way. A blocking load does not wait for this thread.
#[test]
fn a_load_times_out_while_a_thread_is_stuck() {
    config!(Row);
    struct BlockedStore(Arc<Mutex<()>>);
    impl Store for BlockedStore {
        fn fetch<'a>(&'a self, requests: &'a [stage_config::store::Request]) -> FetchFuture<'a> {
            let mutex = Arc::clone(&self.0);
            Box::pin(async move {
                let blocked = tokio::task::spawn_blocking(move || drop(mutex.lock()));
                let _ = blocked.await;
                vec![Outcome::Missing; requests.len()]
            })
        }
    }

    let mutex = Arc::new(Mutex::new(()));
    let guard = mutex
        .lock()
        .expect("no thread panicked while it held the lock");
    let (done, finished) = mpsc::channel();
    let store = BlockedStore(Arc::clone(&mutex));
    let loading = std::thread::spawn(move || {
        let loader = Row::loader()
            .stage("dev")
            .store("ssm", store)
            .timeout(SHORT);
        let watch = Watch::start(When::AtTheTimeout);
        let loaded = loader.load_blocking();
        let _ = done.send(());
        let (fields, words) = (
            ["key", "table", "port"],
            ["no answer", "before the timeout"],
        );
        watch.assert_failed(
            loaded,
            &ExpectedFailure {
                fields: &fields,
                kind: FailureKind::TimedOut,
                words: &words,
            },
        );
    });
    finished
        .recv_timeout(SHORT + SLACK)
        .expect("the load ends at its timeout, although a thread is blocked");
    drop(guard);
    loading.join().expect("the result is as expected");
}

/// An attempt that starts late hangs until the timeout of the load, which is before the timeout of
/// the attempt. If no attempt starts late, the load ends in a pause. In both cases, the error
/// states the last answer.
#[tokio::test]
async fn a_load_times_out_in_a_pause_or_in_a_late_attempt() {
    config!(Row);
    let timeout = When::NoTimeForRetry.timeout();
    let start = Instant::now();
    let late = move || start.elapsed() > timeout.mul_f64(0.85);
    let endpoint = Endpoint::start(move |_| {
        if late() {
            Answer::Hangs
        } else {
            Answer::throttled()
        }
    });
    let words = ["ThrottlingException", "before the timeout"];
    assert_fails::<Row>(
        loader(endpoint.url()),
        When::NoTimeForRetry,
        FailureKind::Throttled,
        &words,
    )
    .await;
    endpoint.wait_until_idle().await;
}
