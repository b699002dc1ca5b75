//! Answers of AWS that the test servers do not give: acceptance of the newer data types, denials by
//! policy, messages that quote the value, and errors after a write that may have succeeded.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use serde_json::{Value, json};

use super::WriteTest;
use crate::support::endpoint::{Answer, Endpoint};
use crate::support::package::{RunOutput, run_command};
use crate::support::peers::moto;
use crate::support::planted::{SECRET, assert_clean};

/// Runs `set` against an endpoint that answers according to a script. Returns the output and the
/// bodies of the `PutParameter` requests. If the script has no answer to an operation, the endpoint
/// answers a read that the value does not exist, and `PutParameter` that the parameter is written.
/// It answers any other operation with an error.
fn run_against(
    field: &str,
    value: &str,
    script: impl Fn(&str) -> Option<Answer> + Send + Sync + 'static,
) -> (RunOutput, Vec<Value>) {
    let endpoint = Endpoint::start(move |request| {
        match (script(&request.operation), request.operation.as_str()) {
            (Some(answer), _) => answer,
            (None, "GetParameters") => {
                Answer::json(&json!({ "Parameters": [], "InvalidParameters": request.names }))
            }
            (None, "PutParameter") => Answer::json(&json!({ "Version": 1, "Tier": "Standard" })),
            (None, "DescribeSecret") => {
                Answer::error(400, "ResourceNotFoundException", "there is none")
            }
            (None, _) => Answer::internal_error(),
        }
    });
    let test = WriteTest::new(moto(), "scripted");
    let mut command = test.command(&["set", field]);
    let ran = run_command(
        command.env("AWS_ENDPOINT_URL", &endpoint.url),
        value.as_bytes(),
    );
    assert_clean(field, &format!("{}{}", ran.stdout, ran.stderr));
    let puts = endpoint
        .requests()
        .into_iter()
        .filter(|request| request.operation == "PutParameter");
    (ran, puts.map(|request| request.body).collect())
}

#[test]
fn set_sends_the_data_type_to_servers_that_know_it() {
    for (field, value, expected) in [
        ("port", "8080", json!("integer")),
        ("port", " 8080", Value::Null),
        ("ratio", "0.5", json!("float")),
        ("ratio", " 0.5", Value::Null),
        ("flag", "true", json!("boolean")),
        ("limits", "{\"a\":1}", json!("json")),
        ("tags", "a,b", Value::Null),
        ("token", SECRET, Value::Null),
    ] {
        let (ran, puts) = run_against(field, value, |_| None);
        let ran = ran.assert_code(0);
        assert!(!ran.stderr.contains("data type"), "{}", ran.stderr);
        assert_eq!(puts.len(), 1, "{field}");
        assert_eq!(puts[0]["DataType"], expected, "{field} = {value:?}");
        assert_eq!(puts[0]["Overwrite"], false);
    }
}

#[test]
fn a_denied_write_names_the_missing_permission() {
    const ARN: &str = "arn:aws:ssm:eu-west-1:123456789012:parameter/write/t-scripted/token";
    let (ran, _) = run_against("token", SECRET, |operation| {
        (operation == "PutParameter").then(|| Answer::not_authorized("ssm:PutParameter", ARN))
    });
    ran.assert_code(1)
        .assert_stderr("may not write")
        .assert_stderr(&format!("allow `ssm:PutParameter` on `{ARN}`"));
    let (ran, puts) = run_against("token", SECRET, |operation| {
        (operation == "GetParameters").then(|| Answer::not_authorized("ssm:GetParameters", ARN))
    });
    ran.assert_code(2)
        .assert_stderr("may not read")
        .assert_stderr(&format!("allow `ssm:GetParameters` on `{ARN}`"));
    assert!(
        puts.is_empty(),
        "a value that cannot be read must not be written"
    );
}

#[test]
fn a_server_message_that_quotes_the_value_is_not_shown() {
    for code in [
        "ValidationException",
        "ParameterPatternMismatchException",
        "InvalidKeyId",
        "SomethingNew",
    ] {
        let quoting = format!(
            "1 validation error detected: Value '{SECRET}' at 'value' failed to satisfy a \
             constraint"
        );
        let answer = Answer::error(400, code, &quoting);
        let (ran, _) = run_against("token", SECRET, move |operation| {
            (operation == "PutParameter").then(|| answer.clone())
        });
        ran.assert_code(1).assert_stderr("help:");
    }
    for code in [
        "InvalidParameterException",
        "LimitExceededException",
        "EncryptionFailure",
    ] {
        let answer = Answer::error(400, code, &format!("the value '{SECRET}' is refused"));
        let (ran, _) = run_against("whole", SECRET, move |operation| {
            (operation == "CreateSecret").then(|| answer.clone())
        });
        ran.assert_code(1).assert_stderr("help:");
    }
}

/// A server that returns an error may have written the value before.
#[test]
fn a_failure_with_unknown_outcome_is_reported_as_such() {
    let (ran, _) = run_against("token", SECRET, |operation| {
        (operation == "PutParameter").then(Answer::internal_error)
    });
    ran.assert_code(1)
        .assert_stderr("it is not known whether the write happened")
        .assert_stderr("then check the result: cargo stage history token --stage ");
}

/// If the answer to a successful call is lost, the call is retried, and Secrets Manager refuses the
/// retry. The current version then shows that the first attempt succeeded.
#[test]
fn a_version_swap_with_a_lost_answer_counts_as_written() {
    let swapped = AtomicBool::new(false);
    let (ran, _) = run_against("db_password", "x", move |operation| match operation {
        "DescribeSecret" => {
            let current = if swapped.load(SeqCst) { "new" } else { "old" };
            Some(Answer::json(
                &json!({ "VersionIdsToStages": { current: ["AWSCURRENT"] } }),
            ))
        }
        "GetSecretValue" => Some(Answer::json(
            &json!({ "SecretString": "{}", "VersionId": "old" }),
        )),
        "PutSecretValue" => Some(Answer::json(
            &json!({ "VersionId": "new", "VersionStages": ["cargo-stage"] }),
        )),
        "UpdateSecretVersionStage" => {
            swapped.store(true, SeqCst);
            Some(Answer::error(
                400,
                "InvalidParameterException",
                "the label is not attached to that version",
            ))
        }
        _ => None,
    });
    ran.assert_code(0)
        .assert_stderr("is written to")
        .assert_stderr("version new");
}
