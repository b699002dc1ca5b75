//! Where a field of a stage is written: of a chain of sources the first, and of a source what can be written.
//!
//! Whoever writes may have waited for somebody to type: each write looks again at what is there.

mod parameter;
mod place;
mod readers;
mod sealed;
mod secret;

use stage_config_core::manage::{Access, Keeps, NewValue, ReadValue, Unverified, verify_new};
use stage_config_core::{FailureKind, PlannedField};

use crate::problem::Problem;
use crate::session::{OneStage, Session};
use crate::{interrupt, shown};
use parameter::ParameterPlace;
pub(crate) use place::{Kept, bare};
use readers::Reader;
use sealed::SealedPlace;
use secret::SecretPlace;

/// Where one field of one stage is written.
pub(crate) struct Destination<'a> {
    field: &'a PlannedField,
    stage: &'a OneStage,
    place: Place<'a>,
    /// Who else reads it.
    readers: Vec<Reader>,
}

enum Place<'a> {
    Parameter(ParameterPlace),
    Secret(SecretPlace),
    Sealed(SealedPlace<'a>),
}

/// What is there already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Existing {
    /// `String`, `SecureString`, `secret`, `sealed file`, …
    pub(crate) kind: &'static str,
    /// The version, where the store has versions.
    pub(crate) version: Option<String>,
}

/// What is to be said before something is written.
#[derive(Debug, Default)]
pub(crate) struct Current {
    /// What is there already.
    pub(crate) existing: Option<Existing>,
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
pub(crate) struct Written {
    /// The new version, where the store has versions.
    pub(crate) version: Option<String>,
    /// What else there is to say of it, for a person.
    pub(crate) notes: Vec<String>,
}

/// How long a removed secret can be had back, where nothing else is said: Secrets Manager's own choice.
pub(crate) const RECOVERY_DAYS: i64 = 30;

impl<'a> Destination<'a> {
    /// Where the field is written, or why it is not written from here, and what is done instead.
    pub(crate) fn of(session: &'a Session, stage: &'a OneStage, field: &'a PlannedField) -> Result<Self, Problem> {
        let place = place::of(session, stage, field)?;
        let readers = readers::of(session, stage, field);
        readers::check_owner(stage, field, &readers)?;
        Ok(Self { field, stage, place, readers })
    }

    /// The source, as it stands in the code.
    pub(crate) fn shown(&self) -> String {
        self.field.chain().first().map(|source| shown::of(self.field, source)).unwrap_or_default()
    }

    /// What to say where the field has several sources, of which only the first is written.
    pub(crate) fn chain_note(&self) -> Option<String> {
        let later = self.field.chain().get(1..).filter(|later| !later.is_empty())?;
        let later: Vec<String> = later.iter().map(|source| format!("`{}`", shown::of(self.field, source))).collect();
        Some(format!("`{}` is the first of a chain; unchanged: {}", self.shown(), later.join(", ")))
    }

    /// The other fields, of whatever stage, that read what is written or removed.
    pub(crate) fn readers(&self) -> &[Reader] {
        &self.readers
    }

    /// What to say where others read it too.
    pub(crate) fn shared_note(&self) -> Option<String> {
        let who = |reader: &Reader| match reader.stage == self.stage.name() {
            true => format!("`{}`", reader.field),
            false => format!("`{}` of the stage `{}`", reader.field, reader.stage),
        };
        let readers: Vec<String> = self.readers.iter().map(who).collect();
        (!readers.is_empty()).then(|| format!("`{}` is also read by {}", self.shown(), readers.join(", ")))
    }

    /// Access to AWS, if it takes any: sealing needs none.
    pub(crate) async fn access(&self) -> Result<Option<Access>, Problem> {
        match self.place {
            Place::Sealed(_) => Ok(None),
            _ => self.stage.access().await.map(Some),
        }
    }

    /// What is there. Refused where the place is not one that the field may be written to: another account, a secret's parameter that is
    /// not encrypted.
    pub(crate) async fn current(&self, access: Option<&Access>) -> Result<Current, Problem> {
        self.check_account(access).await?;
        let existing = match &self.place {
            Place::Parameter(place) => return place.current(needed(access)?, self).await,
            Place::Secret(place) => place.current(needed(access)?).await?,
            Place::Sealed(place) => place.current()?,
        };
        Ok(Current { existing, note: None })
    }

    /// What is there, whether or not it could be written as it is: a secret that is not encrypted can be removed.
    pub(crate) async fn kept(&self, access: Option<&Access>) -> Result<Option<Existing>, Problem> {
        self.check_account(access).await?;
        match &self.place {
            Place::Parameter(place) => place.kept(needed(access)?).await,
            Place::Secret(place) => place.current(needed(access)?).await,
            Place::Sealed(place) => Ok(place.kept()),
        }
    }

    /// A value of another stage in a form from which this field reads the same; `there` is what is kept here now.
    pub(crate) fn copied(&self, value: &ReadValue, there: Option<&ReadValue>) -> Result<NewValue, Problem> {
        let keeps = match &self.place {
            Place::Parameter(ParameterPlace { key: None, .. }) if there.is_some_and(ReadValue::is_list) => Keeps::Items,
            Place::Secret(SecretPlace { key: None, .. }) => Keeps::TextOrBytes,
            Place::Parameter(_) | Place::Secret(_) => Keeps::Text,
            Place::Sealed(_) => Keeps::Bytes,
        };
        NewValue::copied(value, self.field.value(), keeps).map_err(|why| {
            let what = format!("`{}` is not copied to {}: {why}", self.field.path(), self.shown());
            Problem::refused(what).remedy("set it there by hand, in a form that the program reads")
        })
    }

    /// Refuses a value that the field would not take, or its place. What only the program can tell is answered.
    pub(crate) fn check(&self, value: &NewValue) -> Result<Vec<Unverified>, Problem> {
        let path = self.field.path();
        let open = verify_new(self.field.value(), self.field.secrecy(), value).map_err(|what| {
            let kind = self.field.value().type_name;
            Problem::refused(format!("the value is not what `{path}` ({kind}) takes: {what}. Nothing was written"))
                .remedy("give a value that the program would read")
        })?;
        let key = self.field.chain().first().and_then(|source| source.key.as_deref());
        let refused: Vec<String> = self.readers.iter().filter_map(|reader| reader.refuses(key, value)).collect();
        if !refused.is_empty() {
            return Err(Problem::refused(format!("{}. Nothing was written", refused.join("; ")))
                .remedy("give a value that all of them read, or each field a source of its own"));
        }
        match &self.place {
            Place::Parameter(place) => place.check(value)?,
            Place::Secret(place) => place.check(value)?,
            Place::Sealed(_) => {}
        }
        Ok(open)
    }

    /// Checks the value, looks again at what is there, and writes.
    pub(crate) async fn write(
        &self,
        access: Option<&Access>,
        value: &NewValue,
        options: &WriteOptions,
    ) -> Result<Written, Problem> {
        self.check(value)?;
        self.check_account(access).await?;
        match &self.place {
            Place::Parameter(place) => place.write(needed(access)?, self, value, options).await,
            Place::Secret(place) => place.write(needed(access)?, self, value, options).await,
            Place::Sealed(place) => place.write(value.bytes(), options.overwrite).await,
        }
    }

    /// Removes what is there; `None` where nothing is. The text says what can be done about it later.
    pub(crate) async fn remove(&self, access: Option<&Access>, recovery_days: i64) -> Result<Option<String>, Problem> {
        self.check_account(access).await?;
        match &self.place {
            Place::Parameter(place) => place.remove(needed(access)?, self).await,
            Place::Secret(place) => place.remove(needed(access)?, recovery_days).await,
            Place::Sealed(place) => place.remove().await,
        }
    }

    /// What goes, and whether it comes back: for whoever is asked before it is removed.
    pub(crate) fn removal(&self, recovery_days: i64) -> String {
        match &self.place {
            Place::Parameter(place) => place.removal(),
            Place::Secret(place) => place.removal(recovery_days),
            Place::Sealed(_) => "the file goes; git keeps what was committed".to_owned(),
        }
    }

    /// The error for something that must not be overwritten.
    pub(crate) fn exists(&self, existing: &Existing) -> Problem {
        let version = existing.version.as_ref().map(|version| format!(", version {version}")).unwrap_or_default();
        Problem::refused(format!("{} exists ({}{version})", self.shown(), existing.kind))
            .remedy("`--overwrite` replaces it")
    }

    fn check_overwrite(&self, existing: Option<Existing>, options: &WriteOptions) -> Result<(), Problem> {
        existing.filter(|_| !options.overwrite).map_or(Ok(()), |existing| Err(self.exists(&existing)))
    }

    /// The KMS key of what is new: the one that is given, else the stage's.
    fn kms_key<'o>(&'o self, options: &'o WriteOptions) -> Option<&'o str> {
        options.kms_key.as_deref().or(self.stage.settings.kms_key.as_deref())
    }

    /// A parameter is always written in the account of the credentials, whatever the source's ARN says; and what the struct's
    /// `account(…)` says would refuse the value when it is read.
    async fn check_account(&self, access: Option<&Access>) -> Result<(), Problem> {
        let (of_arn, own) = match &self.place {
            Place::Parameter(place) => (place.account.as_deref(), true),
            Place::Secret(place) => (place.account.as_deref(), place.account.is_none()),
            Place::Sealed(_) => return Ok(()),
        };
        let path = self.field.path();
        if let (Some(account), Some(of_arn)) = (self.field.account(), of_arn)
            && account != of_arn
        {
            let what = format!("`{path}` is to be in account {account}, and `{}` is in another one", self.shown());
            return Err(Problem::refused(what).remedy("change the source, or the struct's `account(…)`"));
        }
        let (true, Some(account)) = (own, of_arn.or(self.field.account())) else { return Ok(()) };
        let caller = needed(access)?.caller().await.map_err(Problem::of_manage)?;
        if caller.account == account {
            return Ok(());
        }
        let what = format!(
            "`{path}` is to be in account {account}, and these credentials would write to account {} ({})",
            caller.account, caller.arn
        );
        Err(Problem::unchecked(what).remedy("name the identity: --profile or --role-arn"))
    }
}

fn needed(access: Option<&Access>) -> Result<&Access, Problem> {
    access.ok_or_else(|| Problem::unchecked("there is no access to AWS").remedy("name the identity: --profile"))
}

/// A write that Ctrl-C does not cut in two.
async fn whole<T>(
    write: impl Future<Output = Result<T, stage_config_core::manage::ManageError>>,
) -> Result<T, Problem> {
    whole_if(write, |_| true).await
}

/// The same, for a write whose answer says whether anything was written.
async fn whole_if<T>(
    write: impl Future<Output = Result<T, stage_config_core::manage::ManageError>>,
    is_written: impl FnOnce(&T) -> bool,
) -> Result<T, Problem> {
    interrupt::whole_if(write, is_written).await.map_err(|error| {
        if matches!(error.kind(), FailureKind::Unavailable | FailureKind::TimedOut) {
            interrupt::unanswered();
        }
        Problem::of_manage(error).into_refused()
    })
}
