//! If a variable of AWS, or an AWS setting of the program, has a value that cannot be used, the
//! load fails at once and sends no request. Its error names the variable or the setting. An empty
//! variable counts as unset, as in the AWS SDKs of other languages.

use std::io::Write as _;
use std::time::{Duration, Instant};

use aws_sdk_ssm::config::{Credentials, Region, SharedCredentialsProvider};
use stage_config::{FailureKind, StageConfig};

use crate::support::load::{assert_failure, expect_config, expect_failure};
use crate::support::scripted::{Endpoint, Parameters};
use crate::support::{aws, child};

#[derive(StageConfig)]
#[stage(dev = "/variables/{field}")]
struct Config {
    a: String,
}

fn start_endpoint() -> Endpoint {
    Endpoint::with_parameters(Parameters::texts([("/variables/a", "the value of a")]))
}

/// Runs the inner test with the variables of an endpoint, changed by `changes`. Returns the output
/// and the number of requests.
fn run(test: &str, changes: &[(&'static str, &str)]) -> (child::ChildOutput, usize) {
    let endpoint = start_endpoint();
    let mut variables = aws::variables(endpoint.url());
    variables.push(("STAGE_CONFIG_TIMEOUT", "30s".to_owned()));
    variables.push(("AWS_EC2_METADATA_DISABLED", "true".to_owned()));
    for (name, value) in changes {
        variables.push((name, (*value).to_owned()));
    }
    let test = format!("bad_input::aws_variables::{test}");
    let output = child::run(&test, &variables).assert_passed();
    (output, endpoint.requests().len())
}

#[test]
fn a_load_with_a_wrong_variable_fails_at_once_and_names_it() {
    for (name, value, words) in [
        ("AWS_ACCESS_KEY_ID", "hunter2\n", "ends with a line end"),
        ("AWS_ACCESS_KEY_ID", "hunter2\r", "ends with a line end"),
        ("AWS_ACCESS_KEY_ID", "\"hunter2\"", "is in quotes"),
        ("AWS_SECRET_ACCESS_KEY", "hunter2\n", "ends with a line end"),
        ("AWS_SECRET_ACCESS_KEY", "hun ter2", "contains a space"),
        ("AWS_SESSION_TOKEN", "hunter2\r\n", "ends with a line end"),
        ("AWS_SESSION_TOKEN", "hunter2é", "is not ASCII"),
        (
            "AWS_REGION",
            "eu-west-1\n",
            "to the region `eu-west-1`, without the line end",
        ),
        ("AWS_REGION", "eu-west-1a", "did you mean `eu-west-1`?"),
        ("AWS_REGION", "eu west 1", "did you mean `eu-west-1`?"),
        ("AWS_ENDPOINT_URL", "127.0.0.1:1", "did you mean `http://"),
        ("AWS_ENDPOINT_URL_SSM", "hunter2@host", "has no scheme"),
        ("AWS_ENDPOINT_URL_KMS", "http://", "has no host"),
        (
            "AWS_ENDPOINT_URL_STS",
            "http://a \n",
            "ends with a line end",
        ),
        ("AWS_MAX_ATTEMPTS", "many", "is not a whole number"),
        ("AWS_RETRY_MODE", "legacy", "`standard`, `adaptive`"),
        ("AWS_USE_FIPS_ENDPOINT", "1", "neither `true` nor `false`"),
    ] {
        let expected = [("VARIABLE", name), ("WORDS", words), (name, value)];
        let (output, requests) = run("inner_wrong_variable", &expected);
        assert!(!output.text().contains("ter2"), "{}", output.text());
        assert_eq!(requests, 0, "{name}");
    }
}

#[tokio::test]
async fn inner_wrong_variable() {
    if child::is_inner("bad_input::aws_variables::inner_wrong_variable") {
        let variable = |name| std::env::var(name).expect("the outer test sets it");
        let name = variable("VARIABLE");
        let start = Instant::now();
        let failure = expect_failure(Config::load().await);
        assert!(start.elapsed() < Duration::from_secs(10), "{failure}");
        let kind = match name.as_str() {
            "AWS_REGION" => FailureKind::Credentials,
            name if name.contains("KEY") || name.contains("TOKEN") => FailureKind::Credentials,
            _ => FailureKind::Unavailable,
        };
        let words = [&*format!("`{name}`"), &variable("WORDS"), "help: set `"];
        assert_failure(&failure, "a", kind, &words);

        let error = stage_config::aws::load_sdk_config()
            .await
            .expect_err("the same mistake")
            .to_string();
        assert!(error.contains(&format!("Help: set `{name}` ")), "{error}");
    }
}

#[test]
fn one_error_names_all_wrong_variables() {
    let wrong = [
        ("AWS_ACCESS_KEY_ID", "hunter2\n"),
        ("AWS_REGION", "eu-west-1a"),
        ("AWS_ENDPOINT_URL_SSM", "hunter2"),
    ];
    let (output, requests) = run("inner_several", &wrong);
    assert!(!output.text().contains("hunter2"), "{}", output.text());
    assert_eq!(requests, 0);
}

#[tokio::test]
async fn inner_several() {
    if child::is_inner("bad_input::aws_variables::inner_several") {
        let failure = expect_failure(Config::load().await);
        let words = [
            "`AWS_ACCESS_KEY_ID` ends with a line end",
            "did you mean `eu-west-1`?",
            "`AWS_ENDPOINT_URL_SSM` has no scheme",
        ];
        assert_failure(&failure, "a", FailureKind::Credentials, &words);
    }
}

#[test]
fn an_empty_variable_counts_as_unset() {
    let mut profiles = tempfile::NamedTempFile::new().expect("a temporary file");
    profiles
        .write_all(b"[default]\nregion = eu-west-1\n")
        .expect("the file can be written");
    let profiles = profiles.path().to_str().expect("the path is text");
    for changes in [
        &[("AWS_SESSION_TOKEN", "")][..],
        &[("AWS_ENDPOINT_URL_SSM", "")],
        &[("AWS_ENDPOINT_URL_SSM", " \n"), ("AWS_REGION", "")],
        &[("AWS_REGION", ""), ("AWS_DEFAULT_REGION", "eu-west-1")],
        &[("AWS_REGION", " "), ("AWS_PROFILE", "")],
        &[("AWS_REGION", "\n"), ("AWS_MAX_ATTEMPTS", "")],
        &[
            ("AWS_REGION", ""),
            ("AWS_RETRY_MODE", ""),
            ("AWS_MAX_ATTEMPTS", "2"),
        ],
    ] {
        let file = [("AWS_CONFIG_FILE", profiles)];
        let (_, requests) = run("inner_empty", &[&file, changes].concat());
        assert_eq!(requests, 1, "{changes:?}");
    }
}

#[tokio::test]
async fn inner_empty() {
    if child::is_inner("bad_input::aws_variables::inner_empty") {
        let config = expect_config(Config::loader().resolve().await);
        assert_eq!(config.a, "the value of a");
    }
}

#[test]
fn the_error_of_missing_credentials_or_region_names_the_empty_variables() {
    for (changes, words) in [
        (
            &[("AWS_ACCESS_KEY_ID", "")][..],
            "`AWS_ACCESS_KEY_ID` is empty",
        ),
        (
            &[("AWS_ACCESS_KEY_ID", " "), ("AWS_SECRET_ACCESS_KEY", "\n")],
            "`AWS_ACCESS_KEY_ID` is empty, `AWS_SECRET_ACCESS_KEY` is empty",
        ),
        (
            &[("AWS_SECRET_ACCESS_KEY", "")],
            "`AWS_SECRET_ACCESS_KEY` is empty",
        ),
        (&[("AWS_REGION", "")], "`AWS_REGION` is empty"),
        (
            &[("AWS_REGION", " "), ("AWS_DEFAULT_REGION", "\r\n")],
            "`AWS_REGION` is empty, `AWS_DEFAULT_REGION` is empty",
        ),
    ] {
        let expected = [("WORDS", words)];
        let (_, requests) = run("inner_missing", &[changes, &expected].concat());
        assert_eq!(requests, 0, "{changes:?}");
    }
}

#[tokio::test]
async fn inner_missing() {
    if child::is_inner("bad_input::aws_variables::inner_missing") {
        let words = std::env::var("WORDS").expect("the outer test sets it");
        let failure = expect_failure(Config::load().await);
        assert_failure(&failure, "a", FailureKind::Credentials, &[&words, "region"]);
    }
}

#[tokio::test]
async fn a_line_end_in_credentials_of_the_program_is_an_error() {
    let endpoint = start_endpoint();
    for (key, secret, token, part) in [
        ("hunter2\n", "x", None, "access key ID"),
        ("x", "hunter2\n", None, "secret access key"),
        ("x", "x", Some("hunter2\n"), "session token"),
    ] {
        let token = token.map(str::to_owned);
        let credentials = Credentials::new(key, secret, token, None, "tests");
        let settings = aws::settings(endpoint.url())
            .into_builder()
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .build();
        let failure = expect_failure(Config::loader().stage("dev").aws(&settings).resolve().await);
        let problem = format!("the {part} ends with a line end");
        assert_failure(&failure, "a", FailureKind::Credentials, &[&problem]);
        assert!(!failure.to_string().contains("hunter2"), "{failure}");
    }
    assert_eq!(endpoint.requests().len(), 0);
}

#[tokio::test]
async fn a_wrong_region_of_the_program_is_an_error() {
    for (region, words) in [
        ("", "no AWS region is set"),
        ("eu-west-1a", "did you mean `eu-west-1`?"),
        ("eu-west-1\n", "as in `eu-central-1`"),
        ("a/b", "as in `eu-central-1`"),
    ] {
        let mut settings = aws::settings("http://unused.invalid").into_builder();
        settings.set_endpoint_url(None);
        let settings = settings.region(Region::new(region)).build();
        let failure = expect_failure(Config::loader().stage("dev").aws(&settings).resolve().await);
        assert_failure(&failure, "a", FailureKind::Credentials, &[words, "region"]);
    }
}
