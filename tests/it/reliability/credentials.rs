//! Credentials and time: wrong clocks, expired tokens, changing keys.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

use aws_credential_types::provider::{ProvideCredentials, future};
use aws_sdk_ssm::config::{Credentials, SharedCredentialsProvider};
use aws_sdk_ssm::primitives::{DateTime, DateTimeFormat};
use aws_types::sdk_config::TimeSource;

use super::*;
use crate::support::aws;

/// AWS accepts a signature whose time is wrong by at most five minutes.
pub(super) const TOLERANCE: Duration = Duration::from_secs(5 * 60);

/// A clock that is wrong by this many seconds.
#[derive(Debug)]
pub(super) struct WrongClock(pub(super) i64);

impl TimeSource for WrongClock {
    fn now(&self) -> SystemTime {
        let error = Duration::from_secs(self.0.unsigned_abs());
        if self.0 < 0 {
            SystemTime::now() - error
        } else {
            SystemTime::now() + error
        }
    }
}

/// Returns the difference between the signing time of the request and now.
pub(super) fn compute_signing_time_error(request: &Request) -> Duration {
    let text = request.header("x-amz-date").expect("the request is signed");
    let (day, time) = text.split_once('T').expect("a day and a time");
    let time = time.trim_end_matches('Z');
    let text = format!(
        "{}-{}-{}T{}:{}:{}Z",
        &day[..4],
        &day[4..6],
        &day[6..],
        &time[..2],
        &time[2..4],
        &time[4..]
    );
    let signed = DateTime::from_str(&text, DateTimeFormat::DateTime)
        .expect("a time")
        .secs();
    let now = DateTime::from(SystemTime::now()).secs();
    Duration::from_secs(signed.abs_diff(now))
}

/// Answers like AWS, which rejects a signature with a wrong time before it checks anything else.
fn answer_after_time_check(request: &Request) -> Answer {
    let words = "Signature expired: 20200101T000000Z is now earlier than 20200101T000500Z \
                 (20200101T001000Z - 5 min.)";
    if compute_signing_time_error(request) > TOLERANCE {
        Answer::error(400, "InvalidSignatureException", words)
    } else {
        answer_normally(request)
    }
}

#[tokio::test]
async fn a_wrong_clock_costs_one_retry() {
    config!(Row);
    for wrong in [3600, -3600, 86_400 * 400, -86_400 * 400] {
        let endpoint = Endpoint::start(answer_after_time_check);
        let settings = aws::settings(endpoint.url())
            .into_builder()
            .time_source(WrongClock(wrong))
            .build();
        let report =
            assert_succeeds::<Row>(Row::loader().stage("dev").aws(&settings), When::AfterAPause)
                .await;
        assert_eq!(
            (report.calls[0].retries, endpoint.requests().len()),
            (1, 2),
            "{wrong} s: {report}"
        );
    }
    let endpoint = Endpoint::start(answer_after_time_check);
    let settings = aws::settings(endpoint.url())
        .into_builder()
        .time_source(WrongClock(100))
        .build();
    assert_succeeds::<Row>(Row::loader().stage("dev").aws(&settings), When::AtOnce).await;
    assert_eq!(endpoint.requests().len(), 1, "a small skew needs no retry");

    // Both the key and the clock are wrong: the clock is corrected once, and then the key is
    // rejected.
    let endpoint = Endpoint::start(|_| {
        Answer::error(
            400,
            "InvalidSignatureException",
            "The security token is invalid",
        )
    });
    let settings = aws::settings(endpoint.url())
        .into_builder()
        .time_source(WrongClock(3600))
        .build();
    let words = ["InvalidSignatureException", "execution role"];
    let loader = Row::loader().stage("dev").aws(&settings);
    assert_fails::<Row>(loader, When::AfterAPause, FailureKind::Credentials, &words).await;
    assert_eq!(endpoint.requests().len(), 2);
}

#[tokio::test]
async fn an_expired_token_fails_at_once() {
    config!(Row);
    let endpoint = Endpoint::start(|_| Answer::expired_token());
    let words = ["ExpiredTokenException", "execution role"];
    assert_fails::<Row>(
        loader(endpoint.url()),
        When::AtOnce,
        FailureKind::Credentials,
        &words,
    )
    .await;
    assert_eq!(
        endpoint.requests().len(),
        1,
        "an expired token must not be retried"
    );
}

/// Provides another key at each request for credentials.
#[derive(Debug, Default)]
struct ChangingCredentials(Arc<AtomicUsize>);

impl ProvideCredentials for ChangingCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let number = self.0.fetch_add(1, Ordering::SeqCst);
        future::ProvideCredentials::ready(Ok(Credentials::new(
            format!("KEY{number}"),
            "x",
            None,
            None,
            "tests",
        )))
    }
}

#[tokio::test]
async fn a_load_uses_one_set_of_credentials() {
    config!(Row);
    let key = |request: &Request| {
        let authorization = request
            .header("authorization")
            .expect("the request is signed");
        let credential = authorization
            .split("Credential=")
            .nth(1)
            .expect("the signature names its key");
        credential
            .split('/')
            .next()
            .expect("the key's id")
            .to_owned()
    };
    let endpoint = Endpoint::start(
        move |request| match (key(request).as_str(), request.index) {
            ("KEY0", _) => Answer::expired_token(),
            (_, 1) => Answer::throttled(),
            _ => answer_normally(request),
        },
    );
    let provided = Arc::new(AtomicUsize::new(0));
    let provider = SharedCredentialsProvider::new(ChangingCredentials(Arc::clone(&provided)));
    let settings = aws::settings(endpoint.url())
        .into_builder()
        .credentials_provider(provider)
        .build();
    let loader = || Row::loader().stage("dev").aws(&settings);
    assert_fails::<Row>(
        loader(),
        When::AtOnce,
        FailureKind::Credentials,
        &["ExpiredTokenException"],
    )
    .await;
    assert_succeeds::<Row>(loader(), When::AfterAPause).await;

    let keys: Vec<_> = endpoint.requests().iter().map(key).collect();
    assert_eq!(
        keys,
        ["KEY0", "KEY1", "KEY1"],
        "each load requests a key, and uses it for its retries too"
    );
    assert_eq!(provided.load(Ordering::SeqCst), 2);
}
