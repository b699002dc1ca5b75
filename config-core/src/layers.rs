//! Figment's part on the way in: providers below and above what was fetched. The way out is `loaded/provider.rs`.
//!
//! No other file names figment, apart from the signatures of the loader. Its errors and its `Debug` print values, so none of
//! them leaves these two files; secrets that a store gave never enter.

use crate::{
    error::{Error, ErrorKind},
    outcome::Found,
    schema::Schema,
};
use figment::{Figment, Profile, Provider, value::Value};
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

/// The value of a field's own default.
pub struct Shown(pub(crate) Value);

impl Shown {
    pub(crate) fn of(value: &impl Serialize) -> Option<Self> {
        Value::serialize(value).ok().map(Self)
    }
}
