//! Checks that every required field has a source in every stage. If a nested field has templates of
//! its own, and its type is not an `Option`, also checks that these templates cover every stage.

use stage_config_grammar::suggest::format_list;

use super::declared_stages::{DeclaredStages, has_key, has_template, to_key_text};
use super::field::{is_nested, is_required, needs_all_templates};
use crate::expander::attr::{AssignmentKeyModel, FieldInput, StructInput};
use crate::expander::diagnostics::Diagnostics;

/// Reports missing sources of required fields, and missing templates of nested fields that have
/// templates of their own. The stages that the struct's templates leave out are one mistake, even
/// if several fields use these templates. Each field whose own sources or templates leave out a
/// stage is a separate mistake.
pub(super) fn check(input: &StructInput, declared: &DeclaredStages, report: &mut Diagnostics) {
    if !declared.is_valid {
        return;
    }

    let stage_keys = list_expected_stages(declared);
    let templates = &input.stages.assignments;
    let has_any_template = stage_keys.iter().any(|key| has_template(templates, key));
    let mut by_templates: Vec<(Vec<AssignmentKeyModel>, Vec<String>)> = Vec::new();
    for (field, is_valid) in input.fields.iter().zip(&declared.valid_fields) {
        if !is_valid || !(is_required(field) || needs_all_templates(field)) {
            continue;
        }
        let own = &field.stages.assignments;
        if !own.is_empty() {
            let missing = find_missing(declared, |key| {
                has_key(own, key) || has_key(own, &AssignmentKeyModel::All)
            });
            check_own(field, &missing, |key| has_template(templates, key), report);
        } else if declared.inherit {
            // The parent's templates are unknown here; the root's assertion checks them.
        } else if has_any_template || !input.cargo.stages.is_empty() {
            let missing = find_missing(declared, |key| has_template(templates, key));
            match by_templates.iter_mut().find(|(keys, _)| *keys == missing) {
                Some((_, fields)) => fields.push(field.name()),
                None => by_templates.push((missing, vec![field.name()])),
            }
        } else {
            let keys = format_attribute(&stage_keys, "…");
            report.error(
                &field.ident,
                format!(
                    "`{}` has no source: add `#[stage({keys})]`, or make it an `Option`, or give \
                     it a `default`",
                    field.name()
                ),
            );
        }
    }

    for (missing, fields) in by_templates
        .iter()
        .filter(|(missing, _)| !missing.is_empty())
    {
        report.error(
            &input.ident,
            format!(
                "the templates leave out {}, which {} {}: add `#[stage({})]` to the struct{}",
                format_list(&to_names(missing)),
                format_list(fields),
                if fields.len() == 1 { "needs" } else { "need" },
                format_attribute(missing, "…/{field}"),
                format_cargo_tables(input, missing),
            ),
        );
    }
}

/// Returns the part of the message that names the tables of Cargo.toml in which these stages lack a
/// template, or an empty text if there are none.
fn format_cargo_tables(input: &StructInput, missing: &[AssignmentKeyModel]) -> String {
    let names = to_names(missing);
    let tables: Vec<&str> = input
        .cargo
        .stages
        .iter()
        .filter(|(stage, _)| names.contains(stage))
        .map(|(_, table)| table.as_str())
        .collect();
    if tables.is_empty() {
        return String::new();
    }
    format!(", or `template` to {}", tables.join(", "))
}

fn check_own(
    field: &FieldInput,
    missing: &[AssignmentKeyModel],
    has_template: impl Fn(&AssignmentKeyModel) -> bool,
    report: &mut Diagnostics,
) {
    if missing.is_empty() {
        return;
    }

    let source = if is_nested(field) {
        "…{field}"
    } else {
        "…"
    };
    let mut message = format!(
        "`{}` leaves out {}: add `#[stage({})]`",
        field.name(),
        format_list(&to_names(missing)),
        format_attribute(missing, source)
    );

    // On a nested field, a key without a source can use a template of the nested struct, which is
    // unknown here.
    if !is_nested(field) && missing.iter().all(has_template) {
        let keys: Vec<_> = missing.iter().map(to_key_text).collect();
        message += &format!(
            ", or `#[stage({})]` for the struct's template",
            keys.join(", ")
        );
    }

    report.error(&field.ident, message);
}

/// Returns every declared stage, and fallback if the struct uses it.
fn list_expected_stages(declared: &DeclaredStages) -> Vec<AssignmentKeyModel> {
    let stages = declared
        .stages
        .iter()
        .cloned()
        .map(AssignmentKeyModel::Stage);
    stages
        .chain(declared.fallback.then_some(AssignmentKeyModel::Fallback))
        .collect()
}

fn find_missing(
    declared: &DeclaredStages,
    has: impl Fn(&AssignmentKeyModel) -> bool,
) -> Vec<AssignmentKeyModel> {
    list_expected_stages(declared)
        .into_iter()
        .filter(|key| !has(key))
        .collect()
}

fn to_names(stage_keys: &[AssignmentKeyModel]) -> Vec<String> {
    stage_keys
        .iter()
        .map(AssignmentKeyModel::to_string)
        .collect()
}

fn format_attribute(stage_keys: &[AssignmentKeyModel], source: &str) -> String {
    let keys: Vec<_> = stage_keys
        .iter()
        .map(|key| format!("{} = \"{source}\"", to_key_text(key)))
        .collect();
    keys.join(", ")
}
