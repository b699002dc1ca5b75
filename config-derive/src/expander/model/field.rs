//! Builds the model of a field.

use std::iter;

use stage_config_grammar::{arn::is_made_for_secrets, source::names_path, suggest::format_list};
use syn::Type;

use super::declared_stages::{DeclaredStages, ServedStages, has_key, has_template, to_key_text};
use super::scope::{self, StructScope, check_level, exclude, read_level};
use super::secrecy::build_secrecy;
use super::{
    AssignmentModel, FieldContentModel, FieldModel, FieldSpecModel, LiteralModel, SourcesModel,
    VisibleValue,
};
use super::{composed, nested_templates, nested_type};
use crate::expander::attr::{
    self, AssignmentKeyModel, FieldInput, FieldOptions, OptionKey, SourceText,
};
use crate::expander::diagnostics::Diagnostics;
use crate::expander::format_tokens::format_tokens;
use crate::expander::source::{SourceVisibility, check_chain};
use crate::expander::type_parts::find_type_argument;

/// The template sources that a field uses.
pub(super) type TemplateCandidates<'i> = Vec<(&'i SourceText, SourceVisibility)>;

const DECODED_ONE_BY_ONE: &str = "the fields of the nested struct are decoded one by one";

/// The options that cannot be combined with `nested`, each with the alternative or the reason.
const NOT_NESTED: [(&str, &str); 11] = [
    ("compose", "write `compose` on a field with a value"),
    (
        "default",
        "give the fields of the nested struct defaults, or make this field an `Option`",
    ),
    (
        "secret",
        "write `secret` on the fields of the nested struct",
    ),
    ("plain", "write `plain` on the fields of the nested struct"),
    ("with", DECODED_ONE_BY_ONE),
    ("object", DECODED_ONE_BY_ONE),
    ("from_str", DECODED_ONE_BY_ONE),
    ("validate", "write `validate` on the nested struct"),
    ("refresh", "write `refresh` on the nested struct"),
    (
        "no_fallback",
        "write `no_fallback` on the fields of the nested struct",
    ),
    ("rename", "write `nested = \"…\"`"),
];

/// Returns whether the field reads sources: it is neither nested, nor composed, nor skipped.
pub(super) fn reads_sources(field: &FieldInput) -> bool {
    let options = &field.options;
    options.nested.is_none() && options.compose.is_none() && options.skip.is_none()
}

pub(super) fn is_nested(field: &FieldInput) -> bool {
    field.options.nested.is_some() && field.options.skip.is_none()
}

/// Returns whether the field must have a value in each stage.
pub(super) fn is_required(field: &FieldInput) -> bool {
    reads_sources(field) && field.options.default.is_none() && !is_option(&field.ty)
}

/// Returns whether the field's own templates must cover each stage.
pub(super) fn needs_all_templates(field: &FieldInput) -> bool {
    is_nested(field) && !field.stages.assignments.is_empty() && !is_option(&field.ty)
}

/// Returns whether the type is written as an `Option`. A field whose type is an alias of an
/// `Option` counts as required, since a macro cannot resolve type aliases.
fn is_option(ty: &Type) -> bool {
    find_type_argument(ty, "Option").is_some()
}

/// Returns the replacement of `{field}`, or `None` if it is invalid. Another check reports the
/// invalid name.
pub(super) fn find_valid_level(field: &FieldInput, scope: &StructScope<'_>) -> Option<String> {
    let level = match &field.options.rename {
        Some(rename) => rename.value.value(),
        None => derive_level(field, scope),
    };
    check_level(&level).is_ok().then_some(level)
}

fn derive_level(field: &FieldInput, scope: &StructScope<'_>) -> String {
    let name = field.name();
    scope
        .case
        .map_or_else(|| name.clone(), |case| case.apply(&name))
}

pub(super) fn check_skipped(field: &FieldInput, skip: &OptionKey, report: &mut Diagnostics) {
    for key in field
        .options
        .keys
        .iter()
        .filter(|key| key.name() != skip.name())
    {
        exclude(
            skip,
            key,
            "a skipped field always has its type's default",
            report,
        );
    }
    for assignment in &field.stages.assignments {
        report.error(
            &assignment.key,
            format!("`{}` has `skip`, so it has no source", field.name()),
        );
    }
}

pub(super) fn build_field(
    field: &FieldInput,
    candidates: &TemplateCandidates<'_>,
    scope: &StructScope<'_>,
    report: &mut Diagnostics,
) -> FieldModel {
    let options = &field.options;
    let (level, content) = match &options.nested {
        Some(nested) => {
            check_nested(field, &nested.key, report);
            let own_level = nested
                .value
                .as_ref()
                .map(|literal| read_level(literal, report));
            let templates = nested_templates::build_templates(field, scope, report);
            (own_level, FieldContentModel::Nested(templates))
        }
        None => {
            check_owned(field, report);
            let own_level = options
                .rename
                .as_ref()
                .map(|rename| read_level(&rename.value, report));
            let value = match &options.compose {
                Some(compose) => composed::build_value(field, compose, report),
                None => build_value(field, candidates, scope, report),
            };
            (own_level, FieldContentModel::Value(Box::new(value)))
        }
    };

    FieldModel {
        ident: field.ident.clone(),
        name: field.name(),
        level: level.unwrap_or_else(|| derive_level(field, scope)),
        docs: field.docs.clone(),
        ty: field.ty.clone(),
        content,
    }
}

fn check_nested(field: &FieldInput, nested: &OptionKey, report: &mut Diagnostics) {
    for key in &field.options.keys {
        if let Some((_, instead)) = NOT_NESTED.iter().find(|(name, _)| key.name() == *name) {
            exclude(nested, key, instead, report);
        }
    }
    if let Some(message) = nested_type::find_mistake(&field.ty) {
        report.error(&field.ty, message);
    }
}

fn build_value(
    field: &FieldInput,
    candidates: &TemplateCandidates<'_>,
    scope: &StructScope<'_>,
    report: &mut Diagnostics,
) -> FieldSpecModel {
    let options = &field.options;
    check_no_fallback(field, &scope.declared, report);
    check_refresh(field, report);
    check_decoders(options, report);

    let mut visible = VisibleValue::from_candidates(field, candidates);
    let mut literals = LiteralModel::from_sources(field, candidates);
    let mut hides_default = candidates
        .iter()
        .any(|(literal, _)| is_made_for_secrets(&literal.value()));
    let mut reads_path = false;
    let mut assignments = Vec::new();
    for assignment in &field.stages.assignments {
        let sources = match &assignment.sources {
            attr::SourcesInput::Template => {
                check_bare(assignment, field, scope, report);
                SourcesModel::Template
            }
            attr::SourcesInput::Chain(chain) => {
                let served = scope
                    .declared
                    .find_served(&assignment.key.name, |key| is_excluded_from_all(field, key));
                let candidates = check_chain(chain, &scope.new_source_usage(served), report);
                visible.extend(VisibleValue::from_candidates(field, &candidates));
                literals.extend(LiteralModel::from_sources(field, &candidates));
                let texts: Vec<_> = chain.iter().map(SourceText::value).collect();
                hides_default |= texts.iter().any(|text| is_made_for_secrets(text));
                reads_path |= texts.iter().any(|text| names_path(text));
                SourcesModel::Chain(texts)
            }
        };
        assignments.push(AssignmentModel {
            key: assignment.key.name.clone(),
            sources,
        });
    }

    let secrecy = build_secrecy(field, visible, report);
    literals.extend(LiteralModel::from_default(field, &secrecy));
    if options.with.is_some() || options.from_str.is_some() {
        literals.clear();
    }
    FieldSpecModel {
        secrecy,
        no_fallback: options.no_fallback.is_some(),
        validate: options.validate.as_ref().map(|option| option.value.clone()),
        with: options.with.as_ref().map(|option| option.value.clone()),
        object: options.object.is_some(),
        from_str: options.from_str.is_some(),
        hides_default,
        reads_path,
        refresh_ms: match &options.refresh {
            Some(option) => scope::read_refresh(&option.value, report),
            None => scope.refresh_ms,
        },
        compose: None,
        assignments,
        literals,
    }
}

/// Refuses a reference as the type of a field, also in an `Option` or a `Vec`: a load decodes owned
/// values. A field with `with` may be a reference, because the module of `with` may leak a value.
fn check_owned(field: &FieldInput, report: &mut Diagnostics) {
    let find_inner = |ty| {
        ["Option", "Vec"]
            .iter()
            .find_map(|name| find_type_argument(ty, name))
    };
    let innermost = iter::successors(Some(&field.ty), |ty| find_inner(*ty)).last();
    let Some(Type::Reference(reference)) = innermost.filter(|_| field.options.with.is_none())
    else {
        return;
    };
    let referent = format_tokens(&reference.elem);
    let owned = match &*referent {
        "str" => "String",
        "Path" => "PathBuf",
        "[u8]" => "Vec<u8>",
        _ => &referent,
    };
    let text = format!(
        "a field owns its value: write `{owned}` instead of `{}`",
        format_tokens(reference)
    );
    report.error(reference, text);
}

/// Checks that at most one option decides how the text is read.
fn check_decoders(options: &FieldOptions, report: &mut Diagnostics) {
    let (with, object, from_str) = (&options.with, &options.object, &options.from_str);
    if let (Some(with), Some(object)) = (with, object) {
        let reason = "the module of `with` decodes the value";
        exclude(&with.key, &object.key, reason, report);
    }
    if let (Some(with), Some(from_str)) = (with, from_str) {
        let reason = "the module of `with` decodes the value";
        exclude(&with.key, &from_str.key, reason, report);
    }
    if let (Some(object), Some(from_str)) = (object, from_str) {
        let reason = "`FromStr` reads a text, not a JSON object";
        exclude(&object.key, &from_str.key, reason, report);
    }
}

/// Checks that a field with `refresh` and with sources of its own has a source whose value can
/// change.
fn check_refresh(field: &FieldInput, report: &mut Diagnostics) {
    const NEVER_CHANGE: [&str; 4] = ["env:", "value:", "kms-env:", "sealed:"];
    let Some(refresh) = &field.options.refresh else {
        return;
    };
    let is_constant = |literal: &SourceText| {
        NEVER_CHANGE
            .iter()
            .any(|scheme| literal.value().starts_with(scheme))
    };
    let is_all_constant = |assignment: &attr::AssignmentInput| match &assignment.sources {
        attr::SourcesInput::Template => false,
        attr::SourcesInput::Chain(literals) => literals.iter().all(is_constant),
    };
    let own = &field.stages.assignments;
    if !own.is_empty() && own.iter().all(is_all_constant) {
        let text = "none of the field's sources changes while the program runs (`env:`, \
                    `value:`, `kms-env:` and `sealed:` are read once): remove `refresh`";
        report.error(&refresh.key, text);
    }
}

fn check_no_fallback(field: &FieldInput, declared: &DeclaredStages, report: &mut Diagnostics) {
    let Some(no_fallback) = &field.options.no_fallback else {
        return;
    };
    let fallback = field
        .stages
        .assignments
        .iter()
        .find(|assignment| assignment.key.name == AssignmentKeyModel::Fallback);
    if let Some(fallback) = fallback {
        report.error(
            &fallback.key,
            "`fallback` cannot be combined with `no_fallback`: keep one",
        );
    } else if !declared.fallback && !declared.inherit && declared.is_valid {
        report.error(
            &no_fallback.key,
            "the struct does not use `fallback`, so `no_fallback` has no effect: remove it",
        );
    } else if is_required(field) {
        report.error(
            &no_fallback.key,
            format!(
                "`no_fallback` leaves `{}` without a value in undeclared stages: make it an \
                 `Option`, or give it a `default`",
                field.name()
            ),
        );
    }
}

/// Returns whether the field's `all` does not apply to this key: the field has the key itself, or
/// the key is `fallback` and the field has `no_fallback`.
pub(super) fn is_excluded_from_all(field: &FieldInput, key: &AssignmentKeyModel) -> bool {
    has_key(&field.stages.assignments, key)
        || *key == AssignmentKeyModel::Fallback && field.options.no_fallback.is_some()
}

/// Checks that the struct has the template that a bare key uses.
fn check_bare(
    assignment: &attr::AssignmentInput,
    field: &FieldInput,
    scope: &StructScope<'_>,
    report: &mut Diagnostics,
) {
    let declared = &scope.declared;
    if declared.inherit || !declared.is_valid {
        return;
    }

    let key = &assignment.key.name;
    let ServedStages { stages, fallback } =
        declared.find_served(key, |key| is_excluded_from_all(field, key));
    let mut wanted: Vec<_> = stages
        .into_iter()
        .map(|stage| AssignmentKeyModel::Stage(stage.to_owned()))
        .collect();
    wanted.extend(fallback.then_some(AssignmentKeyModel::Fallback));
    wanted.retain(|key| !has_template(scope.templates, key));
    if let Some(first) = wanted.first() {
        let names: Vec<_> = wanted.iter().map(AssignmentKeyModel::to_string).collect();
        report.error(
            &assignment.key,
            format!(
                "`{key}` alone uses the struct's template, but the struct has none for {}: write \
                 the source here, as in `{} = \"…\"`, or add the template to the struct",
                format_list(&names),
                to_key_text(first)
            ),
        );
    }
}
