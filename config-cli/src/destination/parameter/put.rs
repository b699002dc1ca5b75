//! One write of a parameter. A key of a JSON parameter is changed so that no change of somebody else is lost.
//!
//! Parameter Store has no conditional write, but counts versions: a version that is not the next one tells that somebody else
//! wrote in between. The change is then made again, in their text.

use stage_config_core::manage::{Access, Document, Parameter};
use stage_config_core::schema::Kind;

use super::{ParameterPlace, no_object};
use crate::destination::{Destination, WriteOptions, Written};
use crate::problem::Problem;

pub(super) struct Put<'a> {
    pub(super) place: &'a ParameterPlace,
    pub(super) access: &'a Access,
    pub(super) of: &'a Destination<'a>,
    pub(super) options: &'a WriteOptions,
}

/// What a write does to the JSON, whichever version it finds.
enum Change<'a> {
    Set(&'a str),
    Remove,
}

impl Put<'_> {
    /// Writes a whole text, and answers its version.
    pub(super) async fn text(
        &self,
        there: Option<&Parameter>,
        text: &str,
        kind: Kind,
    ) -> Result<(Written, i64), Problem> {
        self.place.put(self.access, self.of, there, text, kind, self.options).await
    }

    /// Writes the JSON with the value at the key.
    pub(super) async fn with_key(&self, there: Option<&Parameter>, key: &str, value: &str) -> Result<Written, Problem> {
        let change = Change::Set(value);
        let empty = Document::empty;
        let document = self.changed(&there.map_or_else(empty, document_of), key, &change)?.unwrap_or_else(empty);
        let (written, version) = self.text(there, document.text(), Kind::Object).await?;
        match there {
            Some(there) if version != there.version + 1 => self.again(key, &change, version).await,
            _ => Ok(written),
        }
    }

    /// Writes the JSON without the key, and answers the version; `None` where it has no such key.
    pub(super) async fn without_key(&self, there: &Parameter, key: &str) -> Result<Option<String>, Problem> {
        let Some(left) = self.changed(&document_of(there), key, &Change::Remove)? else { return Ok(None) };
        let (written, version) = self.text(Some(there), left.text(), Kind::Object).await?;
        let written =
            if version == there.version + 1 { written } else { self.again(key, &Change::Remove, version).await? };
        Ok(written.version)
    }

    fn changed(&self, document: &Document, key: &str, change: &Change<'_>) -> Result<Option<Document>, Problem> {
        match change {
            Change::Set(value) => document.with(key, self.of.field.value().shape.kind, value).map(Some),
            Change::Remove => document.without(key),
        }
        .map_err(|what| no_object(&self.place.name, &what))
    }

    /// `own` replaced what somebody else wrote at the same moment: their text is written again, with the change in it.
    async fn again(&self, key: &str, change: &Change<'_>, own: i64) -> Result<Written, Problem> {
        let ParameterPlace { name, region, .. } = self.place;
        let theirs = self.access.parameter_version(name, region.as_deref(), own - 1).await;
        let theirs = theirs.ok().flatten().ok_or_else(|| self.lost(key, own))?;
        let document = document_of(&theirs);
        // They wrote the same key, and it is not to be replaced; or they removed it.
        let kept = matches!(change, Change::Set(_)) && !self.options.overwrite && document.has(key) == Ok(true);
        let changed =
            if kept { None } else { self.changed(&document, key, change).map_err(|_| self.lost(key, own))? };
        let text = changed.as_ref().unwrap_or(&document).text();
        let (mut written, version) = self.text(Some(&theirs), text, Kind::Object).await?;
        if version != own + 1 {
            return Err(self.lost(key, version));
        }
        if kept {
            let what = format!("somebody else wrote `{key}` in {name} at the same moment, and their value stays");
            return Err(Problem::refused(what).remedy("`--overwrite` replaces it"));
        }
        written.notes.push(format!(
            "somebody else wrote {name} at the same moment: version {version} has what version {} changed, and this value",
            own - 1
        ));
        Ok(written)
    }

    fn lost(&self, key: &str, version: i64) -> Problem {
        let name = &self.place.name;
        Problem::refused(format!(
            "somebody else wrote {name} at the same moment: version {version} has this `{key}`, and lacks what version {} \
             changed beside it",
            version - 1
        ))
        .remedy(format!("compare the versions, and set what is lost: aws ssm get-parameter-history --name {name}"))
    }
}

fn document_of(parameter: &Parameter) -> Document {
    parameter.text.clone().map_or_else(Document::empty, Document::new)
}
