//! The layers below and above the fetched values.

use super::{FieldOutcome, ValuePlace};
use crate::{
    layers::SelectedLayer,
    overrides::EnvOverrides,
    plan::PlannedField,
    report::Origin,
    store::{environment::Environment, local::LocalValues},
};

/// The layers below and above the fetched values.
#[derive(Default)]
pub(crate) struct Layers {
    pub(crate) overrides: SelectedLayer,
    pub(crate) local: Option<LocalValues>,
    pub(crate) defaults: SelectedLayer,
    pub(crate) env_overrides: EnvOverrides,
    pub(crate) environment: Environment,
}

impl Layers {
    /// Returns whether a layer above the fetched values has a value for the field. Nothing is
    /// fetched for such a field, unless a variable selects a source.
    pub(crate) fn has_value(&self, path: &str) -> bool {
        self.env_overrides.find_value(path).is_some()
            || self.overrides.has(path)
            || self.local.as_ref().is_some_and(|local| local.has(path))
    }

    /// Returns the value of a layer above the fetched values. Returns `None` if no such layer has a
    /// value, or if a variable selects a source and no variable sets the field.
    pub(super) fn resolve_above(&self, field: &PlannedField) -> Option<FieldOutcome> {
        let path = field.path.as_str();
        if let Some((found, variable)) = self.env_overrides.find_value(path) {
            return Some(FieldOutcome::Found {
                found: found.clone(),
                origin: Origin::Set,
                source: variable.to_owned(),
                place: ValuePlace::Source,
            });
        }

        // A user who redirects a field with a variable wants the source that the variable names, so
        // neither `overrides` nor the local value of the field applies.
        if self.env_overrides.find_source(path).is_some() {
            return None;
        }

        if let Some(resolved) = find_in_layer(&self.overrides, field, Origin::Override, "overrides")
        {
            return Some(resolved);
        }

        let local = self.local.as_ref()?;
        let found = local.find_field(path)?;
        Some(FieldOutcome::Found {
            found,
            origin: Origin::Local,
            source: local.location.describe(path),
            place: ValuePlace::Local(local.location.clone()),
        })
    }

    /// Returns the value of a layer below the fetched values.
    pub(super) fn resolve_below(&self, field: &PlannedField) -> Option<FieldOutcome> {
        find_in_layer(&self.defaults, field, Origin::Defaults, "defaults")
    }
}

/// Returns the value that one of the program's layers has for a field. `option` is the method of
/// the loader that adds to the layer.
fn find_in_layer(
    layer: &SelectedLayer,
    field: &PlannedField,
    origin: Origin,
    option: &'static str,
) -> Option<FieldOutcome> {
    let (found, provider) = layer.find(&field.path, field.spec.shape.kind)?;
    Some(FieldOutcome::Found {
        found,
        origin,
        source: provider,
        place: ValuePlace::Provider { option },
    })
}
