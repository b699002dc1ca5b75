//! A destination in Parameter Store: a parameter or a key of a JSON parameter.

mod versions;
mod write;
mod write_text;

use stage_config_core::manage::{AwsContext, JsonDocument, NewValue, ParameterInfo, ParameterKind};
use stage_config_core::schema::{Kind, Secrecy};

use super::protected_write::protect_write_if;
use super::{Destination, ExistingValue, TargetState, WriteOptions, WriteResult};
use crate::error::CliError;
use write::ParameterWrite;

/// The maximum size of a parameter of the advanced tier, in bytes.
const ADVANCED_LIMIT: usize = 8192;

pub(super) struct ParameterTarget {
    pub(super) name: String,
    pub(super) region: Option<String>,
    /// The account in the source's ARN.
    pub(super) account: Option<String>,
    pub(super) key: Option<String>,
}

impl ParameterTarget {
    async fn fetch(&self, access: &AwsContext, with_text: bool) -> Result<Option<ParameterInfo>, CliError> {
        Ok(access.describe_parameter(&self.name, self.region.as_deref(), with_text).await?)
    }

    pub(super) async fn inspect_for_write(
        &self,
        access: &AwsContext,
        destination: &Destination<'_>,
    ) -> Result<TargetState, CliError> {
        let stored = self.fetch(access, self.key.is_some()).await?;
        let note = self.type_note(stored.as_ref(), destination);
        let existing = match &stored {
            Some(parameter) => {
                self.check_type(parameter, destination)?;
                self.existing_value(parameter)?
            }
            None => None,
        };
        Ok(TargetState { existing, note })
    }

    /// Returns a note on the type that the parameter gets or keeps, for a field of unknown secrecy.
    fn type_note(&self, stored: Option<&ParameterInfo>, destination: &Destination<'_>) -> Option<String> {
        if destination.field.secrecy() != Secrecy::Unknown {
            return None;
        }
        let (name, path) = (&self.name, destination.field.path());
        Some(match stored.map(|there| there.kind) {
            None => format!(
                "{name} becomes a SecureString, since the type of `{path}` may hold a secret; with `#[config(plain)]` on the \
                 field it is a String"
            ),
            Some(ParameterKind::SecureString) => format!("{name} is a SecureString, and stays one"),
            Some(kind) => format!(
                "{name} is a {}, not encrypted, and stays one; the type of `{path}` may hold a secret",
                kind.name()
            ),
        })
    }

    pub(super) async fn inspect_for_removal(&self, access: &AwsContext) -> Result<Option<ExistingValue>, CliError> {
        self.fetch(access, self.key.is_some()).await?.map_or(Ok(None), |parameter| self.existing_value(&parameter))
    }

    fn existing_value(&self, parameter: &ParameterInfo) -> Result<Option<ExistingValue>, CliError> {
        let (kind, version) = (parameter.kind.name(), Some(parameter.version.to_string()));
        let is_present = match &self.key {
            Some(key) => {
                let document = parameter.text.clone().map_or_else(JsonDocument::empty, JsonDocument::new);
                document.has(key).map_err(|what| not_an_object_error(&self.name, &what))?
            }
            None => true,
        };
        Ok(is_present.then_some(ExistingValue { kind, version }))
    }

    /// Checks the type of an existing parameter, which cannot change.
    fn check_type(&self, parameter: &ParameterInfo, destination: &Destination<'_>) -> Result<(), CliError> {
        if !destination.field.is_secret() || parameter.kind == ParameterKind::SecureString {
            return Ok(());
        }
        let (path, kind) = (destination.field.path(), parameter.kind.name());
        let what = format!("`{path}` is a secret, but {} is a {kind}, which is not encrypted and stays one", self.name);
        Err(CliError::failed(what).with_help(format!(
            "cargo stage rm {path} --stage {stage}, then cargo stage set {path} --stage {stage}; and replace the secret \
             where it was issued, because its old versions were not encrypted",
            stage = destination.stage.name()
        )))
    }

    pub(super) fn check(&self, value: &NewValue) -> Result<(), CliError> {
        let text = value.text().ok_or_else(|| {
            CliError::failed(format!("the value is not UTF-8, and {} keeps text. Nothing was written", self.name))
                .with_help("for a field of bytes: base64 FILE | cargo stage set …")
        })?;
        match self.key {
            None => self.check_text(text),
            Some(_) => Ok(()),
        }
    }

    /// Checks what Parameter Store would refuse. Its own error message would contain the value.
    fn check_text(&self, text: &str) -> Result<(), CliError> {
        let name = &self.name;
        if text.len() > ADVANCED_LIMIT {
            let what = format!("the value has {} bytes, and the limit of a parameter is {ADVANCED_LIMIT}", text.len());
            return Err(CliError::failed(what).with_help("store it in Secrets Manager (64 KB), or in a sealed file"));
        }
        if text.split_once("{{").is_some_and(|(_, rest)| rest.contains("}}")) {
            return Err(CliError::failed(format!(
                "{name}: Parameter Store does not accept a value that contains `{{{{…}}}}`"
            ))
            .with_help("store it in Secrets Manager, or in a sealed file"));
        }
        Ok(())
    }

    pub(super) async fn write(
        &self,
        access: &AwsContext,
        destination: &Destination<'_>,
        value: &NewValue,
        options: &WriteOptions,
    ) -> Result<WriteResult, CliError> {
        let stored = self.fetch(access, self.key.is_some()).await?;
        if let Some(there) = &stored {
            self.check_type(there, destination)?;
            destination.check_overwrite(self.existing_value(there)?, options)?;
        }
        // A StringList is always split at commas, so its text is never taken for another type.
        let kind = if value.is_list() { Kind::String } else { destination.field.spec().shape.kind };
        let value = value.text().unwrap_or_default();
        let put = ParameterWrite { target: self, access, destination, options };
        match &self.key {
            None => put.write_text(stored.as_ref(), value, kind).await.map(|(written, _)| written),
            Some(key) => put.set_key(stored.as_ref(), key, value).await,
        }
    }

    pub(super) async fn remove(
        &self,
        access: &AwsContext,
        destination: &Destination<'_>,
    ) -> Result<Option<String>, CliError> {
        let region = self.region.as_deref();
        let Some(key) = &self.key else {
            let removed = protect_write_if(access.delete_parameter(&self.name, region), |removed| *removed).await?;
            return Ok(removed.then(|| "Parameter Store keeps no version of it".to_owned()));
        };
        let Some(stored) = self.fetch(access, true).await? else { return Ok(None) };
        let options = WriteOptions { overwrite: true, kms_key: None, advanced: true };
        let put = ParameterWrite { target: self, access, destination, options: &options };
        let version = put.remove_key(&stored, key).await?;
        Ok(version
            .map(|version| format!("{} is now version {version}; the previous version still has the key", self.name)))
    }

    pub(super) fn describe_removal(&self) -> String {
        match &self.key {
            None => "the parameter is removed with all its versions, and cannot be restored".to_owned(),
            Some(key) => format!("the key `{key}` is removed from the JSON, and the other keys stay"),
        }
    }
}

pub(super) fn not_an_object_error(shown: &str, what: &str) -> CliError {
    CliError::failed(format!("{shown} is not written: {what}"))
        .with_help("a `#key` needs a JSON object there: correct the value, or remove the `#key` from the source")
}
