//! Accepts an order.

use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
use serde_json::{Value, json};
use stage_config::{StageConfig, lambda};

/// The stages are in the `Cargo.toml` of the workspace.
#[derive(StageConfig)]
#[config(workspace)]
struct Config {
    /// The table of the orders.
    table: String,

    /// The maximum number of items of one order.
    #[config(default = 100)]
    max_items: u32,
}

async fn handle(_: LambdaEvent<Value>) -> Result<Value, Error> {
    let config = Config::get();
    Ok(json!({ "table": config.table, "max_items": config.max_items }))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let runtime = lambda::load::<Config, _>(|| Runtime::new(service_fn(handle))).await?;
    runtime.run().await
}
