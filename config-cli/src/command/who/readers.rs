//! The fields of a deployed function that read an address.

use std::time::Duration;

use serde::Serialize;
use stage_config_core::manage::override_variables;
use stage_config_core::{Plan, PlannedField, Schema, Stage};
use stage_config_grammar::source::{Address, SecretVersion, Source};

use crate::deployed::FunctionVariables;
use crate::iam::{AwsLocation, resource_names};

/// What to search for.
pub(super) struct Wanted<'a> {
    pub(super) source: &'a Source,
    /// Only the functions of this stage.
    pub(super) stage: Option<&'a str>,
    /// The account and the region of the function, for sources that do not name them.
    pub(super) location: &'a AwsLocation,
}

/// A field that reads the address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Reader {
    pub(super) stage: String,
    pub(super) config: &'static str,
    pub(super) field: String,
    /// The source of the field in this stage.
    pub(super) source: String,
    pub(super) new_value: NewValueTime,
}

/// When a running function uses a new value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum NewValueTime {
    /// Within this time, in milliseconds.
    WithinMs(u64),
    NextDeployment,
    /// The source names a version.
    Never,
}

/// The fields of a function that read the address.
pub(super) struct FoundReaders {
    pub(super) readers: Vec<Reader>,
    /// Why `readers` may be wrong or incomplete.
    pub(super) problem: Option<String>,
}

/// Returns the fields of a program that read the address, in the stage of the function. If the
/// stage is not known, returns such fields of all declared stages, and a problem if there is at
/// least one such field. A variable that overrides a field is a problem too.
pub(super) fn find_readers(
    wanted: &Wanted<'_>,
    schemas: &[&'static Schema],
    variables: &FunctionVariables,
) -> FoundReaders {
    let mut found = FoundReaders {
        readers: Vec::new(),
        problem: None,
    };
    for schema in schemas {
        let (stages, problem) = match find_stage(schema, variables) {
            Ok(stage) => (vec![stage], None),
            Err(problem) => (list_stages(schema), Some(problem)),
        };
        let changed = find_override(schema, variables);
        found.problem = found.problem.or(changed);
        let is_wanted = |stage: &Stage| wanted.stage.is_none_or(|name| name == stage.name());
        let plans = stages
            .into_iter()
            .filter(is_wanted)
            .filter_map(|stage| Plan::new(schema, stage, |_| false).ok());
        let readers: Vec<Reader> = plans.flat_map(|plan| find_in_plan(wanted, &plan)).collect();
        if !readers.is_empty() {
            found.problem = found.problem.or(problem);
        }
        found.readers.extend(readers);
    }
    found
}

/// Returns the stage of a function in this configuration. A variable of the function names the
/// stage.
fn find_stage(schema: &'static Schema, variables: &FunctionVariables) -> Result<Stage, String> {
    let FunctionVariables::Known(variables) = variables else {
        return Err("Lambda could not decrypt its variables, so its stage is not known".to_owned());
    };
    let name = variables.get(schema.stage_variable());
    let name = name.map(|text| text.as_str()).unwrap_or_default();
    Stage::choose(schema, name).map_err(|_| {
        format!(
            "its variable `{}` names no stage, so its stage is not known",
            schema.stage_variable()
        )
    })
}

/// Returns a problem if a variable of the function replaces the sources or the value of a field.
fn find_override(schema: &Schema, variables: &FunctionVariables) -> Option<String> {
    let FunctionVariables::Known(variables) = variables else {
        return None;
    };
    let names = override_variables(schema);
    let name = names.iter().find(|name| variables.contains_key(*name))?;
    Some(format!(
        "its variable `{name}` replaces the sources or the value of a field, and this command does \
         not consider it"
    ))
}

fn list_stages(schema: &'static Schema) -> Vec<Stage> {
    let declared = schema.stages.iter();
    declared
        .filter_map(|name| Stage::choose(schema, name).ok())
        .collect()
}

fn find_in_plan(wanted: &Wanted<'_>, plan: &Plan) -> Vec<Reader> {
    let mut readers = Vec::new();
    for field in plan.planned_fields() {
        for source in field.chain() {
            if wanted.matches(source) {
                readers.push(Reader {
                    stage: plan.stage().name().to_owned(),
                    config: plan.schema().name,
                    field: field.path().to_owned(),
                    source: source.to_string(),
                    new_value: find_time(field, source),
                });
            }
        }
    }
    readers
}

impl Wanted<'_> {
    /// Returns whether a source reads the wanted value. A path reads all parameters below it.
    fn matches(&self, source: &Source) -> bool {
        let names = |source: &Source| resource_names(self.location, &source.address);
        let has_key = |source: &Source| match (&source.key, &self.source.key) {
            (Some(key), Some(wanted)) => key == wanted,
            _ => true,
        };
        let is_below = |path: &str, name: &str| {
            let prefix = path.strip_suffix('*');
            prefix.is_some_and(|prefix| name.starts_with(prefix))
        };
        let overlap = |own: &str, wanted: &str| {
            own == wanted || is_below(own, wanted) || is_below(wanted, own)
        };
        let wanted = names(self.source);
        let is_wanted = |own: &String| wanted.iter().any(|wanted| overlap(own, wanted));
        names(source).iter().any(is_wanted) && has_key(source)
    }
}

fn find_time(field: &PlannedField, source: &Source) -> NewValueTime {
    match (&source.address, field.spec().refresh_ms) {
        (address, _) if has_fixed_version(address) => NewValueTime::Never,
        (_, Some(refresh)) => NewValueTime::WithinMs(refresh),
        (_, None) => NewValueTime::NextDeployment,
    }
}

/// Returns whether an address names a version that never changes. A label of a parameter, or a
/// stage of a secret's version, can move to another version, so an address with one of these has no
/// fixed version.
fn has_fixed_version(address: &Address) -> bool {
    match address {
        Address::Parameter { selector, .. } => selector
            .as_ref()
            .is_some_and(|selector| selector.bytes().all(|byte| byte.is_ascii_digit())),
        Address::Secret { version, .. } => matches!(version, Some(SecretVersion::Id(_))),
        _ => false,
    }
}

impl NewValueTime {
    pub(super) fn describe(self) -> String {
        match self {
            Self::WithinMs(milliseconds) => {
                let time = humantime::format_duration(Duration::from_millis(milliseconds));
                format!("within {time}")
            }
            Self::NextDeployment => "at its next deployment".to_owned(),
            Self::Never => "never: the source names a version".to_owned(),
        }
    }
}
