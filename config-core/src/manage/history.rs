//! The versions of a parameter or a secret, with their dates, authors and labels, but without
//! values.

use super::{AwsContext, ManageError};
use crate::{
    aws::{classify, grammar::is_principal},
    outcome::Outcome,
};
use aws_sdk_secretsmanager::error::ProvideErrorMetadata as _;
use aws_sdk_ssm::types::ParameterTier;
use aws_smithy_types::date_time::{DateTime, Format};
use serde::Serialize;
use zeroize::Zeroize as _;

/// One version of a parameter or a secret.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct VersionInfo {
    /// The version number of a parameter, or the version ID of a secret.
    pub version: String,
    /// The time of the write, in UTC: `2026-11-24T10:20:30Z`.
    pub date: Option<String>,
    /// The ARN of the user, role or session that wrote the version. The author is `None` for a
    /// secret, because Secrets Manager does not record the author. The author is also `None` if
    /// Parameter Store does not return such an ARN.
    pub author: Option<String>,
    /// The labels of a parameter's version, or the staging labels of a secret's version.
    pub labels: Vec<String>,
    /// The type of a parameter.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// The KMS key that encrypts the version, if the store names it.
    pub kms_key: Option<String>,
    /// Whether a parameter is in the advanced tier.
    #[serde(skip)]
    pub advanced: bool,
}

impl AwsContext {
    /// Returns a parameter's versions, newest first, with `ssm:GetParameterHistory`. Returns `None`
    /// if there is no such parameter.
    ///
    /// # Errors
    ///
    /// Returns the errors of AWS and of the network.
    pub async fn fetch_parameter_history(
        &self,
        name: &str,
        region: Option<&str>,
    ) -> Result<Option<Vec<VersionInfo>>, ManageError> {
        let client = self.parameter_store_client(region)?;
        let (mut versions, mut token) = (Vec::new(), None);
        loop {
            let call = client
                .get_parameter_history()
                .name(name)
                .with_decryption(false)
                .set_next_token(token);
            let page = match call.send().await {
                Ok(page) => page,
                Err(error) => match classify(&error) {
                    Outcome::Missing => return Ok(None),
                    outcome => {
                        return Err(ManageError::from_outcome(
                            "ssm:GetParameterHistory",
                            name,
                            outcome,
                        ));
                    }
                },
            };
            for mut parameter in page.parameters.unwrap_or_default() {
                // The answer always contains the values.
                parameter.value.zeroize();
                let kind = parameter.r#type().map(|kind| kind.as_str().to_owned());
                let date = parameter.last_modified_date().and_then(format_time);
                let advanced = parameter.tier() == Some(&ParameterTier::Advanced);
                let labels = parameter.labels.unwrap_or_default();
                versions.push((
                    parameter.version,
                    VersionInfo {
                        version: parameter.version.to_string(),
                        date,
                        author: parameter
                            .last_modified_user
                            .filter(|user| is_principal(user)),
                        labels,
                        kind,
                        kms_key: parameter.key_id,
                        advanced,
                    },
                ));
            }
            token = page.next_token.filter(|token| !token.is_empty());
            if token.is_none() {
                versions.sort_by_key(|(number, _)| std::cmp::Reverse(*number));
                return Ok(Some(
                    versions.into_iter().map(|(_, version)| version).collect(),
                ));
            }
        }
    }

    /// Returns a secret's versions with `secretsmanager:ListSecretVersionIds`: the current version,
    /// then the others, newest first. Returns `None` if there is no such secret.
    ///
    /// # Errors
    ///
    /// Returns the errors of AWS and of the network.
    pub async fn fetch_secret_history(
        &self,
        id: &str,
        region: Option<&str>,
    ) -> Result<Option<Vec<VersionInfo>>, ManageError> {
        const LIST: &str = "secretsmanager:ListSecretVersionIds";
        let client = self.secrets_manager_client(region)?;
        let (mut versions, mut token) = (Vec::new(), None);
        loop {
            let call = client
                .list_secret_version_ids()
                .secret_id(id)
                .include_deprecated(true)
                .set_next_token(token);
            let page = match call.send().await {
                Ok(page) => page,
                Err(error) if error.code() == Some("ResourceNotFoundException") => return Ok(None),
                Err(error) => {
                    return Err(ManageError::from_outcome(
                        LIST,
                        &format!("secret:{id}"),
                        classify(&error),
                    ));
                }
            };
            for version in page.versions.unwrap_or_default() {
                let kms_key = version.kms_key_ids().first().cloned();
                versions.push(VersionInfo {
                    date: version.created_date().and_then(format_time),
                    version: version.version_id.unwrap_or_default(),
                    labels: version.version_stages.unwrap_or_default(),
                    kms_key,
                    ..VersionInfo::default()
                });
            }
            token = page.next_token.filter(|token| !token.is_empty());
            if token.is_none() {
                let is_current = |version: &VersionInfo| {
                    version.labels.iter().any(|label| label == "AWSCURRENT")
                };
                versions.sort_by(|a, b| (is_current(b), &b.date).cmp(&(is_current(a), &a.date)));
                return Ok(Some(versions));
            }
        }
    }
}

/// Formats a time with a precision of one second. Returns `None` if the format cannot express it.
fn format_time(date: &DateTime) -> Option<String> {
    DateTime::from_secs(date.secs()).fmt(Format::DateTime).ok()
}
