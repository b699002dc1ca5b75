//! The templates that a nested field gives to the fields of its struct.

use super::declared_stages::has_key;
use super::scope::StructScope;
use super::{AssignmentModel, SourcesModel};
use crate::expander::attr::{AssignmentKeyModel, FieldInput, SourceText, SourcesInput};
use crate::expander::diagnostics::Diagnostics;
use crate::expander::source::{SourceUsage, check_chain};

const SEALED_FIELDS: &str = "the fields of the nested struct are unknown here, so their files \
                             cannot be embedded: name one file that holds a JSON object, as in \
                             `sealed:orders_db#{field}`, or write the sources in the nested struct";

/// Builds the templates of a nested field, and checks them as if a field with a plain name used
/// them. The real names of the nested struct's fields are unknown here, so an assertion of the root
/// checks the templates with the real names.
pub(super) fn build_templates(
    field: &FieldInput,
    scope: &StructScope<'_>,
    report: &mut Diagnostics,
) -> Vec<AssignmentModel> {
    let app = scope.app();
    let mut templates = Vec::new();
    for assignment in &field.stages.assignments {
        let key = assignment.key.name.clone();
        let sources = match &assignment.sources {
            SourcesInput::Template => SourcesModel::Template,
            SourcesInput::Chain(literals) => {
                let usage = new_nested_usage(field, &key, &app, scope);
                let valid = check_chain(literals, &usage, report);
                for (literal, _) in valid.iter().filter(|(literal, _)| seals_fields(literal)) {
                    report.error(literal, SEALED_FIELDS);
                }
                SourcesModel::Chain(literals.iter().map(SourceText::value).collect())
            }
        };
        templates.push(AssignmentModel { key, sources });
    }
    templates
}

/// Returns the usage of a nested field's template: the stages that use it, the schemes, and the
/// replacement of `{app}`.
pub(super) fn new_nested_usage<'a>(
    field: &'a FieldInput,
    key: &'a AssignmentKeyModel,
    app: &'a str,
    scope: &'a StructScope<'_>,
) -> SourceUsage<'a> {
    let served = scope
        .declared
        .find_served(key, |key| has_key(&field.stages.assignments, key));
    SourceUsage {
        template: Some((Vec::new(), app)),
        ..scope.new_source_usage(served)
    }
}

/// Returns whether each field of the nested struct would have its own sealed file. These fields are
/// unknown here, so the struct cannot embed their files.
pub(super) fn seals_fields(literal: &SourceText) -> bool {
    let text = literal.value();
    let address = text.split('#').next().unwrap_or_default();
    address.starts_with("sealed:") && address.contains("{field}")
}
