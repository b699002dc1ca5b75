//! The container endpoint, from which a function with SnapStart or on Managed Instances, a task on
//! ECS and a pod on EKS get their credentials. The planted secret is the token that the endpoint
//! expects.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::json;

use super::*;
use crate::support::proxy::{Proxy, ProxyMode};
use crate::support::{aws, child};

const FULL_URI: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
const TOKEN: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN";
const TOKEN_FILE: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";

config!(Row);

/// Runs an inner test as a Lambda function that has no access keys in its variables. Returns the
/// requests to the store.
fn run(inner: &str, variables: &[(&'static str, &str)]) -> Vec<Request> {
    let endpoint = Endpoint::start(answer_normally);
    let mut all = aws::variables(endpoint.url());
    all.retain(|(name, _)| !name.contains("ACCESS_KEY"));
    all.push(("AWS_LAMBDA_FUNCTION_NAME", "payments".to_owned()));
    all.extend(
        variables
            .iter()
            .map(|(name, text)| (*name, (*text).to_owned())),
    );
    let output = child::run(&format!("reliability::container::{inner}"), &all).assert_passed();
    assert_clean("the output", &output.text());
    endpoint.requests()
}

/// Returns the ID of the access key that signs a request.
fn find_key(request: &Request) -> &str {
    let authorization = request.header("authorization").expect("it is signed");
    let (_, rest) = authorization.split_once("Credential=").expect("a key");
    rest.split('/').next().expect("a key")
}

/// Starts a container endpoint that returns a key with another number at each request. Every key
/// has already expired.
fn start_numbered() -> Endpoint {
    let number = AtomicUsize::new(0);
    Endpoint::start(move |request| {
        if request.header("authorization") != Some(SECRET) || request.line != "GET /" {
            return Answer::error(401, "Unauthorized", "");
        }
        let number = number.fetch_add(1, Ordering::SeqCst);
        Answer::json(&json!({
            "AccessKeyId": format!("KEY{number}"),
            "SecretAccessKey": SECRET,
            "Token": SECRET,
            "Expiration": "2020-01-01T00:00:00Z",
        }))
    })
}

#[test]
fn a_refresh_gets_fresh_credentials_from_the_container_endpoint() {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(SECRET.as_bytes())
        .expect("it can be written");
    let path = file.path().display().to_string();
    for token in [(TOKEN, SECRET), (TOKEN_FILE, &*path)] {
        let container = start_numbered();
        let variables = [(FULL_URI, container.url()), token];
        let requests = run("inner_refresh", &variables);
        let keys: Vec<_> = requests.iter().map(find_key).collect();
        assert_eq!(keys, ["KEY0", "KEY1"]);
        assert_eq!(container.requests().len(), 2, "one request for each load");
    }
}

#[tokio::test]
async fn inner_refresh() {
    if !child::is_inner("reliability::container::inner_refresh") {
        return;
    }
    let logs = Logs::start();
    let loader = Row::loader().refresh_timeout(LONG);
    let live = loader
        .live(Duration::from_secs(60))
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    live.refresh()
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    assert_clean("the events", &logs.text());
}

#[test]
fn a_container_endpoint_that_fails_is_an_error_that_names_its_variable() {
    let closed = Endpoint::start(|_| Answer::Hangs);
    let address = closed.url().to_owned();
    drop(closed);
    let url = [(FULL_URI, &*address), (TOKEN, SECRET)];
    let down = "names cannot be reached: connection refused";
    assert_eq!(
        run("inner_fails", &[&url[..], &[("WORDS", down)]].concat()).len(),
        0
    );

    let secret = json!({"Message": SECRET, "AccessKeyId": SECRET});
    for (answer, words, attempts) in [
        (
            Answer::error(403, SECRET, SECRET),
            "answered with HTTP 403",
            1,
        ),
        (
            Answer::error(500, SECRET, SECRET),
            "answered with HTTP 500",
            3,
        ),
        (Answer::json(&json!(SECRET)), "sent JSON that is not", 3),
        (Answer::json(&secret), "without `SecretAccessKey`", 3),
        (Answer::Reset, "cannot be reached: connection reset", 3),
    ] {
        let container = Endpoint::start(move |_| answer.clone());
        let variables = [
            (FULL_URI, container.url()),
            (TOKEN, SECRET),
            ("WORDS", words),
        ];
        assert_eq!(run("inner_fails", &variables).len(), 0);
        assert_eq!(container.requests().len(), attempts, "{words}");
    }
}

#[test]
fn a_container_endpoint_gets_no_request_if_the_token_may_not_be_sent() {
    let container = Endpoint::start(|_| Answer::json(&json!({})));
    let forged = format!("{SECRET}\r\nX-Forged: 1");
    let without_port = container.url().rsplit_once(':').expect("a port").0;
    let other_host = container.url().replace("127.0.0.1", "container.example");
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(forged.as_bytes())
        .expect("it can be written");
    let file = file.path().display().to_string();
    let missing = format!("{without_port}/{SECRET}/no/such/file");
    for (url, token, words) in [
        (other_host.as_str(), (TOKEN, SECRET), "without TLS"),
        (container.url(), (TOKEN, &*forged), "contains a line end"),
        (container.url(), (TOKEN_FILE, &*file), "contains a line end"),
        (container.url(), (TOKEN_FILE, &*missing), "cannot be read"),
        (container.url(), (TOKEN_FILE, "/dev"), "is not a file"),
    ] {
        let variables = [(FULL_URI, url), token, ("WORDS", words)];
        assert_eq!(run("inner_fails", &variables).len(), 0);
    }
    assert_eq!(container.requests().len(), 0);
}

#[tokio::test]
async fn inner_fails() {
    if child::is_inner("reliability::container::inner_fails") {
        let words = std::env::var("WORDS").expect("the outer test sets the words");
        let words = [&*words, "AWS_CONTAINER_"];
        let kind = FailureKind::Credentials;
        assert_fails::<Row>(Row::loader(), When::AfterAPause, kind, &words).await;
    }
}

/// The name of the remote host does not resolve: its first label is longer than DNS allows, so the
/// operating system asks no DNS server.
#[test]
fn a_container_endpoint_is_never_asked_through_a_proxy() {
    let container = start_numbered();
    let heads = Arc::new(Mutex::new(Vec::new()));
    let mode = ProxyMode::Recording(heads.clone(), "502 Bad Gateway");
    let proxy = Proxy::start(mode, &container);
    let address = format!("http://{}", proxy.address());
    let remote = format!("https://{}.invalid/", "x".repeat(64));
    let proxies = [("ALL_PROXY", &*address), ("NO_PROXY", "127.0.0.1:1")];

    let local = [(FULL_URI, container.url()), (TOKEN, SECRET)];
    assert_eq!(
        run("inner_refresh", &[&local[..], &proxies].concat()).len(),
        2
    );
    let words = "names cannot be reached";
    let remote = [(FULL_URI, &*remote), (TOKEN, SECRET), ("WORDS", words)];
    assert_eq!(
        run("inner_fails", &[&remote[..], &proxies].concat()).len(),
        0
    );
    drop(proxy);
    let heads = heads.lock().expect("no thread panicked");
    assert!(heads.is_empty(), "the proxy got a request: {heads:?}");
}
