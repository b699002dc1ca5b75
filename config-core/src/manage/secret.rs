//! Operations on one secret of Secrets Manager: look it up, read it, write it, delete it.

use super::{ADD_OVERWRITE, AwsContext, JsonDocument, ManageError, clients::new_write_error};
use crate::{aws::classify, failure::FailureKind, outcome::Outcome, random::draw_number};
use aws_sdk_secretsmanager::{
    Client,
    error::ProvideErrorMetadata,
    primitives::{Blob, DateTime, DateTimeFormat},
};
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use stage_config_grammar::shell::quote;
use zeroize::Zeroizing;

/// A secret, without its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretInfo {
    /// The current version; `None` if the secret has no value yet.
    pub version: Option<String>,
    /// The complete ARN.
    pub arn: Option<String>,
    /// The day of the deletion, if the secret is marked for deletion.
    pub deletion: Option<String>,
}

/// The value to write to a secret.
#[derive(Clone, Copy)]
pub enum SecretPayload<'a> {
    /// A text: the `SecretString`.
    Text(&'a str),
    /// Bytes: the `SecretBinary`.
    Binary(&'a [u8]),
}

/// A secret to create.
pub struct NewSecret<'a> {
    /// The name.
    pub name: &'a str,
    /// The region, if it differs from that of the [`AwsContext`].
    pub region: Option<&'a str>,
    /// The first value.
    pub payload: SecretPayload<'a>,
    /// The KMS key. The default is the AWS managed key, `alias/aws/secretsmanager`.
    pub kms_key: Option<&'a str>,
}

const PUT: &str = "secretsmanager:PutSecretValue";
pub(super) const CURRENT: &str = "AWSCURRENT";

impl AwsContext {
    /// Looks up a secret with `secretsmanager:DescribeSecret`. Returns `None` if it does not exist.
    ///
    /// # Errors
    ///
    /// Returns the errors of AWS and of the network.
    pub async fn describe_secret(
        &self,
        id: &str,
        region: Option<&str>,
    ) -> Result<Option<SecretInfo>, ManageError> {
        match self
            .secrets_manager_client(region)?
            .describe_secret()
            .secret_id(id)
            .send()
            .await
        {
            Ok(answer) => {
                let mut versions = answer.version_ids_to_stages().into_iter().flatten();
                let current =
                    versions.find(|(_, stages)| stages.iter().any(|stage| stage == CURRENT));
                let version = current.map(|(version, _)| version.clone());
                Ok(Some(SecretInfo {
                    arn: answer.arn().map(str::to_owned),
                    version,
                    deletion: answer.deleted_date().map(format_day),
                }))
            }
            Err(error) if error.code() == Some("ResourceNotFoundException") => Ok(None),
            Err(error) => Err(ManageError::from_outcome(
                "secretsmanager:DescribeSecret",
                &format_source(id),
                classify(&error),
            )),
        }
    }

    /// Returns the secret's text and its version, with `secretsmanager:GetSecretValue`. Returns
    /// `None` if the secret does not exist or has no value.
    ///
    /// # Errors
    ///
    /// Returns the errors of AWS and of the network. Returns an error if the secret is binary or is
    /// marked for deletion.
    pub async fn fetch_secret_document(
        &self,
        id: &str,
        region: Option<&str>,
    ) -> Result<Option<(JsonDocument, String)>, ManageError> {
        const GET: &str = "secretsmanager:GetSecretValue";
        let call = self
            .secrets_manager_client(region)?
            .get_secret_value()
            .secret_id(id)
            .version_stage(CURRENT);
        match call.send().await {
            Ok(answer) => match (answer.secret_string, answer.version_id) {
                (Some(text), Some(version)) => {
                    Ok(Some((JsonDocument::new(Zeroizing::new(text)), version)))
                }
                _ => Err(ManageError::new(
                    FailureKind::Undecodable,
                    "",
                    format!("{} is binary, and has no keys", format_source(id)),
                    "remove the `#key` from the source, or store the value in another secret",
                )),
            },
            Err(error) if error.code() == Some("ResourceNotFoundException") => Ok(None),
            Err(error) => Err(describe_refusal(id, &error).unwrap_or_else(|| {
                // `new_write_error` does not apply, because a read writes nothing.
                ManageError::from_outcome(GET, &format_source(id), classify(&error))
            })),
        }
    }

    /// Creates a secret with `secretsmanager:CreateSecret`. Returns its version.
    ///
    /// # Errors
    ///
    /// Returns the errors of AWS and of the network. Returns an error if the secret already exists.
    pub async fn create_secret(&self, new: &NewSecret<'_>) -> Result<String, ManageError> {
        let call = self
            .secrets_manager_client(new.region)?
            .create_secret()
            .name(new.name);
        let call = call.set_kms_key_id(new.kms_key.map(str::to_owned));
        let call = match new.payload {
            SecretPayload::Text(text) => call.secret_string(text),
            SecretPayload::Binary(bytes) => call.secret_binary(Blob::new(bytes)),
        };
        let answer = call.send().await.map_err(|error| {
            let key_note = new
                .kms_key
                .map(|key| format!("; the KMS key is {key}"))
                .unwrap_or_default();
            let mut failure = describe_refusal(new.name, &error).unwrap_or_else(|| {
                new_write_error(
                    "secretsmanager:CreateSecret",
                    &format_source(new.name),
                    &error,
                )
            });
            failure.detail.push_str(&key_note);
            failure
        })?;
        Ok(answer.version_id.unwrap_or_default())
    }

    /// Writes a new value to a secret with `secretsmanager:PutSecretValue`. Returns the new
    /// version.
    ///
    /// # Errors
    ///
    /// Returns the errors of AWS and of the network.
    pub async fn put_secret_value(
        &self,
        id: &str,
        region: Option<&str>,
        payload: SecretPayload<'_>,
    ) -> Result<String, ManageError> {
        put(&self.secrets_manager_client(region)?, id, payload, None)
            .await
            .map(|put| put.version)
    }

    /// Writes a new value to a secret if `version` is still the current version; `None` means a
    /// secret without a value. Returns the new version. Returns `None` if another caller has
    /// changed the secret; the value of that caller then remains the current one.
    ///
    /// `secretsmanager:PutSecretValue` writes the value as a version with its own label. Then
    /// `secretsmanager:UpdateSecretVersionStage` makes the new version current instead of
    /// `version`. Secrets Manager refuses the second call if another version is current at that
    /// time. The first version of a secret becomes the current version without the second call.
    ///
    /// # Errors
    ///
    /// Returns the errors of AWS and of the network.
    pub async fn replace_secret_value(
        &self,
        id: &str,
        region: Option<&str>,
        payload: SecretPayload<'_>,
        version: Option<&str>,
    ) -> Result<Option<String>, ManageError> {
        let client = self.secrets_manager_client(region)?;
        let label = format!("cargo-stage-{:016x}", draw_number());
        let new = put(&client, id, payload, Some(&label)).await?;
        let replaced = self
            .make_new_current(&client, id, region, &new, version)
            .await;
        // Secrets Manager eventually removes versions without labels. If this call fails, the label
        // remains and has no effect.
        let _ = client
            .update_secret_version_stage()
            .secret_id(id)
            .version_stage(&label)
            .remove_from_version_id(&new.version)
            .send()
            .await;
        Ok(replaced?.then_some(new.version))
    }

    /// Makes the new version current instead of `old`. Returns whether the new version is current.
    async fn make_new_current(
        &self,
        client: &Client,
        id: &str,
        region: Option<&str>,
        new: &WrittenVersion,
        old: Option<&str>,
    ) -> Result<bool, ManageError> {
        if old.is_none()
            && (new.is_current || self.fetch_current_version(id, region).await?.is_some())
        {
            return Ok(new.is_current);
        }
        self.make_current(client, id, region, &new.version, old)
            .await
    }

    pub(super) async fn fetch_current_version(
        &self,
        id: &str,
        region: Option<&str>,
    ) -> Result<Option<String>, ManageError> {
        let secret = self.describe_secret(id, region).await?;
        Ok(secret.and_then(|secret| secret.version))
    }

    /// Marks a secret for deletion with `secretsmanager:DeleteSecret`. Returns the day until which
    /// it can be restored, or a text such as `in 7 days` if AWS does not return the day.
    ///
    /// # Errors
    ///
    /// Returns the errors of AWS and of the network.
    pub async fn delete_secret(
        &self,
        id: &str,
        region: Option<&str>,
        days: i64,
    ) -> Result<String, ManageError> {
        let call = self
            .secrets_manager_client(region)?
            .delete_secret()
            .secret_id(id)
            .recovery_window_in_days(days);
        let answer = call.send().await.map_err(|error| {
            describe_refusal(id, &error).unwrap_or_else(|| {
                new_write_error("secretsmanager:DeleteSecret", &format_source(id), &error)
            })
        })?;
        Ok(answer
            .deletion_date()
            .map_or_else(|| format!("in {days} days"), format_day))
    }
}

/// A version that was written.
struct WrittenVersion {
    version: String,
    /// Whether Secrets Manager made it the current version.
    is_current: bool,
}

/// Writes a version. With a label, the version becomes the current one only if it is the first of
/// the secret. Without a label, the version always becomes the current one.
async fn put(
    client: &Client,
    id: &str,
    payload: SecretPayload<'_>,
    label: Option<&str>,
) -> Result<WrittenVersion, ManageError> {
    let call = client
        .put_secret_value()
        .secret_id(id)
        .set_version_stages(label.map(|label| vec![label.to_owned()]));
    let call = match payload {
        SecretPayload::Text(text) => call.secret_string(text),
        SecretPayload::Binary(bytes) => call.secret_binary(Blob::new(bytes)),
    };
    let answer = call.send().await;
    let answer = answer.map_err(|error| {
        describe_refusal(id, &error)
            .unwrap_or_else(|| new_write_error(PUT, &format_source(id), &error))
    })?;
    let current = answer.version_stages().iter().any(|stage| stage == CURRENT);
    Ok(WrittenVersion {
        version: answer.version_id.unwrap_or_default(),
        is_current: current,
    })
}

/// Returns the error for a known code of Secrets Manager, or `None` for any other error.
fn describe_refusal<E: ProvideErrorMetadata>(
    id: &str,
    error: &SdkError<E, HttpResponse>,
) -> Option<ManageError> {
    let SdkError::ServiceError(context) = error else {
        return None;
    };
    let message = context.err().message().unwrap_or_default();
    let (problem, help) = match context.err().code()? {
        "ResourceExistsException" => ("exists", ADD_OVERWRITE),
        "ResourceNotFoundException" => (
            "does not exist",
            "check its name, the region and the account",
        ),
        "InvalidRequestException" if message.contains("delet") => return Some(deletion_error(id)),
        "EncryptionFailure" => (
            "cannot be encrypted",
            "check the KMS key: it must exist in this region, be enabled, and permit this identity",
        ),
        "LimitExceededException" => (
            "exceeds the limit of secrets or versions",
            "remove other secrets or versions, or try again later",
        ),
        "AccessDeniedException" if message.contains("Access to KMS is not allowed") => (
            "is encrypted with a KMS key that may not be used",
            "allow `kms:GenerateDataKey` and `kms:Decrypt` on the key",
        ),
        _ => return None,
    };
    let denied = matches!(failure_kind(error), Some(FailureKind::Denied));
    let kind = if denied {
        FailureKind::Denied
    } else {
        FailureKind::InvalidRequest
    };
    Some(ManageError::new(
        kind,
        "",
        format!("{} {problem}", format_source(id)),
        help,
    ))
}

fn failure_kind<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Option<FailureKind> {
    match classify(error) {
        Outcome::Denied(_) => Some(FailureKind::Denied),
        Outcome::Failed(failed) => Some(failed.kind),
        _ => None,
    }
}

fn deletion_error(id: &str) -> ManageError {
    ManageError::new(
        FailureKind::MarkedForDeletion,
        "",
        format!("{} is marked for deletion", format_source(id)),
        format!(
            "restore it: aws secretsmanager restore-secret --secret-id {}",
            quote(id)
        ),
    )
}

pub(super) fn format_source(id: &str) -> String {
    format!("secret:{id}")
}

/// Formats a day as `2026-12-24`.
fn format_day(date: &DateTime) -> String {
    let text = date.fmt(DateTimeFormat::DateTime).unwrap_or_default();
    text.split('T').next().unwrap_or_default().to_owned()
}
