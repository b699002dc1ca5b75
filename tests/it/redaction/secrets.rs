//! Secrets Manager and KMS: planted secrets in good answers, in wrong answers, and in error
//! messages.

use std::time::Duration;

use serde_json::{Value, json};
use stage_config::{SecretSlice, SecretString, StageConfig};

use crate::support::load::{expect_error, loader};
use crate::support::logs::Logs;
use crate::support::planted::{
    DIGITS, SECRET, assert_clean, assert_error_clean, assert_prints_clean, assert_report_clean,
};
use crate::support::scripted::{Answer, Endpoint, Request, Secret, Secrets, cipher};
use crate::support::{aws, child};

#[derive(StageConfig)]
#[config(account(dev = "123456789012"))]
#[allow(dead_code)]
struct Single {
    #[stage(dev = "secret:planted/key")]
    key: SecretString,
    #[stage(dev = "secret:planted/port")]
    port: u16,
    #[stage(dev = "secret:planted/json#password")]
    password: Option<SecretString>,
}

#[derive(StageConfig)]
#[config(secrets = "batch", account(dev = "123456789012"))]
#[allow(dead_code)]
struct Batch {
    #[stage(dev = "secret:planted/key")]
    key: SecretString,
    #[stage(dev = "secret:planted/port")]
    port: u16,
    #[stage(dev = "secret:planted/json#password")]
    password: Option<SecretString>,
}

fn create_secrets() -> Secrets {
    let json = json!({ "password": SECRET }).to_string();
    Secrets::texts([
        ("planted/key", SECRET),
        ("planted/port", "8080"),
        ("planted/json", json.as_str()),
    ])
}

/// Returns secrets that make the load fail. Each entry is a label, the name of the secret, and its
/// content or error, which contains a planted secret.
fn create_failing_secrets() -> Vec<(&'static str, &'static str, Secret)> {
    let truncated = format!("{{\"password\":\"{SECRET}");
    vec![
        (
            "a port that is not a number",
            "planted/port",
            Secret::text(SECRET),
        ),
        (
            "a port that is too large",
            "planted/port",
            Secret::text(DIGITS),
        ),
        (
            "a text that is not JSON",
            "planted/json",
            Secret::text(SECRET),
        ),
        ("truncated JSON", "planted/json", Secret::text(&truncated)),
        (
            "JSON that is not an object",
            "planted/json",
            Secret::text(&format!("[\"{SECRET}\"]")),
        ),
        (
            "message of a denial",
            "planted/key",
            Secret::Fault("AccessDeniedException", SECRET),
        ),
        (
            "message of a failed decryption",
            "planted/key",
            Secret::Fault("DecryptionFailure", SECRET),
        ),
        (
            "message of a deletion",
            "planted/key",
            Secret::Fault("InvalidRequestException", SECRET),
        ),
        (
            "message of a missing secret",
            "planted/key",
            Secret::Fault("ResourceNotFoundException", SECRET),
        ),
        (
            "message of throttling",
            "planted/key",
            Secret::Fault("ThrottlingException", SECRET),
        ),
        (
            "message of a fault",
            "planted/key",
            Secret::Fault("InternalServiceError", SECRET),
        ),
        (
            "code of a fault",
            "planted/key",
            Secret::Fault(SECRET, SECRET),
        ),
    ]
}

/// Returns answers. Each of them makes a load fail if every call gets this answer.
fn create_failing_answers() -> Vec<(&'static str, Answer)> {
    let whole = |status, body: String| Answer::Whole { status, body };
    let secret = json!({ "Name": "planted/unrequested", "SecretString": SECRET, "ARN": SECRET, "VersionId": SECRET });
    let answer_with = |secret: &Value| {
        let mut answer = secret.clone();
        answer["SecretValues"] = json!([secret]);
        answer["Errors"] = json!([{ "SecretId": SECRET, "ErrorCode": SECRET, "Message": SECRET }]);
        Answer::json(&answer)
    };
    vec![
        ("another secret", answer_with(&secret)),
        ("an answer that is not JSON", whole(200, SECRET.to_owned())),
        (
            "half an answer",
            Answer::CutOff {
                body: secret.to_string(),
            },
        ),
        (
            "an answer that stalls",
            Answer::Stalls {
                body: secret.to_string(),
            },
        ),
        (
            "another shape",
            whole(
                200,
                json!({ "SecretString": [SECRET], "SecretValues": SECRET }).to_string(),
            ),
        ),
        (
            "bytes that are not base64",
            Answer::json(&json!({ "SecretBinary": SECRET })),
        ),
        (
            "an error page",
            whole(500, format!("<html>{SECRET}</html>")),
        ),
        ("an error that is not JSON", whole(400, SECRET.to_owned())),
        ("type of an error", Answer::error(400, SECRET, SECRET)),
    ]
}

#[tokio::test]
async fn invalid_secrets_are_redacted() {
    for (label, name, secret) in create_failing_secrets() {
        let secrets = create_secrets().with(name, secret);
        assert_fails_clean(label, move |request| secrets.answer(request)).await;
    }
}

#[tokio::test]
async fn failed_loads_show_no_secret() {
    for (label, answer) in create_failing_answers() {
        assert_fails_clean(label, move |_| answer.clone()).await;
    }
}

/// Asserts that a load with single calls, a load with a batch and a check with a batch fail, and
/// that their results and events are clean.
async fn assert_fails_clean(
    label: &str,
    script: impl Fn(&Request) -> Answer + Send + Sync + 'static,
) {
    let endpoint = Endpoint::start(script);
    let timeout = Duration::from_millis(100);
    let logs = Logs::start();
    assert_error_clean(
        label,
        &expect_error(
            loader::<Single>(endpoint.url())
                .timeout(timeout)
                .resolve()
                .await,
        ),
    );
    assert_error_clean(
        label,
        &expect_error(
            loader::<Batch>(endpoint.url())
                .timeout(timeout)
                .resolve()
                .await,
        ),
    );

    let report = loader::<Batch>(endpoint.url())
        .timeout(timeout)
        .check()
        .await
        .expect("the check runs");
    assert!(!report.is_complete(), "{label}: the check found no failure");
    assert_report_clean(label, &report);
    // The SDK's own events contain the service's messages. The events of this crate do not.
    assert_clean(&format!("{label}: events"), &logs.own_events());
}

#[tokio::test]
async fn successful_loads_show_no_secret() {
    let logs = Logs::start();
    let endpoint = Endpoint::with_secrets(create_secrets());
    for loader in [
        loader::<Single>(endpoint.url()),
        loader::<Single>(endpoint.url()).batch_secrets(),
    ] {
        let loaded = loader.resolve().await.expect("the configuration loads");
        assert_clean("Loaded", &format!("{loaded:?} {loaded:#?}"));
        assert_report_clean("the report", &loaded.report);
    }
    assert_prints_clean(
        "the plan",
        &loader::<Batch>(endpoint.url()).plan().expect("a plan"),
    );

    let text = logs.text();
    assert!(
        text.contains("BatchGetSecretValue") && text.contains("secret:planted/json"),
        "{text}"
    );
    assert_clean("events", &text);
}

/// A configuration whose values are ciphertexts in variables. Only `inner_variables` loads it.
#[derive(StageConfig)]
#[allow(dead_code)]
struct Variables {
    #[stage(dev = "kms-env:PLANTED?context=lambda")]
    key: SecretString,
    #[stage(dev = "kms-env:PLANTED#password")]
    json: SecretString,
    #[stage(dev = "kms-env:PLANTED?key=alias/planted")]
    bytes: SecretSlice<u8>,
    #[stage(dev = "kms-env:PLANTED?key=alias/other")]
    port: u16,
    #[stage(dev = "kms-env:PLANTED_RAW")]
    raw: Option<SecretString>,
}

/// Runs the inner test, which must panic, and asserts that its whole output is clean. The planted
/// ciphertext contains the planted secret, reversed.
#[track_caller]
fn run_variables(label: &str, script: impl Fn(&Request) -> Answer + Send + Sync + 'static) {
    let endpoint = Endpoint::start(script);
    let mut variables = aws::variables(endpoint.url());
    variables.extend([
        ("AWS_LAMBDA_FUNCTION_NAME", "payments".to_owned()),
        ("STAGE_CONFIG_TIMEOUT", "150ms".to_owned()),
        ("PLANTED", cipher::to_ciphertext(SECRET)),
        // A plain value, set by mistake.
        ("PLANTED_RAW", SECRET.to_owned()),
        ("RUST_BACKTRACE", "full".to_owned()),
    ]);
    let output = child::run("redaction::secrets::inner_variables", &variables).assert_failed();
    assert!(
        output
            .stderr
            .contains("the test checks the output of this panic"),
        "{label}: {}",
        output.text()
    );
    assert_clean(&format!("{label}: the whole output"), &output.text());

    let ciphertext = cipher::to_ciphertext(SECRET);
    assert!(
        !output.text().contains(&ciphertext),
        "{label}: the ciphertext is shown: {}",
        output.text()
    );
}

#[test]
fn failed_loads_of_variables_show_no_secret() {
    run_variables("good answers of the wrong type", cipher::answer_decrypt);
    for (label, answer) in create_failing_answers() {
        run_variables(label, move |_| answer.clone());
    }
    for code in [
        "InvalidCiphertextException",
        "IncorrectKeyException",
        "DisabledException",
        "AccessDeniedException",
        "Throttling",
    ] {
        run_variables(code, move |_| Answer::error(400, code, SECRET));
    }
    run_variables("plaintext that is not base64", |_| {
        Answer::json(&json!({ "Plaintext": SECRET }))
    });
}

#[tokio::test]
#[allow(clippy::print_stderr)]
async fn inner_variables() {
    if !child::is_inner("redaction::secrets::inner_variables") {
        return;
    }

    let logs = Logs::start();
    let report = Variables::loader().check().await.expect("the check runs");
    assert!(!report.is_complete());
    assert_report_clean("the report", &report);

    let result = Variables::loader().resolve().await;
    eprintln!("{} {report} {report:#?}", logs.own_events());
    result
        .map(drop)
        .expect("the test checks the output of this panic");
}

/// This test also searches the SDK's own events, which contain the names of the operations.
#[test]
fn successful_loads_of_variables_show_no_secret() {
    let endpoint = Endpoint::start(cipher::answer_decrypt);
    let mut variables = aws::variables(endpoint.url());
    variables.push(("PLANTED", cipher::to_ciphertext(SECRET)));
    let output = child::run("redaction::secrets::inner_good_variable", &variables).assert_passed();
    assert!(
        output.stderr.contains("Decrypt"),
        "the events are not printed: {}",
        output.text()
    );
    assert_clean("the whole output", &output.text());
}

#[tokio::test]
#[allow(clippy::print_stderr)]
async fn inner_good_variable() {
    #[derive(StageConfig)]
    #[allow(dead_code)]
    struct Good {
        #[stage(dev = "kms-env:PLANTED")]
        key: SecretString,
    }

    if child::is_inner("redaction::secrets::inner_good_variable") {
        let logs = Logs::start();
        let loaded = Good::loader()
            .resolve()
            .await
            .expect("the configuration loads");
        eprintln!("{loaded:?} {loaded:#?} {}", logs.text());
    }
}
