//! The parts of a struct that its fields depend on.

use std::env;

use stage_config_grammar::duration::{describe_mistake, parse_duration};
use stage_config_grammar::source::check_scheme;
use stage_config_grammar::suggest::format_expected;
use syn::LitStr;

use super::declared_stages::{DeclaredStages, ServedStages};
use crate::expander::attr::{AssignmentInput, OptionKey, StructInput};
use crate::expander::case::{CASES, Case};
use crate::expander::diagnostics::Diagnostics;
use crate::expander::source::SourceUsage;

/// The parts of a struct that its fields depend on.
pub(super) struct StructScope<'i> {
    pub(super) declared: DeclaredStages,
    pub(super) templates: &'i [AssignmentInput],
    pub(super) own_app: Option<String>,
    pub(super) schemes: Vec<String>,
    pub(super) case: Option<Case>,
    pub(super) refresh_ms: Option<u64>,
}

impl<'i> StructScope<'i> {
    pub(super) fn new(input: &'i StructInput, report: &mut Diagnostics) -> Self {
        let declared = DeclaredStages::new(input, report);
        let options = &input.options;
        Self {
            declared,
            templates: &input.stages.assignments,
            own_app: options
                .app
                .as_ref()
                .map(|option| read_level(&option.value, report)),
            schemes: options
                .schemes
                .as_ref()
                .map_or_else(Vec::new, |option| read_schemes(&option.value, report)),
            case: options
                .rename_all
                .as_ref()
                .and_then(|option| read_case(&option.value, report)),
            refresh_ms: options
                .refresh
                .as_ref()
                .and_then(|option| read_refresh(&option.value, report)),
        }
    }

    /// Returns the stages and schemes of a field's source.
    pub(super) fn new_source_usage<'a>(&'a self, served: ServedStages<'a>) -> SourceUsage<'a> {
        let ServedStages { stages, fallback } = served;
        let stages_unknown = self.declared.inherit
            && self.declared.stages.is_empty()
            && stages.is_empty()
            && !fallback;
        SourceUsage {
            stages,
            fallback,
            stages_unknown,
            template: None,
            schemes: &self.schemes,
        }
    }

    /// Returns the replacement of `{app}` at compile time.
    pub(super) fn app(&self) -> String {
        self.own_app
            .clone()
            .or_else(|| env::var("CARGO_PKG_NAME").ok())
            .unwrap_or_else(|| "app".to_owned())
    }
}

/// Reports two keys that exclude each other, at the second one.
pub(super) fn exclude(one: &OptionKey, other: &OptionKey, why: &str, report: &mut Diagnostics) {
    let (first, second) = if one.order < other.order {
        (one, other)
    } else {
        (other, one)
    };
    report.error(
        second,
        format!(
            "`{}` cannot be combined with `{}`: {why}",
            second.name(),
            first.name()
        ),
    );
}

/// Reads a text that becomes a level of addresses. It must not contain characters with a meaning in
/// sources.
pub(super) fn read_level(literal: &LitStr, report: &mut Diagnostics) -> String {
    let level = literal.value();
    if let Err(message) = check_level(&level) {
        report.error(literal, message);
    }
    level
}

pub(in crate::expander) fn check_level(level: &str) -> Result<(), String> {
    if level.is_empty() || level.starts_with('/') || level.ends_with('/') {
        return Err(format!(
            "`{level}` is not a level of an address: expected a name, as in `mail`"
        ));
    }
    match level
        .chars()
        .find(|c| !c.is_alphanumeric() && !matches!(c, '_' | '-' | '.' | '/' | '+' | '@'))
    {
        Some(invalid) => Err(format!(
            "`{level}` is used as a level of addresses, where {invalid:?} is not allowed"
        )),
        None => Ok(()),
    }
}

/// Reads a duration such as `5m`, and returns it in milliseconds.
pub(super) fn read_refresh(literal: &LitStr, report: &mut Diagnostics) -> Option<u64> {
    let duration = match parse_duration(&literal.value()) {
        Ok(duration) => u64::try_from(duration.as_millis()).ok(),
        Err(_) => {
            let text = literal.value();
            let mistake = describe_mistake(&text);
            report.error(
                literal,
                format!("`{text}` is not a duration such as `30s` or `5m`: {mistake}"),
            );
            return None;
        }
    };

    if duration.is_none_or(|ms| ms < 1000) {
        report.error(
            literal,
            format!(
                "`{}` is not a valid refresh interval: expected one second or more, such as `5m`",
                literal.value()
            ),
        );
    }

    duration
}

fn read_schemes(literals: &[LitStr], report: &mut Diagnostics) -> Vec<String> {
    let mut schemes = Vec::new();
    for literal in literals {
        let scheme = literal.value();
        if let Err(error) = check_scheme(&scheme) {
            report.error(literal, error.to_string());
        } else if schemes.contains(&scheme) {
            report.error(literal, duplicate_message(&scheme));
        }
        schemes.push(scheme);
    }
    schemes
}

pub(super) fn duplicate_message(text: &str) -> String {
    format!("`{text}` is given twice: keep one")
}

fn read_case(literal: &LitStr, report: &mut Diagnostics) -> Option<Case> {
    let name = literal.value();
    let found = CASES.iter().find(|(known, _)| *known == name);
    if found.is_none() {
        let names = CASES.map(|(name, _)| name);
        report.error(
            literal,
            format!("unknown case `{name}`; {}", format_expected(&name, &names)),
        );
    }
    found.map(|(_, case)| *case)
}
