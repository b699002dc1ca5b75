//! Roles: planted secrets in the credentials of a role, and in the answers of STS.

use std::time::Duration;

use stage_config::{Error, SecretString, StageConfig};

use crate::support::load::{expect_error, loader};
use crate::support::logs::Logs;
use crate::support::planted::{SECRET, assert_clean, assert_error_clean, assert_report_clean};
use crate::support::scripted::{
    Answer, Endpoint, Parameter, Parameters, accept_role, is_role_request, refuse_role,
};

#[derive(StageConfig)]
#[allow(dead_code)]
struct Config {
    #[stage(dev = "/planted/key?role=arn:aws:iam::210987654321:role/central")]
    key: SecretString,
}

/// Starts an endpoint that answers `AssumeRole` with `answer`.
fn start(answer: Answer) -> Endpoint {
    let parameters = Parameters::default().with("/planted/key", Parameter::secure(SECRET));
    Endpoint::start(move |request| {
        if is_role_request(request) {
            answer.clone()
        } else {
            parameters.answer(request)
        }
    })
}

/// This test also searches the events of the SDK, down to `TRACE`.
#[tokio::test]
async fn the_credentials_of_a_role_are_not_shown() {
    let logs = Logs::start();
    let endpoint = start(accept_role(SECRET));
    let loaded = loader::<Config>(endpoint.url())
        .resolve()
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    assert_clean("Loaded", &format!("{loaded:?} {loaded:#?}"));
    assert_report_clean("the report", &loaded.report);

    let text = logs.text();
    assert!(text.contains("AssumeRole"), "{text}");
    assert_clean("events", &text);
}

async fn resolve_within_300_ms(endpoint: &Endpoint) -> Error {
    let loader = loader::<Config>(endpoint.url());
    let timeout = Duration::from_millis(300);
    expect_error(loader.timeout(timeout).resolve().await)
}

/// At `TRACE`, the SDK shows the message of each error of a service. So this test searches only the
/// events of this crate.
#[tokio::test]
async fn a_refused_role_shows_no_text_of_sts() {
    for answer in [
        refuse_role(403, "AccessDenied", SECRET),
        refuse_role(400, SECRET, SECRET),
    ] {
        let logs = Logs::start();
        let error = resolve_within_300_ms(&start(answer)).await;
        assert_error_clean("a refused role", &error);
        assert_clean("events", &logs.own_events());
    }
}

#[tokio::test]
async fn an_incomplete_answer_of_sts_is_not_shown() {
    let logs = Logs::start();
    let body = accept_role(SECRET).into_body();
    let error = resolve_within_300_ms(&start(Answer::CutOff { body })).await;
    assert_error_clean("an incomplete answer", &error);
    let text = logs.text();
    assert!(text.contains("AssumeRole"), "{text}");
    assert_clean("events", &text);
}
