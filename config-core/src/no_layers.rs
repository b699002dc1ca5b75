//! The layers of a build without the cargo feature `figment`: there is none. `layers.rs` has the
//! same types for a build with it.

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

/// The serialized value of a field's own default. No default is serialized, because only Figment
/// needs one.
pub struct SerializedDefault {
    _never: Infallible,
}

impl SerializedDefault {
    pub(crate) fn new(_: &impl Serialize) -> Option<Self> {
        None
    }
}
