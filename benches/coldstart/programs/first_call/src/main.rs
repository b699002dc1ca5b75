//! Loads ten parameters with stage-config, and makes the first call of the program's own client.
//! This client has the `SdkConfig` of stage-config (`lent`), or the SDK's defaults (`own`).
//!
//! `coldstart-first-call lent|own item|parameter`

use std::{env, error::Error};

use aws_config::{BehaviorVersion, SdkConfig};
use aws_sdk_dynamodb::types::AttributeValue;
use coldstart_keys as keys;
use stage_config::{ExposeSecret as _, SecretString, StageConfig, aws};

#[derive(StageConfig)]
#[stage(prod = "/coldstart/{field}")]
struct Config {
    key_000: SecretString,
    key_001: SecretString,
    key_002: SecretString,
    key_003: SecretString,
    key_004: SecretString,
    key_005: SecretString,
    key_006: SecretString,
    key_007: SecretString,
    key_008: SecretString,
    key_009: SecretString,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let argument = |index| env::args().nth(index).unwrap_or_default();
    let sdk = match argument(1).as_str() {
        "lent" => {
            let sdk = aws::load_sdk_config().await?;
            Config::loader().aws(&sdk).load().await?;
            sdk
        }
        "own" => {
            Config::load().await?;
            aws_config::load_defaults(BehaviorVersion::latest()).await
        }
        _ => return Err("the first argument must be `lent` or `own`".into()),
    };
    let value = match argument(2).as_str() {
        "item" => read_item(&sdk).await?,
        "parameter" => read_parameter(&sdk).await?,
        _ => return Err("the second argument must be `item` or `parameter`".into()),
    };
    keys::finish(&values(Config::get(), &value))
}

/// Reads an item of DynamoDB. Its endpoint has another host name than Parameter Store, as in AWS.
async fn read_item(sdk: &SdkConfig) -> Result<String, Box<dyn Error>> {
    let url = env::var("AWS_ENDPOINT_URL")?.replace("localhost", "127.0.0.1");
    let config = aws_sdk_dynamodb::config::Builder::from(sdk)
        .endpoint_url(url)
        .build();
    let output = aws_sdk_dynamodb::Client::from_conf(config)
        .get_item()
        .table_name("coldstart")
        .key("key", AttributeValue::S(keys::key(10)))
        .send()
        .await?;
    let item = output.item.ok_or("there is no item")?;
    match item.get("value") {
        Some(AttributeValue::S(value)) => Ok(value.clone()),
        _ => Err("the item has no value".into()),
    }
}

/// Reads a parameter, from the same endpoint as the load.
async fn read_parameter(sdk: &SdkConfig) -> Result<String, Box<dyn Error>> {
    let output = aws_sdk_ssm::Client::new(sdk)
        .get_parameter()
        .name(keys::parameter(10))
        .with_decryption(true)
        .send()
        .await?;
    let value = output.parameter.and_then(|parameter| parameter.value);
    Ok(value.ok_or("the parameter has no value")?)
}

fn values<'a>(config: &'a Config, value: &'a str) -> [&'a str; 11] {
    [
        config.key_000.expose_secret(),
        config.key_001.expose_secret(),
        config.key_002.expose_secret(),
        config.key_003.expose_secret(),
        config.key_004.expose_secret(),
        config.key_005.expose_secret(),
        config.key_006.expose_secret(),
        config.key_007.expose_secret(),
        config.key_008.expose_secret(),
        config.key_009.expose_secret(),
        value,
    ]
}
