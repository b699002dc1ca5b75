//! Connections that fail, or lead to another server.

use std::io::Write as _;

use super::*;
use crate::support::proxy::{Authority, Proxy, ProxyMode};
use crate::support::{aws, child};

#[tokio::test]
async fn a_reset_at_connect_is_retried_until_the_timeout() {
    config!(Row);
    let endpoint = Endpoint::start(answer_normally);
    let proxy = Proxy::start(ProxyMode::Resets(1), &endpoint);
    let url = format!("http://{}", proxy.address());
    let report = assert_succeeds::<Row>(loader(&url), When::AfterAPause).await;
    assert_eq!(
        (report.calls[0].retries, endpoint.requests().len()),
        (1, 1),
        "{report}"
    );

    drop(proxy);
    let proxy = Proxy::start(ProxyMode::Resets(usize::MAX), &endpoint);
    let url = format!("http://{}", proxy.address());
    let words = [
        "the connection was reset",
        "before the timeout",
        "VPC endpoint",
    ];
    assert_fails::<Row>(
        loader(&url),
        When::NoTimeForRetry,
        FailureKind::Unavailable,
        &words,
    )
    .await;
    assert_eq!(
        endpoint.requests().len(),
        1,
        "a further request came through"
    );
}

#[tokio::test]
async fn a_refused_connection_is_retried_until_the_timeout() {
    config!(Row);
    let closed = Endpoint::start(answer_normally);
    let url = closed.url().to_owned();
    drop(closed);
    let words = [
        "the connection was refused",
        "before the timeout",
        "VPC endpoint",
    ];
    assert_fails::<Row>(
        loader(&url),
        When::NoTimeForRetry,
        FailureKind::Unavailable,
        &words,
    )
    .await;
}

/// The name never exists (RFC 6761). Its first label is longer than DNS allows, so the operating
/// system asks no DNS server. A DNS server might answer late or never.
#[tokio::test]
async fn an_unresolved_name_is_retried_until_the_timeout() {
    config!(Row);
    let url = format!("http://{}.invalid", "x".repeat(64));
    let words = [
        "the name of the endpoint does not resolve",
        "check the region (`AWS_REGION`",
        "DNS",
        "before the timeout",
    ];
    assert_fails::<Row>(
        loader(&url),
        When::NoTimeForRetry,
        FailureKind::Unavailable,
        &words,
    )
    .await;
}

config!(Tls);

/// Runs the inner test against an endpoint with TLS. The client of the inner test trusts only the
/// authority `trusted`. Returns the output and the number of requests.
fn run_over_tls(inner: &str, trusted: &Authority, mode: ProxyMode) -> (child::ChildOutput, usize) {
    let endpoint = Endpoint::start(answer_normally);
    let proxy = Proxy::start(mode, &endpoint);
    let mut bundle = tempfile::NamedTempFile::new().expect("a temporary file");
    bundle
        .write_all(trusted.pem.as_bytes())
        .expect("the file can be written");
    let mut variables = aws::variables(&format!("https://{}", proxy.address()));
    variables.push(("AWS_CA_BUNDLE", bundle.path().display().to_string()));
    let output = child::run(&format!("reliability::network::{inner}"), &variables);
    (output.assert_passed(), endpoint.requests().len())
}

#[test]
fn a_certificate_for_another_name_fails_at_once() {
    let authority = Authority::named("trusted");
    let (output, requests) = run_over_tls(
        "inner_wrong_name",
        &authority,
        authority.tls_for("elsewhere.example"),
    );
    assert_clean("the output", &output.text());
    assert_eq!(requests, 0, "a request was sent to the wrong server");
    let (_, requests) = run_over_tls(
        "inner_right_name",
        &authority,
        authority.tls_for("127.0.0.1"),
    );
    assert_eq!(requests, 1, "only the name was wrong");
}

#[tokio::test]
async fn inner_wrong_name() {
    if child::is_inner("reliability::network::inner_wrong_name") {
        assert_fails_at_once(&["the endpoint's certificate is for another name"]).await;
    }
}

#[tokio::test]
async fn inner_right_name() {
    if child::is_inner("reliability::network::inner_right_name") {
        assert_succeeds(Tls::loader(), When::AtOnce).await;
    }
}

#[test]
fn a_certificate_of_an_unknown_root_fails_at_once() {
    let (trusted, other) = (Authority::named("trusted"), Authority::named("unknown"));
    let (output, requests) =
        run_over_tls("inner_unknown_root", &trusted, other.tls_for("127.0.0.1"));
    assert_clean("the output", &output.text());
    assert_eq!(requests, 0, "a request was sent to the wrong server");
}

#[tokio::test]
async fn inner_unknown_root() {
    if child::is_inner("reliability::network::inner_unknown_root") {
        let words = [
            "no trusted root signed the endpoint's certificate",
            "AWS_CA_BUNDLE",
        ];
        assert_fails_at_once(&words).await;
    }
}

/// A certificate that does not pass the checks is a permanent error, so the load does not wait.
async fn assert_fails_at_once(words: &[&str]) {
    assert_fails::<Tls>(Tls::loader(), When::AtOnce, FailureKind::Unavailable, words).await;
}
