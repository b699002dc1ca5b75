//! The SDK's own client, which fills the servers, and the settings with which the crate under test
//! calls them.

use aws_sdk_ssm::Client;
use aws_sdk_ssm::config::retry::RetryConfig;
use aws_sdk_ssm::config::{
    BehaviorVersion, Credentials, Region, SharedCredentialsProvider, SharedHttpClient,
};
use aws_sdk_ssm::types::{ParameterTier, ParameterType};
use aws_smithy_http_client::{Builder, Connector};
use aws_types::SdkConfig;

use super::peers::Peer;

/// The region that the tests use.
pub(crate) const REGION: &str = "eu-west-1";

/// Returns the variables that a process needs to load the stage dev from the endpoint.
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

/// Returns the settings with which a loader calls the endpoint. They belong to the runtime of their
/// first use.
pub(crate) fn settings(url: &str) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .credentials_provider(SharedCredentialsProvider::new(credentials()))
        .endpoint_url(url)
        .http_client(http())
        .build()
}

/// Returns a Parameter Store client for the endpoint, without retries. It belongs to the runtime of
/// its first use.
pub(crate) fn client(url: &str) -> Client {
    let settings = settings(url);
    let config =
        aws_sdk_ssm::config::Builder::from(&settings).retry_config(RetryConfig::disabled());
    Client::from_conf(config.build())
}

fn credentials() -> Credentials {
    Credentials::new("test", "test", None, None, "tests")
}

/// Creates a client without TLS. A client with TLS would read the certificates again for each test.
fn http() -> SharedHttpClient {
    Builder::new().build_with_connector_fn(|_, _| Connector::builder().build_http())
}

/// Fills a server with parameters.
pub(crate) struct Seed(Client);

impl Seed {
    pub(crate) fn new(peer: &Peer) -> Self {
        Self(client(&peer.url))
    }

    /// Creates a `String`, or a new version of it.
    pub(crate) async fn put_text(&self, name: &str, value: &str) -> &Self {
        self.put(name, ParameterType::String, value).await
    }

    /// Creates a `StringList`, or a new version of it.
    pub(crate) async fn put_list(&self, name: &str, value: &str) -> &Self {
        self.put(name, ParameterType::StringList, value).await
    }

    /// Creates a `SecureString`, or a new version of it.
    pub(crate) async fn put_secure(&self, name: &str, value: &str) -> &Self {
        self.put(name, ParameterType::SecureString, value).await
    }

    /// Adds a label to a version.
    pub(crate) async fn add_label(&self, name: &str, version: i64, label: &str) -> &Self {
        let call = self
            .0
            .label_parameter_version()
            .name(name)
            .parameter_version(version)
            .labels(label);
        call.send().await.expect("the server labels the version");
        self
    }

    async fn put(&self, name: &str, kind: ParameterType, value: &str) -> &Self {
        let tier = if value.len() > 4096 {
            ParameterTier::Advanced
        } else {
            ParameterTier::Standard
        };
        let call = self
            .0
            .put_parameter()
            .name(name)
            .r#type(kind)
            .value(value)
            .tier(tier)
            .overwrite(true);
        call.send().await.expect("the server accepts the parameter");
        self
    }
}
