//! One configuration of a load: its plan, its layers, and the function that checks its decoding.

use crate::{
    config_struct::ConfigStruct,
    error::Error,
    failure::FailureKind,
    layers::Layer,
    plan::Plan,
    platform::Platform,
    resolve::{Layers, ResolvedFields},
    schema::Schema,
    stage::Stage,
    store::{
        environment::Environment,
        local::{
            Local,
            misspelled::{KnownKeys, MisspelledKey},
        },
    },
    struct_decoder::{DecodeResults, StructDecoder},
    variables::{EnvOptions, TimeoutVariable},
};

/// The program's options that determine the plan and the layers.
#[derive(Default)]
pub(crate) struct PlanOptions {
    pub(crate) stage: Option<String>,
    pub(crate) local: Option<Local>,
    pub(crate) defaults: Layer,
    pub(crate) overrides: Layer,
    pub(crate) batch_secrets: bool,
}

/// The configuration to load, without its type.
#[derive(Clone, Copy)]
pub(crate) struct ConfigType {
    pub(crate) schema: &'static Schema,
    pub(crate) decode_check: DecodeCheck,
}

impl ConfigType {
    pub(crate) fn new<T: ConfigStruct>() -> Self {
        Self {
            schema: &T::STRUCT_SCHEMA,
            decode_check: check_decoding::<T>,
        }
    }
}

/// One configuration, ready to be fetched.
pub(crate) struct LoadPlan {
    pub(crate) plan: Plan,
    pub(crate) layers: Layers,
    /// Whether Lambda may keep the values in the snapshot of the process (SnapStart).
    pub(crate) is_before_restore: bool,
    /// Whether the load writes its metrics.
    pub(crate) writes_metrics: bool,
    #[cfg_attr(
        not(feature = "kms"),
        allow(dead_code, reason = "only a snapshot uses it")
    )]
    pub(crate) decode_check: DecodeCheck,
}

/// Plans the configurations of one load: reads their stages, variables, local files and providers,
/// and determines their requests. It uses no network.
///
/// A variable may name a field of any `known` configuration, including one that is already loaded.
pub(crate) fn prepare(
    configs: Vec<(ConfigType, PlanOptions)>,
    known: &[&Schema],
    timeout: &TimeoutVariable,
) -> Result<Vec<LoadPlan>, Error> {
    let choose_stage = |(config, options): &(ConfigType, PlanOptions)| match &options.stage {
        Some(name) => Stage::choose(config.schema, name),
        None => Stage::from_environment(config.schema),
    };
    let stages = configs
        .iter()
        .map(choose_stage)
        .collect::<Result<Vec<_>, _>>()?;

    let roots: Vec<_> = configs
        .iter()
        .map(|(config, _)| config.schema)
        .zip(&stages)
        .collect();
    let variables = EnvOptions::read(&roots, known, timeout)?;

    let inputs = configs.into_iter().zip(stages).zip(variables);
    let plans: Vec<LoadPlan> = inputs
        .map(|(((config, options), stage), variables)| {
            LoadPlan::new(config, options, stage, variables)
        })
        .collect::<Result<_, _>>()?;
    warn_about_misspelled_keys(&plans, known);
    Ok(plans)
}

/// Emits a warning for each key in a local file, if the key resembles a field or a source and no
/// configuration reads the key.
fn warn_about_misspelled_keys(plans: &[LoadPlan], known: &[&Schema]) {
    let paths = |schema: &Schema| -> Vec<String> {
        schema.leaves().into_iter().map(|leaf| leaf.path).collect()
    };
    // A plan has no sources for a field with a value in a layer, so plan without the layers.
    let sources = |plan: &LoadPlan| {
        Plan::new(plan.plan.schema, plan.plan.stage.clone(), |_| false)
            .map(|plan| plan.fields)
            .unwrap_or_default()
            .into_iter()
            .flat_map(|field| field.chain)
    };
    let schemas = || {
        let own = plans.iter().map(|plan| plan.plan.schema);
        own.chain(known.iter().copied())
    };
    for plan in plans {
        let Some(local) = &plan.layers.local else {
            continue;
        };
        let keys = KnownKeys {
            all_fields: schemas().flat_map(paths).collect(),
            fields: paths(plan.plan.schema),
            all_sources: plans.iter().flat_map(sources).collect(),
        };
        for MisspelledKey { key, closest } in local.find_misspelled(&keys) {
            tracing::warn!(
                target: "stage_config",
                config = plan.plan.schema.name,
                stage = plan.plan.stage.name(),
                local = local.location.name.as_str(),
                key = key.as_str(),
                "the local file has an unknown key: did you mean `{closest}`?"
            );
        }
    }
}

/// Returns whether Lambda may take a snapshot of this process. Only the cargo feature `lambda`
/// knows that the process was restored.
pub(crate) fn may_become_snapshot() -> bool {
    #[cfg(feature = "lambda")]
    if crate::after_restore::is_restored() {
        return false;
    }
    Platform::current().has_snap_start()
}

impl LoadPlan {
    fn new(
        config: ConfigType,
        options: PlanOptions,
        stage: Stage,
        variables: EnvOptions,
    ) -> Result<Self, Error> {
        let ConfigType {
            schema,
            decode_check,
        } = config;
        let local = variables.local.map(Local::from).or(options.local);
        let layers = Layers {
            overrides: options
                .overrides
                .select(stage.name(), schema, "overrides")?,
            local: local
                .map(|local| local.read_values(schema, &stage))
                .transpose()?,
            defaults: options.defaults.select(stage.name(), schema, "defaults")?,
            env_overrides: variables.overrides,
            environment: Environment::Process,
        };

        let mut plan = Plan::with_overrides(
            schema,
            stage,
            |path| layers.has_value(path),
            &layers.env_overrides,
        )?;
        plan.batch_secrets |= options.batch_secrets;

        Ok(Self {
            plan,
            layers,
            writes_metrics: variables.writes_metrics,
            is_before_restore: may_become_snapshot(),
            decode_check,
        })
    }
}

/// Decodes resolved fields to the types of a configuration, and returns the kinds of the failures.
pub(crate) type DecodeCheck = fn(&Plan, &ResolvedFields) -> Vec<FailureKind>;

/// Implements [`DecodeCheck`] for one configuration.
fn check_decoding<T: ConfigStruct>(plan: &Plan, fields: &ResolvedFields) -> Vec<FailureKind> {
    let mut results = DecodeResults::new(plan.stage.name());
    drop(T::build(&mut StructDecoder::new(
        plan.schema,
        fields,
        &mut results,
    )));
    results
        .failures
        .iter()
        .map(|failure| failure.kind())
        .collect()
}
