//! The fields of a deployed function that read an address.

use std::time::Duration;

use serde::Serialize;
use stage_config_core::{Plan, PlannedField, Schema, Stage};
use stage_config_grammar::source::{Address, SecretVersion, Source};

use crate::deployed::FunctionVariables;
use crate::error::CliError;
use crate::iam::{AwsLocation, resource_name};

/// What to search for.
pub(super) struct Wanted<'a> {
    pub(super) source: &'a Source,
    /// Only the functions of this stage.
    pub(super) stage: Option<&'a str>,
    /// The account and the region of the function, for sources that name none.
    pub(super) location: &'a AwsLocation,
}

/// A field that reads the address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Reader {
    pub(super) stage: String,
    pub(super) config: &'static str,
    pub(super) field: String,
    /// The source of the field, as its struct names it.
    pub(super) source: String,
    pub(super) new_value: NewValueTime,
}

/// When a running function takes up a new value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum NewValueTime {
    /// Within this time, in milliseconds.
    WithinMs(u64),
    NextDeployment,
    /// The source names a version.
    Never,
}

/// Returns the fields of a program that read the address, in the stage of the function.
pub(super) fn find_readers(
    wanted: &Wanted<'_>,
    schemas: &[&'static Schema],
    variables: &FunctionVariables,
) -> Result<Vec<Reader>, CliError> {
    let mut readers = Vec::new();
    for schema in schemas {
        for stage in list_stages(wanted, schema, variables)? {
            let Ok(plan) = Plan::new(schema, stage, |_| false) else {
                continue;
            };
            readers.extend(find_in_plan(wanted, &plan));
        }
    }
    Ok(readers)
}

/// Returns the stage of a function in this configuration: the one that its variable names. If the
/// stage is unknown, every declared stage is possible.
fn list_stages(
    wanted: &Wanted<'_>,
    schema: &'static Schema,
    variables: &FunctionVariables,
) -> Result<Vec<Stage>, CliError> {
    let name = match variables {
        FunctionVariables::Known(variables) => {
            let text = variables.get(schema.stage_variable());
            text.map(|text| text.as_str()).unwrap_or_default()
        }
        FunctionVariables::Encrypted => match wanted.stage {
            Some(stage) => stage,
            None => {
                return Err(CliError::undetermined(
                    "Lambda could not decrypt its variables, so its stage is not known",
                )
                .with_help("name the stage: --stage STAGE"));
            }
        },
    };
    let Ok(stage) = Stage::choose(schema, name) else {
        return Err(CliError::undetermined(format!(
            "the variable `{}` names no stage of its configuration `{}`",
            schema.stage_variable(),
            schema.name
        ))
        .with_help("check the function: cargo stage check --function NAME --stage STAGE"));
    };
    let is_wanted = wanted.stage.is_none_or(|wanted| wanted == stage.name());
    Ok(Vec::from_iter(is_wanted.then_some(stage)))
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
        let name = |source: &Source| resource_name(self.location, &source.address);
        let (Some(own), Some(wanted)) = (name(source), name(self.source)) else {
            return false;
        };
        let has_key = |source: &Source| match (&source.key, &self.source.key) {
            (Some(key), Some(wanted)) => key == wanted,
            _ => true,
        };
        let is_below = |path: &str, name: &str| {
            let prefix = path.strip_suffix('*');
            prefix.is_some_and(|prefix| name.starts_with(prefix))
        };
        (own == wanted || is_below(&own, &wanted) || is_below(&wanted, &own)) && has_key(source)
    }
}

fn find_time(field: &PlannedField, source: &Source) -> NewValueTime {
    match (&source.address, field.spec().refresh_ms) {
        (address, _) if has_fixed_version(address) => NewValueTime::Never,
        (_, Some(refresh)) => NewValueTime::WithinMs(refresh),
        (_, None) => NewValueTime::NextDeployment,
    }
}

/// Returns whether an address names a version that never changes. A label or a stage of a version
/// can move.
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
