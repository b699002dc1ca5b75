//! A destination in Secrets Manager: a secret or a key of a JSON secret.

use stage_config_core::Help;
use stage_config_core::manage::{
    AwsContext, JsonDocument, NewSecret, NewValue, SecretInfo, SecretPayload,
};
use stage_config_grammar::shell::{aws_command, quote};

use super::json_key::keys_overlap;
use super::parameter::{not_an_object_error, pipe_bytes_help};
use super::protected_write::{protect_write, protect_write_if};
use super::{
    Destination, ExistingValue, NAME_SECRET, RollbackVersions, WriteOptions, WriteResult,
    WriteTarget,
};
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

    /// Makes the target version of the rollback the current one, and returns its ID.
    pub(super) async fn roll_back(
        &self,
        aws: &AwsContext,
        versions: &RollbackVersions,
    ) -> Result<WriteResult, CliError> {
        let (from, to) = (&versions.current.version, &versions.target.version);
        let moved = protect_write_if(
            aws.move_current_secret(&self.id, self.region(), from, to),
            |moved| *moved,
        )
        .await?;
        if !moved {
            return Err(self.changed_error());
        }
        Ok(WriteResult {
            version: Some(to.clone()),
            notes: Vec::new(),
        })
    }

    async fn fetch(&self, aws: &AwsContext) -> Result<Option<SecretInfo>, CliError> {
        match aws.describe_secret(&self.id, self.region()).await? {
            Some(SecretInfo {
                deletion: Some(day),
                ..
            }) => {
                let message = format!("secret:{} is scheduled for deletion on {day}", self.id);
                Err(CliError::failed(message).with_help(Help::run(self.restore_command())))
            }
            secret => Ok(secret),
        }
    }

    pub(super) async fn inspect(
        &self,
        aws: &AwsContext,
    ) -> Result<Option<ExistingValue>, CliError> {
        let stored = self.fetch(aws).await?;
        let current = self.fetch_current_document(aws, stored.as_ref()).await?;
        self.existing_value(stored.as_ref(), current.as_ref())
    }

    /// Returns the current JSON of the secret and its version, for a change of one key. Returns
    /// `None` if the whole secret is the destination, or if the secret does not exist or has no
    /// value.
    async fn fetch_current_document(
        &self,
        aws: &AwsContext,
        stored: Option<&SecretInfo>,
    ) -> Result<Option<(JsonDocument, String)>, CliError> {
        match (&self.key, stored) {
            (Some(_), Some(_)) => Ok(aws.fetch_secret_document(&self.id, self.region()).await?),
            _ => Ok(None),
        }
    }

    fn existing_value(
        &self,
        stored: Option<&SecretInfo>,
        current: Option<&(JsonDocument, String)>,
    ) -> Result<Option<ExistingValue>, CliError> {
        let Some(key) = &self.key else {
            let version = stored.and_then(|secret| secret.version.clone());
            return Ok(version.map(|version| ExistingValue {
                kind: "secret",
                version: Some(version),
            }));
        };
        let Some((document, version)) = current else {
            return Ok(None);
        };
        let has_key = document
            .has(key)
            .map_err(|reason| self.not_an_object_error(&reason))?;
        Ok(has_key.then(|| ExistingValue {
            kind: "key of a JSON secret",
            version: Some(version.clone()),
        }))
    }

    pub(super) fn check(&self, value: &NewValue) -> Result<(), CliError> {
        let length = value.bytes().len();
        if length > MAX_LENGTH {
            let message =
                format!("the value has {length} bytes, and the limit of a secret is {MAX_LENGTH}");
            return Err(CliError::failed(message).with_help("store it in a sealed file"));
        }
        match self.key {
            Some(_) if value.text().is_none() => {
                let message = format!(
                    "the value is not UTF-8, and secret:{} contains JSON. Nothing was written",
                    self.id
                );
                Err(CliError::failed(message).with_help(pipe_bytes_help()))
            }
            _ => Ok(()),
        }
    }

    /// Returns whether one new version of the secret can contain the values of both targets. This
    /// is so if both targets are keys of the JSON in the same secret, and neither key contains the
    /// other. A write of a key that overlaps another one must see the result of the other write.
    pub(super) fn shares_version(&self, other: &Self) -> bool {
        let is_same_secret = (&self.id, &self.region) == (&other.id, &other.region);
        is_same_secret && !keys_overlap(self.key.as_deref(), other.key.as_deref())
    }

    /// Writes the value of this target, and `others` in the same version.
    pub(super) async fn write(
        &self,
        aws: &AwsContext,
        (destination, value): (&Destination<'_>, &NewValue),
        others: &[(&Destination<'_>, &NewValue)],
        options: &WriteOptions,
    ) -> Result<WriteResult, CliError> {
        let writes = [&[(destination, value)], others].concat();
        let stored = self.fetch(aws).await?;
        let current = self.fetch_current_document(aws, stored.as_ref()).await?;
        for (destination, _) in &writes {
            let target = self.find_target(destination);
            let existing = target.existing_value(stored.as_ref(), current.as_ref())?;
            destination.check_overwrite(existing, options)?;
        }

        let (mut document, version) = current.unzip();
        for (destination, value) in &writes {
            if let Some(key) = &self.find_target(destination).key {
                let text = value.text().unwrap_or_default();
                document = Some(self.change_document(destination, key, text, document)?);
            }
        }
        let payload = match (&document, value.text()) {
            (Some(document), _) => SecretPayload::Text(document.text()),
            (None, Some(text)) => SecretPayload::Text(text),
            (None, None) => SecretPayload::Binary(value.bytes()),
        };

        let version = match &stored {
            None => {
                self.create(aws, payload, destination.kms_key(options))
                    .await?
            }
            // `--overwrite` of a whole secret replaces any value: the last writer wins.
            Some(SecretInfo {
                version: Some(_), ..
            }) if self.key.is_none() => {
                protect_write(aws.put_secret_value(&self.id, self.region(), payload)).await?
            }
            Some(_) => self.replace(aws, payload, version.as_deref()).await?,
        };

        let notes = match (&stored, &options.kms_key) {
            (Some(_), Some(_)) => {
                vec!["the secret existed already, and keeps its KMS key".to_owned()]
            }
            _ => Vec::new(),
        };
        Ok(WriteResult {
            version: Some(version),
            notes,
        })
    }

    /// Returns the target of a destination whose value is written in the same version as this one.
    fn find_target<'a>(&'a self, destination: &'a Destination<'_>) -> &'a Self {
        match &destination.target {
            WriteTarget::Secret(target) => target,
            WriteTarget::Parameter(_) | WriteTarget::Sealed(_) => self,
        }
    }

    /// Returns the JSON with the new value.
    fn change_document(
        &self,
        destination: &Destination<'_>,
        key: &str,
        value: &str,
        current: Option<JsonDocument>,
    ) -> Result<JsonDocument, CliError> {
        let kind = destination.field.spec().shape.kind;
        let current = current.unwrap_or_else(JsonDocument::empty);
        let changed = current
            .with_value(key, kind, value)
            .map_err(|reason| self.not_an_object_error(&reason))?;
        match changed.text().len() {
            0..=MAX_LENGTH => Ok(changed),
            length => {
                let message = format!(
                    "the JSON would have {length} bytes, and the limit of a secret is {MAX_LENGTH}"
                );
                Err(CliError::failed(message).with_help("store the value in its own secret"))
            }
        }
    }

    async fn create(
        &self,
        aws: &AwsContext,
        payload: SecretPayload<'_>,
        kms_key: Option<&str>,
    ) -> Result<String, CliError> {
        if self.account.is_some() {
            let message = format!(
                "secret:{} does not exist, and Secrets Manager chooses the ARN of a new secret",
                self.id
            );
            return Err(CliError::failed(message).with_help(NAME_SECRET));
        }
        protect_write(aws.create_secret(&NewSecret {
            name: &self.id,
            region: self.region(),
            payload,
            kms_key,
        }))
        .await
    }

    /// Writes if `version` is still the current version. For a secret without a value, `version` is
    /// `None`.
    async fn replace(
        &self,
        aws: &AwsContext,
        payload: SecretPayload<'_>,
        version: Option<&str>,
    ) -> Result<String, CliError> {
        let replaced = protect_write_if(
            aws.replace_secret_value(&self.id, self.region(), payload, version),
            Option::is_some,
        )
        .await?;
        replaced.ok_or_else(|| self.changed_error())
    }

    /// Returns the command that cancels the scheduled deletion.
    fn restore_command(&self) -> String {
        let id = quote(&self.id);
        let command = format!("secretsmanager restore-secret --secret-id {id}");
        aws_command(&command, self.region())
    }

    fn changed_error(&self) -> CliError {
        let message = format!(
            "secret:{} was changed by another writer at the same time: nothing was written",
            self.id
        );
        CliError::failed(message).with_help("run the command again")
    }

    pub(super) async fn remove(
        &self,
        aws: &AwsContext,
        recovery_days: i64,
    ) -> Result<Option<String>, CliError> {
        let Some(_) = self.fetch(aws).await? else {
            return Ok(None);
        };
        let Some(key) = &self.key else {
            let day =
                protect_write(aws.delete_secret(&self.id, self.region(), recovery_days)).await?;
            return Ok(Some(format!(
                "until {day} this command restores it: {}",
                self.restore_command()
            )));
        };

        let found = aws.fetch_secret_document(&self.id, self.region()).await?;
        let Some((document, version)) = found else {
            return Ok(None);
        };
        let Some(remaining) = document
            .without_key(key)
            .map_err(|reason| self.not_an_object_error(&reason))?
        else {
            return Ok(None);
        };
        let version = self
            .replace(aws, SecretPayload::Text(remaining.text()), Some(&version))
            .await?;
        Ok(Some(format!(
            "secret:{} is now version {version}; the previous version still has the key",
            self.id
        )))
    }

    pub(super) fn describe_removal(&self, recovery_days: i64) -> String {
        match &self.key {
            None => {
                format!(
                    "the command removes the whole secret; it can be restored for {recovery_days} \
                     days"
                )
            }
            Some(key) => {
                format!("the command removes the key `{key}` from the JSON; the other keys stay")
            }
        }
    }

    fn not_an_object_error(&self, reason: &str) -> CliError {
        not_an_object_error(&format!("secret:{}", self.id), reason)
    }
}
