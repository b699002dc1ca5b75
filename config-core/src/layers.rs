//! Figment's part on the way in: providers below and above what was fetched. The way out is `loaded/provider.rs`.
//!
//! No other file names figment, apart from the signatures of the loader. Its errors and its `Debug` print values, so none of
//! them leaves these two files; secrets that a store gave never enter.

use crate::{
    error::{Error, ErrorKind},
    outcome::Found,
    schema::{self, Kind, Schema},
};
use figment::{
    Figment, Profile, Provider,
    value::{Dict, Value},
};
use serde::Serialize;

/// Providers that were given to one end of the layers; a later one wins.
#[derive(Default)]
pub(crate) struct Layer(Option<Figment>);

impl Layer {
    pub(crate) fn merge(self, provider: impl Provider) -> Self {
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
                let text = format!("{name}, given to `{option}`, cannot be read");
                Err(Error::new(ErrorKind::Options, schema, text, "extract it alone to see why"))
            }
        }
    }
}

/// A layer seen from one stage. Figment merges its profiles anew for each question, so an empty one is not asked.
pub(crate) struct SelectedLayer(Option<Figment>);

impl SelectedLayer {
    /// Whether the layer has the field.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.find_value(path).is_some()
    }

    /// A field's value as it would be stored, and the name of the provider that has it.
    pub(crate) fn find(&self, path: &str, field: &schema::FieldSpec) -> Option<(Result<Found, NonTextValue>, String)> {
        let (figment, value) = (self.0.as_ref()?, self.find_value(path)?);
        let provider =
            figment.get_metadata(value.tag()).map_or("figment", |metadata| metadata.name.as_ref()).to_owned();
        Some((to_found(value, field), provider))
    }

    fn find_value(&self, path: &str) -> Option<Value> {
        let value = self.0.as_ref()?.find_value(path).ok()?;
        (!matches!(value, Value::Empty(..))).then_some(value)
    }
}

/// What a provider has in the place of a text: `0123` without quotes is the number 123 to Figment, and its zero is lost.
pub(crate) struct NonTextValue(pub(crate) &'static str);

fn to_found(value: Value, field: &schema::FieldSpec) -> Result<Found, NonTextValue> {
    let kind = field.shape.kind;
    if let (Kind::Bytes { .. }, Value::Array(_, items)) = (kind, &value)
        && let Some(bytes) = items.iter().map(to_byte).collect::<Option<Vec<u8>>>()
    {
        return Ok(Found::from_bytes(bytes));
    }
    // What `with` reads is not for the type to say.
    if !field.with {
        check_text(&value, kind)?;
    }
    Ok(Found::from_text(match convert_dates(value) {
        Value::String(_, text) => text,
        Value::Char(_, c) => c.to_string(),
        Value::Bool(_, value) => value.to_string(),
        value => serde_json::to_string(&value).map_err(|_| NonTextValue("something that is not JSON"))?,
    }))
}

fn to_byte(item: &Value) -> Option<u8> {
    item.to_u128().and_then(|number| u8::try_from(number).ok())
}

/// The kind of the field decides: a text has to be one, and so has each item of a list of texts.
fn check_text(value: &Value, kind: Kind) -> Result<(), NonTextValue> {
    match (kind, value) {
        (Kind::String | Kind::Char | Kind::Format(_) | Kind::Bytes { .. }, value) => match describe_non_text(value) {
            Some(what) => Err(NonTextValue(what)),
            None => Ok(()),
        },
        (Kind::Optional(inner), value) => check_text(value, *inner),
        (kind, Value::Array(_, items)) if kind.is_list() => {
            items.iter().enumerate().try_for_each(|(index, value)| check_text(value, kind.item(index)))
        }
        (kind, value) if kind.is_list() => check_text(value, kind.item(0)),
        (Kind::MapOf { value: kind, .. }, Value::Dict(_, dict)) if as_toml_date(dict).is_none() => {
            dict.values().try_for_each(|value| check_text(value, *kind))
        }
        _ => Ok(()),
    }
}

fn describe_non_text(value: &Value) -> Option<&'static str> {
    match value {
        Value::String(..) | Value::Char(..) => None,
        Value::Bool(..) => Some("`true` or `false`"),
        Value::Num(..) => Some("a number"),
        Value::Dict(_, dict) if as_toml_date(dict).is_some() => Some("a date"),
        Value::Dict(..) => Some("a table"),
        Value::Array(..) => Some("a list"),
        Value::Empty(..) => Some("nothing"),
    }
}

/// The text of a date of TOML, which its parser gives to Figment as a dictionary with a key of its own.
fn as_toml_date(dict: &Dict) -> Option<&str> {
    match dict.get("$__toml_private_datetime") {
        Some(Value::String(_, text)) if dict.len() == 1 => Some(text),
        _ => None,
    }
}

fn convert_dates(value: Value) -> Value {
    match value {
        Value::Dict(tag, dict) => match as_toml_date(&dict) {
            Some(text) => Value::String(tag, text.to_owned()),
            None => Value::Dict(tag, dict.into_iter().map(|(key, value)| (key, convert_dates(value))).collect()),
        },
        Value::Array(tag, items) => Value::Array(tag, items.into_iter().map(convert_dates).collect()),
        value => value,
    }
}

/// The value of a field's own default.
pub struct SerializedDefault(pub(crate) Value);

impl SerializedDefault {
    pub(crate) fn new(value: &impl Serialize) -> Option<Self> {
        Value::serialize(value).ok().map(Self)
    }
}
