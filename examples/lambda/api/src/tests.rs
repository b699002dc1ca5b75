//! Tests of the router, with configurations that the tests build.

use axum::Router;
use axum::body::{self, Body};
use axum::http::{Request, StatusCode};
use stage_config::{StageConfig, testing};
use tower::ServiceExt;

use super::{Config, router};

fn config(token: &str) -> Config {
    Config::for_tests()
        .set("token", token)
        .set("currencies", "eur,usd")
        .build()
        .expect("the values are valid")
}

/// Sends `GET /limits` with this value of the header `Authorization`, and returns the status and
/// the body.
async fn get_limits(router: &Router, authorization: &str) -> (StatusCode, String) {
    let request = Request::get("/limits")
        .header("authorization", authorization)
        .body(Body::empty());
    let answer = router
        .clone()
        .oneshot(request.expect("the request is valid"))
        .await;
    let answer = answer.expect("a router is infallible");
    let status = answer.status();
    let body = body::to_bytes(answer.into_body(), 1 << 10)
        .await
        .expect("the body is short");
    (
        status,
        String::from_utf8(body.into()).expect("the body is text"),
    )
}

#[tokio::test]
async fn each_request_reads_the_current_configuration() {
    // As under SnapStart, the router exists before the configuration.
    let router = router();
    testing::scope(config("first"), async {
        let (status, body) = get_limits(&router, "Bearer first").await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(body, r#"{"currencies":["eur","usd"],"max_amount":100000}"#);

        let live = Config::live().expect("the scope has a configuration");
        testing::rotate(&live, config("second"));
        assert_eq!(
            get_limits(&router, "Bearer first").await.0,
            StatusCode::UNAUTHORIZED
        );
        assert_eq!(get_limits(&router, "Bearer second").await.0, StatusCode::OK);
    })
    .await;
}

#[tokio::test]
async fn a_request_without_the_token_is_refused() {
    let router = router();
    testing::scope(config("first"), async {
        for authorization in ["", "Bearer ", "first", "Bearer first2", "bearer first"] {
            let refused = (StatusCode::UNAUTHORIZED, String::new());
            assert_eq!(
                get_limits(&router, authorization).await,
                refused,
                "{authorization}"
            );
        }
    })
    .await;
}
