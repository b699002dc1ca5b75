//! Scripted answers of `BatchGetSecretValue`: errors of one secret and of the whole call, missing
//! secrets, and several pages.

use std::time::Duration;

use serde_json::json;

use super::*;
use crate::support::scripted::{Answer, Endpoint, Request, Secret, Secrets};

#[derive(StageConfig)]
#[stage(dev = "secret:batch/{field}")]
#[config(secrets = "batch")]
#[allow(dead_code)]
struct Four {
    a: Option<SecretString>,
    b: SecretString,
    #[stage(dev = "secret:batch/b")]
    again: SecretString,
    c: SecretString,
}

fn create_secrets() -> Secrets {
    Secrets::texts([
        ("batch/a", "planted"),
        ("batch/b", "planted"),
        ("batch/c", "planted"),
    ])
}

fn is_batch(request: &Request) -> bool {
    request.operation == "BatchGetSecretValue"
}

#[tokio::test]
async fn errors_of_one_secret_are_distinguished() {
    for (secret, kind, words) in [
        (
            Secret::Denied,
            FailureKind::Denied,
            "allow `secretsmanager:GetSecretValue` on `arn:aws:",
        ),
        (
            Secret::Deleted,
            FailureKind::MarkedForDeletion,
            "restore-secret --secret-id batch/a",
        ),
        (
            Secret::Empty,
            FailureKind::NoValue,
            "put-secret-value --secret-id batch/a",
        ),
        (
            Secret::Fault("DecryptionFailure", "planted"),
            FailureKind::DecryptionFailed,
            "DecryptionFailure",
        ),
        (
            Secret::Fault("InvalidParameterException", "planted"),
            FailureKind::InvalidRequest,
            "InvalidParameterException",
        ),
    ] {
        let endpoint = Endpoint::with_secrets(create_secrets().with("batch/a", secret));
        let failure = expect_failure(resolve::<Four>(endpoint.url()).await);
        assert_failure(&failure, "a", kind, &["secret:batch/a", words]);
        assert!(!failure.to_string().contains("planted"), "{failure}");
        assert_eq!(
            endpoint.requests().len(),
            1,
            "the other secrets must not be requested again"
        );
    }
}

#[tokio::test]
async fn a_missing_secret_in_a_batch_is_none() {
    let secrets = Secrets::texts([("batch/b", "b"), ("batch/c", "c")]);
    let endpoint = Endpoint::with_secrets(secrets);
    let config = expect_config(resolve::<Four>(endpoint.url()).await);
    assert_eq!(
        (
            config.a.is_none(),
            config.b.expose_secret(),
            config.again.expose_secret()
        ),
        (true, "b", "b")
    );
    let requests = endpoint.requests();
    assert_eq!(requests.len(), 1);
    assert_eq!(
        requests[0].body,
        json!({ "SecretIdList": ["batch/a", "batch/b", "batch/c"] })
    );
}

/// The policy lacks `secretsmanager:BatchGetSecretValue`, or one secret makes the server fail the
/// whole call.
#[tokio::test]
async fn a_batch_with_a_permanent_error_falls_back_to_single_calls() {
    for fault in [
        Answer::not_authorized("secretsmanager:BatchGetSecretValue", "*"),
        Answer::error(400, "InvalidParameterException", "planted"),
        Answer::error(
            404,
            "ResourceNotFoundException",
            "Secrets Manager can't find the specified secret value",
        ),
    ] {
        let answer = fault.clone();
        let endpoint = Endpoint::start(move |request| {
            if is_batch(request) {
                answer.clone()
            } else {
                create_secrets().answer(request)
            }
        });
        let Loaded { config, report, .. } = resolve::<Four>(endpoint.url())
            .await
            .expect("each secret may be read");
        assert_eq!(config.c.expose_secret(), "planted");
        let single = |name| ("GetSecretValue", vec![name]);
        let names = ["secret:batch/a", "secret:batch/b", "secret:batch/c"];
        let mut expected = vec![("BatchGetSecretValue", names.to_vec())];
        expected.extend(names.map(single));
        assert_eq!(list_calls(&report), expected, "{fault:?}");
    }
}

#[tokio::test]
async fn after_a_denied_batch_only_denied_secrets_fail() {
    let endpoint = Endpoint::start(|request| {
        if is_batch(request) {
            Answer::not_authorized("secretsmanager:BatchGetSecretValue", "*")
        } else {
            create_secrets()
                .with("batch/c", Secret::Denied)
                .answer(request)
        }
    });
    let failure = expect_failure(resolve::<Four>(endpoint.url()).await);
    assert_failure(
        &failure,
        "c",
        FailureKind::Denied,
        &["secret:batch/c", "`secretsmanager:GetSecretValue`"],
    );
}

#[tokio::test]
async fn only_the_failed_secrets_are_requested_again() {
    for code in ["ThrottlingException", "InternalServiceError"] {
        let endpoint = Endpoint::start(move |request| {
            let first = create_secrets().with("batch/a", Secret::Fault(code, "planted"));
            let first = first.with("batch/b", Secret::Fault(code, "planted"));
            if request.index == 0 {
                first.answer(request)
            } else {
                create_secrets().answer(request)
            }
        });
        let Loaded { report, .. } = resolve::<Four>(endpoint.url())
            .await
            .expect("the second attempt is answered");
        let names: Vec<_> = endpoint
            .requests()
            .into_iter()
            .map(|request| request.names)
            .collect();
        assert_eq!(
            names,
            [
                vec!["batch/a", "batch/b", "batch/c"],
                vec!["batch/a", "batch/b"]
            ],
            "{code}: {report}"
        );
        assert_eq!(report.calls[0].retries, 1, "{report}");
    }
}

#[tokio::test]
async fn a_throttled_batch_is_retried() {
    let endpoint = Endpoint::start(|request| match request.index {
        0..2 => Answer::throttled(),
        _ => create_secrets().answer(request),
    });
    let Loaded { report, .. } = resolve::<Four>(endpoint.url())
        .await
        .expect("the third attempt is answered");
    assert_eq!(
        (
            report.calls.len(),
            report.calls[0].retries,
            endpoint.requests().len()
        ),
        (1, 2, 3)
    );
}

/// moto and AWS answer with each requested secret or an error for it. This server gives neither for
/// one secret, and adds a secret that was not requested.
#[tokio::test]
async fn a_secret_missing_from_the_answer_is_an_error() {
    let endpoint = Endpoint::start(|request| {
        let mut body = create_secrets().batch_body(&request.names);
        let found = body["SecretValues"].as_array_mut().expect("a list");
        found.retain(|secret| secret["Name"] != "batch/a");
        found.push(json!({ "Name": "batch/unrequested", "SecretString": "planted" }));
        Answer::json(&body)
    });
    let failure = expect_failure(
        loader::<Four>(endpoint.url())
            .timeout(Duration::from_millis(300))
            .resolve()
            .await,
    );
    assert_failure(
        &failure,
        "a",
        FailureKind::InvalidAnswer,
        &["secret:batch/a", "neither the secret nor an error"],
    );
    assert!(!failure.to_string().contains("planted"), "{failure}");
}

/// An answer may have several pages, although twenty secrets fit into one.
#[tokio::test]
async fn every_page_of_an_answer_is_read() {
    let endpoint = Endpoint::start(|request| match request.body["NextToken"].as_str() {
        None => Answer::json(&json!({ "SecretValues": [], "NextToken": "the next page" })),
        Some("the next page") => create_secrets().answer(request),
        Some(other) => panic!("unknown token: {other}"),
    });
    let Loaded { report, .. } = resolve::<Four>(endpoint.url())
        .await
        .expect("the secret is on the second page");
    assert_eq!(
        (report.calls.len(), endpoint.requests().len()),
        (1, 2),
        "{report}"
    );
}
