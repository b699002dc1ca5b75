//! Finds the KMS key that encrypts a value, without decrypting the value.

use super::{AwsContext, ManageError, VersionInfo, call_timeout::timeout_config};
use crate::{
    aws::{self, classify},
    failure::FailureKind,
};
use aws_sdk_secretsmanager::error::ProvideErrorMetadata as _;
use futures_util::stream::{self, StreamExt as _};
use stage_config_grammar::arn::Arn;
use stage_config_grammar::source::Address;

/// The maximum number of concurrent lookups.
const MAX_CONCURRENT: usize = 4;

/// The encryption of a stored value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Encryption {
    /// The value is not encrypted with KMS: a parameter that is not a `SecureString`.
    Plain,
    /// The value is encrypted with this KMS key, as the service names it: an ID, an alias or an
    /// ARN. `None` is the AWS managed key of the service.
    Kms(Option<String>),
}

/// The description of a KMS key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KmsKey {
    /// The key's ARN, even if the request named an alias.
    pub arn: String,
    /// Whether AWS manages the key for one of its services. If so, only that service can use the
    /// key.
    pub aws_managed: bool,
}

impl AwsContext {
    /// Calls [`fetch_encryption`](Self::fetch_encryption) for each address, a few at a time,
    /// because Parameter Store permits only a few such calls per second.
    pub async fn fetch_encryptions<'a>(
        &self,
        addresses: impl IntoIterator<Item = &'a Address>,
    ) -> Vec<(&'a Address, Result<Option<Encryption>, ManageError>)> {
        let lookups = addresses
            .into_iter()
            .map(|address| async move { (address, self.fetch_encryption(address).await) });
        stream::iter(lookups)
            .buffered(MAX_CONCURRENT)
            .collect()
            .await
    }

    /// Returns the encryption of the value at an address. Makes one `ssm:GetParameterHistory` call
    /// without decryption (two for a parameter with more than fifty versions), or one
    /// `secretsmanager:DescribeSecret` call. Makes no call for other addresses.
    ///
    /// Returns `None` if the value does not exist, or if the address is neither a parameter nor a
    /// secret.
    ///
    /// # Errors
    ///
    /// Returns the errors of AWS and of the network.
    pub async fn fetch_encryption(
        &self,
        address: &Address,
    ) -> Result<Option<Encryption>, ManageError> {
        match address {
            Address::Parameter { name, selector, .. } => {
                self.fetch_parameter_encryption(name, address.region(), selector.as_deref())
                    .await
            }
            Address::Secret { id, .. } => {
                let client = self.secrets_manager_client(address.region())?;
                match client.describe_secret().secret_id(id).send().await {
                    Ok(answer) => Ok(Some(Encryption::Kms(answer.kms_key_id))),
                    Err(error) if error.code() == Some("ResourceNotFoundException") => Ok(None),
                    Err(error) => {
                        const ACTION: &str = "secretsmanager:DescribeSecret";
                        Err(ManageError::from_outcome(
                            ACTION,
                            &address.to_string(),
                            classify(&error),
                        ))
                    }
                }
            }
            _ => Ok(None),
        }
    }

    /// Describes a KMS key, given by an ID, an alias or an ARN. `region` is the region of the key,
    /// unless `key` is an ARN.
    ///
    /// # Errors
    ///
    /// Returns the errors of AWS and of the network.
    pub async fn describe_kms_key(
        &self,
        key: &str,
        region: Option<&str>,
    ) -> Result<KmsKey, ManageError> {
        const ACTION: &str = "kms:DescribeKey";
        let arn_region = Arn::parse(key).and_then(|arn| arn.region);
        let region = aws::choose_region(&self.0, arn_region.or(region));
        let region = region.map_err(|failed| ManageError::from_failure(ACTION, key, &failed))?;
        let client = aws_sdk_kms::Client::from_conf(
            aws_sdk_kms::config::Builder::from(&self.0)
                .region(region)
                .timeout_config(timeout_config())
                .build(),
        );
        let answer = client.describe_key().key_id(key).send().await;
        let answer =
            answer.map_err(|error| ManageError::from_outcome(ACTION, key, classify(&error)))?;
        let description = answer.key_metadata.and_then(|key| {
            let aws_managed = key.key_manager == Some(aws_sdk_kms::types::KeyManagerType::Aws);
            Some(KmsKey {
                arn: key.arn?,
                aws_managed,
            })
        });
        description.ok_or_else(|| {
            ManageError::new(
                FailureKind::InvalidAnswer,
                "",
                format!("{key}: the answer of {ACTION} contains no key"),
                "try again",
            )
        })
    }

    /// Returns the encryption of the selected version. Without a selector, this is the latest
    /// version. Returns `None` if the parameter or the version does not exist.
    async fn fetch_parameter_encryption(
        &self,
        name: &str,
        region: Option<&str>,
        selector: Option<&str>,
    ) -> Result<Option<Encryption>, ManageError> {
        let Some(versions) = self.fetch_parameter_history(name, region).await? else {
            return Ok(None);
        };
        let is_selected = |version: &&VersionInfo| {
            selector.is_none_or(|selector| {
                version.version == selector || version.labels.iter().any(|label| label == selector)
            })
        };
        Ok(versions
            .iter()
            .find(is_selected)
            .map(|version| match version.kind.as_deref() {
                Some("SecureString") => Encryption::Kms(version.kms_key.clone()),
                _ => Encryption::Plain,
            }))
    }
}
