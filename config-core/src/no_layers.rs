//! The types of `layers.rs` for a build without the cargo feature `figment`. Such a build has no
//! layers, so no layer has a value.

use crate::{
    error::Error,
    outcome::Found,
    schema::{Kind, Schema},
};
use serde::Serialize;
use std::convert::Infallible;

#[derive(Default)]
pub(crate) struct Layer;

impl Layer {
    pub(crate) fn select(self, _: &str, _: &Schema, _: &str) -> Result<SelectedLayer, Error> {
        Ok(SelectedLayer)
    }
}

#[derive(Default)]
pub(crate) struct SelectedLayer;

impl SelectedLayer {
    pub(crate) fn has(&self, _: &str) -> bool {
        false
    }

    pub(crate) fn find(&self, _: &str, _: Kind) -> Option<(Found, String)> {
        None
    }
}

/// The serialized value of a field's own default. This build serializes no default, because only
/// Figment needs the serialized value.
pub struct SerializedDefault {
    _never: Infallible,
}

impl SerializedDefault {
    pub(crate) fn new(_: &impl Serialize) -> Option<Self> {
        None
    }
}
