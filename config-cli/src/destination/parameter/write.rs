//! One write of a parameter. A key of a JSON parameter is changed so that no change of somebody else is lost.
//!
//! Parameter Store has no conditional write, but counts versions: a version that is not the next one tells that somebody else
//! wrote in between. The change is then made again, in their text.

use stage_config_core::manage::{AwsContext, JsonDocument, ParameterInfo};
use stage_config_core::schema::Kind;

use super::{ParameterTarget, not_an_object_error};
use crate::destination::{Destination, WriteOptions, WriteResult};
use crate::error::CliError;

pub(super) struct ParameterWrite<'a> {
    pub(super) target: &'a ParameterTarget,
    pub(super) access: &'a AwsContext,
    pub(super) destination: &'a Destination<'a>,
    pub(super) options: &'a WriteOptions,
}

/// What a write does to the JSON, whichever version it finds.
enum KeyChange<'a> {
    Set(&'a str),
    Remove,
}

impl ParameterWrite<'_> {
    /// Writes a whole text, and answers its version.
    pub(super) async fn write_text(
        &self,
        stored: Option<&ParameterInfo>,
        text: &str,
        kind: Kind,
    ) -> Result<(WriteResult, i64), CliError> {
        self.target.write_text(self.access, self.destination, stored, text, kind, self.options).await
    }

    /// Writes the JSON with the value at the key.
    pub(super) async fn set_key(
        &self,
        stored: Option<&ParameterInfo>,
        key: &str,
        value: &str,
    ) -> Result<WriteResult, CliError> {
        let change = KeyChange::Set(value);
        let empty = JsonDocument::empty;
        let document = self.apply_change(&stored.map_or_else(empty, to_document), key, &change)?.unwrap_or_else(empty);
        let (written, version) = self.write_text(stored, document.text(), Kind::Object).await?;
        match stored {
            Some(there) if version != there.version + 1 => self.redo_change(key, &change, version).await,
            _ => Ok(written),
        }
    }

    /// Writes the JSON without the key, and answers the version; `None` where it has no such key.
    pub(super) async fn remove_key(&self, stored: &ParameterInfo, key: &str) -> Result<Option<String>, CliError> {
        let Some(left) = self.apply_change(&to_document(stored), key, &KeyChange::Remove)? else { return Ok(None) };
        let (written, version) = self.write_text(Some(stored), left.text(), Kind::Object).await?;
        let written = if version == stored.version + 1 {
            written
        } else {
            self.redo_change(key, &KeyChange::Remove, version).await?
        };
        Ok(written.version)
    }

    fn apply_change(
        &self,
        document: &JsonDocument,
        key: &str,
        change: &KeyChange<'_>,
    ) -> Result<Option<JsonDocument>, CliError> {
        match change {
            KeyChange::Set(value) => {
                document.with_value(key, self.destination.field.spec().shape.kind, value).map(Some)
            }
            KeyChange::Remove => document.without_key(key),
        }
        .map_err(|what| not_an_object_error(&self.target.name, &what))
    }

    /// `own` replaced what somebody else wrote at the same moment: their text is written again, with the change in it.
    async fn redo_change(&self, key: &str, change: &KeyChange<'_>, own_version: i64) -> Result<WriteResult, CliError> {
        let ParameterTarget { name, region, .. } = self.target;
        let theirs = self.access.fetch_parameter_version(name, region.as_deref(), own_version - 1).await;
        let theirs = theirs.ok().flatten().ok_or_else(|| self.lost_update_error(key, own_version))?;
        let document = to_document(&theirs);
        // They wrote the same key, and it is not to be replaced; or they removed it.
        let kept = matches!(change, KeyChange::Set(_)) && !self.options.overwrite && document.has(key) == Ok(true);
        let changed = if kept {
            None
        } else {
            self.apply_change(&document, key, change).map_err(|_| self.lost_update_error(key, own_version))?
        };
        let text = changed.as_ref().unwrap_or(&document).text();
        let (mut written, version) = self.write_text(Some(&theirs), text, Kind::Object).await?;
        if version != own_version + 1 {
            return Err(self.lost_update_error(key, version));
        }
        if kept {
            let what = format!("somebody else wrote `{key}` in {name} at the same moment, and their value stays");
            return Err(CliError::failed(what).with_help("`--overwrite` replaces it"));
        }
        written.notes.push(format!(
            "somebody else wrote {name} at the same moment: version {version} has what version {} changed, and this value",
            own_version - 1
        ));
        Ok(written)
    }

    fn lost_update_error(&self, key: &str, version: i64) -> CliError {
        let name = &self.target.name;
        CliError::failed(format!(
            "somebody else wrote {name} at the same moment: version {version} has this `{key}`, and lacks what version {} \
             changed beside it",
            version - 1
        ))
        .with_help(format!("compare the versions, and set what is lost: aws ssm get-parameter-history --name {name}"))
    }
}

fn to_document(parameter: &ParameterInfo) -> JsonDocument {
    parameter.text.clone().map_or_else(JsonDocument::empty, JsonDocument::new)
}
