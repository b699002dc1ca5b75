//! Where a field of a stage is written: of a chain of sources the first, and of a source what can be written.
//!
//! Whoever writes may have waited for somebody to type: each write looks again at what is there.

mod parameter;
mod readers;
mod sealed;
mod secret;
#[cfg(test)]
mod tests;
mod write_target;

use stage_config_core::manage::{AwsContext, NewValue, ReadValue, StorageKind, UnverifiedPart, verify_new_value};
use stage_config_core::{FailureKind, PlannedField};

use crate::error::CliError;
use crate::session::{Session, StageSession};
use crate::{interrupt, redact};
use parameter::ParameterTarget;
use readers::SourceReader;
use sealed::SealedTarget;
use secret::SecretTarget;
pub(crate) use write_target::{VersionedSource, WritableSource, find_writable, to_versioned_source};

/// Where one field of one stage is written.
pub(crate) struct Destination<'a> {
    field: &'a PlannedField,
    stage: &'a StageSession,
    target: WriteTarget<'a>,
    /// Who else reads it.
    readers: Vec<SourceReader>,
}

enum WriteTarget<'a> {
    Parameter(ParameterTarget),
    Secret(SecretTarget),
    Sealed(SealedTarget<'a>),
}

/// What is there already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ExistingValue {
    /// `String`, `SecureString`, `secret`, `sealed file`, …
    pub(crate) kind: &'static str,
    /// The version, where the store has versions.
    pub(crate) version: Option<String>,
}

/// What is to be said before something is written.
#[derive(Debug, Default)]
pub(crate) struct TargetState {
    /// What is there already.
    pub(crate) existing: Option<ExistingValue>,
    /// How the value will be kept, where the field's type leaves it open whether it is a secret.
    pub(crate) note: Option<String>,
}

/// How a value is written.
#[derive(Debug, Clone, Default)]
pub(crate) struct WriteOptions {
    /// Replace what is there.
    pub(crate) overwrite: bool,
    /// The KMS key, in place of the stage's.
    pub(crate) kms_key: Option<String>,
    /// A parameter of more than 4 KB may be written, which costs money.
    pub(crate) advanced: bool,
}

/// What was written.
#[derive(Debug)]
pub(crate) struct WriteResult {
    /// The new version, where the store has versions.
    pub(crate) version: Option<String>,
    /// What else there is to say of it, for a person.
    pub(crate) notes: Vec<String>,
}

/// How long a removed secret can be had back, where nothing else is said: Secrets Manager's own choice.
pub(crate) const RECOVERY_DAYS: i64 = 30;

impl<'a> Destination<'a> {
    /// Where the field is written, or why it is not written from here, and what is done instead.
    pub(crate) fn new(
        session: &'a Session,
        stage: &'a StageSession,
        field: &'a PlannedField,
    ) -> Result<Self, CliError> {
        let place = write_target::find_target(session, stage, field)?;
        let readers = readers::find_readers(session, stage, field);
        readers::check_owner(stage, field, &readers)?;
        Ok(Self { field, stage, target: place, readers })
    }

    /// The source, as it stands in the code.
    pub(crate) fn source_text(&self) -> String {
        self.field.chain().first().map(|source| redact::redact_field_source(self.field, source)).unwrap_or_default()
    }

    /// What to say where the field has several sources, of which only the first is written.
    pub(crate) fn chain_note(&self) -> Option<String> {
        let later = self.field.chain().get(1..).filter(|later| !later.is_empty())?;
        let later: Vec<String> =
            later.iter().map(|source| format!("`{}`", redact::redact_field_source(self.field, source))).collect();
        Some(format!("`{}` is the first of a chain; unchanged: {}", self.source_text(), later.join(", ")))
    }

    /// The other fields, of whatever stage, that read what is written or removed.
    pub(crate) fn readers(&self) -> &[SourceReader] {
        &self.readers
    }

    /// What to say where others read it too.
    pub(crate) fn shared_note(&self) -> Option<String> {
        let who = |reader: &SourceReader| match reader.stage == self.stage.name() {
            true => format!("`{}`", reader.field),
            false => format!("`{}` of the stage `{}`", reader.field, reader.stage),
        };
        let readers: Vec<String> = self.readers.iter().map(who).collect();
        (!readers.is_empty()).then(|| format!("`{}` is also read by {}", self.source_text(), readers.join(", ")))
    }

    /// Access to AWS, if it takes any: sealing needs none.
    pub(crate) async fn connect(&self) -> Result<Option<AwsContext>, CliError> {
        match self.target {
            WriteTarget::Sealed(_) => Ok(None),
            _ => self.stage.connect().await.map(Some),
        }
    }

    /// What is there. Refused where the place is not one that the field may be written to: another account, a secret's parameter that is
    /// not encrypted.
    pub(crate) async fn inspect_for_write(&self, access: Option<&AwsContext>) -> Result<TargetState, CliError> {
        self.check_account(access).await?;
        let existing = match &self.target {
            WriteTarget::Parameter(place) => return place.inspect_for_write(require_aws(access)?, self).await,
            WriteTarget::Secret(place) => place.inspect(require_aws(access)?).await?,
            WriteTarget::Sealed(place) => place.inspect_for_write()?,
        };
        Ok(TargetState { existing, note: None })
    }

    /// What is there, whether or not it could be written as it is: a secret that is not encrypted can be removed.
    pub(crate) async fn inspect_for_removal(
        &self,
        access: Option<&AwsContext>,
    ) -> Result<Option<ExistingValue>, CliError> {
        self.check_account(access).await?;
        match &self.target {
            WriteTarget::Parameter(place) => place.inspect_for_removal(require_aws(access)?).await,
            WriteTarget::Secret(place) => place.inspect(require_aws(access)?).await,
            WriteTarget::Sealed(place) => Ok(place.existing_value()),
        }
    }

    /// A value of another stage in a form from which this field reads the same; `there` is what is kept here now.
    pub(crate) fn convert_value(&self, value: &ReadValue, stored: Option<&ReadValue>) -> Result<NewValue, CliError> {
        let keeps = match &self.target {
            WriteTarget::Parameter(ParameterTarget { key: None, .. }) if stored.is_some_and(ReadValue::is_list) => {
                StorageKind::Items
            }
            WriteTarget::Secret(SecretTarget { key: None, .. }) => StorageKind::TextOrBytes,
            WriteTarget::Parameter(_) | WriteTarget::Secret(_) => StorageKind::Text,
            WriteTarget::Sealed(_) => StorageKind::Bytes,
        };
        NewValue::from_copy(value, self.field.spec(), keeps).map_err(|why| {
            let what = format!("`{}` is not copied to {}: {why}", self.field.path(), self.source_text());
            CliError::failed(what).with_help("set it there by hand, in a form that the program reads")
        })
    }

    /// Refuses a value that the field would not take, or its place. What only the program can tell is answered.
    pub(crate) fn check(&self, value: &NewValue) -> Result<Vec<UnverifiedPart>, CliError> {
        let path = self.field.path();
        let open = verify_new_value(self.field.spec(), self.field.secrecy(), value).map_err(|what| {
            let kind = self.field.spec().type_name;
            CliError::failed(format!("the value is not what `{path}` ({kind}) takes: {what}. Nothing was written"))
                .with_help("give a value that the program would read")
        })?;
        let key = self.field.chain().first().and_then(|source| source.key.as_deref());
        let refusals: Vec<String> =
            self.readers.iter().filter_map(|reader| reader.explain_refusal(key, value)).collect();
        if !refusals.is_empty() {
            return Err(CliError::failed(format!("{}. Nothing was written", refusals.join("; ")))
                .with_help("give a value that all of them read, or each field a source of its own"));
        }
        match &self.target {
            WriteTarget::Parameter(place) => place.check(value)?,
            WriteTarget::Secret(place) => place.check(value)?,
            WriteTarget::Sealed(_) => {}
        }
        Ok(open)
    }

    /// Checks the value, looks again at what is there, and writes.
    pub(crate) async fn write(
        &self,
        access: Option<&AwsContext>,
        value: &NewValue,
        options: &WriteOptions,
    ) -> Result<WriteResult, CliError> {
        self.check(value)?;
        self.check_account(access).await?;
        match &self.target {
            WriteTarget::Parameter(place) => place.write(require_aws(access)?, self, value, options).await,
            WriteTarget::Secret(place) => place.write(require_aws(access)?, self, value, options).await,
            WriteTarget::Sealed(place) => place.write(value.bytes(), options.overwrite).await,
        }
    }

    /// Removes what is there; `None` where nothing is. The text says what can be done about it later.
    pub(crate) async fn remove(
        &self,
        access: Option<&AwsContext>,
        recovery_days: i64,
    ) -> Result<Option<String>, CliError> {
        self.check_account(access).await?;
        match &self.target {
            WriteTarget::Parameter(place) => place.remove(require_aws(access)?, self).await,
            WriteTarget::Secret(place) => place.remove(require_aws(access)?, recovery_days).await,
            WriteTarget::Sealed(place) => place.remove().await,
        }
    }

    /// What goes, and whether it comes back: for whoever is asked before it is removed.
    pub(crate) fn describe_removal(&self, recovery_days: i64) -> String {
        match &self.target {
            WriteTarget::Parameter(place) => place.describe_removal(),
            WriteTarget::Secret(place) => place.describe_removal(recovery_days),
            WriteTarget::Sealed(_) => "the file goes; git keeps what was committed".to_owned(),
        }
    }

    /// The error for something that must not be overwritten.
    pub(crate) fn exists_error(&self, existing: &ExistingValue) -> CliError {
        let version = existing.version.as_ref().map(|version| format!(", version {version}")).unwrap_or_default();
        CliError::failed(format!("{} exists ({}{version})", self.source_text(), existing.kind))
            .with_help("`--overwrite` replaces it")
    }

    fn check_overwrite(&self, existing: Option<ExistingValue>, options: &WriteOptions) -> Result<(), CliError> {
        existing.filter(|_| !options.overwrite).map_or(Ok(()), |existing| Err(self.exists_error(&existing)))
    }

    /// The KMS key of what is new: the one that is given, else the stage's.
    fn kms_key<'o>(&'o self, options: &'o WriteOptions) -> Option<&'o str> {
        options.kms_key.as_deref().or(self.stage.settings.kms_key.as_deref())
    }

    /// A parameter is always written in the account of the credentials, whatever the source's ARN says; and what the struct's
    /// `account(…)` says would refuse the value when it is read.
    async fn check_account(&self, access: Option<&AwsContext>) -> Result<(), CliError> {
        let (arn_account, own) = match &self.target {
            WriteTarget::Parameter(place) => (place.account.as_deref(), true),
            WriteTarget::Secret(place) => (place.account.as_deref(), place.account.is_none()),
            WriteTarget::Sealed(_) => return Ok(()),
        };
        let path = self.field.path();
        if let (Some(account), Some(of_arn)) = (self.field.account(), arn_account)
            && account != of_arn
        {
            let what =
                format!("`{path}` is to be in account {account}, and `{}` is in another one", self.source_text());
            return Err(CliError::failed(what).with_help("change the source, or the struct's `account(…)`"));
        }
        let (true, Some(account)) = (own, arn_account.or(self.field.account())) else { return Ok(()) };
        let caller = require_aws(access)?.fetch_caller().await.map_err(CliError::from_manage)?;
        if caller.account == account {
            return Ok(());
        }
        let what = format!(
            "`{path}` is to be in account {account}, and these credentials would write to account {} ({})",
            caller.account, caller.arn
        );
        Err(CliError::undetermined(what).with_help("name the identity: --profile or --role-arn"))
    }
}

fn require_aws(access: Option<&AwsContext>) -> Result<&AwsContext, CliError> {
    access.ok_or_else(|| CliError::undetermined("there is no access to AWS").with_help("name the identity: --profile"))
}

/// A write that Ctrl-C does not cut in two.
async fn protect_write<T>(
    write: impl Future<Output = Result<T, stage_config_core::manage::ManageError>>,
) -> Result<T, CliError> {
    protect_write_if(write, |_| true).await
}

/// The same, for a write whose answer says whether anything was written.
async fn protect_write_if<T>(
    write: impl Future<Output = Result<T, stage_config_core::manage::ManageError>>,
    is_written: impl FnOnce(&T) -> bool,
) -> Result<T, CliError> {
    interrupt::protect_write_if(write, is_written).await.map_err(|error| {
        if matches!(error.kind, FailureKind::Unavailable | FailureKind::TimedOut) {
            interrupt::mark_write_unknown();
        }
        CliError::from_manage(error).into_failed()
    })
}
