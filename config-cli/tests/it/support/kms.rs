//! The settings that connect the command and the SDK's clients to a server; and the KMS of moto,
//! which creates keys and encrypts values.

use aws_sdk_kms::Client;
use aws_sdk_kms::config::{
    BehaviorVersion, Credentials, Region, SharedCredentialsProvider, SharedHttpClient,
};
use aws_sdk_kms::primitives::Blob;
use aws_smithy_http_client::{Builder, Connector};
use aws_types::SdkConfig;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::peers::{Peer, moto};

/// The region of the tests, unless a test names another one.
pub(crate) const REGION: &str = "eu-west-1";

/// Returns the environment variables that direct a process to the server.
pub(crate) fn env_variables(peer: &Peer) -> [(&'static str, String); 4] {
    [
        ("AWS_ENDPOINT_URL", peer.url.clone()),
        ("AWS_REGION", REGION.to_owned()),
        ("AWS_ACCESS_KEY_ID", "test".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
    ]
}

pub(crate) fn sdk_config(peer: &Peer) -> SdkConfig {
    sdk_config_for(peer, "test", "test")
}

/// Returns the SDK settings of a caller with this access key.
pub(crate) fn sdk_config_for(peer: &Peer, key: &str, secret: &str) -> SdkConfig {
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
            key, secret, None, None, "tests",
        )))
        .endpoint_url(&peer.url)
        .http_client(new_http_client())
        .build()
}

/// Creates a client without TLS. A client with TLS would read the certificates again for each test.
fn new_http_client() -> SharedHttpClient {
    Builder::new().build_with_connector_fn(|_, _| Connector::builder().build_http())
}

/// Runs a future to its end.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime can be created");
    runtime.block_on(future)
}

/// Creates a KMS key and returns its ARN. All tests share the server, so each key needs its own
/// alias.
pub(crate) fn create_key(alias: &str) -> String {
    create_key_in(REGION, alias)
}

/// Creates a KMS key in this region and returns its ARN.
pub(crate) fn create_key_in(region: &'static str, alias: &str) -> String {
    let settings = sdk_config(moto())
        .into_builder()
        .region(Region::new(region))
        .build();
    block_on(async {
        let client = Client::new(&settings);
        let key = client
            .create_key()
            .send()
            .await
            .expect("the server creates a key");
        let key = key.key_metadata.expect("the key has an id");
        let aliased = client
            .create_alias()
            .alias_name(alias)
            .target_key_id(key.key_id())
            .send()
            .await;
        aliased.expect("the server names the key");
        key.arn.expect("the key has an ARN")
    })
}

/// Encrypts a value for a variable of the function, and returns the ciphertext in base64.
pub(crate) fn encrypt_for_function(alias: &str, function: &str, value: &str) -> String {
    let client = Client::new(&sdk_config(moto()));
    let call = client
        .encrypt()
        .key_id(alias)
        .encryption_context("LambdaFunctionName", function)
        .plaintext(Blob::new(value));
    let answer = block_on(call.send()).expect("the server encrypts");
    STANDARD.encode(answer.ciphertext_blob.expect("the answer has a ciphertext"))
}
