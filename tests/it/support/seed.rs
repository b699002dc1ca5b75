//! Fills the servers with secrets, and with keys that encrypt variables.

use aws_sdk_kms::Client as Kms;
use aws_sdk_secretsmanager::Client as SecretsManager;
use aws_sdk_secretsmanager::primitives::Blob;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::aws;
use super::peers::Peer;

/// Fills a server with secrets. Their names are new to it: another test may not have made them.
pub(crate) struct Secrets(SecretsManager);

impl Secrets {
    pub(crate) fn new(peer: &Peer) -> Self {
        Self::at(&peer.url)
    }

    /// For a process that did not start the server.
    pub(crate) fn at(url: &str) -> Self {
        Self(SecretsManager::new(&aws::settings(url)))
    }

    /// One more secret with a `SecretString`; its ARN.
    pub(crate) async fn text(&self, name: &str, text: &str) -> String {
        let made = self.0.create_secret().name(name).secret_string(text).send().await;
        made.expect("the server takes the secret").arn.expect("a secret has an ARN")
    }

    /// One more secret with a `SecretBinary`.
    pub(crate) async fn binary(&self, name: &str, bytes: &[u8]) {
        self.0.create_secret().name(name).secret_binary(Blob::new(bytes)).send().await.expect("the server takes it");
    }

    /// One more secret, without a value.
    pub(crate) async fn empty(&self, name: &str) {
        self.0.create_secret().name(name).send().await.expect("the server takes the secret");
    }

    /// A new version, under this id.
    pub(crate) async fn version(&self, name: &str, id: &str, text: &str) {
        let put = self.0.put_secret_value().secret_id(name).client_request_token(id).secret_string(text).send().await;
        assert_eq!(put.expect("the server takes the version").version_id(), Some(id));
    }

    /// Marks it for deletion.
    pub(crate) async fn delete(&self, name: &str) {
        self.0.delete_secret().secret_id(name).recovery_window_in_days(7).send().await.expect("the server marks it");
    }
}

/// A key of a server's KMS.
pub(crate) struct Key {
    client: Kms,
    /// Its ARN.
    pub(crate) arn: String,
}

impl Key {
    /// A new key.
    pub(crate) async fn new(peer: &Peer) -> Self {
        let client = Kms::new(&aws::settings(&peer.url));
        let made = client.create_key().send().await.expect("the server makes a key");
        let arn = made.key_metadata.and_then(|key| key.arn).expect("a key has an ARN");
        Self { client, arn }
    }

    /// Another name of it, as in `alias/payments`.
    pub(crate) async fn alias(&self, alias: &str) {
        let call = self.client.create_alias().alias_name(alias).target_key_id(&self.arn);
        call.send().await.expect("the server takes the alias");
    }

    /// Disables it.
    pub(crate) async fn disable(&self) {
        self.client.disable_key().key_id(&self.arn).send().await.expect("the server disables it");
    }

    /// A ciphertext in base64, as `aws kms encrypt` prints it, or the Lambda console with a context.
    pub(crate) async fn encrypt(&self, plaintext: &[u8], context: Option<(&str, &str)>) -> String {
        let mut call = self.client.encrypt().key_id(&self.arn).plaintext(Blob::new(plaintext));
        if let Some((name, value)) = context {
            call = call.encryption_context(name, value);
        }
        let made = call.send().await.expect("the server encrypts");
        STANDARD.encode(made.ciphertext_blob.expect("there is a ciphertext"))
    }
}
