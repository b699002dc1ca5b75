//! Writes a report.

use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
use serde_json::{Value, json};
use stage_config::{StageConfig, lambda};

/// The stages are in the `Cargo.toml` of the workspace.
#[derive(StageConfig)]
#[config(workspace)]
struct Config {
    /// The bucket of the reports.
    bucket: String,

    /// The data warehouse, which several teams share.
    #[stage(
        dev = "/warehouse/test/url",
        prod = "/warehouse/live/url",
        fallback = "/warehouse/test/url"
    )]
    warehouse: String,
}

async fn handle(_: LambdaEvent<Value>) -> Result<Value, Error> {
    let config = Config::get();
    Ok(json!({ "bucket": config.bucket, "warehouse": config.warehouse }))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let runtime = lambda::load::<Config, _>(|| Runtime::new(service_fn(handle))).await?;
    runtime.run().await
}
