//! Calls the handler with a configuration that the test creates. The payment API and the database
//! are one server on loopback.

use std::sync::{Arc, Mutex};

use axum::extract::{RawForm, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use lambda_runtime::{Context, LambdaEvent};
use serde_json::json;
use stage_config::{StageConfig, testing};
use tokio::net::TcpListener;
use ureq::Agent;

use super::{Config, Payment, handler};

/// The requests that the server got, one line each.
type Requests = Arc<Mutex<Vec<String>>>;

/// Starts one server: `/v1/charges` is the payment API, and `/` is the database. Returns the URL of
/// the server.
async fn serve(requests: &Requests) -> String {
    async fn charges(
        State(requests): State<Requests>,
        headers: HeaderMap,
        RawForm(form): RawForm,
    ) -> Result<Json<serde_json::Value>, StatusCode> {
        let form = String::from_utf8_lossy(&form).into_owned();
        let order = headers["idempotency-key"].to_str().unwrap_or_default();
        let request = format!("charge of {order}: {form}");
        requests.lock().unwrap().push(request);
        if headers["authorization"] == "Bearer sk_test" {
            Ok(Json(json!({ "id": "ch_1", "paid": true })))
        } else {
            Err(StatusCode::UNAUTHORIZED)
        }
    }
    async fn insert(
        State(requests): State<Requests>,
        headers: HeaderMap,
        RawQuery(query): RawQuery,
        row: String,
    ) {
        let password = headers["x-clickhouse-key"].to_str().unwrap_or_default();
        let query = query.unwrap_or_default();
        let request = format!("{query} with {password}: {row}");
        requests.lock().unwrap().push(request);
    }

    let router = Router::new()
        .route("/v1/charges", post(charges))
        .route("/", post(insert));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("a listener has an address");
    tokio::spawn(axum::serve(listener, router.with_state(Arc::clone(requests))).into_future());
    format!("http://{address}")
}

fn config(url: &str, password: &str) -> Config {
    Config::for_tests()
        .set("stripe_key", "sk_test")
        .set("stripe_url", url)
        .set("db_url", url)
        .set("db_password", password)
        .build()
        .expect("the values are valid")
}

/// Creates an agent that ignores the proxy of the machine.
fn agent() -> Agent {
    Agent::config_builder().proxy(None).build().into()
}

fn payment(amount: u64) -> LambdaEvent<Payment> {
    LambdaEvent::new(
        Payment {
            order: "o-1".to_owned(),
            amount,
        },
        Context::default(),
    )
}

#[tokio::test]
async fn a_payment_is_charged_and_stored_with_the_rotated_password() {
    let requests = Requests::default();
    let url = serve(&requests).await;
    let charge = testing::scope(config(&url, "first"), async {
        handler(&agent(), payment(250)).await?;
        let live = Config::live().expect("the scope has a configuration");
        testing::rotate(&live, config(&url, "second"));
        handler(&agent(), payment(250)).await
    })
    .await
    .expect("both payments are charged");
    assert_eq!(charge.id, "ch_1");

    let charged = "charge of o-1: amount=250&currency=eur";
    let stored = |password: &str| {
        format!(
            "query=INSERT%20INTO%20payments%20FORMAT%20JSONEachRow with {password}: \
             {{\"order\":\"o-1\",\"amount\":250}}"
        )
    };
    let requests = requests.lock().unwrap();
    assert_eq!(
        *requests,
        [charged, &stored("first"), charged, &stored("second")]
    );
}

#[tokio::test]
async fn a_refused_key_and_a_large_amount_store_nothing() {
    let requests = Requests::default();
    let url = serve(&requests).await;
    let mut refused = config(&url, "first");
    refused.stripe_key = "sk_wrong".into();
    let error = testing::scope(refused, handler(&agent(), payment(1)))
        .await
        .expect_err("refused");
    assert!(
        error.to_string().contains("401") && !error.to_string().contains("sk_wrong"),
        "{error}"
    );

    let error = testing::scope(config(&url, "first"), handler(&agent(), payment(100_001))).await;
    let error = error.expect_err("the amount is too large");
    assert_eq!(error.to_string(), "an amount may have at most 100000 cents");
    let requests = requests.lock().unwrap();
    assert_eq!(*requests, ["charge of o-1: amount=1&currency=eur"]);
}
