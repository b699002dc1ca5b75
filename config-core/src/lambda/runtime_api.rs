//! The report of a failed INIT to the runtime API.

use super::init_error::InitError;
use crate::platform::RUNTIME_API;
use lambda_runtime_api_client::{PooledClient, body::Body, build_request};
use std::{env, time::Duration};
use tokio::time::timeout;

const PATH: &str = "/2018-06-01/runtime/init/error";
const ERROR_TYPE: &str = "lambda-runtime-function-error-type";

/// The timeout of the report. The default timeout of a load leaves two seconds of the INIT, which
/// are enough for the report.
const TIMEOUT: Duration = Duration::from_secs(1);

/// Sends the error to the runtime API of this process. If that fails, a warning says why. The
/// caller still returns the error to the program.
pub(super) async fn report(error: &InitError) {
    let address = env::var(RUNTIME_API).ok();
    if let Err(problem) = send(address.as_deref(), error).await {
        tracing::warn!(
            target: "stage_config",
            problem,
            "the failed load could not be reported to the runtime API"
        );
    }
}

/// Sends the error to the runtime API at this address.
///
/// # Errors
///
/// Returns why the runtime API did not accept the error.
async fn send(address: Option<&str>, error: &InitError) -> Result<(), String> {
    let client = build_client(address)?;
    let request = build_request()
        .method("POST")
        .uri(PATH)
        .header(ERROR_TYPE, &error.error_type)
        .header("content-type", "application/json")
        .body(Body::from(error.to_json().to_string()))
        .map_err(|_| "no request could be built".to_owned())?;

    let response = timeout(TIMEOUT, client.call(request))
        .await
        .map_err(|_| format!("`{RUNTIME_API}` did not answer within {TIMEOUT:?}"))?
        .map_err(|_| format!("`{RUNTIME_API}` cannot be reached, or does not answer with HTTP"))?;
    let status = response.status();
    if status.is_success() {
        Ok(())
    } else {
        Err(format!(
            "`{RUNTIME_API}` answered with HTTP {}",
            status.as_u16()
        ))
    }
}

/// Returns a client for the address, which is a host and a port, or a URL.
fn build_client(address: Option<&str>) -> Result<PooledClient, String> {
    let address = address.ok_or_else(|| format!("`{RUNTIME_API}` is not set"))?;
    let uri = parse_address(address).ok_or_else(|| format!("`{RUNTIME_API}` is not an address"))?;
    Ok(PooledClient::builder().with_endpoint(uri).build())
}

/// Parses the address of the runtime API as `lambda_runtime` does. Returns `None` for an address
/// without a host, because `lambda_runtime` would panic.
pub(super) fn parse_address(address: &str) -> Option<http::Uri> {
    let uri: http::Uri = address.parse().ok()?;
    let has_host = uri.host().is_some_and(|host| !host.is_empty());
    has_host.then_some(uri)
}

#[cfg(test)]
mod tests;
