//! One configuration, fetched: what is left is to decode it.

use crate::{
    backends::{Backends, WaveResult},
    config_struct::ConfigStruct,
    error::{Error, ErrorKind},
    layers::SerializedDefault,
    load_plan::LoadPlan,
    outcome::{Outcome, Request},
    overrides::EnvOverride,
    plan::Plan,
    report::{OverrideReport, Report},
    resolve::{ResolvedFields, resolve},
    schema::Schema,
    struct_decoder::{DecodeResults, StructDecoder},
};
use std::{collections::HashMap, sync::Arc, time::Duration};

pub(crate) struct FetchedConfig {
    pub(crate) load_plan: LoadPlan,
    /// What it was fetched with, for whoever fetches a part of it again.
    pub(crate) backends: Arc<Backends>,
    /// What became of the wave, which several configurations may have shared.
    pub(crate) fetched: Arc<WaveResult>,
    pub(crate) fields: ResolvedFields,
    pub(crate) elapsed: Duration,
}

/// A complete configuration.
pub(crate) struct DecodedConfig<T> {
    pub(crate) config: T,
    pub(crate) report: Report,
    /// The fields that took their own default.
    pub(crate) defaults: Vec<(String, SerializedDefault)>,
}

impl FetchedConfig {
    /// Puts other answers in the place of those that it was made of. `fetched` are those of the last wave alone.
    pub(crate) fn replace_outcomes(
        &mut self,
        fetched: WaveResult,
        outcomes: &HashMap<Request, Outcome>,
        elapsed: Duration,
    ) {
        self.fields = resolve(&self.load_plan.plan, &self.load_plan.layers, outcomes);
        self.fetched = Arc::new(fetched);
        self.elapsed = elapsed;
    }

    /// Lets go of every value.
    pub(crate) fn clear_values(&mut self) {
        self.fields = ResolvedFields::new();
        self.fetched = Arc::default();
    }

    /// The configuration, or every failure at once.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unresolved`].
    pub(crate) fn decode<T: ConfigStruct>(&self) -> Result<DecodedConfig<T>, Error> {
        let (config, mut gathered) = self.build::<T>();
        let failures = std::mem::take(&mut gathered.failures);
        let Plan { schema, stage, .. } = &self.load_plan.plan;
        let error = Error::unresolved_from(schema, stage.name(), self.local_name(), failures);
        match (error, config) {
            (Some(error), _) => Err(error.with_snapshot(self.fetched.snapshot.as_ref())),
            (None, Some(config)) => {
                let defaults = std::mem::take(&mut gathered.defaults);
                Ok(DecodedConfig { config, report: self.build_report(gathered), defaults })
            }
            (None, None) => Err(Error::not_built(schema)),
        }
    }

    /// Tries every field and keeps nothing.
    pub(crate) fn check<T: ConfigStruct>(&self) -> Report {
        self.build_report(self.build::<T>().1)
    }

    fn build<T: ConfigStruct>(&self) -> (Option<T>, DecodeResults) {
        let Plan { schema, stage, .. } = &self.load_plan.plan;
        let mut gathered = DecodeResults::new(stage.name());
        let config = T::build(&mut StructDecoder::new(schema, &self.fields, &mut gathered));
        (config, gathered)
    }

    /// The local file, or `memory`.
    fn local_name(&self) -> Option<&str> {
        self.load_plan.layers.local.as_ref().map(|local| local.name.as_str())
    }

    fn override_reports(&self) -> Vec<OverrideReport> {
        let incidents = &self.load_plan.layers.env_overrides;
        let report = |EnvOverride { variable, field, .. }: &EnvOverride| OverrideReport {
            variable: variable.clone(),
            field: field.clone(),
            effective: incidents.deciding_variable(field) == Some(variable),
        };
        incidents.as_slice().iter().map(report).collect()
    }

    fn build_report(&self, gathered: DecodeResults) -> Report {
        let Plan { schema, stage, .. } = &self.load_plan.plan;
        Report {
            config: schema.name.to_owned(),
            stage: stage.name().to_owned(),
            fallback: stage.is_fallback(),
            local: self.local_name().map(str::to_owned),
            overrides: self.override_reports(),
            calls: self.fetched.calls.clone(),
            fields: gathered.fields,
            withheld: Vec::new(),
            elapsed: self.elapsed,
            failures: gathered.failures,
            refresh: None,
            snapshot: self.fetched.snapshot.clone(),
        }
    }
}

impl Error {
    /// A hand-written `Section` gave neither a configuration nor a failure; the derive's never does.
    pub(crate) fn not_built(schema: &Schema) -> Self {
        Self::new(ErrorKind::Unresolved, schema, "no configuration was built", "")
    }
}
