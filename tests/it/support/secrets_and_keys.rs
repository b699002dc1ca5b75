//! Fills the servers with secrets, and with keys that encrypt variables.

use aws_sdk_kms::Client as Kms;
use aws_sdk_secretsmanager::Client as SecretsManager;
use aws_sdk_secretsmanager::primitives::Blob;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::aws;
use super::peers::Peer;

/// Creates secrets on a server. Each test needs its own names.
pub(crate) struct Secrets(SecretsManager);

impl Secrets {
    pub(crate) fn new(peer: &Peer) -> Self {
        Self::from_url(&peer.url)
    }

    /// Uses the server at this URL, in a process that did not start it.
    pub(crate) fn from_url(url: &str) -> Self {
        Self(SecretsManager::new(&aws::settings(url)))
    }

    /// Creates a secret with a `SecretString`, and returns its ARN.
    pub(crate) async fn create_text(&self, name: &str, text: &str) -> String {
        let created = self
            .0
            .create_secret()
            .name(name)
            .secret_string(text)
            .send()
            .await;
        created
            .expect("the server accepts the secret")
            .arn
            .expect("a secret has an ARN")
    }

    /// Creates a secret with a `SecretBinary`.
    pub(crate) async fn create_binary(&self, name: &str, bytes: &[u8]) {
        self.0
            .create_secret()
            .name(name)
            .secret_binary(Blob::new(bytes))
            .send()
            .await
            .expect("the server accepts the secret");
    }

    /// Creates a secret without a value.
    pub(crate) async fn create_without_value(&self, name: &str) {
        self.0
            .create_secret()
            .name(name)
            .send()
            .await
            .expect("the server accepts the secret");
    }

    /// Creates a new version with this id.
    pub(crate) async fn add_version(&self, name: &str, id: &str, text: &str) {
        let result = self
            .0
            .put_secret_value()
            .secret_id(name)
            .client_request_token(id)
            .secret_string(text)
            .send()
            .await;
        assert_eq!(
            result.expect("the server accepts the version").version_id(),
            Some(id)
        );
    }

    /// Marks the secret for deletion.
    pub(crate) async fn delete(&self, name: &str) {
        self.0
            .delete_secret()
            .secret_id(name)
            .recovery_window_in_days(7)
            .send()
            .await
            .expect("the server marks the secret for deletion");
    }
}

/// A KMS key on a server.
pub(crate) struct Key {
    client: Kms,
    /// The ARN of the key.
    pub(crate) arn: String,
}

impl Key {
    /// Creates a key.
    pub(crate) async fn new(peer: &Peer) -> Self {
        let client = Kms::new(&aws::settings(&peer.url));
        let created = client
            .create_key()
            .send()
            .await
            .expect("the server creates a key");
        let arn = created
            .key_metadata
            .and_then(|key| key.arn)
            .expect("a key has an ARN");
        Self { client, arn }
    }

    /// Adds an alias, such as `alias/payments`.
    pub(crate) async fn add_alias(&self, alias: &str) {
        let call = self
            .client
            .create_alias()
            .alias_name(alias)
            .target_key_id(&self.arn);
        call.send().await.expect("the server accepts the alias");
    }

    /// Disables the key.
    pub(crate) async fn disable(&self) {
        self.client
            .disable_key()
            .key_id(&self.arn)
            .send()
            .await
            .expect("the server disables the key");
    }

    /// Encrypts the plaintext as `aws kms encrypt` does, or, with a context, as the Lambda console
    /// does. Returns the ciphertext in base64.
    pub(crate) async fn encrypt(&self, plaintext: &[u8], context: Option<(&str, &str)>) -> String {
        let mut call = self
            .client
            .encrypt()
            .key_id(&self.arn)
            .plaintext(Blob::new(plaintext));
        if let Some((name, value)) = context {
            call = call.encryption_context(name, value);
        }
        let answer = call.send().await.expect("the server encrypts");
        STANDARD.encode(answer.ciphertext_blob.expect("the answer has a ciphertext"))
    }
}
