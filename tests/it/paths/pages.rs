//! Parameter Store returns the parameters below a path in pages of at most ten. A load reads up to
//! 100 pages, one after another.

use stage_config::{ErrorKind, FailureKind};

use super::*;
use crate::support::load::{assert_failure, expect_error, expect_failure};
use crate::support::scripted::Answer;

fn create_numbered(count: usize) -> Parameters {
    (0..count).fold(Parameters::default(), |all, number| {
        let name = format!("/paths/limits/n{number:04}");
        all.with(&name, Parameter::text(&number.to_string()))
    })
}

#[tokio::test]
async fn a_thousand_parameters_are_read_in_a_hundred_pages() {
    let endpoint = start(create_numbered(1000));
    let loaded = resolve::<Limits>(endpoint.url()).await;
    let limits = loaded.expect("all values exist").config.limits;
    assert_eq!(
        (limits.len(), limits["n0000"], limits["n0999"]),
        (1000, 0, 999)
    );
    let requests = endpoint.requests();
    assert_eq!(requests.len(), 100);
    assert!(
        requests
            .iter()
            .all(|request| request.body["MaxResults"] == 10)
    );
    assert_eq!(endpoint.most_in_flight(), 1, "one page after another");
}

#[tokio::test]
async fn more_than_a_thousand_parameters_are_refused() {
    let endpoint = start(create_numbered(1001));
    let failure = expect_failure(resolve::<Limits>(endpoint.url()).await);
    let words = [
        "/paths/limits/*",
        "the path has more than 100 pages; 1000 parameters were read",
        "name a path with fewer parameters",
    ];
    assert_failure(&failure, "limits", FailureKind::InvalidRequest, &words);
    assert_eq!(endpoint.requests().len(), 100);
}

#[tokio::test]
async fn an_empty_page_may_have_a_successor() {
    let parameters = create_numbered(1);
    let endpoint = Endpoint::start(move |request| match request.index {
        0 | 1 => Answer::json(&serde_json::json!({ "Parameters": [], "NextToken": "0" })),
        _ => parameters.answer(request),
    });
    let loaded = resolve::<Limits>(endpoint.url()).await;
    assert_eq!(loaded.expect("the value exists").config.limits["n0000"], 0);
    assert_eq!(endpoint.requests().len(), 3);
}

#[tokio::test]
async fn empty_pages_without_end_are_refused() {
    let page = serde_json::json!({ "Parameters": [], "NextToken": "0" });
    let endpoint = Endpoint::start(move |_| Answer::json(&page));
    let failure = expect_failure(resolve::<Limits>(endpoint.url()).await);
    let words = ["the path has more than 100 pages; 0 parameters were read"];
    assert_failure(&failure, "limits", FailureKind::InvalidRequest, &words);
    assert_eq!(endpoint.requests().len(), 100);
}

#[tokio::test]
async fn a_retry_continues_after_the_last_page() {
    let parameters = create_numbered(25);
    let endpoint = Endpoint::start(move |request| match request.index {
        1 => Answer::throttled(),
        3 => Answer::internal_error(),
        _ => parameters.answer(request),
    });
    let Loaded { config, report, .. } = resolve::<Limits>(endpoint.url())
        .await
        .expect("all values exist");
    assert_eq!(config.limits.len(), 25);
    let requests = endpoint.requests();
    let tokens: Vec<_> = requests
        .iter()
        .map(|request| request.body["NextToken"].as_str())
        .collect();
    let expected = [None, Some("10"), Some("10"), Some("20"), Some("20")];
    assert_eq!(tokens, expected);
    assert_eq!((report.calls[0].retries, report.calls[0].throttles), (2, 1));
}

#[tokio::test]
async fn a_rejected_token_is_an_error() {
    let endpoint = Endpoint::start(|request| match request.index {
        0 => create_numbered(25).answer(request),
        _ => Answer::error(
            400,
            "InvalidNextToken",
            "The token is expired: planted-4f2a",
        ),
    });
    let error = expect_error(resolve::<Limits>(endpoint.url()).await);
    assert_eq!(error.kind(), ErrorKind::Unresolved);
    let words = ["HTTP 400"];
    let failure = &error.failures()[0];
    assert_failure(failure, "limits", FailureKind::InvalidRequest, &words);
    assert!(!error.to_string().contains("4f2a"), "{error}");
}

#[tokio::test]
async fn one_parameter_on_two_pages_is_refused() {
    let endpoint = Endpoint::start(|request| {
        let mut page = serde_json::json!({
            "Parameters": [Parameter::secure("planted-4f2a").json("/paths/limits/twice")],
        });
        if request.index == 0 {
            page["NextToken"] = "1".into();
        }
        Answer::json(&page)
    });
    let error = expect_error(resolve::<Limits>(endpoint.url()).await);
    let words = ["the answer contains one parameter twice"];
    let failure = &error.failures()[0];
    assert_failure(failure, "limits", FailureKind::InvalidAnswer, &words);
    assert!(!format!("{error} {error:?}").contains("4f2a"), "{error}");
}

#[tokio::test]
async fn a_parameter_outside_of_the_path_is_refused() {
    for name in ["/paths/limits", "/paths/limits/", "/paths/limits2/a", "a"] {
        let page = serde_json::json!({ "Parameters": [Parameter::text("1").json(name)] });
        let endpoint = Endpoint::start(move |_| Answer::json(&page));
        let failure = expect_failure(resolve::<Limits>(endpoint.url()).await);
        let words = ["a parameter outside of the path"];
        assert_failure(&failure, "limits", FailureKind::InvalidAnswer, &words);
    }
}
