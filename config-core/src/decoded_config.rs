//! Decodes the resolved fields of a configuration, and describes the load in its report.

use crate::{
    config_struct::ConfigStruct,
    error::{Error, ErrorKind},
    fetch::WaveResult,
    layers::SerializedDefault,
    load_plan::LoadPlan,
    overrides::EnvOverride,
    plan::Plan,
    platform::Platform,
    report::{OverrideReport, Report},
    resolve::ResolvedFields,
    schema::Schema,
    struct_decoder::{DecodeResults, StructDecoder},
};
use std::time::Duration;

/// A configuration whose fields are all decoded, with its report.
pub(crate) struct DecodedConfig<T> {
    pub(crate) config: T,
    pub(crate) report: Report,
    /// The paths of the fields that have the value of their own default, each with the serialized
    /// default.
    #[cfg_attr(
        not(feature = "figment"),
        expect(dead_code, reason = "only a Figment gets them")
    )]
    pub(crate) defaults: Vec<(String, SerializedDefault)>,
}

impl LoadPlan {
    /// Returns the configuration, or every failure at once. `wave` and `elapsed` are for the
    /// report.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::Unresolved`] if any field failed.
    pub(crate) fn decode<T: ConfigStruct>(
        &self,
        fields: &ResolvedFields,
        wave: &WaveResult,
        elapsed: Duration,
    ) -> Result<DecodedConfig<T>, Error> {
        let mut results = DecodeResults::new(self.plan.stage.name());
        let config = self.build::<T>(fields, &mut results);
        let failures = std::mem::take(&mut results.failures);
        let Plan { schema, stage, .. } = &self.plan;

        let error = Error::unresolved_from(schema, stage.name(), self.local_name(), failures);
        match (error, config) {
            (Some(error), _) => Err(error.with_snapshot(wave.snapshot.as_ref())),
            (None, Some(config)) => {
                let defaults = std::mem::take(&mut results.defaults);
                Ok(DecodedConfig {
                    config,
                    report: self.build_report(results, wave, elapsed),
                    defaults,
                })
            }
            (None, None) => Err(Error::not_built(schema)),
        }
    }

    pub(crate) fn build<T: ConfigStruct>(
        &self,
        fields: &ResolvedFields,
        results: &mut DecodeResults,
    ) -> Option<T> {
        T::build(&mut StructDecoder::new(self.plan.schema, fields, results))
    }

    /// Returns the path of the local file, or `memory`; `None` without local values.
    fn local_name(&self) -> Option<&str> {
        self.layers
            .local
            .as_ref()
            .map(|local| local.location.name.as_str())
    }

    fn build_override_reports(&self) -> Vec<OverrideReport> {
        let env_overrides = &self.layers.env_overrides;
        let to_report = |EnvOverride {
                             variable, field, ..
                         }: &EnvOverride| OverrideReport {
            variable: variable.clone(),
            field: field.clone(),
            effective: env_overrides.find_deciding_variable(field) == Some(variable),
        };
        env_overrides.as_slice().iter().map(to_report).collect()
    }

    pub(crate) fn build_report(
        &self,
        results: DecodeResults,
        wave: &WaveResult,
        elapsed: Duration,
    ) -> Report {
        let Plan { schema, stage, .. } = &self.plan;
        Report {
            config: schema.name.to_owned(),
            stage: stage.name().to_owned(),
            platform: Platform::current(),
            before_restore: self.is_before_restore,
            fallback: stage.is_fallback(),
            local: self.local_name().map(str::to_owned),
            overrides: self.build_override_reports(),
            calls: wave.calls.clone(),
            fields: results.fields,
            withheld: Vec::new(),
            elapsed,
            failures: results.failures,
            refresh: None,
            snapshot: wave.snapshot.clone(),
        }
    }
}

impl Error {
    /// Returns the error for a hand-written `ConfigStruct` that returned neither a configuration
    /// nor a failure. The derived implementation never does that.
    pub(crate) fn not_built(schema: &Schema) -> Self {
        Self::new(
            ErrorKind::Unresolved,
            schema,
            "no configuration was built",
            "",
        )
    }
}
