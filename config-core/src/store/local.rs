//! The local store: values from a TOML file or from memory, in place of every remote store.

use super::Found;
use crate::{
    decode,
    error::{Error, ErrorKind},
    schema::Schema,
    stage::Stage,
    testing::Memory,
};
use stage_config_grammar::{source::Source, suggest::closest};
use std::{
    collections::{BTreeMap, HashMap},
    path::{Path, PathBuf},
};
use toml::{Table, Value};

/// Values that stand in for every remote store: a TOML file with one table a stage, or [`Memory`](crate::testing::Memory).
///
/// The keys of a table are fields' paths (`stripe_key = "sk_test_1"`, `[dev.mail]`) or the sources' own text
/// (`"/stripeSecretKey/test" = "sk_test_1"`); the field wins. Scalars of TOML count as their text, tables as JSON. A relative
/// path is taken from the working directory.
#[derive(Clone)]
pub struct Local(Place);

#[derive(Clone)]
enum Place {
    File(PathBuf),
    /// The same in every stage.
    Memory(BTreeMap<String, String>),
}

impl From<&str> for Local {
    fn from(path: &str) -> Self {
        Self(Place::File(path.into()))
    }
}

impl From<String> for Local {
    fn from(path: String) -> Self {
        Self(Place::File(path.into()))
    }
}

impl From<&Path> for Local {
    fn from(path: &Path) -> Self {
        Self(Place::File(path.into()))
    }
}

impl From<PathBuf> for Local {
    fn from(path: PathBuf) -> Self {
        Self(Place::File(path))
    }
}

impl From<Memory> for Local {
    fn from(memory: Memory) -> Self {
        Self(Place::Memory(memory.0))
    }
}

/// The local values of one stage.
pub(crate) struct LocalValues {
    /// The file's path, or `memory`.
    pub(crate) name: String,
    table: Table,
    /// The keys of the table that are texts of sources, parsed once.
    sources: HashMap<Source, String>,
}

impl Local {
    /// Reads the stage's table.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Local`]: the file is missing, is not TOML, or has no table for the stage.
    pub(crate) fn values(&self, schema: &Schema, stage: &Stage) -> Result<LocalValues, Error> {
        let (name, table) = match &self.0 {
            Place::Memory(values) => {
                let table = values.iter().map(|(key, text)| (key.clone(), Value::String(text.clone()))).collect();
                ("memory".to_owned(), table)
            }
            Place::File(path) => {
                let name = path.display().to_string();
                let table = table_of(path, stage.name()).map_err(|problem| {
                    Error::new(ErrorKind::Local, schema, format!("the local file `{name}` {problem}"))
                })?;
                (name, table)
            }
        };
        let schemes = schema.all_schemes();
        let parse = |key: &String| Some((Source::parse(key, &schemes).ok()?, key.clone()));
        let sources = table.keys().filter_map(parse).collect();
        Ok(LocalValues { name, table, sources })
    }
}

fn table_of(path: &PathBuf, stage: &str) -> Result<Table, String> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        let directory = std::env::current_dir().map(|path| path.display().to_string()).unwrap_or_default();
        format!("cannot be read: {}. Remedy: the path is taken from the working directory, {directory}", error.kind())
    })?;
    let mut file: Table = text.parse().map_err(|error: toml::de::Error| {
        // The error's own words quote the line, and with it the value.
        let start = error.span().map_or(0, |span| span.start);
        let line = text.get(..start).unwrap_or_default().matches('\n').count() + 1;
        format!("is not TOML, at line {line}. Remedy: values stand in quotes, as in `stripe_key = \"sk_test_1\"`")
    })?;
    match file.remove(stage) {
        Some(Value::Table(table)) => Ok(table),
        _ => {
            let stages: Vec<&str> = file.keys().map(String::as_str).collect();
            let meant = closest(stage, stages.iter().copied()).map(|name| format!("; did you mean `{name}`?"));
            let has =
                if stages.is_empty() { "no table at all".to_owned() } else { format!("`{}`", stages.join("`, `")) };
            let meant = meant.unwrap_or_default();
            Err(format!("has no table `[{stage}]`, but {has}{meant} Remedy: add `[{stage}]` and its fields"))
        }
    }
}

impl LocalValues {
    /// A field by its path: `"mail.host"`, or `host` in `[dev.mail]`.
    pub(crate) fn field(&self, path: &str) -> Option<Found> {
        if let Some(value) = self.table.get(path) {
            return text_of(value).map(Found::text);
        }
        let mut names = path.split('.');
        let first = self.table.get(names.next()?)?;
        let value = names.try_fold(first, |value, name| value.get(name))?;
        text_of(value).map(Found::text)
    }

    /// What stands under a source's own text: with its `#key`, or under its address as a string or a table of keys.
    pub(crate) fn source(&self, source: &Source) -> Result<Option<Found>, decode::KeyError> {
        if let Some(text) = self.under(source) {
            return Ok(Some(Found::text(text)));
        }
        let Some(key) = &source.key else { return Ok(None) };
        match self.under(&Source { address: source.address.clone(), key: None }) {
            Some(text) => decode::select(&text, key).map(|text| Some(Found::text(text.as_str()))),
            None => Ok(None),
        }
    }

    fn under(&self, source: &Source) -> Option<String> {
        self.sources.get(source).and_then(|key| self.table.get(key)).and_then(text_of)
    }

    /// A key that may be a misspelled `field`.
    pub(crate) fn similar(&self, field: &str) -> Option<&str> {
        closest(field, self.table.keys().map(String::as_str))
    }
}

/// Scalars count as their text, tables and arrays as JSON.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Boolean(value) => Some(value.to_string()),
        Value::Datetime(time) => Some(time.to_string()),
        Value::Array(_) | Value::Table(_) => serde_json::to_string(value).ok(),
    }
}
