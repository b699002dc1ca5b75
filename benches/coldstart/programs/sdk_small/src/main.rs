//! The smallest program with the AWS SDK. It uses only one of the SDK's default features,
//! `rt-tokio`, and a tokio runtime with one thread. It reads the credentials and the region from
//! variables, and sends concurrent batches of ten. Its HTTP client consists of the libraries that
//! stage-config uses, but has no proxies, no timeouts and no errors that a user could read.
//!
//! The program shows the part of a cold start that belongs to the SDK.

mod http_client;

use std::{env, error::Error};

use aws_sdk_ssm::{
    Client,
    config::{BehaviorVersion, Config, Credentials, Region},
};
use coldstart_keys as keys;
use futures_util::future::try_join_all;

fn main() -> Result<(), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(load())
}

async fn load() -> Result<(), Box<dyn Error>> {
    let credentials = Credentials::new(
        env::var("AWS_ACCESS_KEY_ID")?,
        env::var("AWS_SECRET_ACCESS_KEY")?,
        env::var("AWS_SESSION_TOKEN").ok(),
        None,
        "environment",
    );
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(credentials)
        .endpoint_url(env::var("AWS_ENDPOINT_URL")?)
        .http_client(http_client::create()?)
        .region(Region::new(env::var("AWS_REGION")?))
        .build();
    let client = Client::from_conf(config);

    let names: Vec<String> = (0..keys::count_argument()).map(keys::parameter).collect();
    let calls = names.chunks(10).map(|batch| {
        client
            .get_parameters()
            .set_names(Some(batch.to_vec()))
            .with_decryption(true)
            .send()
    });
    let outputs = try_join_all(calls).await?;

    let parameters = outputs
        .into_iter()
        .flat_map(|output| output.parameters.unwrap_or_default());
    let pairs = parameters.filter_map(|parameter| Some((parameter.name?, parameter.value?)));
    keys::finish(&keys::sort(pairs))
}
