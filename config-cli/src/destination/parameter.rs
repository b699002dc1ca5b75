//! A destination in Parameter Store: a parameter or a key of a JSON parameter.

mod roll_back;
mod versions;
mod write;
mod write_text;

use stage_config_core::Help;
use stage_config_core::manage::{AwsContext, JsonDocument, NewValue, ParameterInfo, ParameterKind};
use stage_config_core::schema::{Kind, Secrecy};
use stage_config_grammar::shell::{aws_command, quote};

use super::protected_write::protect_write_if;
use super::{Destination, ExistingValue, TargetState, WriteOptions, WriteResult};
use crate::error::CliError;
use crate::invocation;
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
    async fn fetch(
        &self,
        aws: &AwsContext,
        with_text: bool,
    ) -> Result<Option<ParameterInfo>, CliError> {
        Ok(aws
            .describe_parameter(&self.name, self.region.as_deref(), with_text)
            .await?)
    }

    pub(super) async fn inspect_for_write(
        &self,
        aws: &AwsContext,
        destination: &Destination<'_>,
    ) -> Result<TargetState, CliError> {
        let stored = self.fetch(aws, self.key.is_some()).await?;
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
    fn type_note(
        &self,
        stored: Option<&ParameterInfo>,
        destination: &Destination<'_>,
    ) -> Option<String> {
        if destination.field.secrecy() != Secrecy::Unknown {
            return None;
        }
        let (name, path) = (&self.name, destination.field.path());
        Some(match stored.map(|parameter| parameter.kind) {
            None => format!(
                "{name} becomes a SecureString, since the type of `{path}` may hold a secret; with \
                 `#[config(plain)]` on the field it is a String"
            ),
            Some(ParameterKind::SecureString) => {
                format!("{name} is a SecureString, and remains a SecureString")
            }
            Some(kind) => format!(
                "{name} is a {}, not encrypted, and remains unencrypted; the type of `{path}` may \
                 hold a secret",
                kind.name()
            ),
        })
    }

    pub(super) async fn inspect_for_removal(
        &self,
        aws: &AwsContext,
    ) -> Result<Option<ExistingValue>, CliError> {
        self.fetch(aws, self.key.is_some())
            .await?
            .map_or(Ok(None), |parameter| self.existing_value(&parameter))
    }

    fn existing_value(&self, parameter: &ParameterInfo) -> Result<Option<ExistingValue>, CliError> {
        let (kind, version) = (parameter.kind.name(), Some(parameter.version.to_string()));
        let is_present = match &self.key {
            Some(key) => {
                let document = parameter
                    .text
                    .clone()
                    .map_or_else(JsonDocument::empty, JsonDocument::new);
                document
                    .has(key)
                    .map_err(|reason| not_an_object_error(&self.name, &reason))?
            }
            None => true,
        };
        Ok(is_present.then_some(ExistingValue { kind, version }))
    }

    /// Refuses to write a secret into an existing parameter that is not encrypted. The type of a
    /// parameter cannot change.
    fn check_type(
        &self,
        parameter: &ParameterInfo,
        destination: &Destination<'_>,
    ) -> Result<(), CliError> {
        if !destination.field.is_secret() || parameter.kind == ParameterKind::SecureString {
            return Ok(());
        }
        let (path, kind) = (destination.field.path(), parameter.kind.name());
        let message = format!(
            "`{path}` is a secret, but {} is a {kind}, which is not encrypted, and the type of a \
             parameter cannot change",
            self.name
        );
        let command = |verb| destination.stage.field_command(verb, path);
        let replace = Help::run(format!("{} && {}", command("rm"), command("set")));
        Err(CliError::failed(message).with_help(replace.also(
            "and replace the secret where it was issued, because its old versions were not \
             encrypted",
        )))
    }

    /// Returns the error for a write that should have replaced a version, but created the
    /// parameter.
    fn recreated_error(&self, written: i64) -> CliError {
        let name = &self.name;
        let delete = format!("ssm delete-parameter --name {}", quote(name));
        CliError::failed(format!(
            "another writer deleted {name} at the same time, so this command created it again, as \
             version {written} and without its older versions and tags"
        ))
        .with_help(Help::run_to(
            "if it must stay deleted",
            aws_command(&delete, self.region.as_deref()),
        ))
    }

    /// Returns the command that prints all versions.
    fn history_command(&self) -> String {
        let history = format!("ssm get-parameter-history --name {}", quote(&self.name));
        aws_command(&history, self.region.as_deref())
    }

    pub(super) fn check(&self, value: &NewValue) -> Result<(), CliError> {
        let text = value.text().ok_or_else(|| {
            CliError::failed(format!(
                "the value is not UTF-8, and {} can store only text. Nothing was written",
                self.name
            ))
            .with_help(pipe_bytes_help())
        })?;
        match self.key {
            None => self.check_text(text),
            Some(_) => Ok(()),
        }
    }

    /// Refuses a text that is too long or contains `{{…}}`. Parameter Store would refuse the text
    /// too, but with an error message that contains the value.
    fn check_text(&self, text: &str) -> Result<(), CliError> {
        let name = &self.name;
        if text.len() > ADVANCED_LIMIT {
            let message = format!(
                "the value has {} bytes, and the limit of a parameter is {ADVANCED_LIMIT}",
                text.len()
            );
            return Err(CliError::failed(message)
                .with_help("store it in Secrets Manager (64 KB), or in a sealed file"));
        }
        if text
            .split_once("{{")
            .is_some_and(|(_, rest)| rest.contains("}}"))
        {
            return Err(CliError::failed(format!(
                "{name}: Parameter Store does not accept a value that contains `{{{{…}}}}`"
            ))
            .with_help("store it in Secrets Manager, or in a sealed file"));
        }
        Ok(())
    }

    pub(super) async fn write(
        &self,
        aws: &AwsContext,
        destination: &Destination<'_>,
        value: &NewValue,
        options: &WriteOptions,
    ) -> Result<WriteResult, CliError> {
        let stored = self.fetch(aws, self.key.is_some()).await?;
        if let Some(parameter) = &stored {
            self.check_type(parameter, destination)?;
            destination.check_overwrite(self.existing_value(parameter)?, options)?;
        }

        // A load always splits the text of a StringList at commas, even if the text looks like
        // JSON. So this text is checked as a string, and not as JSON.
        let kind = if value.is_list() {
            Kind::String
        } else {
            destination.field.spec().shape.kind
        };
        let value = value.text().unwrap_or_default();
        let write = ParameterWrite {
            target: self,
            aws,
            destination,
            options,
        };
        match &self.key {
            None => write
                .write_text(stored.as_ref(), value, kind)
                .await
                .map(|(written, _)| written),
            Some(key) => write.set_key(stored.as_ref(), key, value).await,
        }
    }

    pub(super) async fn remove(
        &self,
        aws: &AwsContext,
        destination: &Destination<'_>,
    ) -> Result<Option<String>, CliError> {
        let region = self.region.as_deref();
        let Some(key) = &self.key else {
            let removed =
                protect_write_if(aws.delete_parameter(&self.name, region), |removed| *removed)
                    .await?;
            return Ok(removed.then(|| "Parameter Store keeps no version of it".to_owned()));
        };
        let Some(stored) = self.fetch(aws, true).await? else {
            return Ok(None);
        };
        let options = WriteOptions {
            overwrite: true,
            kms_key: None,
            advanced: true,
        };
        let write = ParameterWrite {
            target: self,
            aws,
            destination,
            options: &options,
        };
        let version = write.remove_key(&stored, key).await?;
        Ok(version.map(|version| {
            format!(
                "{} is now version {version}; the previous version still has the key",
                self.name
            )
        }))
    }

    pub(super) fn describe_removal(&self) -> String {
        match &self.key {
            None => {
                "the command removes the parameter with all its versions; it cannot be restored"
                    .to_owned()
            }
            Some(key) => {
                format!("the command removes the key `{key}` from the JSON; the other keys stay")
            }
        }
    }
}

/// Returns the help for a value that is not text, at a destination that keeps only text.
pub(super) fn pipe_bytes_help() -> Help {
    let set = invocation::field_command("set", "FIELD", "STAGE");
    Help::run_to("for a field of bytes", format!("base64 FILE | {set}"))
}

pub(super) fn not_an_object_error(address: &str, reason: &str) -> CliError {
    CliError::failed(format!("{address} is not written: {reason}")).with_help(
        "a `#key` needs a JSON object: correct the value, or remove the `#key` from the source",
    )
}
