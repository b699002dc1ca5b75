//! Errors of the environment: no credentials, expired credentials, no region, no network, or
//! invalid variables of this crate.

use stage_config::{ErrorKind, FailureKind, StageConfig};

use crate::support::load::{assert_error, assert_failure, expect_error, expect_failure};
use crate::support::scripted::{Answer, Endpoint};
use crate::support::{aws, child};

#[derive(StageConfig)]
#[stage(dev = "/environment/{field}")]
#[allow(dead_code)]
struct Config {
    a: String,
}

/// The environment of a laptop without any AWS configuration. The instance metadata service, which
/// only EC2 has, is disabled.
const BARE: [(&str, &str); 3] = [
    ("stage", "dev"),
    ("AWS_EC2_METADATA_DISABLED", "true"),
    ("STAGE_CONFIG_TIMEOUT", "2s"),
];

#[test]
fn missing_credentials_are_an_error() {
    let variables = [&BARE[..], &[("AWS_REGION", "eu-west-1")]].concat();
    child::run("bad_input::environment::inner_no_credentials", &variables).assert_passed();
}

#[tokio::test]
async fn inner_no_credentials() {
    if child::is_inner("bad_input::environment::inner_no_credentials") {
        let failure = expect_failure(Config::load().await);
        let words = [
            "/environment/a",
            "AWS_ACCESS_KEY_ID",
            "AWS_PROFILE",
            "execution role",
        ];
        assert_failure(&failure, "a", FailureKind::Credentials, &words);
        assert!(Config::try_get().is_none());
    }
}

#[test]
fn a_missing_region_is_an_error() {
    let keys = [
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
    ];
    child::run(
        "bad_input::environment::inner_no_region",
        &[&BARE[..], &keys].concat(),
    )
    .assert_passed();
}

#[tokio::test]
async fn inner_no_region() {
    if child::is_inner("bad_input::environment::inner_no_region") {
        let failure = expect_failure(Config::load().await);
        assert_failure(
            &failure,
            "a",
            FailureKind::Credentials,
            &["/environment/a", "region", "AWS_REGION"],
        );
        assert!(Config::try_get().is_none());
    }
}

#[test]
fn expired_credentials_are_not_retried() {
    let endpoint = Endpoint::start(|_| Answer::expired_token());
    child::run(
        "bad_input::environment::inner_expired",
        &aws::variables(endpoint.url()),
    )
    .assert_passed();
    assert_eq!(
        endpoint.requests().len(),
        1,
        "expired credentials are not retried"
    );
}

#[tokio::test]
async fn inner_expired() {
    if child::is_inner("bad_input::environment::inner_expired") {
        let failure = expect_failure(Config::load().await);
        let words = ["/environment/a", "ExpiredToken", "credentials"];
        assert_failure(&failure, "a", FailureKind::Credentials, &words);
        assert!(Config::try_get().is_none());
    }
}

#[test]
fn a_closed_port_is_an_error() {
    let endpoint = Endpoint::start(|_| Answer::Hangs);
    let url = endpoint.url().to_owned();
    // This closes the port.
    drop(endpoint);
    let mut variables = aws::variables(&url);
    variables.push(("STAGE_CONFIG_TIMEOUT", "300ms".to_owned()));
    child::run("bad_input::environment::inner_no_network", &variables).assert_passed();
}

#[tokio::test]
async fn inner_no_network() {
    if child::is_inner("bad_input::environment::inner_no_network") {
        let failure = expect_failure(Config::load().await);
        let words = [
            "/environment/a",
            "network",
            "VPC endpoint",
            "before the timeout",
        ];
        assert_failure(&failure, "a", FailureKind::Unavailable, &words);
        assert!(Config::try_get().is_none());
    }
}

#[test]
fn an_unresolved_host_name_is_an_error() {
    let mut variables = aws::variables("http://no-such-host.invalid");
    variables.push(("STAGE_CONFIG_TIMEOUT", "300ms".to_owned()));
    child::run("bad_input::environment::inner_no_name", &variables).assert_passed();
}

#[tokio::test]
async fn inner_no_name() {
    if child::is_inner("bad_input::environment::inner_no_name") {
        let failure = expect_failure(Config::load().await);
        let kind = failure.kind();
        assert!(
            matches!(kind, FailureKind::Unavailable | FailureKind::TimedOut),
            "{failure}"
        );
        assert_failure(&failure, "a", kind, &["/environment/a", "network"]);
    }
}

#[test]
fn invalid_variables_are_errors() {
    for (name, value, words) in [
        (
            "STAGE_CONFIG_TIMEOUT",
            "soon",
            "`STAGE_CONFIG_TIMEOUT` is not a duration",
        ),
        ("STAGE_CONFIG_TIMEOUT", "5M", "did you mean `5m`?"),
        (
            "STAGE_CONFIG_TIMEOUT",
            "0s",
            "`STAGE_CONFIG_TIMEOUT` is not a duration",
        ),
        (
            "STAGE_CONFIG_TIMEOUT",
            "5",
            "`STAGE_CONFIG_TIMEOUT` is not a duration",
        ),
        (
            "STAGE_CONFIG_DEADLNE",
            "5s",
            "`STAGE_CONFIG_DEADLNE` is not known",
        ),
        (
            "STAGE_CONFIG_LOCALE",
            "x",
            "`STAGE_CONFIG_LOCALE` is not known",
        ),
    ] {
        let variables = [("stage", "dev"), (name, value), ("WORDS", words)];
        child::run("bad_input::environment::inner_invalid_variable", &variables).assert_passed();
    }
}

#[tokio::test]
async fn inner_invalid_variable() {
    if child::is_inner("bad_input::environment::inner_invalid_variable") {
        let words = std::env::var("WORDS").expect("the outer test sets the words");
        let error = expect_error(Config::load().await);
        assert_error(
            &error,
            ErrorKind::Options,
            &[&words, "Help", "STAGE_CONFIG_TIMEOUT"],
        );
    }
}
