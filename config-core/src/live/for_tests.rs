//! Live configurations for tests: they fetch nothing, and the test replaces their values.

use super::{Live, LiveOptions, generation::Generation};
use crate::{
    config_struct::ConfigStruct,
    decoded_config::DecodedConfig,
    dual_instant::DualInstant,
    fetch::WaveResult,
    fetched_config::FetchedConfig,
    load_plan::{ConfigType, LoadPlan},
    plan::Plan,
    resolve::Layers,
    stage::Stage,
    struct_decoder::DecodeResults,
};
use std::{sync::Arc, time::Duration};

impl<T: ConfigStruct> Live<T> {
    /// Returns a live configuration that contains `config`. Its plan has no field, so no refresh is
    /// ever due.
    pub(crate) fn for_tests(config: T) -> Self {
        let ConfigType {
            schema,
            decode_check,
        } = ConfigType::new::<T>();
        let plan = Plan {
            schema,
            stage: Stage::for_tests(),
            fields: Vec::new(),
            batch_secrets: false,
        };
        let load_plan = LoadPlan {
            is_before_restore: false,
            writes_metrics: false,
            plan,
            layers: Layers::default(),
            decode_check,
        };

        let results = DecodeResults::new(load_plan.plan.stage.name());
        let report = load_plan.build_report(results, &WaveResult::default(), Duration::ZERO);
        let decoded = DecodedConfig {
            config,
            report,
            defaults: Vec::new(),
        };
        let fetched = FetchedConfig::without_values(load_plan);
        Self::new(decoded, fetched, LiveOptions::default())
    }

    /// Replaces the configuration, as a refresh does.
    pub(crate) fn replace(&self, config: T) {
        let before = self.0.newest.load();
        let next = Generation {
            config: Arc::new(config),
            report: before.report.clone(),
            refreshed: DualInstant::now(),
            failed: None,
        };
        self.0.newest.store(Arc::new(next));
    }
}
