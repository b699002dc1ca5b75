//! Denials, errors and invalid answers of KMS.

use std::time::Duration;

use serde_json::json;

use super::*;
use crate::support::scripted::cipher::{self, KEY};
use crate::support::scripted::{Answer, Endpoint};

/// Asserts that a load with this timeout fails with this kind and these words if the endpoint
/// always gives this answer. Returns the number of requests.
#[track_caller]
fn assert_fails_on(
    answer: Answer,
    timeout: Duration,
    inner: &str,
    kind: &str,
    words: &[&str],
) -> usize {
    let endpoint = Endpoint::start(move |_| answer.clone());
    let (timeout, words) = (format!("{}ms", timeout.as_millis()), words.join("|"));
    let ciphertext = cipher::to_ciphertext("planted");
    let variables_of_test = [
        ("KMS_ONE", ciphertext.as_str()),
        ("KIND", kind),
        ("WORDS", &words),
        ("STAGE_CONFIG_TIMEOUT", &timeout),
    ];
    let output = child::run(
        &format!("kms::{inner}"),
        &variables(endpoint.url(), &variables_of_test),
    )
    .assert_passed();
    assert!(
        !output.text().contains("planted") && !output.text().contains(&ciphertext),
        "{}",
        output.text()
    );
    endpoint.requests().len()
}

#[test]
fn failures_are_distinguished() {
    let error = |code: &str| Answer::error(400, code, "planted");
    let denied = Answer::not_authorized("kms:Decrypt", KEY);
    let no_such_key = "The ciphertext refers to a customer master key that does not exist, does \
                       not exist in this region, or you are not allowed to access.";
    let no_such_key = Answer::error(400, "AccessDeniedException", no_such_key);
    let allow = format!("allow `kms:Decrypt` on `{KEY}`");
    for (answer, inner, kind, words) in [
        (
            error("InvalidCiphertextException"),
            "inner_plain",
            "WrongContext",
            &NO_CONTEXT,
        ),
        (
            error("InvalidCiphertextException"),
            "inner_console",
            "WrongContext",
            &CONSOLE,
        ),
        (
            error("IncorrectKeyException"),
            "inner_pinned",
            "WrongKey",
            &["wrong key", "IncorrectKeyException", "name the key"],
        ),
        (
            error("NotFoundException"),
            "inner_elsewhere",
            "WrongKey",
            &["wrong key", "NotFoundException", "name the key"],
        ),
        (
            error("InvalidKeyUsageException"),
            "inner_pinned",
            "WrongKey",
            &["wrong key", "InvalidKeyUsage", "name the key"],
        ),
        (
            error("DisabledException"),
            "inner_plain",
            "KeyUnusable",
            &["key unusable", "DisabledException", "enable-key"],
        ),
        (
            error("KMSInvalidStateException"),
            "inner_plain",
            "KeyUnusable",
            &["KMSInvalidState", "cancel-key-deletion", "enable"],
        ),
        (
            denied,
            "inner_plain",
            "Denied",
            &["denied", "role/function/payments may not read", &allow],
        ),
        (
            no_such_key,
            "inner_plain",
            "Denied",
            &[
                "denied",
                "allow `kms:Decrypt` on the key",
                "exists in this region",
            ],
        ),
        (
            error("InvalidArnException"),
            "inner_elsewhere",
            "InvalidRequest",
            &[
                "InvalidArn",
                "us-east-1",
                "correct the source: the service rejects this address",
            ],
        ),
        (
            error("UnrecognizedClientException"),
            "inner_plain",
            "Credentials",
            &["credentials", "Unrecognized", "role"],
        ),
    ] {
        let requests = assert_fails_on(answer, Duration::from_secs(30), inner, kind, words);
        assert_eq!(requests, 1, "{kind} is permanent");
    }
}

#[test]
fn transient_errors_are_retried_until_the_timeout() {
    let error = |status, code| Answer::error(status, code, "planted");
    for (answer, kind) in [
        (Answer::throttled(), "Throttled"),
        (error(500, "KMSInternalException"), "Unavailable"),
        (error(500, "KeyUnavailableException"), "Unavailable"),
        (error(503, "DependencyTimeoutException"), "Unavailable"),
        (Answer::Reset, "Unavailable"),
    ] {
        let requests = assert_fails_on(
            answer,
            Duration::from_millis(600),
            "inner_plain",
            kind,
            &["attempts before the timeout"],
        );
        assert!(
            requests > 1,
            "{kind} is transient, but the call was not retried"
        );
    }
}

#[test]
fn throttling_that_ends_is_retried() {
    let endpoint = Endpoint::start(|request| match request.index {
        0..3 => Answer::throttled(),
        _ => cipher::answer_decrypt(request),
    });
    let pairs = ["KMS_A", "KMS_B", "KMS_C", "KMS_D"]
        .map(|name| (name, cipher::to_ciphertext(&name[4..].to_lowercase())));
    let pairs = pairs
        .each_ref()
        .map(|(name, ciphertext)| (*name, ciphertext.as_str()));
    child::run("kms::calls::inner_four", &variables(endpoint.url(), &pairs)).assert_passed();
    assert_eq!(endpoint.requests().len(), 4 + 3);
}

#[test]
fn malformed_answers_are_errors() {
    let whole = |body: &str| Answer::Whole {
        status: 200,
        body: body.to_owned(),
    };
    for answer in [
        whole(""),
        whole("<html>planted</html>"),
        whole(r#"{"Plaintext":["planted"]}"#),
        whole(r#"{"Plaintext":"not base64: planted"}"#),
        Answer::json(&json!({ "KeyId": KEY })),
        Answer::json(&json!({})),
    ] {
        let words = ["invalid answer", "which server answers"];
        assert_fails_on(
            answer,
            Duration::from_millis(300),
            "inner_plain",
            "InvalidAnswer",
            &words,
        );
    }
}
