//! Environment variables that name a proxy: the calls that use the proxy, the calls that do not use
//! it, and the errors of the proxy and of an invalid variable.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use stage_config::{ErrorKind, FailureKind, StageConfig};

use crate::support::aws;
use crate::support::child;
use crate::support::load::{assert_failure, expect_failure};
use crate::support::planted::{assert_clean, assert_error_clean};
use crate::support::proxy::{Proxy, ProxyMode};
use crate::support::scripted::{Endpoint, Parameters};

/// A password that needs no escape in a URL.
const PASSWORD: &str = "Zx9kQ7Wv3Lp5planted";

const BAD_GATEWAY: &str = "502 Bad Gateway";

#[derive(StageConfig)]
#[stage(dev = "/proxied/{field}")]
struct One {
    a: String,
}

/// The server that the inner test calls.
enum Target {
    /// A server on this machine.
    Loopback,
    /// A host without TLS that only the proxy can reach.
    Remote,
    /// AWS itself, with TLS. The proxy refuses the tunnel with this status.
    Aws(&'static str),
}

/// Runs an inner test with a proxy that the given variables name. Returns the heads (request line
/// and headers) of the requests that the proxy received.
fn run(inner: &str, target: Target, proxy_variables: &[&'static str]) -> Vec<String> {
    let endpoint = Endpoint::with_parameters(Parameters::texts([("/proxied/a", "x")]));
    let heads = Arc::new(Mutex::new(Vec::new()));
    let status = match target {
        Target::Aws(status) => status,
        Target::Loopback | Target::Remote => BAD_GATEWAY,
    };
    let proxy = Proxy::start(ProxyMode::Recording(heads.clone(), status), &endpoint);

    let mut variables = match target {
        Target::Loopback => aws::variables(endpoint.url()),
        Target::Remote | Target::Aws(_) => aws::variables("http://ssm.test.invalid"),
    };
    if matches!(target, Target::Aws(_)) {
        variables.retain(|(name, _)| *name != "AWS_ENDPOINT_URL");
    }
    let address = format!("http://user:{PASSWORD}@{}", proxy.address());
    variables.extend(proxy_variables.iter().map(|name| (*name, address.clone())));
    let output = child::run(&format!("proxied::{inner}"), &variables).assert_passed();
    assert!(!output.text().contains(PASSWORD), "{}", output.text());

    drop(proxy);
    let heads = heads.lock().expect("no thread panicked");
    heads.clone()
}

#[test]
fn a_call_without_tls_uses_the_proxy_for_http() {
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        let heads = run("inner_loaded", Target::Remote, &[name]);
        let [head] = heads.as_slice() else {
            panic!("{name}: one request is expected: {heads:?}")
        };
        assert!(
            head.starts_with("POST http://ssm.test.invalid/ HTTP/1.1"),
            "{name}: {head}"
        );
        let head = head.to_ascii_lowercase();
        assert!(
            head.contains("proxy-authorization: basic "),
            "{name}: {head}"
        );
    }
}

#[test]
fn a_call_with_tls_uses_the_proxy_for_https() {
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        let heads = run("inner_refused", Target::Aws(BAD_GATEWAY), &[name]);
        let head = heads
            .first()
            .unwrap_or_else(|| panic!("{name}: no request"));
        let target = "CONNECT ssm.eu-west-1.amazonaws.com:443 HTTP/1.1";
        assert!(head.starts_with(target), "{name}: {head}");
    }
}

#[test]
fn a_proxy_that_refuses_the_password_is_an_error_at_once() {
    let status = "407 Proxy Authentication Required";
    let heads = run(
        "inner_wrong_password",
        Target::Aws(status),
        &["HTTPS_PROXY"],
    );
    assert_eq!(
        heads.len(),
        1,
        "a permanent error is not retried: {heads:?}"
    );
}

#[test]
fn a_loopback_address_is_called_without_a_proxy() {
    assert_eq!(
        run(
            "inner_loaded",
            Target::Loopback,
            &["HTTPS_PROXY", "https_proxy"]
        ),
        [""; 0]
    );
    assert_eq!(
        run(
            "inner_loaded",
            Target::Loopback,
            &["HTTP_PROXY", "ALL_PROXY"]
        ),
        [""; 0]
    );
}

#[tokio::test]
async fn inner_loaded() {
    if child::is_inner("proxied::inner_loaded") {
        assert_eq!(One::load().await.expect("the value exists").a, "x");
    }
}

#[tokio::test]
async fn inner_refused() {
    if child::is_inner("proxied::inner_refused") {
        let timeout = Duration::from_millis(500);
        let error = One::loader().timeout(timeout).load().await;
        let error = error.err().expect("the proxy refuses the connection");
        assert_eq!(error.kind(), ErrorKind::Unresolved);
        assert_eq!(error.failures()[0].kind(), FailureKind::Unavailable);
        let text = error.to_string();
        assert!(text.contains("the proxy refused to connect"), "{text}");
        assert!(!error.to_string().contains(PASSWORD), "{error}");
    }
}

#[tokio::test]
async fn inner_wrong_password() {
    if child::is_inner("proxied::inner_wrong_password") {
        let failure = expect_failure(One::load().await);
        let words = ["the proxy does not accept the user and the password of its URL"];
        assert_failure(&failure, "a", FailureKind::Unavailable, &words);
        assert!(!failure.to_string().contains(PASSWORD), "{failure}");
    }
}

#[test]
fn an_invalid_proxy_is_an_error_that_names_the_variable() {
    let endpoint = Endpoint::with_parameters(Parameters::texts([("/proxied/a", "x")]));
    let mut variables = aws::variables(endpoint.url());
    let address = format!(
        "socks5://user:{}@127.0.0.1:1",
        crate::support::planted::SECRET
    );
    variables.push(("HTTPS_PROXY", address));
    let output = child::run("proxied::inner_invalid", &variables).assert_passed();
    assert_clean("an invalid proxy", &output.text());
}

#[tokio::test]
async fn inner_invalid() {
    if child::is_inner("proxied::inner_invalid") {
        let result = One::load().await;
        let failure = expect_failure(result);
        assert_failure(
            &failure,
            "a",
            FailureKind::Unavailable,
            &[
                "`HTTPS_PROXY` has a scheme other than",
                "`http://proxy.example:3128`",
            ],
        );
        assert_clean("an invalid proxy", &failure.to_string());
        let error = One::load()
            .await
            .err()
            .expect("the variable is still invalid");
        assert_error_clean("an invalid proxy", &error);
    }
}
