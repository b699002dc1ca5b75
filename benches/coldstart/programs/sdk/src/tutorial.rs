//! The code that tutorials of the AWS SDK show: one call for each value, one after another.

use aws_config::BehaviorVersion;
use coldstart_keys as keys;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let config = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let client = aws_sdk_ssm::Client::new(&config);

    let mut values = Vec::new();
    for name in (0..keys::count_argument()).map(keys::parameter) {
        let output = client
            .get_parameter()
            .name(&name)
            .with_decryption(true)
            .send()
            .await?;
        let value = output.parameter.and_then(|parameter| parameter.value);
        values.push(value.ok_or("the parameter has no value")?);
    }
    keys::finish(&values)
}
