//! Answers the calls of a partner.

use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
use serde_json::{Value, json};
use stage_config::{ExposeSecret, SecretString, StageConfig, lambda};

/// The stages are in the `Cargo.toml` of the workspace.
#[derive(StageConfig)]
#[config(workspace)]
struct Config {
    /// The key that signs the answers.
    signing_key: SecretString,

    /// The partner has a sandbox for every stage except `prod`.
    #[stage(
        dev = "value:https://sandbox.partner.example",
        prod = "value:https://partner.example"
    )]
    #[stage(fallback = "value:https://sandbox.partner.example")]
    partner: String,
}

async fn handle(_: LambdaEvent<Value>) -> Result<Value, Error> {
    let config = Config::get();
    let signed = !config.signing_key.expose_secret().is_empty();
    Ok(json!({ "partner": config.partner, "signed": signed }))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let runtime = lambda::load::<Config, _>(|| Runtime::new(service_fn(handle))).await?;
    runtime.run().await
}
