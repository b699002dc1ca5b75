//! Sends a mail.

use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
use serde_json::{Value, json};
use stage_config::{ExposeSecret, SecretString, StageConfig, lambda};

/// The stages are in the `Cargo.toml` of the workspace.
#[derive(StageConfig)]
#[config(workspace)]
struct Config {
    /// The mail server.
    host: String,

    /// The password for the mail server.
    password: SecretString,
}

async fn handle(_: LambdaEvent<Value>) -> Result<Value, Error> {
    let config = Config::get();
    let authenticated = !config.password.expose_secret().is_empty();
    Ok(json!({ "host": config.host, "authenticated": authenticated }))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let runtime = lambda::load::<Config, _>(|| Runtime::new(service_fn(handle))).await?;
    runtime.run().await
}
