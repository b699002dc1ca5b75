//! Fields with `#[config(compose = "…")]`: their templates, and the order in which they are
//! composed.

use stage_config_grammar::compose::{ComposeTemplate, sort_by_parts};
use stage_config_grammar::suggest::format_list;
use syn::LitStr;

use super::scope::exclude;
use super::{ComposeModel, FieldContentModel, FieldModel, FieldSpecModel, SecrecyModel};
use crate::expander::attr::{FieldInput, KeyedValue};
use crate::expander::diagnostics::Diagnostics;

/// The options that a composed field cannot have, each with the reason.
const NOT_COMPOSED: [(&str, &str); 8] = [
    ("default", "the parts have defaults"),
    (
        "secret",
        "give the field a secret type, such as `SecretString`",
    ),
    ("plain", "the parts decide whether the field is a secret"),
    (
        "with",
        "the value is a text: use a type with `FromStr`, and `from_str`",
    ),
    ("object", "the value is a text"),
    ("refresh", "the value changes with the parts"),
    ("no_fallback", "a composed field has no source"),
    ("rename", "a composed field has no source"),
];

/// Builds the model of a composed field.
pub(super) fn build_value(
    field: &FieldInput,
    compose: &KeyedValue<LitStr>,
    report: &mut Diagnostics,
) -> FieldSpecModel {
    let options = &field.options;
    for key in &options.keys {
        if let Some((_, why)) = NOT_COMPOSED.iter().find(|(name, _)| key.name() == *name) {
            exclude(&compose.key, key, why, report);
        }
    }
    for assignment in &field.stages.assignments {
        let name = field.name();
        report.error(
            &assignment.key,
            format!("`{name}` has `compose`, so it has no source: remove the entry"),
        );
    }

    FieldSpecModel {
        secrecy: SecrecyModel::ByType {
            plain: false,
            default: None,
            visible: Vec::new(),
        },
        no_fallback: false,
        validate: options.validate.as_ref().map(|option| option.value.clone()),
        with: None,
        object: false,
        from_str: options.from_str.is_some(),
        hides_default: false,
        reads_path: false,
        refresh_ms: None,
        compose: Some(ComposeModel {
            template: compose.value.clone(),
            parts: read_parts(&compose.value, report),
        }),
        assignments: Vec::new(),
        literals: Vec::new(),
    }
}

/// Returns the names in a template, each once.
fn read_parts(literal: &LitStr, report: &mut Diagnostics) -> Vec<String> {
    match ComposeTemplate::parse(&literal.value()) {
        Ok(template) => template.list_fields(),
        Err(mistakes) => {
            for mistake in mistakes {
                report.error(literal, mistake);
            }
            Vec::new()
        }
    }
}

/// Returns the positions of the composed fields, each after the composed fields that its template
/// names. Reports templates that need each other.
pub(super) fn sort_fields(fields: &[FieldModel], report: &mut Diagnostics) -> Vec<usize> {
    let composed: Vec<(usize, &FieldModel, &ComposeModel)> = fields
        .iter()
        .enumerate()
        .filter_map(|(index, field)| match &field.content {
            FieldContentModel::Value(value) => Some((index, field, value.compose.as_ref()?)),
            FieldContentModel::Nested(_) => None,
        })
        .collect();
    let names: Vec<(&str, Vec<&str>)> = composed
        .iter()
        .map(|(_, field, compose)| {
            let parts = compose.parts.iter().map(String::as_str);
            (field.name.as_str(), parts.collect())
        })
        .collect();
    match sort_by_parts(&names) {
        Ok(order) => order.into_iter().map(|at| composed[at].0).collect(),
        Err(cycle) => {
            let names: Vec<&str> = cycle.iter().map(|at| names[*at].0).collect();
            let message = match names.as_slice() {
                [name] => format!("the template of `{name}` needs itself"),
                names => format!("the templates of {} need each other", format_list(names)),
            };
            for at in cycle {
                let template = &composed[at].2.template;
                report.error(template, format!("{message}: name other fields"));
            }
            Vec::new()
        }
    }
}
