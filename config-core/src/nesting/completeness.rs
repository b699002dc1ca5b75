//! Checks that every required field of a nested struct has a source.

use super::{
    const_str::PanicMessage,
    stage_name,
    templates::{Templates, find_own},
};
use crate::const_for::const_for;
use crate::schema::{AssignmentKey, FieldContent, FieldSpec, Schema};

/// Checks that every required field has a source in a stage. An optional struct may have no source
/// at all. If one of its fields has a source, at any depth, all its required fields must have one.
#[track_caller]
pub(super) const fn check_complete(
    root: &Schema,
    inner: &'static Schema,
    templates: &Templates<'_>,
    key: &AssignmentKey,
    optional: bool,
) {
    if optional && !has_any_source(inner, templates, key) {
        return;
    }
    const_for!(inner.fields, |field| {
        match &field.content {
            FieldContent::Nested {
                schema, optional, ..
            } => {
                let inherited = templates.enter(schema);
                let templates = Templates::with_own(&inherited, inner, field);
                check_complete(root, schema, &templates, key, *optional);
            }
            FieldContent::Value(value) => {
                let required =
                    !value.shape.optional && value.default.is_none() && value.compose.is_none();
                if required && !has_source(value, templates, key) {
                    refuse_incomplete(root, inner, field.name, templates, key);
                }
            }
        }
    });
}

#[track_caller]
const fn refuse_incomplete(
    root: &Schema,
    inner: &Schema,
    field: &str,
    templates: &Templates<'_>,
    key: &AssignmentKey,
) -> ! {
    let stage = stage_name(key);
    let message = PanicMessage::new()
        .text("`")
        .text(root.name)
        .text("` has ")
        .text(if matches!(key, AssignmentKey::Stage(_)) {
            "the stage `"
        } else {
            "`"
        })
        .text(stage)
        .text("`, for which the field `")
        .text(field)
        .text("` of `")
        .text(inner.name)
        .text("` names no source: add `#[stage(")
        .text(stage)
        .text(" = \"…\")]` to the field");
    let message = match templates.field {
        Some(_) => message.text(", or a template to ").owner(templates),
        None => message,
    };
    message.raise();
}

const fn has_any_source(
    inner: &'static Schema,
    templates: &Templates<'_>,
    key: &AssignmentKey,
) -> bool {
    const_for!(inner.fields, |field| {
        let is_covered = match &field.content {
            FieldContent::Value(value) => has_source(value, templates, key),
            FieldContent::Nested { schema, .. } => {
                let inherited = templates.enter(schema);
                has_any_source(schema, &Templates::with_own(&inherited, inner, field), key)
            }
        };
        if is_covered {
            return true;
        }
    });
    false
}

const fn has_source(value: &FieldSpec, templates: &Templates<'_>, key: &AssignmentKey) -> bool {
    if value.no_fallback && matches!(key, AssignmentKey::Fallback) {
        return false;
    }
    find_own(value, key).is_some() || templates.find_used(value, key).is_some()
}
