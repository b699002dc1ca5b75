//! A configuration with the story of its load.

use crate::{
    layers::{self, Entry},
    load::Resolution,
    report::Report,
    resolve::Resolved,
};
use figment::{
    Metadata, Profile, Provider,
    value::{Dict, Map},
};

/// What [`Loader::resolve`](crate::Loader::resolve) gives: the configuration, owned, and the report.
///
/// It is a [`figment::Provider`]: merged into a Figment it gives every field that was found, under the stage's profile,
/// except secrets. A field that came from its own `default` has no stored text, and is not among them.
pub struct Loaded<T> {
    /// The configuration.
    pub config: T,
    /// Where every field came from.
    pub report: Report,
    entries: Vec<Entry>,
    expose_secrets: bool,
}

impl<T> Loaded<T> {
    pub(crate) fn new(config: T, report: Report, resolution: Resolution) -> Self {
        let leaves = resolution.schema.leaves();
        let mut slots = resolution.slots;
        let entries = leaves.into_iter().filter_map(|leaf| {
            let slot = slots.remove(&leaf.path)?;
            match slot.outcome {
                Resolved::Found { found, .. } => {
                    Some(Entry { path: leaf.path, kind: leaf.value.shape.kind, secret: slot.secret, found })
                }
                Resolved::Missing | Resolved::Failed(_) => None,
            }
        });
        Self { config, report, entries: entries.collect(), expose_secrets: false }
    }

    /// Lets the Figment that this is merged into see secrets too.
    ///
    /// From there on they are outside this crate's care: Figment's `Debug` and its errors print values, and its memory is not
    /// wiped.
    #[must_use]
    pub fn expose_secrets(mut self) -> Self {
        self.expose_secrets = true;
        self
    }

    /// The configuration alone.
    #[must_use]
    pub fn into_config(self) -> T {
        self.config
    }
}

impl<T> Provider for Loaded<T> {
    fn metadata(&self) -> Metadata {
        layers::metadata(&self.report.config, &self.report.stage)
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(layers::data(&self.entries, &self.report.stage, self.expose_secrets))
    }

    fn profile(&self) -> Option<Profile> {
        Some(Profile::new(&self.report.stage))
    }
}

impl<T> std::fmt::Debug for Loaded<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loaded").field("report", &self.report).finish_non_exhaustive()
    }
}
