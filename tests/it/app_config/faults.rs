//! Denials, errors, invalid answers, missing configurations and unusual labels.

use std::time::Duration;

use super::*;
use crate::support::scripted::Request;

const SHORT: Duration = Duration::from_millis(300);

/// A function that recognizes one kind of request: either the start of a session or a poll.
type CallKind = fn(&Request) -> bool;

const SOURCE: &str = "appconfig:shop/dev/settings";

/// An optional field with two candidates. A load may use the second one or `None` only if the first
/// one is *missing*.
#[derive(StageConfig)]
#[allow(dead_code)]
struct One {
    #[stage(dev = ["appconfig:shop/dev/settings", "value:second"])]
    value: Option<String>,
}

/// Loads from an endpoint with this script, and returns the failure and the number of requests.
async fn load_failing(
    script: impl Fn(&Request) -> Answer + Send + Sync + 'static,
) -> (stage_config::Failure, usize) {
    let endpoint = Endpoint::start(script);
    let failure = expect_failure(loader::<One>(endpoint.url()).timeout(SHORT).resolve().await);
    assert!(!failure.to_string().contains("planted"), "{failure}");
    (failure, endpoint.requests().len())
}

/// Returns a script that gives `answer` to the calls of one kind, and the normal answer to the
/// others.
fn create_script(
    is_failing: CallKind,
    answer: Answer,
) -> impl Fn(&Request) -> Answer + Send + Sync + 'static {
    let configurations = Configurations::new(15, [("shop/dev/settings", "planted")]);
    move |request| {
        if is_failing(request) {
            answer.clone()
        } else {
            configurations.answer(request)
        }
    }
}

#[tokio::test]
async fn each_permanent_error_has_its_kind_and_is_not_retried() {
    let arn = "arn:aws:appconfig:eu-west-1:123456789012:application/a1b2c3d/environment/e5f6g7h/\
               configuration/i9j0k1l";
    let denied = |action: &str| Answer::not_authorized(action, arn);
    let faults: [(CallKind, Answer, FailureKind, [&str; 2]); 6] = [
        (
            is_session_start,
            denied("appconfig:StartConfigurationSession"),
            FailureKind::Denied,
            [
                "may not read arn:aws:appconfig:",
                "`appconfig:GetLatestConfiguration` on `arn:aws:appconfig:eu-west-1",
            ],
        ),
        (
            is_poll,
            denied("appconfig:GetLatestConfiguration"),
            FailureKind::Denied,
            [
                "application/a1b2c3d/",
                "allow `appconfig:StartConfigurationSession`",
            ],
        ),
        (
            is_session_start,
            Answer::error(403, "AccessDeniedException", "planted"),
            FailureKind::Denied,
            [
                SOURCE,
                "application/APPLICATION_ID/environment/ENVIRONMENT_ID/configuration/PROFILE_ID",
            ],
        ),
        (
            is_session_start,
            Answer::error(400, "BadRequestException", "planted"),
            FailureKind::InvalidRequest,
            [
                "BadRequestException, HTTP 400",
                "correct the source: the service rejects this address",
            ],
        ),
        (
            is_poll,
            Answer::expired_token(),
            FailureKind::Credentials,
            ["ExpiredTokenException", "execution role"],
        ),
        (
            is_session_start,
            Answer::json(&json!({})),
            FailureKind::InvalidAnswer,
            ["no token for the next call", "which server answers"],
        ),
    ];
    for (is_failing, answer, kind, words) in faults {
        let (failure, requests) = load_failing(create_script(is_failing, answer)).await;
        assert_failure(&failure, "value", kind, &words);
        assert!(requests <= 2, "the error is permanent: {failure}");
    }
}

#[tokio::test]
async fn transient_errors_are_retried_until_the_timeout() {
    let faults: [(CallKind, Answer, FailureKind); 4] = [
        (
            is_session_start,
            Answer::throttled(),
            FailureKind::Throttled,
        ),
        (is_poll, Answer::throttled(), FailureKind::Throttled),
        (
            is_session_start,
            Answer::internal_error(),
            FailureKind::Unavailable,
        ),
        (
            is_poll,
            Answer::error(500, "InternalServerException", "planted"),
            FailureKind::Unavailable,
        ),
    ];
    for (is_failing, answer, kind) in faults {
        let (failure, requests) = load_failing(create_script(is_failing, answer)).await;
        let words = [SOURCE, "attempts before the timeout"];
        assert_failure(&failure, "value", kind, &words);
        assert!(requests > 2, "{kind} was not retried: {failure}");
    }
}

/// Every text may be a configuration, so only the token shows that AppConfig sent the answer.
#[tokio::test]
async fn an_answer_without_a_token_is_not_a_value() {
    let page = Answer::Whole {
        status: 200,
        body: "<html>planted</html>".to_owned(),
    };
    let (failure, requests) = load_failing(create_script(is_poll, page)).await;
    assert_failure(
        &failure,
        "value",
        FailureKind::InvalidAnswer,
        &[SOURCE, "no token for the next call", "which server answers"],
    );
    assert_eq!(requests, 2);
}

#[tokio::test]
async fn after_a_missing_configuration_the_next_candidate_is_used() {
    let contents: [&[(&str, &str)]; 2] = [&[], &[("shop/dev/settings", "")]];
    for contents in contents {
        let configurations = Configurations::new(15, contents.iter().copied());
        let endpoint = Endpoint::start(move |request| configurations.answer(request));
        let config = expect_config(resolve::<One>(endpoint.url()).await);
        assert_eq!(config.value.as_deref(), Some("second"));
    }
}

/// AppConfig allows any character in a label. The report shows a label only if it consists of
/// letters, digits and `._+-`.
#[tokio::test]
async fn an_unusual_label_is_not_shown() {
    for (label, shown) in [("v1.2-rc+3", true), ("planted label", false)] {
        let answer = Answer::Whole {
            status: 200,
            body: "x".to_owned(),
        };
        let headers = [
            ("next-poll-configuration-token", "token".to_owned()),
            ("version-label", label.to_owned()),
        ];
        let script = create_script(is_poll, answer.with_headers(headers));
        let endpoint = Endpoint::start(script);
        let Loaded { report, config, .. } = resolve::<One>(endpoint.url())
            .await
            .unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(config.value.as_deref(), Some("x"));
        let expected = shown.then_some(label);
        assert_eq!(report.fields[0].version.as_deref(), expected);
        assert_eq!(report.to_string().contains(label), shown, "{report}");
    }
}
