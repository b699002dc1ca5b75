//! A secret of Secrets Manager, or a key of a JSON secret, as the place of a field.

use stage_config_core::manage::{Access, Document, NewSecret, NewValue, Secret, SecretPayload};

use super::parameter::no_object;
use super::{Destination, Existing, WriteOptions, Written, whole, whole_if};
use crate::problem::Problem;

/// What Secrets Manager takes.
const MOST: usize = 65_536;

pub(super) struct SecretPlace {
    pub(super) id: String,
    pub(super) region: Option<String>,
    /// The account of the source's ARN.
    pub(super) account: Option<String>,
    pub(super) key: Option<String>,
}

impl SecretPlace {
    fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }

    async fn look(&self, access: &Access) -> Result<Option<Secret>, Problem> {
        let there = access.secret(&self.id, self.region()).await.map_err(Problem::of_manage)?;
        match there {
            Some(Secret { deletion: Some(day), .. }) => {
                let what = format!("secret:{} waits for its deletion, on {day}", self.id);
                let remedy = format!("take it back: aws secretsmanager restore-secret --secret-id {}", self.id);
                Err(Problem::refused(what).remedy(remedy))
            }
            there => Ok(there),
        }
    }

    async fn document(&self, access: &Access) -> Result<Option<(Document, String)>, Problem> {
        access.secret_document(&self.id, self.region()).await.map_err(Problem::of_manage)
    }

    pub(super) async fn current(&self, access: &Access) -> Result<Option<Existing>, Problem> {
        let there = self.look(access).await?;
        let before = self.before(access, there.as_ref()).await?;
        self.existing(there.as_ref(), before.as_ref())
    }

    /// The JSON that a key is in or comes into, and its version.
    async fn before(&self, access: &Access, there: Option<&Secret>) -> Result<Option<(Document, String)>, Problem> {
        match (&self.key, there) {
            (Some(_), Some(_)) => self.document(access).await,
            _ => Ok(None),
        }
    }

    fn existing(
        &self,
        there: Option<&Secret>,
        before: Option<&(Document, String)>,
    ) -> Result<Option<Existing>, Problem> {
        let Some(key) = &self.key else {
            let version = there.and_then(|secret| secret.version.clone());
            return Ok(version.map(|version| Existing { kind: "secret", version: Some(version) }));
        };
        let Some((document, version)) = before else { return Ok(None) };
        let has = document.has(key).map_err(|what| self.no_object(&what))?;
        Ok(has.then(|| Existing { kind: "key of a JSON secret", version: Some(version.clone()) }))
    }

    pub(super) fn check(&self, value: &NewValue) -> Result<(), Problem> {
        let length = value.bytes().len();
        if length > MOST {
            let what = format!("the value takes {length} bytes, and a secret at most {MOST}");
            return Err(Problem::refused(what).remedy("seal it"));
        }
        match self.key {
            Some(_) if value.text().is_none() => {
                let what = format!("the value is not UTF-8, and secret:{} keeps JSON. Nothing was written", self.id);
                Err(Problem::refused(what).remedy("for a field of bytes: base64 FILE | cargo stage set …"))
            }
            _ => Ok(()),
        }
    }

    pub(super) async fn write(
        &self,
        access: &Access,
        of: &Destination<'_>,
        value: &NewValue,
        options: &WriteOptions,
    ) -> Result<Written, Problem> {
        let there = self.look(access).await?;
        let before = self.before(access, there.as_ref()).await?;
        of.check_overwrite(self.existing(there.as_ref(), before.as_ref())?, options)?;
        let (before, version) = before.unzip();
        let changed = match &self.key {
            None => None,
            Some(key) => Some(self.changed(of, key, value.text().unwrap_or_default(), before)?),
        };
        let payload = match (&changed, value.text()) {
            (Some(document), _) => SecretPayload::Text(document.text()),
            (None, Some(text)) => SecretPayload::Text(text),
            (None, None) => SecretPayload::Binary(value.bytes()),
        };
        let version = match &there {
            None => self.create(access, payload, of.kms_key(options)).await?,
            // `--overwrite` of a whole secret replaces the value of any writer: the last one wins.
            Some(Secret { version: Some(_), .. }) if self.key.is_none() => {
                whole(access.put_secret_value(&self.id, self.region(), payload)).await?
            }
            Some(_) => self.replace(access, payload, version.as_deref()).await?,
        };
        let notes = match (&there, &options.kms_key) {
            (Some(_), Some(_)) => vec!["the secret was there before, and keeps its KMS key".to_owned()],
            _ => Vec::new(),
        };
        Ok(Written { version: Some(version), notes })
    }

    /// The JSON with the value in it.
    fn changed(
        &self,
        of: &Destination<'_>,
        key: &str,
        value: &str,
        before: Option<Document>,
    ) -> Result<Document, Problem> {
        let kind = of.field.value().shape.kind;
        let before = before.unwrap_or_else(Document::empty);
        let changed = before.with(key, kind, value).map_err(|what| self.no_object(&what))?;
        match changed.text().len() {
            0..=MOST => Ok(changed),
            length => {
                let what = format!("the JSON would take {length} bytes, and a secret at most {MOST}");
                Err(Problem::refused(what).remedy("keep the value in a secret of its own"))
            }
        }
    }

    async fn create(
        &self,
        access: &Access,
        payload: SecretPayload<'_>,
        kms_key: Option<&str>,
    ) -> Result<String, Problem> {
        if self.account.is_some() {
            let what = format!("secret:{} does not exist, and its ARN is Secrets Manager's to choose", self.id);
            return Err(Problem::refused(what).remedy("name the secret in the source, and not its ARN"));
        }
        whole(access.create_secret(&NewSecret { name: &self.id, region: self.region(), payload, kms_key })).await
    }

    /// Writes if `version` still is the current one; `None` is a secret without a value.
    async fn replace(
        &self,
        access: &Access,
        payload: SecretPayload<'_>,
        version: Option<&str>,
    ) -> Result<String, Problem> {
        let replaced =
            whole_if(access.replace_secret_value(&self.id, self.region(), payload, version), Option::is_some).await?;
        replaced.ok_or_else(|| {
            let what =
                format!("secret:{} was changed by somebody else at the same moment: nothing was written", self.id);
            Problem::refused(what).remedy("try it again")
        })
    }

    pub(super) async fn remove(&self, access: &Access, recovery_days: i64) -> Result<Option<String>, Problem> {
        let Some(_) = self.look(access).await? else { return Ok(None) };
        let Some(key) = &self.key else {
            let day = whole(access.delete_secret(&self.id, self.region(), recovery_days)).await?;
            let restore = format!("aws secretsmanager restore-secret --secret-id {}", self.id);
            return Ok(Some(format!("until {day} it comes back with: {restore}")));
        };
        let Some((document, version)) = self.document(access).await? else { return Ok(None) };
        let Some(left) = document.without(key).map_err(|what| self.no_object(&what))? else { return Ok(None) };
        let version = self.replace(access, SecretPayload::Text(left.text()), Some(&version)).await?;
        Ok(Some(format!("secret:{} is now version {version}; the one before still has the key", self.id)))
    }

    pub(super) fn removal(&self, recovery_days: i64) -> String {
        match &self.key {
            None => format!("the whole secret goes, and can be had back for {recovery_days} days"),
            Some(key) => format!("the key `{key}` goes out of the JSON, whose other keys stay"),
        }
    }

    fn no_object(&self, what: &str) -> Problem {
        no_object(&format!("secret:{}", self.id), what)
    }
}
