//! Checks that each bare key, which is a key without sources, has a template that it can use.

use super::{
    const_str::PanicMessage,
    stage_name,
    templates::{Templates, find_assignment},
};
use crate::const_for::const_for;
use crate::schema::{Assignment, AssignmentKey, Field, FieldContent, Schema, Sources};

/// Refuses a field of the struct, even an optional one, that has a bare key for the stage of `key`.
/// A bare key needs a template, and the caller has determined that there is no template for `key`.
#[track_caller]
pub(super) const fn check_bare(inner: &Schema, templates: &Templates<'_>, key: &AssignmentKey) {
    const_for!(inner.fields, |field| {
        if let FieldContent::Value(value) = &field.content
            && let Some(Assignment {
                sources: Sources::Template,
                ..
            }) = find_assignment(value.assignments, key)
            && !(value.no_fallback && matches!(key, AssignmentKey::Fallback))
        {
            refuse_bare(
                inner,
                field.name,
                templates,
                key,
                "write the source in the field",
            );
        }
    });
}

/// Refuses a bare key in the templates of a nested field if `inherited` has no template for the
/// stage of the key.
#[track_caller]
pub(super) const fn check_bare_templates(
    root: &Schema,
    outer: &Schema,
    field: &Field,
    inherited: &Templates<'_>,
) {
    let FieldContent::Nested { templates, .. } = &field.content else {
        return;
    };
    const_for!(root.stages, |&stage| {
        check_bare_template(
            outer,
            field.name,
            templates,
            inherited,
            &AssignmentKey::Stage(stage),
        );
    });
    if root.fallback {
        check_bare_template(
            outer,
            field.name,
            templates,
            inherited,
            &AssignmentKey::Fallback,
        );
    }
}

#[track_caller]
const fn check_bare_template(
    outer: &Schema,
    field: &str,
    templates: &[Assignment],
    inherited: &Templates<'_>,
    key: &AssignmentKey,
) {
    if let Some(Assignment {
        sources: Sources::Template,
        ..
    }) = find_assignment(templates, key)
        && inherited.find(key).is_none()
    {
        refuse_bare(
            outer,
            field,
            inherited,
            key,
            "write the template in the field",
        );
    }
}

#[track_caller]
const fn refuse_bare(
    schema: &Schema,
    field: &str,
    templates: &Templates<'_>,
    key: &AssignmentKey,
    help: &str,
) -> ! {
    let stage = stage_name(key);
    PanicMessage::new()
        .text("the field `")
        .text(field)
        .text("` of `")
        .text(schema.name)
        .text("` uses the template for `")
        .text(stage)
        .text("`, but ")
        .owner(templates)
        .text(" has none: ")
        .text(help)
        .text(", as in `#[stage(")
        .text(stage)
        .text(" = \"…\")]`, or add the template to ")
        .owner(templates)
        .raise();
}
