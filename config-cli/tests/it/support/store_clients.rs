//! Writes and reads the values of a server with the SDK's own clients.

use aws_sdk_secretsmanager::Client as SecretsManager;
use aws_sdk_secretsmanager::primitives::Blob;
use aws_sdk_ssm::Client as ParameterStore;
use aws_sdk_ssm::types::ParameterType;

use super::kms::{block_on, sdk_config};
use super::peers::Peer;

/// Parameter Store and Secrets Manager of a server.
pub(crate) struct StoreClients {
    parameters: ParameterStore,
    secrets: SecretsManager,
}

impl StoreClients {
    pub(crate) fn new(peer: &Peer) -> Self {
        let settings = sdk_config(peer);
        Self {
            parameters: ParameterStore::new(&settings),
            secrets: SecretsManager::new(&settings),
        }
    }

    /// Creates a parameter, as a String.
    pub(crate) fn put_string(&self, name: &str, value: &str) {
        self.put_parameter(name, value, ParameterType::String);
    }

    /// Creates a parameter, as a SecureString.
    pub(crate) fn put_secure_string(&self, name: &str, value: &str) {
        self.put_parameter(name, value, ParameterType::SecureString);
    }

    fn put_parameter(&self, name: &str, value: &str, kind: ParameterType) {
        let call = self
            .parameters
            .put_parameter()
            .name(name)
            .value(value)
            .r#type(kind);
        block_on(call.send()).expect("the server accepts the parameter");
    }

    /// Creates a secret, as a SecretString.
    pub(crate) fn create_secret(&self, name: &str, text: &str) {
        block_on(
            self.secrets
                .create_secret()
                .name(name)
                .secret_string(text)
                .send(),
        )
        .expect("the server accepts the secret");
    }

    /// Creates a secret, as a SecretBinary.
    pub(crate) fn create_binary_secret(&self, name: &str, bytes: &[u8]) {
        let call = self
            .secrets
            .create_secret()
            .name(name)
            .secret_binary(Blob::new(bytes));
        block_on(call.send()).expect("the server accepts the secret");
    }

    /// Returns the value, type and version of a parameter, if it exists.
    pub(crate) fn get_parameter(&self, name: &str) -> Option<(String, ParameterType, i64)> {
        let call = self
            .parameters
            .get_parameters()
            .names(name)
            .with_decryption(true);
        let answer = block_on(call.send()).expect("the server answers");
        let parameter = answer.parameters?.into_iter().next()?;
        Some((parameter.value?, parameter.r#type?, parameter.version))
    }

    /// Returns the current text of a secret, or `None` if the secret does not exist or has no text.
    /// The request names the label `AWSCURRENT`. If a request names no label, moto returns the
    /// version that was last stored with `AWSCURRENT`, even if the label was moved later.
    pub(crate) fn get_secret_text(&self, name: &str) -> Option<String> {
        let call = self
            .secrets
            .get_secret_value()
            .secret_id(name)
            .version_stage("AWSCURRENT");
        block_on(call.send()).ok()?.secret_string
    }
}
