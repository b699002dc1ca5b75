//! The destination of a field's value in a stage: the first source of the chain, if it can be
//! written.
//!
//! The user may take a long time at a prompt, so each write first reads the current state again.

mod account;
mod check_value;
mod json_key;
mod parameter;
mod protected_write;
mod readers;
mod rollback;
mod sealed;
mod secret;
#[cfg(test)]
mod tests;
mod write_target;

use std::fmt;

use stage_config_core::PlannedField;
use stage_config_core::manage::{
    ADD_OVERWRITE, AwsContext, NewValue, ReadValue, StorageKind, VersionInfo,
};
use stage_config_grammar::source::Source;

use crate::error::CliError;
use crate::session::{Connections, Session, StageSession};
use crate::{invocation, redact};
use parameter::ParameterTarget;
use readers::SourceReader;
pub(crate) use readers::{WrittenField, find_written_field};
use sealed::SealedTarget;
use secret::SecretTarget;
pub(crate) use write_target::{
    VersionedSource, WritableSource, find_writable, no_source_error, to_versioned_source,
};

/// The destination of one field of one stage.
pub(crate) struct Destination<'a> {
    field: &'a PlannedField,
    stage: &'a StageSession,
    target: WriteTarget<'a>,
    /// The other fields that read this destination.
    readers: Vec<SourceReader>,
}

enum WriteTarget<'a> {
    Parameter(ParameterTarget),
    Secret(SecretTarget),
    Sealed(SealedTarget<'a>),
}

/// A value that exists at the destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ExistingValue {
    /// The kind of the value for messages: `String`, `SecureString`, `secret`, `sealed file`, …
    pub(crate) kind: &'static str,
    /// The version, if the store has versions.
    pub(crate) version: Option<String>,
}

/// Displays as `SecureString, version 3`.
impl fmt::Display for ExistingValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind)?;
        self.version
            .iter()
            .try_for_each(|version| write!(f, ", version {version}"))
    }
}

/// The state of a destination before a write.
#[derive(Debug, Default)]
pub(crate) struct TargetState {
    /// The value that exists already.
    pub(crate) existing: Option<ExistingValue>,
    /// A note on the type that the parameter gets or keeps, for a field of unknown secrecy.
    pub(crate) note: Option<String>,
}

/// The options of a write.
#[derive(Debug, Clone, Default)]
pub(crate) struct WriteOptions {
    /// Replace an existing value.
    pub(crate) overwrite: bool,
    /// The KMS key to use instead of `kms_key` in the settings of the stage.
    pub(crate) kms_key: Option<String>,
    /// Allow a parameter of more than 4 KB, which costs money.
    pub(crate) advanced: bool,
}

/// The result of a write.
#[derive(Debug)]
pub(crate) struct WriteResult {
    /// The new version, if the store has versions.
    pub(crate) version: Option<String>,
    /// Further notes for the user.
    pub(crate) notes: Vec<String>,
}

/// The current version, and the version whose value becomes current.
#[derive(Debug)]
pub(crate) struct RollbackVersions {
    pub(crate) current: VersionInfo,
    pub(crate) target: VersionInfo,
}

/// The help for a field without a source.
pub(crate) const ADD_SOURCE: &str = "give the field a source: #[stage(STAGE = \"…\")]";

/// The help for a secret that cannot be created, because the source names its ARN.
pub(crate) const NAME_SECRET: &str = "write the name of the secret in the source, not its ARN";

/// The default number of days in which a deleted secret can be restored. It is the default of
/// Secrets Manager.
pub(crate) const RECOVERY_DAYS: i64 = 30;

impl<'a> Destination<'a> {
    /// Finds the destination of the field.
    ///
    /// # Errors
    ///
    /// Returns an error if the command cannot write the field. The help says what to do instead.
    pub(crate) fn new(
        session: &'a Session,
        stage: &'a StageSession,
        field: &'a PlannedField,
    ) -> Result<Self, CliError> {
        Self::find_with_readers("set", session, stage, field, field.chain().first())
    }

    /// Finds the destination of the field for a removal.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`new`](Self::new).
    pub(crate) fn for_removal(
        session: &'a Session,
        stage: &'a StageSession,
        field: &'a PlannedField,
    ) -> Result<Self, CliError> {
        Self::find_with_readers("rm", session, stage, field, field.chain().first())
    }

    /// Finds the destination of the field for a verb, and the other fields that read `changed`.
    /// `changed` is the source whose value the verb changes.
    fn find_with_readers(
        verb: &str,
        session: &'a Session,
        stage: &'a StageSession,
        field: &'a PlannedField,
        changed: Option<&Source>,
    ) -> Result<Self, CliError> {
        let target = write_target::find_target(verb, session, stage, field)?;
        let readers = readers::find_readers(session, stage, field, changed);
        readers::check_owner(verb, stage, field, &readers)?;
        Ok(Self {
            field,
            stage,
            target,
            readers,
        })
    }

    /// Returns the first source of the field for messages. The text is empty if the field has no
    /// source.
    pub(crate) fn source_text(&self) -> String {
        self.field
            .chain()
            .first()
            .map(redact::display_source)
            .unwrap_or_default()
    }

    /// Returns a note with the command that lists the deployed functions that read the value.
    /// Returns `None` for a source that is not in a service of AWS, for a source that is read with
    /// a role, and without the cargo feature `deployed`.
    pub(crate) fn who_note(&self) -> Option<String> {
        if !cfg!(feature = "deployed") {
            return None;
        }
        let source = self.field.chain().first()?;
        let is_listed = source.address.is_in_service() && source.address.role().is_none();
        is_listed.then(|| {
            let command = invocation::source_command("who", &source.to_string(), self.stage.name());
            invocation::format_step("the deployed functions that read it", &command)
        })
    }

    /// Returns a note if the field has several sources, because only the first one is written.
    pub(crate) fn chain_note(&self) -> Option<String> {
        let unchanged = self
            .field
            .chain()
            .get(1..)
            .filter(|sources| !sources.is_empty())?;
        let unchanged: Vec<String> = unchanged
            .iter()
            .map(|source| format!("`{}`", redact::display_source(source)))
            .collect();
        Some(format!(
            "`{}` is the first source of a chain; unchanged: {}",
            self.source_text(),
            unchanged.join(", ")
        ))
    }

    /// Connects to AWS, or returns `None` for a sealed file, which needs no connection.
    pub(crate) async fn connect(
        &self,
        connections: &mut Connections,
    ) -> Result<Option<AwsContext>, CliError> {
        match self.target {
            WriteTarget::Sealed(_) => Ok(None),
            _ => connections.find(self.stage).await.map(Some),
        }
    }

    /// Returns the current state of the destination, before a write.
    ///
    /// # Errors
    ///
    /// Returns an error if the destination could not be read, or must not be written. For example,
    /// the value would be in a wrong account, the field is secret and the parameter is not
    /// encrypted, or the stage of a sealed file has no key.
    pub(crate) async fn inspect_for_write(
        &self,
        aws: Option<&AwsContext>,
    ) -> Result<TargetState, CliError> {
        self.check_account(aws).await?;
        let existing = match &self.target {
            WriteTarget::Parameter(target) => {
                return target.inspect_for_write(require_aws(aws)?, self).await;
            }
            WriteTarget::Secret(target) => target.inspect(require_aws(aws)?).await?,
            WriteTarget::Sealed(target) => target.inspect_for_write()?,
        };
        Ok(TargetState {
            existing,
            note: None,
        })
    }

    /// Returns the existing value of the destination, before a removal. Unlike
    /// [`inspect_for_write`](Self::inspect_for_write), this accepts an unencrypted parameter of a
    /// secret field.
    pub(crate) async fn inspect_for_removal(
        &self,
        aws: Option<&AwsContext>,
    ) -> Result<Option<ExistingValue>, CliError> {
        self.check_account(aws).await?;
        match &self.target {
            WriteTarget::Parameter(target) => target.inspect_for_removal(require_aws(aws)?).await,
            WriteTarget::Secret(target) => target.inspect(require_aws(aws)?).await,
            WriteTarget::Sealed(target) => Ok(target.existing_value()),
        }
    }

    /// Converts a value of another stage to a form that this field decodes to the same value.
    /// `stored` is the current value of the destination.
    pub(crate) fn convert_value(
        &self,
        value: &ReadValue,
        stored: Option<&ReadValue>,
    ) -> Result<NewValue, CliError> {
        let storage = match &self.target {
            WriteTarget::Parameter(ParameterTarget { key: None, .. })
                if stored.is_some_and(ReadValue::is_list) =>
            {
                StorageKind::Items
            }
            WriteTarget::Secret(SecretTarget { key: None, .. }) => StorageKind::TextOrBytes,
            WriteTarget::Parameter(_) | WriteTarget::Secret(_) => StorageKind::Text,
            WriteTarget::Sealed(_) => StorageKind::Bytes,
        };
        NewValue::from_copy(value, self.field.spec(), storage).map_err(|reason| {
            let message = format!(
                "`{}` is not copied to {}: {reason}",
                self.field.path(),
                self.source_text()
            );
            CliError::failed(message)
                .with_help("set the value by hand, in a form that the program reads")
        })
    }

    /// Checks the value, reads the current state again, and writes.
    pub(crate) async fn write(
        &self,
        aws: Option<&AwsContext>,
        value: &NewValue,
        options: &WriteOptions,
    ) -> Result<WriteResult, CliError> {
        self.write_with(&[], aws, value, options).await
    }

    /// Writes the value like [`write`](Self::write), and writes the values of `others` in the same
    /// version of the secret. This destination must [share its version](Self::shares_version) with
    /// each of the others.
    pub(crate) async fn write_with(
        &self,
        others: &[(&Destination<'_>, &NewValue)],
        aws: Option<&AwsContext>,
        value: &NewValue,
        options: &WriteOptions,
    ) -> Result<WriteResult, CliError> {
        let own = (self, value);
        for (destination, value) in std::iter::once(&own).chain(others) {
            destination.check(value)?;
            destination.check_account(aws).await?;
        }
        let written = match &self.target {
            WriteTarget::Parameter(target) => {
                target.write(require_aws(aws)?, self, value, options).await
            }
            WriteTarget::Secret(target) => {
                target.write(require_aws(aws)?, own, others, options).await
            }
            WriteTarget::Sealed(target) => target.write(value.bytes(), options.overwrite).await,
        };
        written.map_err(|error| error.for_field(self.field.path(), self.stage.name()))
    }

    /// Returns whether two destinations are separate keys of the JSON in the same secret. Then one
    /// version can contain both values, so that a reader of the secret gets both or neither.
    pub(crate) fn shares_version(&self, other: &Destination<'_>) -> bool {
        match (&self.target, &other.target) {
            (WriteTarget::Secret(one), WriteTarget::Secret(other)) => one.shares_version(other),
            _ => false,
        }
    }

    /// Removes the value. Returns a text that says whether and how it can be restored, or `None` if
    /// there was no value.
    pub(crate) async fn remove(
        &self,
        aws: Option<&AwsContext>,
        recovery_days: i64,
    ) -> Result<Option<String>, CliError> {
        self.check_account(aws).await?;
        let removed = match &self.target {
            WriteTarget::Parameter(target) => target.remove(require_aws(aws)?, self).await,
            WriteTarget::Secret(target) => target.remove(require_aws(aws)?, recovery_days).await,
            WriteTarget::Sealed(target) => target.remove().await,
        };
        removed.map_err(|error| error.for_field(self.field.path(), self.stage.name()))
    }

    /// Returns the text of the confirmation prompt: what the command removes, and what remains or
    /// can be restored.
    pub(crate) fn describe_removal(&self, recovery_days: i64) -> String {
        match &self.target {
            WriteTarget::Parameter(target) => target.describe_removal(),
            WriteTarget::Secret(target) => target.describe_removal(recovery_days),
            WriteTarget::Sealed(_) => {
                "the command removes the file; git keeps the committed version".to_owned()
            }
        }
    }

    /// Refuses to replace an existing value without `--overwrite`.
    pub(crate) fn check_overwrite(
        &self,
        existing: Option<ExistingValue>,
        options: &WriteOptions,
    ) -> Result<(), CliError> {
        let Some(existing) = existing.filter(|_| !options.overwrite) else {
            return Ok(());
        };
        let message = format!("{} exists ({existing})", self.source_text());
        Err(CliError::failed(message).with_help(ADD_OVERWRITE))
    }

    /// Returns the KMS key of a new value: the key in `options`, else `kms_key` in the settings of
    /// the stage.
    fn kms_key<'o>(&'o self, options: &'o WriteOptions) -> Option<&'o str> {
        options
            .kms_key
            .as_deref()
            .or(self.stage.settings.kms_key.as_deref())
    }
}

fn require_aws(aws: Option<&AwsContext>) -> Result<&AwsContext, CliError> {
    aws.ok_or_else(|| {
        CliError::undetermined("there is no access to AWS")
            .with_help("name the identity: --profile")
    })
}
