//! AppConfig: planted secrets in contents, in headers, and in error messages.

use std::time::Duration;

use serde_json::json;
use stage_config::{SecretString, StageConfig};

use crate::support::load::{expect_error, loader};
use crate::support::logs::Logs;
use crate::support::planted::{
    DIGITS, SECRET, assert_clean, assert_error_clean, assert_prints_clean, assert_report_clean,
};
use crate::support::scripted::{
    Answer, Configurations, Endpoint, Request, is_poll, is_session_start,
};

#[derive(StageConfig)]
#[stage(dev = "appconfig:planted/dev/settings#{field}")]
#[config(account(dev = "123456789012"))]
#[allow(dead_code)]
struct Config {
    key: SecretString,
    port: u16,
    password: Option<SecretString>,
    #[stage(dev = "appconfig:planted/dev/text")]
    text: SecretString,
}

fn format_settings(port: &str) -> String {
    json!({ "key": SECRET, "port": port, "password": SECRET }).to_string()
}

fn create_configurations(settings: &str) -> Configurations {
    let contents = [
        ("planted/dev/settings", settings),
        ("planted/dev/text", SECRET),
    ];
    Configurations::new(15, contents)
}

/// A function that returns whether a request is of one kind.
type CallKind = fn(&Request) -> bool;

/// Makes a load and a check fail, and asserts that the results and the events are clean.
async fn assert_fails_clean(
    label: &str,
    script: impl Fn(&Request) -> Answer + Send + Sync + 'static,
) {
    let endpoint = Endpoint::start(script);
    let timeout = Duration::from_millis(100);
    let logs = Logs::start();
    let failing = || loader::<Config>(endpoint.url()).timeout(timeout);
    assert_error_clean(label, &expect_error(failing().resolve().await));
    let report = failing().check().await.expect("the check runs");
    assert!(!report.is_complete(), "{label}: the check found no failure");
    assert_report_clean(label, &report);
    // The SDK's own events contain the service's messages. The events of this crate do not.
    assert_clean(&format!("{label}: events"), &logs.own_events());
}

#[tokio::test]
async fn invalid_contents_are_redacted() {
    let truncated = format!("{{\"key\": \"{SECRET}");
    for (label, settings) in [
        ("a port that is not a number", format_settings(SECRET)),
        ("a port that is too large", format_settings(DIGITS)),
        ("a text that is not JSON", SECRET.to_owned()),
        ("truncated JSON", truncated),
        ("JSON that is not an object", format!("[\"{SECRET}\"]")),
        ("JSON without the key", format!("{{\"{SECRET}\": 1}}")),
    ] {
        let configurations = create_configurations(&settings);
        assert_fails_clean(label, move |request| configurations.answer(request)).await;
    }
}

#[tokio::test]
async fn failed_calls_show_no_secret() {
    let page = || Answer::Whole {
        status: 200,
        body: SECRET.to_owned(),
    };
    let cut_off = || Answer::CutOff {
        body: format_settings("8080"),
    };
    let faults: [(&str, CallKind, Answer); 8] = [
        ("an answer without a token", is_poll, page()),
        ("a start that is not JSON", is_session_start, page()),
        ("half an answer", is_poll, cut_off()),
        (
            "message of a denial",
            is_session_start,
            Answer::error(403, "AccessDeniedException", SECRET),
        ),
        (
            "message of a rejected token",
            is_poll,
            Answer::error(400, "BadRequestException", SECRET),
        ),
        (
            "message of throttling",
            is_poll,
            Answer::error(429, "ThrottlingException", SECRET),
        ),
        (
            "code of a fault",
            is_session_start,
            Answer::error(400, SECRET, SECRET),
        ),
        (
            "an error page",
            is_poll,
            Answer::Whole {
                status: 500,
                body: format!("<html>{SECRET}</html>"),
            },
        ),
    ];
    for (label, fails, answer) in faults {
        let configurations = create_configurations(&format_settings("8080"));
        let script = move |request: &Request| {
            if fails(request) {
                answer.clone()
            } else {
                configurations.answer(request)
            }
        };
        assert_fails_clean(label, script).await;
    }
}

#[tokio::test]
async fn a_version_label_with_unexpected_characters_is_not_shown() {
    let configurations = create_configurations(&format_settings("8080"));
    let endpoint = Endpoint::start(move |request| {
        if !is_poll(request) {
            return configurations.answer(request);
        }
        let body = format_settings("8080");
        let headers = [
            ("next-poll-configuration-token", "token".to_owned()),
            ("version-label", SECRET.to_owned()),
        ];
        Answer::Whole { status: 200, body }.with_headers(headers)
    });
    let loaded = loader::<Config>(endpoint.url()).resolve().await;
    let loaded = loaded.unwrap_or_else(|error| panic!("{error}"));
    assert_report_clean("the report", &loaded.report);
}

/// This test also searches the events of the SDK, down to `TRACE`.
#[tokio::test]
async fn successful_loads_and_refreshes_show_no_secret() {
    let logs = Logs::start();
    let configurations = create_configurations(&format_settings("8080"));
    let endpoint = Endpoint::start(move |request| configurations.answer(request));
    let loaded = loader::<Config>(endpoint.url())
        .resolve()
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    assert_clean("Loaded", &format!("{loaded:?} {loaded:#?}"));
    assert_report_clean("the report", &loaded.report);
    assert_prints_clean(
        "the plan",
        &loader::<Config>(endpoint.url()).plan().expect("a plan"),
    );

    let live = loader::<Config>(endpoint.url())
        .live(Duration::from_secs(60))
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    live.refresh()
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    assert_report_clean("the report of a refresh", &live.report());

    let text = logs.text();
    assert!(
        text.contains("GetLatestConfiguration") && text.contains("appconfig:planted/dev/text"),
        "{text}"
    );
    assert_clean("events", &text);
}
