//! Reads and writes Parameter Store and Secrets Manager of moto and roto with the SDK's own
//! clients.

use aws_sdk_secretsmanager::Client as Secrets;
use aws_sdk_ssm::Client as Parameters;
use aws_sdk_ssm::types::{Parameter, ParameterType};

use super::kms::{block_on, sdk_config};
use super::peers::Peer;

/// A parameter as the server stores it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct StoredParameter {
    pub(crate) value: String,
    pub(crate) kind: String,
    pub(crate) version: i64,
    pub(crate) data_type: Option<String>,
}

/// Returns the parameter, decrypted.
pub(crate) fn get_parameter(peer: &Peer, name: &str) -> Option<StoredParameter> {
    let to_stored = |one: Parameter| StoredParameter {
        value: one.value.expect("a parameter has a value"),
        kind: one
            .r#type
            .expect("a parameter has a type")
            .as_str()
            .to_owned(),
        version: one.version,
        data_type: one.data_type,
    };
    let answer = block_on(
        Parameters::new(&sdk_config(peer))
            .get_parameter()
            .name(name)
            .with_decryption(true)
            .send(),
    );
    answer.ok()?.parameter.map(to_stored)
}

/// Returns the KMS key that encrypts the latest version of the parameter.
pub(crate) fn get_parameter_key(peer: &Peer, name: &str) -> Option<String> {
    let answer = block_on(
        Parameters::new(&sdk_config(peer))
            .get_parameter_history()
            .name(name)
            .send(),
    );
    answer
        .expect("the parameter has a history")
        .parameters?
        .pop()?
        .key_id
}

/// Writes a parameter as another client would.
pub(crate) fn put_parameter(peer: &Peer, name: &str, kind: ParameterType, value: &str) {
    let call = Parameters::new(&sdk_config(peer)).put_parameter();
    let call = call.name(name).r#type(kind).value(value).overwrite(true);
    block_on(call.send()).expect("the server accepts the parameter");
}

/// Gives a secret a new text as another client would.
pub(crate) fn put_secret(peer: &Peer, id: &str, text: &str) {
    block_on(
        Secrets::new(&sdk_config(peer))
            .put_secret_value()
            .secret_id(id)
            .secret_string(text)
            .send(),
    )
    .expect("the server accepts the secret");
}

/// Returns the secret's current text and its version.
pub(crate) fn get_secret(peer: &Peer, id: &str) -> Option<(String, String)> {
    let answer = block_on(
        Secrets::new(&sdk_config(peer))
            .get_secret_value()
            .secret_id(id)
            .version_stage("AWSCURRENT")
            .send(),
    )
    .ok()?;
    Some((answer.secret_string?, answer.version_id?))
}

/// Returns the secret's current bytes.
pub(crate) fn get_secret_bytes(peer: &Peer, id: &str) -> Option<Vec<u8>> {
    let answer = block_on(
        Secrets::new(&sdk_config(peer))
            .get_secret_value()
            .secret_id(id)
            .version_stage("AWSCURRENT")
            .send(),
    )
    .ok()?;
    answer
        .secret_binary
        .map(aws_sdk_secretsmanager::primitives::Blob::into_inner)
}

/// Creates a secret as another client would.
pub(crate) fn create_secret(peer: &Peer, name: &str, text: &str) {
    let call = Secrets::new(&sdk_config(peer))
        .create_secret()
        .name(name)
        .secret_string(text);
    block_on(call.send()).expect("the server creates the secret");
}

/// Creates a secret without a value.
pub(crate) fn create_empty_secret(peer: &Peer, name: &str) {
    block_on(
        Secrets::new(&sdk_config(peer))
            .create_secret()
            .name(name)
            .send(),
    )
    .expect("the server creates the secret");
}

/// Returns the secret's KMS key, the staging labels of each version that has any, and whether the
/// secret is marked for deletion.
pub(crate) fn describe_secret(peer: &Peer, id: &str) -> (Option<String>, Vec<Vec<String>>, bool) {
    let answer = block_on(
        Secrets::new(&sdk_config(peer))
            .describe_secret()
            .secret_id(id)
            .send(),
    )
    .expect("the secret exists");
    let stages = answer
        .version_ids_to_stages
        .unwrap_or_default()
        .into_values();
    (
        answer.kms_key_id,
        stages.filter(|stages| !stages.is_empty()).collect(),
        answer.deleted_date.is_some(),
    )
}
