//! Reads secrets with `aws_secretsmanager_caching`, as its README shows: one call for each secret,
//! one after another. The crate has no call for several secrets.

use std::{num::NonZeroUsize, time::Duration};

use aws_secretsmanager_caching::SecretsManagerCachingClient;
use coldstart_keys as keys;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let size = NonZeroUsize::new(1000).ok_or("the size is zero")?;
    let client = SecretsManagerCachingClient::default(size, Duration::from_secs(300)).await?;

    let mut values = Vec::new();
    for name in (0..keys::count_argument()).map(keys::secret) {
        let output = client.get_secret_value(&name, None, None, false).await?;
        values.push(output.secret_string.ok_or("the secret has no text")?);
    }
    keys::finish(&values)
}
