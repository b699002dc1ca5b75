//! A parameter of Parameter Store, or a key of a JSON parameter, as the place of a field.

mod put;

use stage_config_core::manage::{
    Access, Document, Encryption, NewParameter, NewValue, Parameter, ParameterKind, data_type,
};
use stage_config_core::schema::{Kind, Secrecy};
use stage_config_grammar::source::Address;

use super::{Current, Destination, Existing, WriteOptions, Written, whole, whole_if};
use crate::problem::Problem;
use put::Put;

/// What Parameter Store takes for nothing, and what it takes at all.
const STANDARD: usize = 4096;
const ADVANCED: usize = 8192;

/// Data types that follow the field's kind. Any other was chosen by somebody, and is kept.
const OF_KINDS: [&str; 5] = ["text", "integer", "float", "boolean", "json"];

pub(super) struct ParameterPlace {
    pub(super) name: String,
    pub(super) region: Option<String>,
    /// The account of the source's ARN.
    pub(super) account: Option<String>,
    pub(super) key: Option<String>,
}

impl ParameterPlace {
    async fn look(&self, access: &Access, with_text: bool) -> Result<Option<Parameter>, Problem> {
        access.parameter(&self.name, self.region.as_deref(), with_text).await.map_err(Problem::of_manage)
    }

    pub(super) async fn current(&self, access: &Access, of: &Destination<'_>) -> Result<Current, Problem> {
        let there = self.look(access, self.key.is_some()).await?;
        let note = self.type_note(there.as_ref(), of);
        let existing = match &there {
            Some(parameter) => {
                self.check_type(parameter, of)?;
                self.existing(parameter)?
            }
            None => None,
        };
        Ok(Current { existing, note })
    }

    /// The type that the parameter gets or keeps, for a field of unknown secrecy.
    fn type_note(&self, there: Option<&Parameter>, of: &Destination<'_>) -> Option<String> {
        if of.field.secrecy() != Secrecy::Unknown {
            return None;
        }
        let (name, path) = (&self.name, of.field.path());
        Some(match there.map(|there| there.kind) {
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

    pub(super) async fn kept(&self, access: &Access) -> Result<Option<Existing>, Problem> {
        self.look(access, self.key.is_some()).await?.map_or(Ok(None), |parameter| self.existing(&parameter))
    }

    fn existing(&self, parameter: &Parameter) -> Result<Option<Existing>, Problem> {
        let (kind, version) = (parameter.kind.name(), Some(parameter.version.to_string()));
        let there = match &self.key {
            Some(key) => {
                let document = parameter.text.clone().map_or_else(Document::empty, Document::new);
                document.has(key).map_err(|what| no_object(&self.name, &what))?
            }
            None => true,
        };
        Ok(there.then_some(Existing { kind, version }))
    }

    /// A parameter keeps its type as long as it is there.
    fn check_type(&self, parameter: &Parameter, of: &Destination<'_>) -> Result<(), Problem> {
        if !of.field.is_secret() || parameter.kind == ParameterKind::SecureString {
            return Ok(());
        }
        let (path, kind) = (of.field.path(), parameter.kind.name());
        let what = format!("`{path}` is a secret, and {} is a {kind}, which is not encrypted and stays one", self.name);
        Err(Problem::refused(what).remedy(format!(
            "cargo stage rm {path} --stage {stage}, then cargo stage set {path} --stage {stage}; and replace the secret \
             where it was issued, since its old versions were in clear",
            stage = of.stage.name()
        )))
    }

    pub(super) fn check(&self, value: &NewValue) -> Result<(), Problem> {
        let text = value.text().ok_or_else(|| {
            Problem::refused(format!("the value is not UTF-8, and {} keeps text. Nothing was written", self.name))
                .remedy("for a field of bytes: base64 FILE | cargo stage set …")
        })?;
        match self.key {
            None => self.check_text(text),
            Some(_) => Ok(()),
        }
    }

    /// What Parameter Store would refuse. It says so with the value in its message, which is nobody's to see.
    fn check_text(&self, text: &str) -> Result<(), Problem> {
        let name = &self.name;
        if text.len() > ADVANCED {
            let what = format!("the value takes {} bytes, and a parameter at most {ADVANCED}", text.len());
            return Err(Problem::refused(what).remedy("keep it in Secrets Manager (64 KB), or seal it"));
        }
        if text.split_once("{{").is_some_and(|(_, rest)| rest.contains("}}")) {
            return Err(Problem::refused(format!("{name}: Parameter Store takes no value with `{{{{…}}}}` in it"))
                .remedy("keep it in Secrets Manager, or seal it"));
        }
        Ok(())
    }

    pub(super) async fn write(
        &self,
        access: &Access,
        of: &Destination<'_>,
        value: &NewValue,
        options: &WriteOptions,
    ) -> Result<Written, Problem> {
        let there = self.look(access, self.key.is_some()).await?;
        if let Some(there) = &there {
            self.check_type(there, of)?;
            of.check_overwrite(self.existing(there)?, options)?;
        }
        // The text of a StringList is split wherever it goes: what it looks like is of no matter.
        let kind = if value.is_list() { Kind::String } else { of.field.value().shape.kind };
        let value = value.text().unwrap_or_default();
        let put = Put { place: self, access, of, options };
        match &self.key {
            None => put.text(there.as_ref(), value, kind).await.map(|(written, _)| written),
            Some(key) => put.with_key(there.as_ref(), key, value).await,
        }
    }

    async fn put(
        &self,
        access: &Access,
        of: &Destination<'_>,
        there: Option<&Parameter>,
        text: &str,
        of_kind: Kind,
        options: &WriteOptions,
    ) -> Result<(Written, i64), Problem> {
        self.check_text(text)?;
        let kind = there.map_or(new_kind(of), |there| there.kind);
        check_list(kind, of_kind, text, &self.name)?;
        if text.len() > STANDARD && !options.advanced {
            let what = format!("the value takes {} bytes, and a parameter of the standard tier {STANDARD}", text.len());
            return Err(Problem::refused(what).remedy("`--advanced` writes it in the advanced tier, which costs money"));
        }
        let key = self.kms_key(access, of, there, options).await?;
        let chosen = there.and_then(|there| there.data_type.as_deref()).filter(|chosen| !OF_KINDS.contains(chosen));
        let new = NewParameter {
            name: &self.name,
            region: self.region.as_deref(),
            text,
            kind,
            kms_key: key.as_deref(),
            data_type: Some(chosen.unwrap_or_else(|| data_type(of_kind, text))),
            // Without it AWS refuses one that somebody made in the meantime.
            overwrite: there.is_some(),
            advanced: text.len() > STANDARD,
        };
        let written = whole(access.put_parameter(&new)).await?;
        let mut notes = Vec::new();
        if let Some(refused) = &written.refused_data_type {
            notes.push(format!("Parameter Store does not take the data type `{refused}` here: it is kept as `text`"));
        }
        Ok((Written { version: Some(written.version.to_string()), notes }, written.version))
    }

    /// Without a key Parameter Store would take its own, also for a parameter that was encrypted with another one.
    async fn kms_key(
        &self,
        access: &Access,
        of: &Destination<'_>,
        there: Option<&Parameter>,
        options: &WriteOptions,
    ) -> Result<Option<String>, Problem> {
        if let Some(key) = of.kms_key(options) {
            return Ok(Some(key.to_owned()));
        }
        if there.is_none_or(|there| there.kind != ParameterKind::SecureString) {
            return Ok(None);
        }
        let address = Address::Parameter { name: self.name.clone(), selector: None, region: self.region.clone() };
        match access.encryption(&address).await {
            Ok(Some(Encryption::Kms(key))) => Ok(key),
            Ok(_) => Ok(None),
            Err(error) => Err(Problem::of_manage(error)
                .remedy("allow it, so that the KMS key in use is found; or name the key: --kms-key")),
        }
    }

    pub(super) async fn remove(&self, access: &Access, of: &Destination<'_>) -> Result<Option<String>, Problem> {
        let region = self.region.as_deref();
        let Some(key) = &self.key else {
            let removed = whole_if(access.delete_parameter(&self.name, region), |removed| *removed).await?;
            return Ok(removed.then(|| "Parameter Store keeps nothing of it".to_owned()));
        };
        let Some(there) = self.look(access, true).await? else { return Ok(None) };
        let options = WriteOptions { overwrite: true, kms_key: None, advanced: true };
        let put = Put { place: self, access, of, options: &options };
        let version = put.without_key(&there, key).await?;
        Ok(version.map(|version| format!("{} is now version {version}; the one before still has the key", self.name)))
    }

    pub(super) fn removal(&self) -> String {
        match &self.key {
            None => "the parameter goes with all its versions, and does not come back".to_owned(),
            Some(key) => format!("the key `{key}` goes out of the JSON, whose other keys stay"),
        }
    }
}

/// A list is a String too: a StringList could not hold an item with a comma in it.
fn new_kind(of: &Destination<'_>) -> ParameterKind {
    if of.field.secrecy() == Secrecy::No { ParameterKind::String } else { ParameterKind::SecureString }
}

/// A StringList is split at its commas, whatever it looks like. What looks like JSON would be read as other items.
fn check_list(kind: ParameterKind, of_kind: Kind, text: &str, name: &str) -> Result<(), Problem> {
    let is_split = match of_kind {
        kind if kind.is_list() => text.trim_start().starts_with('['),
        Kind::Other => text.trim_start().starts_with(['[', '{']),
        Kind::Json => true,
        _ => false,
    };
    match kind {
        ParameterKind::StringList if is_split => {
            Err(Problem::refused(format!("{name} is a StringList, and would be split at the commas of the JSON"))
                .remedy("give the items between commas; or remove it, and set it again as a String"))
        }
        _ => Ok(()),
    }
}

pub(super) fn no_object(shown: &str, what: &str) -> Problem {
    Problem::refused(format!("{shown} is not written: {what}"))
        .remedy("a `#key` needs a JSON object there: mend the value, or take the `#key` out of the source")
}
