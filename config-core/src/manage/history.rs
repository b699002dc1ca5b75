//! The versions of a parameter or a secret: when, by whom, under which labels. Never a value.

use super::{AwsContext, ManageError};
use crate::{
    aws::{classify, grammar::is_principal},
    outcome::Outcome,
};
use aws_sdk_secretsmanager::error::ProvideErrorMetadata as _;
use aws_smithy_types::date_time::{DateTime, Format};
use serde::Serialize;
use zeroize::Zeroize as _;

/// One version.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct VersionInfo {
    /// A parameter's number, or a secret's id.
    pub version: String,
    /// When it was written, in UTC: `2026-11-24T10:20:30Z`.
    pub date: Option<String>,
    /// The ARN of the user, role or session that wrote it, where the store says so: Secrets Manager does not. A text that is no such
    /// ARN is left out.
    pub author: Option<String>,
    /// A parameter's labels, or a secret's stages.
    pub labels: Vec<String>,
    /// A parameter's type.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// The KMS key that it is encrypted with, where the store says so.
    pub kms_key: Option<String>,
}

impl AwsContext {
    /// A parameter's versions, the newest first: `ssm:GetParameterHistory`. `None` where there is no such parameter.
    ///
    /// # Errors
    ///
    /// What AWS or the network says.
    pub async fn fetch_parameter_history(
        &self,
        name: &str,
        region: Option<&str>,
    ) -> Result<Option<Vec<VersionInfo>>, ManageError> {
        let client = self.parameter_store_client(region)?;
        let (mut versions, mut token) = (Vec::new(), None);
        loop {
            let call = client.get_parameter_history().name(name).with_decryption(false).set_next_token(token);
            let page = match call.send().await {
                Ok(page) => page,
                Err(error) => match classify(&error) {
                    Outcome::Missing => return Ok(None),
                    outcome => return Err(ManageError::from_outcome("ssm:GetParameterHistory", name, outcome)),
                },
            };
            for mut one in page.parameters.unwrap_or_default() {
                // There is no history without values.
                one.value.zeroize();
                let kind = one.r#type().map(|kind| kind.as_str().to_owned());
                let date = one.last_modified_date().and_then(format_time);
                let labels = one.labels.unwrap_or_default();
                versions.push((
                    one.version,
                    VersionInfo {
                        version: one.version.to_string(),
                        date,
                        author: one.last_modified_user.filter(|by| is_principal(by)),
                        labels,
                        kind,
                        kms_key: one.key_id,
                    },
                ));
            }
            token = page.next_token.filter(|token| !token.is_empty());
            if token.is_none() {
                versions.sort_by_key(|(number, _)| std::cmp::Reverse(*number));
                return Ok(Some(versions.into_iter().map(|(_, version)| version).collect()));
            }
        }
    }

    /// A secret's versions, the newest first: `secretsmanager:ListSecretVersionIds`. `None` where there is no such secret.
    ///
    /// # Errors
    ///
    /// What AWS or the network says.
    pub async fn fetch_secret_history(
        &self,
        id: &str,
        region: Option<&str>,
    ) -> Result<Option<Vec<VersionInfo>>, ManageError> {
        const LIST: &str = "secretsmanager:ListSecretVersionIds";
        let client = self.secrets_manager_client(region)?;
        let (mut versions, mut token) = (Vec::new(), None);
        loop {
            let call = client.list_secret_version_ids().secret_id(id).include_deprecated(true).set_next_token(token);
            let page = match call.send().await {
                Ok(page) => page,
                Err(error) if error.code() == Some("ResourceNotFoundException") => return Ok(None),
                Err(error) => return Err(ManageError::from_outcome(LIST, &format!("secret:{id}"), classify(&error))),
            };
            for one in page.versions.unwrap_or_default() {
                let kms_key = one.kms_key_ids().first().cloned();
                versions.push(VersionInfo {
                    date: one.created_date().and_then(format_time),
                    version: one.version_id.unwrap_or_default(),
                    labels: one.version_stages.unwrap_or_default(),
                    kms_key,
                    ..VersionInfo::default()
                });
            }
            token = page.next_token.filter(|token| !token.is_empty());
            if token.is_none() {
                let current = |version: &VersionInfo| version.labels.iter().any(|label| label == "AWSCURRENT");
                versions.sort_by(|a, b| (current(b), &b.date).cmp(&(current(a), &a.date)));
                return Ok(Some(versions));
            }
        }
    }
}

/// To the second: what comes after is nobody's question.
fn format_time(date: &DateTime) -> Option<String> {
    DateTime::from_secs(date.secs()).fmt(Format::DateTime).ok()
}
