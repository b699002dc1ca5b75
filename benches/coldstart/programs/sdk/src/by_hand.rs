//! The code that a careful user writes with the AWS SDK: one client, and concurrent batches of ten,
//! with the defaults of the SDK.

use aws_config::BehaviorVersion;
use coldstart_keys as keys;
use futures_util::future::try_join_all;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let client = aws_sdk_ssm::Client::new(&config);

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
