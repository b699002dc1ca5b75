//! Overrides whose values cannot be used.

use super::*;
use crate::support::scripted::{accept_role, is_role_request};

#[test]
fn an_override_with_an_invalid_text_is_an_error_of_the_field() {
    let endpoint = Endpoint::with_parameters(create_parameters());
    run(
        &endpoint,
        "failures::inner_undecodable",
        &[("STAGE_CONFIG_SET__TIMEOUT_S", SECRET)],
    )
    .assert_passed();
}

#[tokio::test]
async fn inner_undecodable() {
    if is_inner("failures::inner_undecodable") {
        let error = expect_error(Config::load().await);
        let words = [
            "STAGE_CONFIG_SET__TIMEOUT_S",
            "a whole number from 0",
            "or unset `STAGE_CONFIG_SET__TIMEOUT_S`",
        ];
        assert_failure(
            &error.failures()[0],
            "timeout_s",
            FailureKind::Undecodable,
            &words,
        );
        assert_error_clean("an undecodable text", &error);
    }
}

/// The derive cannot check a source in a variable. So the load refuses a path for a field that is
/// not a map.
#[test]
fn an_override_with_a_path_needs_a_map() {
    let endpoint = Endpoint::with_parameters(create_parameters());
    run(
        &endpoint,
        "failures::inner_path",
        &[("STAGE_CONFIG_SOURCE__KEY", "/elsewhere/*")],
    )
    .assert_passed();
    assert!(endpoint.requests().is_empty());
}

#[tokio::test]
async fn inner_path() {
    if is_inner("failures::inner_path") {
        let failure = expect_failure(Config::load().await);
        let words = [
            "/elsewhere/*",
            "the type is not a map",
            "STAGE_CONFIG_SOURCE__KEY",
        ];
        assert_failure(&failure, "key", FailureKind::InvalidRequest, &words);
    }
}

#[test]
fn a_failed_override_names_the_variable_in_its_help() {
    let denied =
        Endpoint::start(|request| create_parameters().answer_denying(&["/nowhere"], request));
    run(
        &denied,
        "failures::inner_denied",
        &[("STAGE_CONFIG_SOURCE__KEY", "/nowhere")],
    )
    .assert_passed();
    let foreign = Endpoint::with_parameters(create_parameters());
    run(
        &foreign,
        "failures::inner_foreign",
        &[("STAGE_CONFIG_SOURCE__KEY", "/elsewhere/foreign")],
    )
    .assert_passed();
}

#[tokio::test]
async fn inner_denied() {
    if is_inner("failures::inner_denied") {
        let failure = expect_failure(Config::load().await);
        let words = [
            "/nowhere",
            "ssm:GetParameters",
            "unset `STAGE_CONFIG_SOURCE__KEY`",
        ];
        assert_failure(&failure, "key", FailureKind::Denied, &words);
    }
}

#[tokio::test]
async fn inner_foreign() {
    if is_inner("failures::inner_foreign") {
        let failure = expect_failure(Config::load().await);
        let words = ["999999999999", "unset `STAGE_CONFIG_SOURCE__KEY`"];
        assert_failure(&failure, "key", FailureKind::WrongAccount, &words);
    }
}

/// If the source in a variable names a role that the function may assume, the load still refuses a
/// value of another account.
#[test]
fn an_override_with_a_role_does_not_change_the_expected_account() {
    let endpoint = Endpoint::start(|request| {
        if is_role_request(request) {
            accept_role("planted-4f2a")
        } else {
            create_parameters().answer(request)
        }
    });
    let source = "/elsewhere/foreign?role=arn:aws:iam::999999999999:role/central";
    let variables = [("STAGE_CONFIG_SOURCE__KEY", source)];
    run(&endpoint, "failures::inner_foreign", &variables).assert_passed();
}

/// The override asks for exactly this source, so neither the default nor `None` replaces the
/// missing value.
#[test]
fn a_missing_override_source_is_an_error_despite_a_default() {
    let endpoint = Endpoint::with_parameters(create_parameters());
    let variables = [
        ("STAGE_CONFIG_SOURCE__TIMEOUT_S", "/overrides/timeout_s:71"),
        (
            "STAGE_CONFIG_SOURCE__MAIL__PASSWORD",
            "/elsewhere/dev/mail#passwd",
        ),
        ("STAGE_CONFIG_SOURCE__QUEUE__NAME", "env:NO_SUCH_VARIABLE"),
    ];
    run(&endpoint, "failures::inner_missing", &variables).assert_passed();
}

#[tokio::test]
async fn inner_missing() {
    if is_inner("failures::inner_missing") {
        let error = expect_error(Config::load().await);
        let [timeout, password, queue] = error.failures() else {
            panic!("three failures are expected: {error}")
        };
        let words = [
            "/overrides/timeout_s:71",
            "get-parameter-history",
            "unset `STAGE_CONFIG_SOURCE__TIMEOUT_S`",
        ];
        assert_failure(timeout, "timeout_s", FailureKind::Missing, &words);
        let words = [
            "no key `passwd`",
            "unset `STAGE_CONFIG_SOURCE__MAIL__PASSWORD`",
        ];
        assert_failure(password, "mail.password", FailureKind::Missing, &words);
        let words = ["set `NO_SUCH_VARIABLE`", "STAGE_CONFIG_SOURCE__QUEUE__NAME"];
        assert_failure(queue, "queue.name", FailureKind::Missing, &words);
    }
}
