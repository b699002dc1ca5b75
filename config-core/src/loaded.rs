//! A loaded configuration with its report.

mod provider;

use crate::{
    decoded_config::DecodedConfig, fetched_config::FetchedConfig, report::Report,
    resolve::FieldOutcome, schema::Secrecy,
};
use figment::{
    Metadata, Profile, Provider,
    value::{Dict, Map},
};
use provider::{FigmentEntry, FigmentValue};

/// The result of [`Loader::resolve`](crate::Loader::resolve): the owned configuration and the
/// report.
///
/// It is a [`figment::Provider`] of every field except secrets, under the profile of the stage. A
/// Figment that merges it selects this profile. A field of unknown secrecy counts as a secret if
/// its source is encrypted or its text is a JSON object or array; `report.withheld` names such
/// fields. A field with the value of its own `default` is included if its type implements
/// `Serialize`.
pub struct Loaded<T> {
    /// The configuration.
    pub config: T,
    /// The origin of every field.
    pub report: Report,
    entries: Vec<FigmentEntry>,
    expose_secrets: bool,
}

impl<T> Loaded<T> {
    pub(crate) fn new(decoded: DecodedConfig<T>, fetched: FetchedConfig) -> Self {
        let DecodedConfig {
            config,
            mut report,
            defaults,
        } = decoded;
        let mut fields = fetched.fields;
        let leaves = fetched.load_plan.plan.schema.leaves();
        let stored = leaves.iter().filter_map(|leaf| {
            let field = fields.remove(&leaf.path)?;
            let secret = field.is_secret();
            if secret && field.secrecy == Secrecy::Unknown {
                report.withheld.push(leaf.path.clone());
            }
            let FieldOutcome::Found { found, .. } = field.outcome else {
                return None;
            };
            let value = FigmentValue::Stored(found, leaf.spec.shape.kind);
            Some(FigmentEntry {
                path: leaf.path.clone(),
                secret,
                value,
            })
        });

        let defaults = defaults.into_iter().map(|(path, default)| {
            let secret = leaves
                .iter()
                .any(|leaf| leaf.path == path && leaf.secrecy == Secrecy::Yes);
            FigmentEntry {
                path,
                secret,
                value: FigmentValue::Default(default),
            }
        });

        let entries = Vec::from_iter(stored.chain(defaults));
        Self {
            config,
            report,
            entries,
            expose_secrets: false,
        }
    }

    /// Includes secrets in the values for a Figment.
    ///
    /// This crate cannot protect them there: Figment's `Debug` output and its errors contain
    /// values, and its memory is not wiped.
    #[must_use]
    pub fn expose_secrets(mut self) -> Self {
        self.expose_secrets = true;
        self.report.withheld.clear();
        self
    }
}

impl<T> Provider for Loaded<T> {
    fn metadata(&self) -> Metadata {
        provider::new_metadata(&self.report.config, &self.report.stage)
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(provider::build_data(
            &self.entries,
            &self.report.stage,
            self.expose_secrets,
        ))
    }

    fn profile(&self) -> Option<Profile> {
        Some(Profile::new(&self.report.stage))
    }
}

impl<T> std::fmt::Debug for Loaded<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loaded")
            .field("report", &self.report)
            .finish_non_exhaustive()
    }
}
