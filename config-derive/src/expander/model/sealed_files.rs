//! Finds the sealed files that the sources of a struct name, for each stage.

use std::slice;

use super::declared_stages::has_own_template;
use super::field::{self, is_excluded_from_all, is_nested, reads_sources};
use super::nested_templates::{new_nested_usage, seals_fields};
use super::scope::StructScope;
use super::templates::{find_template_stages, uses_template_for};
use crate::expander::attr::{AssignmentInput, AssignmentKeyModel, SourcesInput, StructInput};
use crate::expander::diagnostics::Diagnostics;
use crate::expander::sealed::{NeededFile, SealedFileModel, find_embedded, find_needed};
use crate::expander::source::SourceUsage;

/// Returns the files to embed. Missing files are reported together with the other mistakes.
pub(super) fn collect_files(
    input: &StructInput,
    scope: &StructScope<'_>,
    report: &mut Diagnostics,
) -> Vec<SealedFileModel> {
    // Without the feature, the check of the sources reports each `sealed:` source.
    if !cfg!(feature = "kms") {
        return Vec::new();
    }

    let mut all = Vec::new();
    if !scope.declared.inherit {
        input
            .stages
            .assignments
            .iter()
            .for_each(|template| collect_template_files(input, template, scope, &mut all));
    }

    for field in input.fields.iter().filter(|field| reads_sources(field)) {
        for assignment in &field.stages.assignments {
            if let SourcesInput::Chain(literals) = &assignment.sources {
                let served = scope
                    .declared
                    .find_served(&assignment.key.name, |key| is_excluded_from_all(field, key));
                let is_read_by_root = assignment.key.name == AssignmentKeyModel::All;
                all.extend(find_needed(
                    literals,
                    &scope.new_source_usage(served),
                    None,
                    is_read_by_root,
                ));
            }
        }
    }

    let app = scope.app();
    for field in input.fields.iter().filter(|field| is_nested(field)) {
        for assignment in &field.stages.assignments {
            if let SourcesInput::Chain(literals) = &assignment.sources {
                let key = &assignment.key.name;
                let usage = new_nested_usage(field, key, &app, scope);
                let is_read_by_root = *key == AssignmentKeyModel::All;
                for literal in literals.iter().filter(|literal| !seals_fields(literal)) {
                    let literal = slice::from_ref(literal);
                    all.extend(find_needed(literal, &usage, Some("field"), is_read_by_root));
                }
            }
        }
    }

    find_embedded(&all, report)
}

/// Adds the files of a template. Each field may have its own file, and may use the template only in
/// some stages.
fn collect_template_files<'i>(
    input: &StructInput,
    template: &'i AssignmentInput,
    scope: &StructScope<'_>,
    all: &mut Vec<NeededFile<'i>>,
) {
    let SourcesInput::Chain(literals) = &template.sources else {
        return;
    };
    let served = scope.declared.find_served(&template.key.name, |key| {
        has_own_template(scope.templates, key)
    });
    let app = scope.app();
    for literal in literals {
        for field in &input.fields {
            let Some(level) = field::find_valid_level(field, scope) else {
                continue;
            };
            let served = find_template_stages(field, &served);
            let is_read_by_root = template.key.name == AssignmentKeyModel::All
                && uses_template_for(field, &AssignmentKeyModel::All);
            let usage = SourceUsage {
                template: Some((Vec::new(), &app)),
                ..scope.new_source_usage(served)
            };
            all.extend(find_needed(
                slice::from_ref(literal),
                &usage,
                Some(&level),
                is_read_by_root,
            ));
        }
    }
}
