//! The example of a custom store, run against a scripted Vault: its requests, and its handling of
//! the answers.

use serde_json::json;

use crate::examples::{assert_prints, run, stage_variable};
use crate::support::child::ChildOutput;
use crate::support::planted::{SECRET, assert_clean};
use crate::support::scripted::{Answer, Endpoint, Request};

const TOKEN: &str = "hvs.the-token";

/// Answers as a Vault with both secrets of dev.
fn answer_normally(request: &Request) -> Answer {
    let (version, data) = match request.line.as_str() {
        "GET /v1/secret/data/payments/dev" => {
            (7, json!({ "stripe_key": SECRET, "motto": "festina lente" }))
        }
        "GET /v1/secret/data/signing?version=1" => (1, json!({ "key": SECRET })),
        other => return create_vault_error(404, &format!("{other} is not here")),
    };
    Answer::json(
        &json!({ "data": { "data": data, "metadata": { "version": version, "destroyed": false } } }),
    )
}

/// Returns an error in the format of Vault. The store never shows the text of the error, which may
/// contain anything.
fn create_vault_error(status: u16, words: &str) -> Answer {
    Answer::Whole {
        status,
        body: json!({ "errors": [words, SECRET] }).to_string(),
    }
}

/// Runs the example against this script, and asserts that its output contains neither the secret
/// nor the token.
fn run_example(
    script: impl Fn(&Request) -> Answer + Send + Sync + 'static,
    with: &[(&'static str, &str)],
) -> (ChildOutput, Endpoint) {
    let endpoint = Endpoint::start(script);
    let address = format!("{}/", endpoint.url());
    let mut variables = stage_variable("dev");
    let vault = [("VAULT_ADDR", address.as_str()), ("VAULT_TOKEN", TOKEN)];
    variables.extend(
        vault
            .iter()
            .chain(with)
            .map(|(name, value)| (*name, (*value).to_owned())),
    );
    let output = run("custom_store", &[], &variables);
    assert_clean("the example", &output.text());
    assert!(
        !output.text().contains(TOKEN),
        "the token is shown: {}",
        output.text()
    );
    (output, endpoint)
}

/// Asserts that the example failed, with these words.
#[track_caller]
fn assert_fails(output: &ChildOutput, words: &[&str]) {
    assert!(
        !output.success && output.stdout.is_empty(),
        "{}",
        output.text()
    );
    for word in words {
        assert!(
            output.stderr.contains(word),
            "{word:?} is not in: {}",
            output.text()
        );
    }
}

#[test]
fn each_secret_is_requested_once_with_token_and_namespace() {
    let (output, endpoint) = run_example(
        |request| answer_normally(request).wait_for_calls(2),
        &[("VAULT_NAMESPACE", "team/payments")],
    );
    assert_prints(
        &output,
        &[
            "REDACTED",
            "festina lente",
            "vault:secret/payments/dev#stripe_key (version 7)",
            "(version 1)",
        ],
    );

    let requests = endpoint.requests();
    let mut lines: Vec<_> = requests
        .iter()
        .map(|request| request.line.as_str())
        .collect();
    lines.sort_unstable();
    assert_eq!(
        lines,
        [
            "GET /v1/secret/data/payments/dev",
            "GET /v1/secret/data/signing?version=1"
        ]
    );

    for request in &requests {
        assert_eq!(request.header("x-vault-token"), Some(TOKEN));
        assert_eq!(request.header("x-vault-namespace"), Some("team/payments"));
    }
}

#[test]
fn no_namespace_header_is_sent_without_a_namespace() {
    let (output, endpoint) = run_example(answer_normally, &[]);
    assert_prints(&output, &["festina lente"]);
    assert!(
        endpoint
            .requests()
            .iter()
            .all(|request| request.header("x-vault-namespace").is_none())
    );
}

#[test]
fn denied_and_missing_are_distinguished() {
    let (output, _) = run_example(|_| create_vault_error(403, "permission denied"), &[]);
    let denied = "denied, vault:secret/payments/dev#stripe_key: no policy of the token lets it \
                  read secret/data/payments/dev";
    assert_fails(
        &output,
        &[denied, "motto: denied", "signing_key: denied", "3 fields"],
    );

    let (output, _) = run_example(|_| create_vault_error(404, "no secret"), &[]);
    assert_fails(
        &output,
        &[
            "stripe_key: missing",
            "signing_key: missing, vault:secret/signing?version=1#key",
            "2 fields",
        ],
    );

    // If one secret is denied, the other is still read.
    let (output, _) = run_example(
        |request| {
            if request.line.contains("signing") {
                create_vault_error(403, "x")
            } else {
                answer_normally(request)
            }
        },
        &[],
    );
    assert_fails(&output, &["signing_key: denied", "1 field "]);
}

#[test]
fn transient_errors_are_retried() {
    for status in [429, 500, 503] {
        let (output, endpoint) = run_example(
            move |request| {
                if request.index < 3 {
                    create_vault_error(status, "sealed")
                } else {
                    answer_normally(request)
                }
            },
            &[],
        );
        assert_prints(&output, &["festina lente", "retries"]);
        assert!(
            (4..=5).contains(&endpoint.requests().len()),
            "{} requests were sent, not 4 or 5",
            endpoint.requests().len()
        );
    }
    for (answer, words) in [
        (create_vault_error(429, "x"), "throttled"),
        (create_vault_error(503, "x"), "unavailable"),
        (Answer::Reset, "the connection failed"),
        (
            Answer::CutOff {
                body: SECRET.to_owned(),
            },
            "the answer is incomplete",
        ),
    ] {
        let (output, _) = run_example(
            move |_| answer.clone(),
            &[("STAGE_CONFIG_TIMEOUT", "300ms")],
        );
        assert_fails(&output, &[words, "attempts before the timeout"]);
    }
}

#[test]
fn permanent_errors_are_not_retried() {
    let whole = |body: &str| Answer::Whole {
        status: 200,
        body: body.to_owned(),
    };
    for answer in [
        whole(SECRET),
        whole(&json!({ "data": { "key": SECRET } }).to_string()),
    ] {
        let (output, endpoint) = run_example(move |_| answer.clone(), &[]);
        assert_fails(&output, &["invalid answer"]);
        assert_eq!(endpoint.requests().len(), 2);
    }
    let (output, _) = run_example(|_| create_vault_error(400, "x"), &[]);
    assert_fails(&output, &["invalid request"]);

    let (output, endpoint) = run_example(answer_normally, &[("VAULT_TOKEN", "no\nheader")]);
    assert_fails(&output, &["VAULT_TOKEN is not a valid header value"]);
    assert_eq!(endpoint.requests().len(), 0);
}

#[test]
fn the_example_runs_without_vault() {
    assert_prints(
        &run("custom_store", &[], &stage_variable("dev")),
        &["festina lente", "REDACTED", "vault read: 2 names"],
    );
    let output = run("custom_store", &[], &stage_variable("prod"));
    assert_fails(&output, &["stripe_key: denied", "signing_key: missing"]);
}
