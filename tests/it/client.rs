//! The AWS client that a load creates: its credentials, region, endpoint, retries and certificates.

mod profile;

use std::io::Write as _;

use serde_json::json;
use stage_config::{FailureKind, StageConfig};

use crate::support::load::{assert_failure, expect_failure};
use crate::support::scripted::{Answer, Endpoint, Parameters, Request};
use crate::support::{aws, child};

#[derive(StageConfig)]
#[stage(dev = "/client/{field}")]
struct Config {
    a: String,
}

fn start_endpoint() -> Endpoint {
    Endpoint::with_parameters(Parameters::texts([("/client/a", "x")]))
}

/// Loads in a child process with these variables, and returns the requests that arrived.
fn load(endpoint: &Endpoint, variables: &[(&str, String)]) -> Vec<Request> {
    child::run("client::inner_load", variables).assert_passed();
    endpoint.requests()
}

#[tokio::test]
async fn inner_load() {
    if child::is_inner("client::inner_load") {
        assert_eq!(
            Config::load().await.expect("the configuration loads").a,
            "x"
        );
    }
}

/// Removes the variables in `without` from those of [`aws::variables`], and adds those in `with`.
fn variables(
    endpoint: &Endpoint,
    without: &[&str],
    with: &[(&'static str, &str)],
) -> Vec<(&'static str, String)> {
    let mut variables = aws::variables(endpoint.url());
    variables.retain(|(name, _)| !without.contains(name));
    variables.extend(
        with.iter()
            .map(|(name, value)| (*name, (*value).to_owned())),
    );
    variables
}

#[track_caller]
fn assert_signed(requests: &[Request], key: &str, region: &str) {
    let [request] = requests else {
        panic!("one request is expected: {requests:?}")
    };
    let authorization = request
        .header("authorization")
        .expect("the request is signed");
    assert!(
        authorization.contains(&format!("Credential={key}/")),
        "{authorization}"
    );
    assert!(
        authorization.contains(&format!("/{region}/ssm/aws4_request")),
        "{authorization}"
    );
}

#[test]
fn keys_token_and_region_come_from_the_environment() {
    let endpoint = start_endpoint();
    let requests = load(
        &endpoint,
        &variables(&endpoint, &[], &[("AWS_SESSION_TOKEN", "the-token")]),
    );
    assert_signed(&requests, "test", "eu-west-1");
    assert_eq!(
        requests[0].header("x-amz-security-token"),
        Some("the-token")
    );
}

#[test]
fn aws_default_region_is_used_if_no_other_region_is_set() {
    let endpoint = start_endpoint();
    let default_region = [("AWS_DEFAULT_REGION", "eu-central-1")];
    assert_signed(
        &load(&endpoint, &variables(&endpoint, &[], &default_region)),
        "test",
        "eu-west-1",
    );
    let endpoint = start_endpoint();
    assert_signed(
        &load(
            &endpoint,
            &variables(&endpoint, &["AWS_REGION"], &default_region),
        ),
        "test",
        "eu-central-1",
    );
}

#[test]
fn the_endpoint_of_one_service_takes_precedence_over_the_general_endpoint() {
    let (general, specific) = (start_endpoint(), start_endpoint());
    let requests = load(
        &specific,
        &variables(&general, &[], &[("AWS_ENDPOINT_URL_SSM", specific.url())]),
    );
    assert_eq!((requests.len(), general.requests().len()), (1, 0));
}

/// Creates a temporary file with this text.
fn create_file(text: &str) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(text.as_bytes())
        .expect("the file can be written");
    file
}

/// A pod on EKS with Pod Identity, or a Lambda function with SnapStart, gets its credentials from
/// the local endpoint that `AWS_CONTAINER_CREDENTIALS_FULL_URI` names.
#[test]
fn the_container_endpoint_provides_the_credentials() {
    let metadata = Endpoint::start(|_| {
        Answer::json(&json!({
            "AccessKeyId": "CONTAINERKEY",
            "SecretAccessKey": "x",
            "Token": "the-token",
            "Expiration": "2999-01-01T00:00:00Z",
        }))
    });
    let endpoint = start_endpoint();
    let container = [("AWS_CONTAINER_CREDENTIALS_FULL_URI", metadata.url())];
    let requests = load(
        &endpoint,
        &variables(
            &endpoint,
            &["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"],
            &container,
        ),
    );
    assert_signed(&requests, "CONTAINERKEY", "eu-west-1");
    assert_eq!(
        metadata.requests().len(),
        1,
        "a load requests the credentials once"
    );
}

#[test]
fn a_load_times_out_if_the_credentials_do_not_arrive() {
    let metadata = Endpoint::start(|_| Answer::Hangs);
    let endpoint = start_endpoint();
    let container = [
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", metadata.url()),
        ("STAGE_CONFIG_TIMEOUT", "500ms"),
    ];
    let variables = variables(
        &endpoint,
        &["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"],
        &container,
    );
    child::run("client::inner_no_answer", &variables).assert_passed();
    assert_eq!(endpoint.requests().len(), 0);
}

#[tokio::test]
async fn inner_no_answer() {
    if child::is_inner("client::inner_no_answer") {
        let start = std::time::Instant::now();
        let failure = expect_failure(Config::load().await);
        assert_failure(
            &failure,
            "a",
            FailureKind::Credentials,
            &["/client/a", "not received before the timeout"],
        );
        assert!(
            start.elapsed() < std::time::Duration::from_secs(2),
            "it took {:?}",
            start.elapsed()
        );
    }
}

#[test]
fn an_unusable_certificate_bundle_is_an_error() {
    let endpoint = start_endpoint();
    let invalid = create_file("no certificate");
    for (path, words) in [
        ("/no/such/bundle.pem", "not found"),
        (
            &invalid.path().display().to_string(),
            "contains no certificate",
        ),
    ] {
        let bundle = [("AWS_CA_BUNDLE", path), ("WORDS", words)];
        child::run("client::inner_bundle", &variables(&endpoint, &[], &bundle)).assert_passed();
    }
}

#[tokio::test]
async fn inner_bundle() {
    if child::is_inner("client::inner_bundle") {
        let words = std::env::var("WORDS").expect("the outer test sets the words");
        let failure = expect_failure(Config::load().await);
        assert_failure(
            &failure,
            "a",
            FailureKind::Credentials,
            &["AWS_CA_BUNDLE", &words],
        );
    }
}
