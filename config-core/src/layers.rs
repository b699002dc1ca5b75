//! Figment's part: providers below and above what was fetched, and the resolved values as a provider.
//!
//! The only file that names figment, apart from the signatures of the loader. Its errors and its `Debug` print values, so
//! none of them leaves this file; secrets that a store gave never enter.

use crate::{
    decode::{Probe, Stored},
    error::{Error, ErrorKind},
    schema::{Kind, Schema},
    store::{Content, Found},
};
use figment::{
    Figment, Metadata, Profile, Provider,
    value::{Dict, Map, Value},
};
use serde::Serialize;

/// Providers that were given to one end of the layers; a later one wins.
#[derive(Default)]
pub(crate) struct Layer(Option<Figment>);

impl Layer {
    pub(crate) fn with(self, provider: impl Provider) -> Self {
        Self(Some(self.0.unwrap_or_default().merge(provider)))
    }

    /// Chooses the stage's profile. Figment's `default` and `global` profiles shine through as usual.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Options`] where a provider fails. Its own words may quote values, so only its name is given.
    pub(crate) fn select(self, stage: &str, schema: &Schema, option: &str) -> Result<SelectedLayer, Error> {
        let Some(figment) = self.0 else { return Ok(SelectedLayer(None)) };
        let figment = figment.select(Profile::new(stage));
        // Unlike `data`, `extract` says in its error which provider it was.
        match figment.extract::<serde::de::IgnoredAny>() {
            Ok(_) => Ok(SelectedLayer(Some(figment))),
            Err(error) => {
                let name = error.metadata.as_ref().map_or("a provider", |metadata| metadata.name.as_ref()).to_owned();
                let text = format!("{name}, given to `{option}`, cannot be read. Remedy: extract it alone to see why");
                Err(Error::new(ErrorKind::Options, schema, text))
            }
        }
    }
}

/// A layer seen from one stage. Figment merges its profiles anew for each question, so an empty one is not asked.
pub(crate) struct SelectedLayer(Option<Figment>);

impl SelectedLayer {
    /// A field's value as a stored text, and the name of the provider that has it.
    pub(crate) fn find(&self, path: &str) -> Option<(Found, String)> {
        let figment = self.0.as_ref()?;
        let value = figment.find_value(path).ok()?;
        let provider =
            figment.get_metadata(value.tag()).map_or("figment", |metadata| metadata.name.as_ref()).to_owned();
        let text = match &value {
            Value::Empty(..) => return None,
            Value::String(_, text) => text.clone(),
            Value::Char(_, c) => c.to_string(),
            Value::Bool(_, value) => value.to_string(),
            Value::Num(_, _) | Value::Dict(..) | Value::Array(..) => serde_json::to_string(&value).ok()?,
        };
        Some((Found::text(text), provider))
    }
}

/// One resolved field on its way into somebody else's Figment.
pub(crate) struct Entry {
    pub(crate) path: String,
    pub(crate) secret: bool,
    pub(crate) value: EntryValue,
}

pub(crate) enum EntryValue {
    Stored(Found, Kind),
    Default(Shown),
}

/// The value of a field's own default.
pub struct Shown(Value);

impl Shown {
    pub(crate) fn of(value: &impl Serialize) -> Option<Self> {
        Value::serialize(value).ok().map(Self)
    }
}

/// The resolved fields under the stage's profile, which the Figment that merges them selects.
pub(crate) fn data(entries: &[Entry], stage: &str, secrets: bool) -> Map<Profile, Dict> {
    let mut dict = Dict::new();
    for entry in entries.iter().filter(|entry| secrets || !entry.secret) {
        let value = match &entry.value {
            EntryValue::Stored(found, kind) => value_of(found, *kind),
            EntryValue::Default(Shown(value)) => value.clone(),
        };
        insert(&mut dict, &entry.path, value);
    }
    Map::from([(Profile::new(stage), dict)])
}

pub(crate) fn metadata(config: &str, stage: &str) -> Metadata {
    Metadata::named(format!("stage-config `{config}`, stage `{stage}`"))
}

fn insert(dict: &mut Dict, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            dict.insert(path.to_owned(), value);
        }
        Some((first, rest)) => {
            let inner = dict.entry(first.to_owned()).or_insert_with(|| Value::from(Dict::new()));
            if let Value::Dict(_, inner) = inner {
                insert(inner, rest, value);
            }
        }
    }
}

/// The figment value that extracts into the field's own type: figment is strict and takes no `"8080"` for a `u16`.
fn value_of(found: &Found, kind: Kind) -> Value {
    match &*found.content {
        Content::Binary(bytes) => Value::from(bytes.as_slice().to_vec()),
        Content::Text(text) => value_of_text(text, kind, false),
        Content::List(text) => value_of_text(text, kind, true),
        Content::Unseen => Value::from(figment::value::Empty::None),
    }
}

fn value_of_text(text: &str, kind: Kind, string_list: bool) -> Value {
    let trimmed = text.trim();
    let scalar = match kind {
        Kind::Integer { .. } => {
            // The narrowest that fits: serde's integers refuse 128 bits, whatever the number.
            let wide =
                || trimmed.parse::<i128>().map(Value::from).or_else(|_| trimmed.parse::<u128>().map(Value::from));
            let narrow = trimmed.parse::<u64>().map(Value::from).or_else(|_| trimmed.parse::<i64>().map(Value::from));
            narrow.or_else(|_| wide()).ok()
        }
        Kind::Float => trimmed.parse::<f64>().map(Value::from).ok(),
        Kind::Bool => trimmed.parse::<bool>().map(Value::from).ok(),
        Kind::Bytes { .. } => Probe::<Vec<u8>>::decode(Stored::text(text)).map(Value::from).ok(),
        Kind::ListOf(_) if string_list || !trimmed.starts_with('[') => {
            let Kind::ListOf(item) = kind else { return Value::from(text) };
            let items = trimmed.split(',').filter(|_| !trimmed.is_empty());
            Some(Value::from(items.map(|text| value_of_text(text.trim(), *item, false)).collect::<Vec<_>>()))
        }
        Kind::ListOf(_) | Kind::Object | Kind::Json | Kind::Other => serde_json::from_str::<Value>(trimmed).ok(),
        _ => None,
    };
    scalar.unwrap_or_else(|| Value::from(text))
}
