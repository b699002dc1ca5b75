//! The calls to KMS, and the cases without a call.

use super::*;
use crate::support::scripted::{Endpoint, Request, cipher};

#[derive(StageConfig)]
struct Four {
    #[stage(dev = "kms-env:KMS_A")]
    a: SecretString,
    #[stage(dev = "kms-env:KMS_B?context=lambda")]
    b: SecretString,
    #[stage(dev = "kms-env:KMS_C?key=alias/pinned")]
    c: SecretString,
    #[stage(
        dev = "kms-env:KMS_D?context=lambda&key=arn:aws:kms:us-east-1:123456789012:alias/pinned"
    )]
    d: SecretString,
}

/// The endpoint answers when all four calls have arrived.
#[test]
fn several_variables_are_decrypted_at_once() {
    let endpoint = Endpoint::start(|request| cipher::answer_decrypt(request).wait_for_calls(4));
    let pairs = [
        ("KMS_A", "a"),
        ("KMS_B", "b"),
        ("KMS_C", "c"),
        ("KMS_D", "d"),
    ];
    let pairs = pairs.map(|(name, plaintext)| (name, cipher::to_ciphertext(plaintext)));
    let pairs = pairs
        .each_ref()
        .map(|(name, ciphertext)| (*name, ciphertext.as_str()));
    child::run("kms::calls::inner_four", &variables(endpoint.url(), &pairs)).assert_passed();
    let requests = endpoint.requests();
    assert_eq!((requests.len(), endpoint.most_in_flight()), (4, 4));

    // Each call has its ciphertext, context and key, and the region that it is signed for.
    let context = serde_json::json!({ "LambdaFunctionName": "payments" });
    let arn = "arn:aws:kms:us-east-1:123456789012:alias/pinned";
    for (ciphertext, context, key, region) in [
        (&pairs[0].1, None, None, "eu-west-1"),
        (&pairs[1].1, Some(&context), None, "eu-west-1"),
        (&pairs[2].1, None, Some("alias/pinned"), "eu-west-1"),
        (&pairs[3].1, Some(&context), Some(arn), "us-east-1"),
    ] {
        let has_ciphertext = |request: &&Request| request.body["CiphertextBlob"] == **ciphertext;
        let request = requests
            .iter()
            .find(has_ciphertext)
            .unwrap_or_else(|| panic!("{ciphertext} is in none of {requests:?}"));
        assert_eq!(
            (
                request.body.get("EncryptionContext"),
                request.body["KeyId"].as_str()
            ),
            (context, key)
        );
        let authorization = request
            .header("authorization")
            .expect("the request is signed");
        assert!(
            authorization.contains(&format!("/{region}/kms/aws4_request")),
            "{authorization}"
        );
    }
}

#[tokio::test]
async fn inner_four() {
    if child::is_inner("kms::calls::inner_four") {
        let config = Four::load().await.expect("all values exist");
        let values = [&config.a, &config.b, &config.c, &config.d].map(ExposeSecret::expose_secret);
        assert_eq!(values, ["a", "b", "c", "d"]);
    }
}

/// A mistake that is found without KMS causes no call, and no credentials are requested.
#[test]
fn invalid_variables_make_no_call() {
    let long = "QUJD".repeat(6_144 / 3 + 1);
    for (text, words) in [
        ("", "is empty"),
        (" \n", "is empty"),
        (
            "sk_live_planted",
            "not base64: is it plain text|set `KMS_ONE` to the output of",
        ),
        ("QUJDR", "not base64: is it plain text"),
        (&long, "has 6147 bytes, but KMS accepts at most 6144"),
    ] {
        let variables = [
            ("stage", "dev"),
            ("KMS_ONE", text),
            ("KIND", "Undecodable"),
            ("WORDS", words),
        ];
        let output = child::run("kms::inner_plain", &variables).assert_passed();
        assert!(!output.text().contains("planted"), "{}", output.text());
    }
}

#[test]
#[cfg(unix)]
fn a_variable_that_is_not_utf_8_makes_no_call() {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt as _;
    let variables = ["dev", "Undecodable", "not UTF-8"].map(OsString::from);
    let [stage, kind, words] = variables;
    let one = OsString::from_vec(b"QUJD\xFF".to_vec());
    let variables = [
        ("stage", stage),
        ("KMS_ONE", one),
        ("KIND", kind),
        ("WORDS", words),
    ];
    child::run("kms::inner_plain", &variables).assert_passed();
}

/// `context=lambda` needs the variable that Lambda sets.
#[test]
fn a_lambda_context_outside_lambda_makes_no_call() {
    let words = "`AWS_LAMBDA_FUNCTION_NAME`, which Lambda sets|\
                 set `AWS_LAMBDA_FUNCTION_NAME` to the name of the function";
    let endpoint = Endpoint::start(cipher::answer_decrypt);
    let mut variables = variables(
        endpoint.url(),
        &[
            ("KMS_ONE", "QUJD"),
            ("KIND", "InvalidRequest"),
            ("WORDS", words),
        ],
    );
    for function in [None, Some("")] {
        variables.retain(|(name, _)| *name != "AWS_LAMBDA_FUNCTION_NAME");
        variables.extend(function.map(|name| ("AWS_LAMBDA_FUNCTION_NAME", name.to_owned())));
        child::run("kms::inner_console", &variables).assert_passed();
    }
    assert_eq!(endpoint.requests().len(), 0);
}

#[test]
fn the_longest_ciphertext_is_sent() {
    let endpoint = Endpoint::start(cipher::answer_decrypt);
    let longest = cipher::to_ciphertext(&"x".repeat(6_144));
    let pairs = [("KMS_A", "A"), ("KMS_B", "A"), ("KMS_C", "A")]
        .map(|(name, text)| (name, cipher::to_ciphertext(text)));
    let mut pairs: Vec<_> = pairs
        .iter()
        .map(|(name, text)| (*name, text.as_str()))
        .collect();
    pairs.push(("KMS_D", &longest));
    child::run(
        "kms::calls::inner_longest",
        &variables(endpoint.url(), &pairs),
    )
    .assert_passed();
}

#[tokio::test]
async fn inner_longest() {
    if child::is_inner("kms::calls::inner_longest") {
        assert_eq!(
            Four::load()
                .await
                .expect("all values exist")
                .d
                .expose_secret(),
            "x".repeat(6_144)
        );
    }
}

/// An unset variable has the outcome *missing*, and no call is made. The child process has no
/// AWS settings at all.
#[test]
fn unset_variables_make_no_call() {
    child::run(
        "kms::calls::inner_unset",
        &[("stage", "dev"), ("KMS_FALLBACK", "from the environment")],
    )
    .assert_passed();
}

#[tokio::test]
async fn inner_unset() {
    #[derive(StageConfig)]
    struct Unset {
        #[stage(dev = ["kms-env:KMS_UNSET", "kms-env:KMS_UNSET?context=lambda", "env:KMS_FALLBACK?plaintext=allow"])]
        chain: SecretString,
        #[stage(dev = "kms-env:KMS_UNSET")]
        none: Option<SecretString>,
        #[stage(dev = "kms-env:KMS_UNSET")]
        #[config(default = 5)]
        number: u8,
    }
    #[derive(StageConfig)]
    #[allow(dead_code)]
    struct Required {
        #[stage(dev = "kms-env:KMS_UNSET#key")]
        required: SecretString,
    }

    if !child::is_inner("kms::calls::inner_unset") {
        return;
    }

    let config = Unset::load().await.expect("AWS is not needed");
    assert_eq!(
        (
            config.chain.expose_secret(),
            config.none.is_none(),
            config.number
        ),
        ("from the environment", true, 5)
    );

    let failure = crate::support::load::expect_failure(Required::loader().resolve().await);
    let words = [
        "kms-env:KMS_UNSET#key",
        "set `KMS_UNSET` to the output of this command, which waits until you type a JSON object",
        "aws kms encrypt",
    ];
    crate::support::load::assert_failure(
        &failure,
        "required",
        stage_config::FailureKind::Missing,
        &words,
    );
}
