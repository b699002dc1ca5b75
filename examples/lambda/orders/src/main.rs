//! The Lambda function of the README, line by line.

use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
use serde_json::{Value, json};
use stage_config::{ExposeSecret, SecretString, StageConfig, lambda};

#[derive(StageConfig)]
#[stage(dev = "/orders/dev/{field}", prod = "/orders/prod/{field}")]
struct Config {
    #[stage(dev = "/stripe/test", prod = "/stripe/live")]
    stripe_key: SecretString,
    table_name: String, // /orders/dev/table_name, /orders/prod/table_name
    #[config(default = 30)]
    timeout_s: u64,
}

async fn handler(_event: LambdaEvent<Value>) -> Result<Value, Error> {
    let config = Config::get(); // &'static Config
    let key = config.stripe_key.expose_secret();
    Ok(json!({ "table": config.table_name, "timeout": config.timeout_s, "key": key.len() }))
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let runtime = lambda::load::<Config, _>(|| Runtime::new(service_fn(handler))).await?;
    runtime.run().await
}
