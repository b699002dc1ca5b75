//! What a server keeps, put there and looked at by the SDK's own clients.

use aws_sdk_secretsmanager::Client as SecretsManager;
use aws_sdk_secretsmanager::primitives::Blob;
use aws_sdk_ssm::Client as ParameterStore;
use aws_sdk_ssm::types::ParameterType;

use super::kms::{settings, wait};
use super::peers::Peer;

/// Parameter Store and Secrets Manager of a server.
pub(crate) struct Stored {
    parameters: ParameterStore,
    secrets: SecretsManager,
}

impl Stored {
    pub(crate) fn at(peer: &Peer) -> Self {
        let settings = settings(peer);
        Self { parameters: ParameterStore::new(&settings), secrets: SecretsManager::new(&settings) }
    }

    /// One more parameter, as a String.
    pub(crate) fn plain(&self, name: &str, value: &str) {
        self.put(name, value, ParameterType::String);
    }

    /// One more parameter, as a SecureString.
    pub(crate) fn secure(&self, name: &str, value: &str) {
        self.put(name, value, ParameterType::SecureString);
    }

    fn put(&self, name: &str, value: &str, kind: ParameterType) {
        let call = self.parameters.put_parameter().name(name).value(value).r#type(kind);
        wait(call.send()).expect("the server takes the parameter");
    }

    /// One more secret, as a SecretString.
    pub(crate) fn secret(&self, name: &str, text: &str) {
        wait(self.secrets.create_secret().name(name).secret_string(text).send()).expect("the server takes the secret");
    }

    /// One more secret, as a SecretBinary.
    pub(crate) fn binary(&self, name: &str, bytes: &[u8]) {
        let call = self.secrets.create_secret().name(name).secret_binary(Blob::new(bytes));
        wait(call.send()).expect("the server takes the secret");
    }

    /// A parameter's value, type and version; `None` where there is none.
    pub(crate) fn parameter(&self, name: &str) -> Option<(String, ParameterType, i64)> {
        let call = self.parameters.get_parameters().names(name).with_decryption(true);
        let answer = wait(call.send()).expect("the server answers");
        let parameter = answer.parameters?.into_iter().next()?;
        Some((parameter.value?, parameter.r#type?, parameter.version))
    }

    /// A secret's text; `None` where there is none. Without the label moto answers with what was put last without one.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        let call = self.secrets.get_secret_value().secret_id(name).version_stage("AWSCURRENT");
        wait(call.send()).ok()?.secret_string
    }
}
