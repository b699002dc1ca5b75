//! Checks the sealed files of nested structs. Each struct embeds the files of its own sources, for
//! the stages that it declares.

use super::{
    const_str::{PanicMessage, contains, contains_text, starts_with},
    find_assignment, stage_name,
};
use crate::const_for::const_for;
use crate::schema::{Assignment, AssignmentKey, FieldContent, FieldSpec, Schema, Sources};

/// Refuses a source that reads a sealed file in one of the root's stages if no struct embeds that
/// file.
#[track_caller]
pub(super) const fn check(
    root: &Schema,
    inner: &Schema,
    templates: &[Assignment],
    key: &AssignmentKey,
) {
    const_for!(inner.fields, |field| {
        if let FieldContent::Value(value) = &field.content
            && !(value.no_fallback && matches!(key, AssignmentKey::Fallback))
        {
            check_value(root, inner, field.name, value, templates, key);
        }
    });
}

#[track_caller]
const fn check_value(
    root: &Schema,
    inner: &Schema,
    field: &str,
    value: &FieldSpec,
    templates: &[Assignment],
    key: &AssignmentKey,
) {
    let own = find_assignment(value.assignments, key);
    let (assignment, inherited) = match own {
        Some(Assignment {
            sources: Sources::Chain(_),
            ..
        }) => (own, false),
        None if !value.assignments.is_empty() => return,
        Some(_) | None => (find_assignment(templates, key), inner.inherit),
    };

    let Some(Assignment {
        key: assigned_key,
        sources: Sources::Chain(texts),
    }) = assignment
    else {
        return;
    };
    const_for!(texts, |&text| {
        if starts_with(text, "sealed:") {
            if inherited {
                refuse_template(inner, field, text, key);
            }
            // The derive has embedded the files of a stage with an explicit key.
            if matches!(assigned_key, AssignmentKey::All)
                && !has_stage(inner, key)
                && !has_fixed_stage(text)
            {
                refuse_stage(root, inner, field, text, key);
            }
        }
    });
}

const fn has_stage(inner: &Schema, key: &AssignmentKey) -> bool {
    match key {
        AssignmentKey::Stage(name) => contains(inner.stages, name),
        AssignmentKey::Fallback | AssignmentKey::All => inner.fallback,
    }
}

/// Returns whether the source names one file for all stages, such as `sealed:dev/x`.
const fn has_fixed_stage(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut index = 0;
    while index < bytes.len() && bytes[index] != b'#' {
        if bytes[index] == b'/' {
            return !contains_text(text, "{stage}");
        }
        index += 1;
    }
    false
}

#[track_caller]
const fn refuse_template(inner: &Schema, field: &str, text: &str, key: &AssignmentKey) -> ! {
    PanicMessage::new()
        .text("the field `")
        .text(field)
        .text("` of `")
        .text(inner.name)
        .text("` would use the template `")
        .text(text)
        .text(
            "`, but a template cannot embed a file for a struct with `inherit`: give the field \
             its own `#[stage(",
        )
        .text(stage_name(key))
        .text(if matches!(key, AssignmentKey::Stage(_)) {
            " = \"sealed:"
        } else {
            " = \"sealed:dev/"
        })
        .text(field)
        .text("\")]`")
        .raise()
}

#[track_caller]
const fn refuse_stage(
    root: &Schema,
    inner: &Schema,
    field: &str,
    text: &str,
    key: &AssignmentKey,
) -> ! {
    PanicMessage::new()
        .text("`")
        .text(root.name)
        .text(if matches!(key, AssignmentKey::Stage(_)) {
            "` has the stage `"
        } else {
            "` has `"
        })
        .text(stage_name(key))
        .text("`, for which the field `")
        .text(field)
        .text("` of `")
        .text(inner.name)
        .text("` reads `")
        .text(text)
        .text("` through `all`, but `")
        .text(inner.name)
        .text("` embeds files for its own stages only: add `#[stage(")
        .text(stage_name(key))
        .text(if matches!(key, AssignmentKey::Stage(_)) {
            " = \"…\")]` to the field"
        } else {
            " = \"sealed:dev/…\")]` to the field"
        })
        .raise()
}
