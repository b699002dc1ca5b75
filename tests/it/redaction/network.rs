//! Secrets in the good and the wrong answers of Parameter Store, in its error messages, and in
//! outcomes.

use std::time::Duration;

use serde_json::json;
use stage_config::store::{Found, Outcome};
use stage_config::{Loaded, SecretString, StageConfig};

use crate::support::load::{expect_error, loader};
use crate::support::logs::Logs;
use crate::support::planted::{
    DIGITS, SECRET, assert_clean, assert_error_clean, assert_prints_clean, assert_report_clean,
};
use crate::support::scripted::{Answer, Endpoint, Parameter, Parameters};

#[derive(StageConfig)]
#[stage(dev = "/wire/{field}")]
#[config(account(dev = "123456789012"))]
#[allow(dead_code)]
struct Config {
    key: SecretString,
    port: u16,
    #[stage(dev = "/wire/json#password")]
    password: Option<SecretString>,
}

const NAMES: [&str; 3] = ["/wire/key", "/wire/port", "/wire/json"];

fn create_parameters() -> Parameters {
    Parameters::default()
        .with("/wire/key", Parameter::secure(SECRET))
        .with("/wire/port", Parameter::text("8080"))
        .with(
            "/wire/json",
            Parameter::secure(&json!({ "password": SECRET }).to_string()),
        )
}

fn format_body(parameters: &Parameters) -> String {
    parameters.body(&NAMES.map(str::to_owned)).to_string()
}

/// Returns answers that contain the secret and make the load fail.
fn create_failing_answers() -> Vec<(&'static str, Answer)> {
    let whole = |status, body: String| Answer::Whole { status, body };
    let with =
        |name: &str, parameter| whole(200, format_body(&create_parameters().with(name, parameter)));
    let unrequested = json!({ "Parameters": [Parameter::secure(SECRET).json("/wire/unrequested")], "InvalidParameters": [] });
    vec![
        (
            "a port that is not a number",
            with("/wire/port", Parameter::text(SECRET)),
        ),
        (
            "a port that is too large",
            with("/wire/port", Parameter::text(DIGITS)),
        ),
        (
            "a text that is not JSON",
            with("/wire/json", Parameter::secure(SECRET)),
        ),
        (
            "truncated JSON",
            with(
                "/wire/json",
                Parameter::secure(&format!("{{\"password\":\"{SECRET}")),
            ),
        ),
        (
            "another account",
            with(
                "/wire/key",
                Parameter::secure(SECRET).in_account("999999999999"),
            ),
        ),
        (
            "an account that is a word",
            with("/wire/key", Parameter::secure(SECRET).in_account(WORD)),
        ),
        ("unrequested names", Answer::json(&unrequested)),
        ("an answer that is not JSON", whole(200, SECRET.to_owned())),
        (
            "half an answer",
            Answer::CutOff {
                body: format_body(&create_parameters()),
            },
        ),
        (
            "an answer that stalls",
            Answer::Stalls {
                body: format_body(&create_parameters()),
            },
        ),
        (
            "another shape",
            whole(
                200,
                json!({ "Parameters": { "Name": SECRET, "Value": [SECRET] } }).to_string(),
            ),
        ),
        (
            "an error page",
            whole(500, format!("<html>{SECRET}</html>")),
        ),
        ("an error that is not JSON", whole(400, SECRET.to_owned())),
    ]
}

/// Returns errors of the service that contain the secret or [`WORD`]. AWS quotes no values in an
/// error, but another server might.
fn create_errors_with_secrets() -> Vec<(&'static str, Answer)> {
    vec![
        (
            "message of a denial",
            Answer::error(400, "AccessDeniedException", SECRET),
        ),
        (
            "resource of a denial",
            Answer::denied(&format!("/wire/key {SECRET}")),
        ),
        (
            "message of throttling",
            Answer::error(400, "ThrottlingException", SECRET),
        ),
        (
            "message of a fault",
            Answer::error(400, "ValidationException", SECRET),
        ),
        (
            "message of an expired token",
            Answer::error(400, "ExpiredTokenException", SECRET),
        ),
        ("type of an error", Answer::error(400, SECRET, "x")),
        (
            "type of an error that is a word",
            Answer::error(400, WORD, "x"),
        ),
        (
            "a word as the type of an error 500",
            Answer::error(500, WORD, "x"),
        ),
        (
            "type of an error that ends with Exception",
            Answer::error(400, &format!("{WORD}Exception"), "x"),
        ),
        (
            "ARNs of a denial",
            Answer::not_authorized("ssm:GetParameters", &format!("arn:{WORD}")),
        ),
        (
            "parts of ARNs of a denial",
            create_denial(
                &format!("arn:aws:iam::{WORD}:user/x"),
                &format!("arn:aws:ssm:{WORD}:123456789012:parameter/a"),
            ),
        ),
        (
            "resources of a denial",
            create_denial(
                &format!("arn:aws:iam::123456789012:{WORD}"),
                &format!("arn:aws:{WORD}:eu-west-1:123456789012:x"),
            ),
        ),
        (
            "type of an error of the service",
            Answer::error(500, &format!("InternalServerError#{SECRET}"), SECRET),
        ),
    ]
}

/// A value of only letters and digits, which looks like an identifier of AWS.
const WORD: &str = "Zx9kQ7Wv3Lp5Yr2Mn8";

fn create_denial(user: &str, resource: &str) -> Answer {
    let message = format!(
        "User: {user} is not authorized to perform: ssm:GetParameters on resource: {resource} \
         because {WORD}"
    );
    Answer::error(400, "AccessDeniedException", &message)
}

#[tokio::test]
async fn failed_loads_show_no_secret() {
    for (label, answer) in create_failing_answers() {
        assert_clean(
            &format!("{label}: events"),
            &assert_fails_clean(label, answer).await.text(),
        );
    }
}

/// The SDK's own events contain the service's messages. The events of this crate do not.
#[tokio::test]
async fn service_messages_are_not_repeated() {
    for (label, answer) in create_errors_with_secrets() {
        assert_clean(
            &format!("{label}: events"),
            &assert_fails_clean(label, answer).await.own_events(),
        );
    }
}

/// Makes a load and a check fail with this answer, asserts that the results are clean, and returns
/// the logs.
async fn assert_fails_clean(label: &str, answer: Answer) -> Logs {
    let logs = Logs::start();
    let endpoint = Endpoint::start(move |_| answer.clone());
    let short = || loader::<Config>(endpoint.url()).timeout(Duration::from_millis(150));
    let failed = expect_error(short().resolve().await);
    assert_error_clean(label, &failed);
    assert!(
        !format!("{failed} {failed:?}").contains(WORD),
        "{label}: {failed}"
    );

    let report = short().check().await.expect("the check runs");
    assert!(!report.is_complete(), "{label}: the check found no failure");
    assert_report_clean(label, &report);

    logs
}

#[tokio::test]
async fn successful_loads_show_no_secret() {
    let logs = Logs::start();
    let endpoint = Endpoint::with_parameters(create_parameters());
    let loaded = loader::<Config>(endpoint.url())
        .resolve()
        .await
        .expect("the configuration loads");
    assert_clean("Loaded", &format!("{loaded:?} {loaded:#?}"));

    let Loaded { report, .. } = loaded;
    assert_report_clean("the report", &report);
    assert_prints_clean(
        "the plan",
        &loader::<Config>(endpoint.url()).plan().expect("a plan"),
    );

    let text = logs.text();
    assert!(
        text.contains("stage_config") && text.contains("GetParameters"),
        "the events of the load are missing: {text}"
    );
    assert_clean("events", &text);
}

#[test]
fn outcomes_show_no_value() {
    for found in [
        Found::from_text(SECRET),
        Found::from_string_list(SECRET),
        Found::from_bytes(SECRET),
    ] {
        let outcome = Outcome::Found(
            found
                .clone()
                .with_version(3)
                .with_arn("arn:aws:ssm:eu-west-1:1:parameter/a"),
        );
        assert_clean("Found", &format!("{found:?} {found:#?}"));
        assert_clean("Outcome", &format!("{outcome:?} {outcome:#?}"));
    }
}
