//! The SDK's own client, to fill the servers, and the settings with which the crate under test asks them.

use aws_sdk_ssm::Client;
use aws_sdk_ssm::config::retry::RetryConfig;
use aws_sdk_ssm::config::{BehaviorVersion, Credentials, Region, SharedCredentialsProvider, SharedHttpClient};
use aws_sdk_ssm::types::{ParameterTier, ParameterType};
use aws_smithy_http_client::{Builder, Connector};
use aws_types::SdkConfig;

use super::peers::Peer;

/// The region that the tests use.
pub(crate) const REGION: &str = "eu-west-1";

/// The variables with which a process asks the endpoint, and nothing else.
pub(crate) fn variables(url: &str) -> Vec<(&'static str, String)> {
    let pairs = [
        ("AWS_ENDPOINT_URL", url),
        ("AWS_REGION", REGION),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("stage", "dev"),
    ];
    pairs.map(|(name, value)| (name, value.to_owned())).to_vec()
}

/// The settings with which a loader asks the endpoint. They belong to the runtime that they are first used in.
pub(crate) fn settings(url: &str) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .credentials_provider(SharedCredentialsProvider::new(credentials()))
        .endpoint_url(url)
        .http_client(http())
        .build()
}

/// A Parameter Store client for the endpoint, without retries. It belongs to the runtime that it is first used in.
pub(crate) fn client(url: &str) -> Client {
    let settings = settings(url);
    let config = aws_sdk_ssm::config::Builder::from(&settings).retry_config(RetryConfig::disabled());
    Client::from_conf(config.build())
}

fn credentials() -> Credentials {
    Credentials::new("test", "test", None, None, "tests")
}

/// Without TLS, whose certificates would be read anew for each test.
fn http() -> SharedHttpClient {
    Builder::new().build_with_connector_fn(|_, _| Connector::builder().build_http())
}

/// Fills a server with parameters.
pub(crate) struct Seed(Client);

impl Seed {
    pub(crate) fn new(peer: &Peer) -> Self {
        Self(client(&peer.url))
    }

    /// One more `String`, or a new version of it.
    pub(crate) async fn text(&self, name: &str, value: &str) -> &Self {
        self.put(name, ParameterType::String, value).await
    }

    /// One more `StringList`, or a new version of it.
    pub(crate) async fn list(&self, name: &str, value: &str) -> &Self {
        self.put(name, ParameterType::StringList, value).await
    }

    /// One more `SecureString`, or a new version of it.
    pub(crate) async fn secure(&self, name: &str, value: &str) -> &Self {
        self.put(name, ParameterType::SecureString, value).await
    }

    /// Labels a version.
    pub(crate) async fn label(&self, name: &str, version: i64, label: &str) -> &Self {
        let call = self.0.label_parameter_version().name(name).parameter_version(version).labels(label);
        call.send().await.expect("the server labels the version");
        self
    }

    async fn put(&self, name: &str, kind: ParameterType, value: &str) -> &Self {
        let tier = if value.len() > 4096 { ParameterTier::Advanced } else { ParameterTier::Standard };
        let call = self.0.put_parameter().name(name).r#type(kind).value(value).tier(tier).overwrite(true);
        call.send().await.expect("the server takes the parameter");
        self
    }
}
