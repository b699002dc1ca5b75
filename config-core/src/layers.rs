//! The Figment layers below and above the fetched values. `loaded/provider.rs` converts a loaded
//! configuration back to Figment. In a build without the cargo feature `figment`, `no_layers.rs`
//! replaces this file.
//!
//! Only this file, `loaded/provider.rs`, and the signatures in `load/options.rs` use Figment.
//! Figment's errors and `Debug` output contain values, so they do not leave these files. Secrets
//! from a store never enter Figment here.

use crate::{
    error::{Error, ErrorKind},
    outcome::Found,
    schema::{Kind, Schema},
    typed_value::{TypedValue, quote_json},
};
use figment::{
    Figment, Profile, Provider,
    value::{Dict, Value},
};
use serde::Serialize;

/// The providers of one layer. A later provider overrides an earlier one.
#[derive(Default)]
pub(crate) struct Layer(Option<Figment>);

impl Layer {
    pub(crate) fn merge(self, provider: impl Provider) -> Self {
        Self(Some(self.0.unwrap_or_default().merge(provider)))
    }

    /// Selects the stage's profile. Figment's profiles `default` and `global` apply too.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::Options`] if a provider fails. Figment's own message may quote values,
    /// so the error contains only the provider's name.
    pub(crate) fn select(
        self,
        stage: &str,
        schema: &Schema,
        option: &str,
    ) -> Result<SelectedLayer, Error> {
        let Some(figment) = self.0 else {
            return Ok(SelectedLayer(None));
        };
        let figment = figment.select(Profile::new(stage));
        // Unlike `data`, `extract` names the provider in its error.
        match figment.extract::<serde::de::IgnoredAny>() {
            Ok(_) => Ok(SelectedLayer(Some(figment))),
            Err(error) => {
                let name = error
                    .metadata
                    .as_ref()
                    .map_or("a provider", |metadata| metadata.name.as_ref())
                    .to_owned();
                let text = format!("{name}, given to `{option}`, cannot be read");
                Err(Error::new(
                    ErrorKind::Options,
                    schema,
                    text,
                    "call `extract` on this provider alone: Figment's error says why",
                ))
            }
        }
    }
}

/// A layer with a selected stage. An empty layer is `None`, because a lookup in an empty
/// Figment would merge its profiles each time.
#[derive(Default)]
pub(crate) struct SelectedLayer(Option<Figment>);

impl SelectedLayer {
    /// Returns whether the layer has a value for the field.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.find_value(path).is_some()
    }

    /// Returns the value of a field of this kind, and the name of the provider that has it.
    pub(crate) fn find(&self, path: &str, kind: Kind) -> Option<(Found, String)> {
        let (figment, value) = (self.0.as_ref()?, self.find_value(path)?);
        let provider = figment
            .get_metadata(value.tag())
            .map_or("figment", |metadata| metadata.name.as_ref())
            .to_owned();
        Some((to_found(value, kind), provider))
    }

    fn find_value(&self, path: &str) -> Option<Value> {
        let value = self.0.as_ref()?.find_value(path).ok()?;
        (!matches!(value, Value::Empty(..))).then_some(value)
    }
}

fn to_found(value: Value, kind: Kind) -> Found {
    if let (Kind::Bytes { .. }, Value::Array(_, items)) = (kind, &value)
        && let Some(bytes) = items.iter().map(to_byte).collect::<Option<Vec<u8>>>()
    {
        return Found::from_bytes(bytes);
    }
    Found::from_typed(to_typed(value))
}

fn to_byte(item: &Value) -> Option<u8> {
    item.to_u128().and_then(|number| u8::try_from(number).ok())
}

/// Converts a provider's value, with its types. A number, `true` and `false` have lost their
/// spelling: Figment reads `0123` without quotes as the number 123. A date and a number of
/// arbitrary precision keep their spelling.
fn to_typed(value: Value) -> TypedValue {
    match value {
        Value::String(_, text) => TypedValue::from_text(text),
        Value::Char(_, c) => TypedValue::from_text(c),
        Value::Bool(_, value) => TypedValue::from_scalar(value.to_string(), value.to_string())
            .without_text("`true` or `false`"),
        Value::Num(..) => {
            let json = number_to_json(&value);
            TypedValue::from_scalar(json.clone(), json).without_text("a number")
        }
        Value::Dict(_, dict) => as_scalar(&dict).unwrap_or_else(|| {
            let table = dict
                .into_iter()
                .map(|(key, value)| (key, to_typed(value)))
                .collect();
            TypedValue::from_table(table).without_text("a table")
        }),
        Value::Array(_, items) => {
            TypedValue::from_list(items.into_iter().map(to_typed).collect()).without_text("a list")
        }
        Value::Empty(..) => TypedValue::null(),
    }
}

/// Returns the JSON of a number. JSON has neither infinity nor `nan`, and `serde_json` writes
/// `null` for both. Infinity and `nan` become a text that no number type accepts.
fn number_to_json(number: &Value) -> String {
    match serde_json::to_string(number) {
        Ok(json) if json != "null" => json,
        _ => quote_json("not a finite number"),
    }
}

/// Returns the date or the number that a dictionary represents. The crates `toml` and `serde_json`
/// keep the text of such a value in a dictionary whose only key is an internal name of the crate.
/// Returns `None` for every other dictionary.
fn as_scalar(dict: &Dict) -> Option<TypedValue> {
    let mut entries = dict.iter();
    let (Some((key, Value::String(_, text))), None) = (entries.next(), entries.next()) else {
        return None;
    };
    match key.as_str() {
        "$__toml_private_datetime" => Some(TypedValue::from_scalar(quote_json(text), text.clone())),
        // `serde_json` with its feature `arbitrary_precision`, which a program may enable.
        "$serde_json::private::Number" => Some(TypedValue::from_scalar(text.clone(), text.clone())),
        _ => None,
    }
}

/// The serialized value of a field's own default.
pub struct SerializedDefault(pub(crate) Value);

impl SerializedDefault {
    pub(crate) fn new(value: &impl Serialize) -> Option<Self> {
        Value::serialize(value).ok().map(Self)
    }
}

#[cfg(all(test, feature = "uuid"))]
mod tests {
    use super::*;
    use crate::decode::KnownType as _;

    /// Figment reads a UUID that consists of digits as a number, and drops its leading zeros.
    #[test]
    fn a_number_is_not_a_uuid() {
        let digits = 12_345_678_123_456_781_234_567_812_345_678_u128;
        let error =
            uuid::Uuid::read(to_found(Value::from(digits), Kind::Other).as_stored()).unwrap_err();
        assert!(error.needs_quotes(), "{error}");
        let text = to_found(Value::from(digits.to_string()), Kind::Other);
        assert!(uuid::Uuid::read(text.as_stored()).is_ok());
    }
}
