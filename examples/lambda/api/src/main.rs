//! An HTTP API with axum. Its extractor reads the configuration for each request, so the router
//! keeps no configuration: with SnapStart, the router exists before the configuration is loaded.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header::AUTHORIZATION};
use axum::{Json, Router, routing::get};
use lambda_http::lambda_runtime::Runtime;
use lambda_http::{Adapter, Error};
use serde_json::{Value, json};
use stage_config::{ExposeSecret, SecretString, StageConfig, lambda};
use subtle::ConstantTimeEq;

#[derive(StageConfig)]
#[stage(dev = "/api/dev/{field}", prod = "/api/prod/{field}")]
#[config(refresh = "5m")]
struct Config {
    /// The token that clients send.
    token: SecretString,
    currencies: Vec<String>,
    #[config(default = 100_000)]
    max_amount: u64,
}

/// The configuration at the time of one request.
struct Current(Arc<Config>);

impl<S: Sync> FromRequestParts<S> for Current {
    type Rejection = StatusCode;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        Config::current().await.map(Self).map_err(|error| {
            tracing::error!(%error, "no configuration");
            StatusCode::SERVICE_UNAVAILABLE
        })
    }
}

async fn limits(Current(config): Current, headers: HeaderMap) -> Result<Json<Value>, StatusCode> {
    let expected = format!("Bearer {}", config.token.expose_secret());
    let sent = headers.get(AUTHORIZATION).ok_or(StatusCode::UNAUTHORIZED)?;
    if !bool::from(sent.as_bytes().ct_eq(expected.as_bytes())) {
        return Err(StatusCode::UNAUTHORIZED);
    }
    Ok(Json(
        json!({ "currencies": config.currencies, "max_amount": config.max_amount }),
    ))
}

fn router() -> Router {
    Router::new().route("/limits", get(limits))
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing_subscriber::fmt().json().init();
    // `lambda_http::runtime` needs a response that is `Sync`, and axum's response is not.
    let create = || Runtime::new(Adapter::from(router()));
    let runtime = lambda::load::<Config, _>(create).await?; // in INIT, or after the restore
    runtime.run().await
}
