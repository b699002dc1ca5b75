//! Scripted answers of `GetSecretValue`: denials, errors, missing secrets and invalid answers.

use std::time::Duration;

use serde_json::json;

use super::*;
use crate::support::scripted::secrets::{VERSION, arn};
use crate::support::scripted::{Answer, Endpoint, Secret, Secrets};

const SHORT: Duration = Duration::from_millis(300);

/// An optional field with two candidates. A load may use the second one or `None` only if the first
/// one is *missing*.
#[derive(StageConfig)]
#[allow(dead_code)]
struct One {
    #[stage(dev = ["secret:faults/a", "secret:faults/b"])]
    a: Option<SecretString>,
}

/// Loads [`One`] with this secret as `faults/a`. Returns the failure, and the number of requests
/// for `faults/a`.
async fn load_failing_secret(secret: Secret) -> (stage_config::Failure, usize) {
    let endpoint =
        Endpoint::with_secrets(Secrets::texts([("faults/b", "planted")]).with("faults/a", secret));
    let failure = expect_failure(loader::<One>(endpoint.url()).timeout(SHORT).resolve().await);
    assert!(!failure.to_string().contains("planted"), "{failure}");
    (
        failure,
        endpoint
            .names()
            .iter()
            .filter(|name| *name == "faults/a")
            .count(),
    )
}

#[tokio::test]
async fn failures_are_distinguished() {
    for (secret, kind, words) in [
        (
            Secret::Denied,
            FailureKind::Denied,
            [
                "role/function/payments may not read",
                "allow `secretsmanager:GetSecretValue` on `arn:aws:",
            ],
        ),
        (
            Secret::Fault("AccessDeniedException", "Access to KMS is not allowed"),
            FailureKind::Denied,
            [
                "allow `kms:Decrypt` on the key that encrypts the secret",
                "describe-secret --secret-id faults/a --query KmsKeyId",
            ],
        ),
        (
            Secret::Fault(
                "DecryptionFailure",
                "Secrets Manager can't decrypt the protected secret text using the key.",
            ),
            FailureKind::DecryptionFailed,
            ["DecryptionFailure", "allowed `kms:Decrypt`"],
        ),
        (
            Secret::Deleted,
            FailureKind::MarkedForDeletion,
            [
                "marked for deletion, secret:faults/a: it cannot be read until it is restored",
                "restore-secret --secret-id faults/a",
            ],
        ),
        (
            Secret::Empty,
            FailureKind::NoValue,
            [
                "has no version `AWSCURRENT`",
                "put-secret-value --secret-id faults/a",
            ],
        ),
        (
            Secret::Fault(
                "InvalidRequestException",
                "You provided a parameter value that is not valid.",
            ),
            FailureKind::InvalidRequest,
            [
                "InvalidRequestException",
                "correct the source: the service rejects this address",
            ],
        ),
        (
            Secret::Fault(
                "InvalidParameterException",
                "The parameter name or value is invalid.",
            ),
            FailureKind::InvalidRequest,
            [
                "InvalidParameterException",
                "correct the source: the service rejects this address",
            ],
        ),
        (
            Secret::Fault(
                "ExpiredTokenException",
                "The security token included in the request is expired",
            ),
            FailureKind::Credentials,
            ["ExpiredTokenException", "execution role"],
        ),
    ] {
        let (failure, requests) = load_failing_secret(secret).await;
        assert_failure(
            &failure,
            "a",
            kind,
            &["secret:faults/a", words[0], words[1]],
        );
        assert_eq!(requests, 1, "the error is permanent: {failure}");
    }
}

#[tokio::test]
async fn transient_errors_are_retried_until_the_timeout() {
    for (secret, kind) in [
        (
            Secret::Fault("ThrottlingException", "Rate exceeded"),
            FailureKind::Throttled,
        ),
        (
            Secret::Fault(
                "InternalServiceError",
                "An error occurred on the server side.",
            ),
            FailureKind::Unavailable,
        ),
    ] {
        let (failure, requests) = load_failing_secret(secret).await;
        assert_failure(
            &failure,
            "a",
            kind,
            &["secret:faults/a", "attempts before the timeout"],
        );
        assert!(
            requests > 1,
            "{kind} is transient, but the call was not retried: {failure}"
        );
    }
}

#[tokio::test]
async fn throttling_that_ends_is_retried() {
    let secrets = || Secrets::texts([("faults/a", "a")]);
    let endpoint = Endpoint::start(move |request| match request.index {
        0..3 => Answer::throttled(),
        _ => secrets().answer(request),
    });
    let Loaded { config, report, .. } = resolve::<One>(endpoint.url())
        .await
        .expect("the last attempt is answered");
    assert_eq!(
        config.a.as_ref().map(ExposeSecret::expose_secret),
        Some("a")
    );
    assert!(report.calls.iter().any(|call| call.retries > 0), "{report}");
}

#[tokio::test]
async fn after_a_missing_secret_the_next_candidate_is_used() {
    let endpoint = Endpoint::with_secrets(Secrets::texts([("faults/b", "b")]));
    let config = expect_config(resolve::<One>(endpoint.url()).await);
    assert_eq!(
        config.a.as_ref().map(ExposeSecret::expose_secret),
        Some("b")
    );
}

/// The value is *missing*, so the field is `None`. If the source named no version, the load would
/// fail with *no value*.
#[tokio::test]
async fn a_pinned_version_of_a_secret_without_values_is_missing() {
    #[derive(StageConfig)]
    struct Pinned {
        #[stage(dev = "secret:faults/a?version_stage=AWSPREVIOUS")]
        a: Option<SecretString>,
    }
    let endpoint = Endpoint::with_secrets(Secrets::default().with("faults/a", Secret::Empty));
    assert!(
        expect_config(resolve::<Pinned>(endpoint.url()).await)
            .a
            .is_none()
    );
    assert_eq!(
        endpoint.requests()[0].body,
        json!({ "SecretId": "faults/a", "VersionStage": "AWSPREVIOUS" })
    );
}

#[tokio::test]
async fn an_error_of_one_secret_fails_only_its_own_fields() {
    #[derive(StageConfig)]
    #[stage(dev = "secret:faults/{field}")]
    #[allow(dead_code)]
    struct Three {
        a: SecretString,
        b: SecretString,
        #[stage(dev = "secret:faults/a#key")]
        key: Option<String>,
    }

    let endpoint = Endpoint::with_secrets(
        Secrets::texts([("faults/b", "planted")]).with("faults/a", Secret::Denied),
    );
    let error = expect_error(resolve::<Three>(endpoint.url()).await);
    let [a, key] = error.failures() else {
        panic!("two failures are expected: {error}")
    };
    assert_failure(a, "a", FailureKind::Denied, &["secret:faults/a"]);
    assert_failure(key, "key", FailureKind::Denied, &["secret:faults/a#key"]);
    assert_eq!(endpoint.requests().len(), 2, "each secret has one call");
}

/// Asserts that a load reports an invalid answer if the endpoint always gives this body with status
/// 200.
async fn assert_invalid_answer(body: &str) {
    let whole = Answer::Whole {
        status: 200,
        body: body.to_owned(),
    };
    let endpoint = Endpoint::start(move |_| whole.clone());
    let failure = expect_failure(loader::<One>(endpoint.url()).timeout(SHORT).resolve().await);
    assert_failure(
        &failure,
        "a",
        FailureKind::InvalidAnswer,
        &["secret:faults/a", "which server answers"],
    );
    assert!(!failure.to_string().contains("planted"), "{failure}");
}

#[tokio::test]
async fn malformed_answers_are_errors() {
    for body in [
        "",
        "{",
        "[]",
        "<html>planted</html>",
        r#"{"SecretString":["planted"]}"#,
        r#"{"Name":"faults/a","SecretString":"pl"#,
    ] {
        assert_invalid_answer(body).await;
    }
}

#[tokio::test]
async fn answers_about_another_secret_are_errors() {
    let answer = |name: &str, arn: &str| json!({ "ARN": arn, "Name": name, "VersionId": VERSION, "SecretString": "planted" });
    for body in [
        answer("faults/A", &arn("faults/A")),
        answer("faults/a-AbCdEf", &arn("faults/a-AbCdEf")),
        answer("other", &arn("other")),
        json!({ "SecretString": "planted" }),
        json!({}),
    ] {
        assert_invalid_answer(&body.to_string()).await;
    }
}

/// An ARN matches with or without its suffix: a hyphen and six characters. The ARN of a secret with
/// another name does not match, even if the name begins in the same way.
#[tokio::test]
async fn an_arn_matches_with_or_without_its_suffix() {
    #[derive(StageConfig)]
    struct Arns {
        #[stage(
            dev = "secret:arn:aws:secretsmanager:eu-west-1:123456789012:secret:faults/a-AbCdEf"
        )]
        full: SecretString,
        #[stage(dev = "secret:arn:aws:secretsmanager:eu-west-1:123456789012:secret:faults/a")]
        partial: SecretString,
    }

    let endpoint = Endpoint::with_secrets(Secrets::texts([("faults/a", "a")]));
    let config = expect_config(resolve::<Arns>(endpoint.url()).await);
    assert_eq!(
        (config.full.expose_secret(), config.partial.expose_secret()),
        ("a", "a")
    );

    for other in ["faults/a-AbCdEg", "faults/ab", "faults/a-bc"] {
        let answer = json!({ "ARN": arn(other), "Name": other, "VersionId": VERSION, "SecretString": "planted" });
        let endpoint = Endpoint::start(move |_| Answer::json(&answer));
        let error = expect_error(resolve::<Arns>(endpoint.url()).await);
        let kinds: Vec<_> = error
            .failures()
            .iter()
            .map(stage_config::Failure::kind)
            .collect();
        assert_eq!(kinds, [FailureKind::InvalidAnswer; 2], "{error}");
    }

    // A secret that was deleted and created again has another suffix.
    let again = arn("faults/a").replace("-AbCdEf", "-XyZxYz");
    let answer = json!({ "ARN": again, "Name": "faults/a", "VersionId": VERSION, "SecretString": "planted" });
    let endpoint = Endpoint::start(move |_| Answer::json(&answer));
    let error = expect_error(resolve::<Arns>(endpoint.url()).await);
    let [full] = error.failures() else {
        panic!("one failure is expected: {error}")
    };
    assert_eq!(
        (full.field(), full.kind()),
        ("full", FailureKind::InvalidAnswer)
    );
}
