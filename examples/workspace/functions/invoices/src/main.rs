//! Stores an invoice in a bucket.

use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
use serde_json::{Value, json};
use stage_config::{StageConfig, lambda};

/// The stages are in the `Cargo.toml` of the workspace.
#[derive(StageConfig)]
#[config(workspace)]
struct Config {
    /// The bucket of the invoices.
    bucket: String,

    /// The email address that sends the invoices.
    sender: String,
}

async fn handle(_: LambdaEvent<Value>) -> Result<Value, Error> {
    let config = Config::get();
    Ok(json!({ "stored_in": config.bucket, "sent_by": config.sender }))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let runtime = lambda::load::<Config, _>(|| Runtime::new(service_fn(handle))).await?;
    runtime.run().await
}
