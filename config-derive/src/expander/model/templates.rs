//! The struct's templates, and the fields that use them.

use super::declared_stages::{ServedStages, has_key, has_own_template};
use super::field::{self, TemplateCandidates, reads_sources};
use super::root_options::RootOptions;
use super::scope::StructScope;
use super::{AssignmentModel, SourcesModel, StructKind};
use crate::expander::attr::{self, AssignmentKeyModel, FieldInput, SourceText, StructInput};
use crate::expander::diagnostics::Diagnostics;
use crate::expander::source::{SourceUsage, check_chain};

/// Returns the kind of the struct with its templates, and for each field the template sources that
/// it uses.
pub(super) fn build_kind<'i>(
    input: &'i StructInput,
    scope: &StructScope<'_>,
    report: &mut Diagnostics,
) -> (StructKind, Vec<TemplateCandidates<'i>>) {
    let mut candidates: Vec<TemplateCandidates<'i>> =
        input.fields.iter().map(|_| Vec::new()).collect();
    let mut templates = Vec::new();
    for assignment in &input.stages.assignments {
        // A bare key is not a template. `DeclaredStages` has already read all keys.
        let attr::SourcesInput::Chain(literals) = &assignment.sources else {
            check_bare(assignment, report);
            continue;
        };
        if scope.declared.inherit {
            report.error(
                &assignment.key,
                "a struct with `inherit` uses its parent's templates: write the stage's name \
                 alone, or remove the entry",
            );
        } else {
            add_template(input, assignment, literals, scope, &mut candidates, report);
        }
        let sources = SourcesModel::Chain(literals.iter().map(SourceText::value).collect());
        templates.push(AssignmentModel {
            key: assignment.key.name.clone(),
            sources,
        });
    }

    let RootOptions {
        stage_var,
        default_stage,
        preview,
        accounts,
        batch_secrets,
        snapshot,
    } = RootOptions::new(&input.options, scope, report);
    let kind = if scope.declared.inherit {
        StructKind::Inherit
    } else {
        StructKind::Root {
            stage_var,
            default_stage,
            preview,
            accounts,
            batch_secrets,
            templates,
            snapshot,
        }
    };

    (kind, candidates)
}

/// Checks a template for each field that uses it, and adds its sources to these fields.
fn add_template<'i>(
    input: &'i StructInput,
    assignment: &attr::AssignmentInput,
    literals: &'i [SourceText],
    scope: &StructScope<'_>,
    field_candidates: &mut [TemplateCandidates<'i>],
    report: &mut Diagnostics,
) {
    let served = scope.declared.find_served(&assignment.key.name, |key| {
        has_own_template(scope.templates, key)
    });
    let users: Vec<_> = input
        .fields
        .iter()
        .zip(field_candidates)
        .filter(|(field, _)| uses_template(field, &served))
        .collect();
    let levels: Vec<_> = users
        .iter()
        .filter_map(|(field, _)| field::find_valid_level(field, scope))
        .collect();
    let app = scope.app();
    let usage = SourceUsage {
        template: Some((levels.iter().map(String::as_str).collect(), &app)),
        ..scope.new_source_usage(served)
    };
    let candidates = check_chain(literals, &usage, report);
    for (_, own_candidates) in users {
        own_candidates.extend(&candidates);
    }
}

fn check_bare(assignment: &attr::AssignmentInput, report: &mut Diagnostics) {
    if assignment.key.name == AssignmentKeyModel::All {
        report.error(
            &assignment.key,
            "`all` alone has no effect on a struct: name the stages, as in `#[stage(dev, prod)]`, \
             or give `all` a template",
        );
    }
}

/// Returns whether the field uses the template in any of these stages.
fn uses_template(field: &FieldInput, served: &ServedStages<'_>) -> bool {
    let ServedStages { stages, fallback } = find_template_stages(field, served);
    !stages.is_empty() || fallback
}

/// Returns the stages in which the field uses the template.
pub(super) fn find_template_stages<'a>(
    field: &FieldInput,
    served: &ServedStages<'a>,
) -> ServedStages<'a> {
    let stages =
        served.stages.iter().copied().filter(|stage| {
            uses_template_for(field, &AssignmentKeyModel::Stage((*stage).to_owned()))
        });
    ServedStages {
        stages: stages.collect(),
        fallback: served.fallback
            && field.options.no_fallback.is_none()
            && uses_template_for(field, &AssignmentKeyModel::Fallback),
    }
}

/// Returns whether the field uses the template for this key. A field that reads sources uses the
/// template in three cases: it has no keys; it has this key without sources; it does not have this
/// key, but has `all` without sources.
pub(super) fn uses_template_for(field: &FieldInput, key: &AssignmentKeyModel) -> bool {
    let own = &field.stages.assignments;
    let wanted = if has_key(own, key) {
        key
    } else {
        &AssignmentKeyModel::All
    };
    reads_sources(field)
        && (own.is_empty()
            || own.iter().any(|a| {
                a.key.name == *wanted && matches!(a.sources, attr::SourcesInput::Template)
            }))
}
