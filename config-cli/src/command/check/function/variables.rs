//! The variables of a deployed function. A finding names a variable, or a field that reads
//! variables, and its state. The finding shows no value except the name of a stage that is expected
//! or declared.

use std::collections::BTreeMap;
use std::time::Duration;

use stage_config_core::manage::{FieldState, ReadField};
use stage_config_core::{FailureKind, Schema, Stage};
use stage_config_grammar::duration::parse_duration;
use stage_config_grammar::source::{Address, Source};
use zeroize::Zeroizing;

use super::report::{Finding, FindingKind, FindingResult};
use crate::deployed::FunctionVariables;
use crate::redact;

const PREFIX: &str = "STAGE_CONFIG_";
pub(super) const TIMEOUT: &str = "STAGE_CONFIG_TIMEOUT";
const METRICS: &str = "STAGE_CONFIG_METRICS";
const SAM_LOCAL: &str = "AWS_SAM_LOCAL";

/// The variables of a function, by name.
pub(super) type Variables = BTreeMap<String, Zeroizing<String>>;

/// Returns the variables. Returns `None` if Lambda could not decrypt them.
pub(super) fn read(variables: &FunctionVariables) -> Option<&Variables> {
    match variables {
        FunctionVariables::Known(variables) => Some(variables),
        FunctionVariables::Encrypted => None,
    }
}

/// Returns the finding about variables that Lambda could not decrypt.
pub(super) fn describe_encrypted() -> Finding {
    Finding::new(
        FindingKind::Encrypted,
        FindingResult::Unverified,
        "",
        "Lambda could not decrypt them with these credentials",
        "allow these credentials `kms:Decrypt` on the function's KMS key",
    )
}

/// Returns the findings about variables that are wrong in every stage. `overrides` lists the
/// variables that override a field of the program, and is empty if the program is not known.
pub(super) fn examine_leftovers(variables: &Variables, overrides: &[String]) -> Vec<Finding> {
    let is_override = |name: &str, prefix: &str| {
        let is_known = overrides.is_empty() || overrides.iter().any(|known| known == name);
        name.starts_with(prefix) && is_known
    };
    let describe = |(name, text): (&String, &Zeroizing<String>)| {
        let (kind, detail) = match name.as_str() {
            TIMEOUT | METRICS => return None,
            name if is_override(name, "STAGE_CONFIG_SOURCE__") => {
                (FindingKind::Leftover, "replaces the sources of a field")
            }
            name if is_override(name, "STAGE_CONFIG_SET__") => {
                (FindingKind::Leftover, "replaces the value of a field")
            }
            "STAGE_CONFIG_LOCAL" | "STAGE_CONFIG_LOCAL_IN_LAMBDA" if text.is_empty() => {
                return None;
            }
            "STAGE_CONFIG_LOCAL" | "STAGE_CONFIG_LOCAL_IN_LAMBDA" => (
                FindingKind::Leftover,
                "is for local values, which would replace the stores",
            ),
            "STAGE_CONFIG_CHECK_RUN" => (
                FindingKind::Leftover,
                "is for `cargo stage check --run`, and makes a load fail in Lambda",
            ),
            SAM_LOCAL if text.as_str() == "true" => (
                FindingKind::Leftover,
                "makes the program act as in a local run",
            ),
            name if name.starts_with(PREFIX) => (
                FindingKind::Variable,
                "is not known, so a load fails: is it a typo?",
            ),
            _ => return None,
        };
        let help = format!("remove the variable `{name}` from the function");
        Some(Finding::new(kind, FindingResult::Wrong, name, detail, help))
    };
    let found = variables.iter().filter_map(describe);
    found.chain(examine_options(variables)).collect()
}

/// Examines the variables that set an option of the load.
fn examine_options(variables: &Variables) -> Vec<Finding> {
    let wrong = |name: &str, detail: &str, help: &str| {
        Finding::new(
            FindingKind::Variable,
            FindingResult::Wrong,
            name,
            detail,
            help,
        )
    };
    let set = |name: &str| variables.get(name).filter(|text| !text.is_empty());
    let mut findings = Vec::new();
    if set(TIMEOUT).is_some() && read_timeout(variables).is_none() {
        findings.push(wrong(
            TIMEOUT,
            "is not a duration above zero, so a load fails",
            "write a number and a unit, as in `5s`",
        ));
    }
    if set(METRICS).is_some_and(|text| text.as_str() != "emf") {
        findings.push(wrong(
            METRICS,
            "is not a format of metrics, so a load fails",
            "set it to `emf`, or remove it",
        ));
    }
    findings
}

/// Returns the timeout that the variable sets for a load.
pub(super) fn read_timeout(variables: &Variables) -> Option<Duration> {
    let text = variables.get(TIMEOUT)?;
    let timeout = parse_duration(text.trim()).ok()?;
    (!timeout.is_zero()).then_some(timeout)
}

/// Compares the expected stage with the variable that names the stage. An image may set the
/// variable too. So for an image, a variable that the function does not set is unverified, and not
/// wrong, unless the function sets a variable whose name differs only in case.
pub(super) fn examine_stage(
    variables: &Variables,
    schema: &Schema,
    stage: &Stage,
    is_image: bool,
) -> Finding {
    let variable = schema.stage_variable();
    let set = format!(
        "set the variable `{variable}` of the function to `{}`",
        stage.name()
    );
    let finding = |result, detail: &str, help: &str| {
        Finding::new(FindingKind::Stage, result, variable, detail, help)
    };
    let text = variables.get(variable).filter(|text| !text.is_empty());
    let Some(text) = text.map(|text| text.as_str()) else {
        let mut names = variables.keys();
        let other = names.find(|name| *name != variable && name.eq_ignore_ascii_case(variable));
        let detail = match other {
            Some(other) => {
                format!("is not set, but `{other}` is: names of variables are case-sensitive")
            }
            None if is_image => {
                let detail = "is not set in the function; the image may set it";
                return finding(FindingResult::Unverified, detail, &set);
            }
            None => "is not set".to_owned(),
        };
        return finding(FindingResult::Wrong, &detail, &set);
    };
    if text == stage.name() {
        return finding(FindingResult::Ok, &format!("names `{text}`"), "");
    }
    let detail = if schema.stages.contains(&text) {
        format!("names the stage `{text}`, and not `{}`", stage.name())
    } else if Stage::find_similar(schema, text) == Some(stage.name()) {
        format!("is misspelled: it resembles `{}`", stage.name())
    } else if Stage::choose(schema, text).is_ok() {
        "names another stage, which is not declared and reads the fallback sources".to_owned()
    } else {
        "names a stage that the program refuses".to_owned()
    };
    finding(FindingResult::Wrong, &detail, &set)
}

/// Examines the fields of a configuration that read variables. `fields` are the result of a read
/// with the function's variables and without requests to AWS.
pub(super) fn examine_fields(fields: &[ReadField]) -> Vec<Finding> {
    fields.iter().filter_map(examine_field).collect()
}

fn examine_field(field: &ReadField) -> Option<Finding> {
    let reads_variable =
        |source: &Source| matches!(source.address, Address::Env { .. } | Address::KmsEnv { .. });
    let chain = field.planned.chain();
    if !chain.iter().any(reads_variable) {
        return None;
    }
    let sources = || redact::display_chain(chain).join(", ");
    let finding = |result, detail: String, help: String| {
        let (kind, subject) = (FindingKind::Variable, field.planned.path());
        Some(Finding::new(kind, result, subject, detail, help))
    };
    let failure = match &field.state {
        FieldState::Undecided if chain.iter().all(reads_variable) => {
            let detail = format!("Lambda or the image may set the variable for {}", sources());
            return finding(FindingResult::Unverified, detail, String::new());
        }
        FieldState::Failed(failure) => failure.clone(),
        FieldState::Found(_) => field.verify()?.err()?,
        _ => return None,
    };
    if !field.unreachable_sources.is_empty() {
        return None;
    }
    let detail = match failure.kind() {
        FailureKind::Missing => {
            format!("no value: the function has no variable for {}", sources())
        }
        kind => format!("{kind}: {}", failure.detail()),
    };
    finding(FindingResult::Wrong, detail, failure.help().to_string())
}
