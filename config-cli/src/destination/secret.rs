//! A destination in Secrets Manager: a secret or a key of a JSON secret.

use stage_config_core::manage::{AwsContext, JsonDocument, NewSecret, NewValue, SecretInfo, SecretPayload};

use super::parameter::not_an_object_error;
use super::protected_write::{protect_write, protect_write_if};
use super::{Destination, ExistingValue, WriteOptions, WriteResult};
use crate::error::CliError;

/// The maximum length of a secret in bytes.
const MAX_LENGTH: usize = 65_536;

pub(super) struct SecretTarget {
    pub(super) id: String,
    pub(super) region: Option<String>,
    /// The account in the source's ARN.
    pub(super) account: Option<String>,
    pub(super) key: Option<String>,
}

impl SecretTarget {
    fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }

    async fn fetch(&self, access: &AwsContext) -> Result<Option<SecretInfo>, CliError> {
        let there = access.describe_secret(&self.id, self.region()).await?;
        match there {
            Some(SecretInfo { deletion: Some(day), .. }) => {
                let what = format!("secret:{} is scheduled for deletion on {day}", self.id);
                let help = format!("restore it: aws secretsmanager restore-secret --secret-id {}", self.id);
                Err(CliError::failed(what).with_help(help))
            }
            there => Ok(there),
        }
    }

    pub(super) async fn inspect(&self, access: &AwsContext) -> Result<Option<ExistingValue>, CliError> {
        let there = self.fetch(access).await?;
        let before = self.fetch_current_document(access, there.as_ref()).await?;
        self.existing_value(there.as_ref(), before.as_ref())
    }

    /// Returns the current JSON of the secret and its version, for a change of one key.
    async fn fetch_current_document(
        &self,
        access: &AwsContext,
        stored: Option<&SecretInfo>,
    ) -> Result<Option<(JsonDocument, String)>, CliError> {
        match (&self.key, stored) {
            (Some(_), Some(_)) => Ok(access.fetch_secret_document(&self.id, self.region()).await?),
            _ => Ok(None),
        }
    }

    fn existing_value(
        &self,
        stored: Option<&SecretInfo>,
        before: Option<&(JsonDocument, String)>,
    ) -> Result<Option<ExistingValue>, CliError> {
        let Some(key) = &self.key else {
            let version = stored.and_then(|secret| secret.version.clone());
            return Ok(version.map(|version| ExistingValue { kind: "secret", version: Some(version) }));
        };
        let Some((document, version)) = before else { return Ok(None) };
        let has = document.has(key).map_err(|what| self.not_an_object_error(&what))?;
        Ok(has.then(|| ExistingValue { kind: "key of a JSON secret", version: Some(version.clone()) }))
    }

    pub(super) fn check(&self, value: &NewValue) -> Result<(), CliError> {
        let length = value.bytes().len();
        if length > MAX_LENGTH {
            let what = format!("the value has {length} bytes, and the limit of a secret is {MAX_LENGTH}");
            return Err(CliError::failed(what).with_help("store it in a sealed file"));
        }
        match self.key {
            Some(_) if value.text().is_none() => {
                let what = format!("the value is not UTF-8, and secret:{} keeps JSON. Nothing was written", self.id);
                Err(CliError::failed(what).with_help("for a field of bytes: base64 FILE | cargo stage set …"))
            }
            _ => Ok(()),
        }
    }

    pub(super) async fn write(
        &self,
        access: &AwsContext,
        destination: &Destination<'_>,
        value: &NewValue,
        options: &WriteOptions,
    ) -> Result<WriteResult, CliError> {
        let stored = self.fetch(access).await?;
        let before = self.fetch_current_document(access, stored.as_ref()).await?;
        destination.check_overwrite(self.existing_value(stored.as_ref(), before.as_ref())?, options)?;
        let (before, version) = before.unzip();
        let changed = match &self.key {
            None => None,
            Some(key) => Some(self.change_document(destination, key, value.text().unwrap_or_default(), before)?),
        };
        let payload = match (&changed, value.text()) {
            (Some(document), _) => SecretPayload::Text(document.text()),
            (None, Some(text)) => SecretPayload::Text(text),
            (None, None) => SecretPayload::Binary(value.bytes()),
        };
        let version = match &stored {
            None => self.create(access, payload, destination.kms_key(options)).await?,
            // `--overwrite` of a whole secret replaces any value: the last writer wins.
            Some(SecretInfo { version: Some(_), .. }) if self.key.is_none() => {
                protect_write(access.put_secret_value(&self.id, self.region(), payload)).await?
            }
            Some(_) => self.replace(access, payload, version.as_deref()).await?,
        };
        let notes = match (&stored, &options.kms_key) {
            (Some(_), Some(_)) => vec!["the secret existed already, and keeps its KMS key".to_owned()],
            _ => Vec::new(),
        };
        Ok(WriteResult { version: Some(version), notes })
    }

    /// Returns the JSON with the new value.
    fn change_document(
        &self,
        destination: &Destination<'_>,
        key: &str,
        value: &str,
        before: Option<JsonDocument>,
    ) -> Result<JsonDocument, CliError> {
        let kind = destination.field.spec().shape.kind;
        let before = before.unwrap_or_else(JsonDocument::empty);
        let changed = before.with_value(key, kind, value).map_err(|what| self.not_an_object_error(&what))?;
        match changed.text().len() {
            0..=MAX_LENGTH => Ok(changed),
            length => {
                let what = format!("the JSON would have {length} bytes, and the limit of a secret is {MAX_LENGTH}");
                Err(CliError::failed(what).with_help("store the value in its own secret"))
            }
        }
    }

    async fn create(
        &self,
        access: &AwsContext,
        payload: SecretPayload<'_>,
        kms_key: Option<&str>,
    ) -> Result<String, CliError> {
        if self.account.is_some() {
            let what =
                format!("secret:{} does not exist, and Secrets Manager chooses the ARN of a new secret", self.id);
            return Err(CliError::failed(what).with_help("write the name of the secret in the source, not its ARN"));
        }
        protect_write(access.create_secret(&NewSecret { name: &self.id, region: self.region(), payload, kms_key }))
            .await
    }

    /// Writes if `version` is still the current one. `None` means a secret without a value.
    async fn replace(
        &self,
        access: &AwsContext,
        payload: SecretPayload<'_>,
        version: Option<&str>,
    ) -> Result<String, CliError> {
        let replaced =
            protect_write_if(access.replace_secret_value(&self.id, self.region(), payload, version), Option::is_some)
                .await?;
        replaced.ok_or_else(|| {
            let what =
                format!("secret:{} was changed by another writer at the same moment: nothing was written", self.id);
            CliError::failed(what).with_help("try it again")
        })
    }

    pub(super) async fn remove(&self, access: &AwsContext, recovery_days: i64) -> Result<Option<String>, CliError> {
        let Some(_) = self.fetch(access).await? else { return Ok(None) };
        let Some(key) = &self.key else {
            let day = protect_write(access.delete_secret(&self.id, self.region(), recovery_days)).await?;
            let restore = format!("aws secretsmanager restore-secret --secret-id {}", self.id);
            return Ok(Some(format!("until {day} this command restores it: {restore}")));
        };
        let found = access.fetch_secret_document(&self.id, self.region()).await?;
        let Some((document, version)) = found else { return Ok(None) };
        let Some(left) = document.without_key(key).map_err(|what| self.not_an_object_error(&what))? else {
            return Ok(None);
        };
        let version = self.replace(access, SecretPayload::Text(left.text()), Some(&version)).await?;
        Ok(Some(format!("secret:{} is now version {version}; the previous version still has the key", self.id)))
    }

    pub(super) fn describe_removal(&self, recovery_days: i64) -> String {
        match &self.key {
            None => format!("the whole secret is removed, and can be restored for {recovery_days} days"),
            Some(key) => format!("the key `{key}` is removed from the JSON, and the other keys stay"),
        }
    }

    fn not_an_object_error(&self, what: &str) -> CliError {
        not_an_object_error(&format!("secret:{}", self.id), what)
    }
}
