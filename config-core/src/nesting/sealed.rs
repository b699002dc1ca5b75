//! Checks the sealed files of nested structs. The derive of a struct embeds the files that the
//! struct's own sources name, and the files that the templates of its nested fields name. For a
//! source with the key `all`, it embeds the files of the stages that the struct declares. If such a
//! source names the same file for all stages, it embeds this file.

use super::{
    const_str::{PanicMessage, contains, contains_text, starts_with},
    describe_field, stage_name,
    templates::{Templates, find_own},
};
use crate::const_for::const_for;
use crate::schema::{AssignmentKey, FieldSpec, Schema};

/// Refuses a `sealed:` source of a field if no struct embeds its file for this stage of the root.
#[track_caller]
pub(super) const fn check(
    root: &Schema,
    inner: &Schema,
    field: &str,
    value: &FieldSpec,
    templates: &Templates<'_>,
    key: &AssignmentKey,
) {
    if let Some((assigned_key, texts)) = find_own(value, key) {
        const_for!(texts, |&text| {
            if starts_with(text, "sealed:") && !is_embedded(inner, text, assigned_key, key) {
                refuse_stage(root, inner, inner, field, text, key);
            }
        });
    } else if let Some(template) = templates.find_used(value, key) {
        let declarer = template.templates.declarer;
        // The templates of a nested field are not refused: the names of their files do not contain
        // the name of the inner field, so the derive of the declarer embeds these files.
        let is_inherited =
            template.templates.field.is_none() && !template.templates.is_own_of(inner);
        const_for!(template.texts, |&text| {
            if starts_with(text, "sealed:") {
                if is_inherited {
                    refuse_template(inner, field, text, key);
                }
                if !is_embedded(declarer, text, template.key, key) {
                    refuse_stage(root, declarer, inner, field, text, key);
                }
            }
        });
    }
}

/// Returns whether the derive of `declarer` embeds the file of the source `text` for the stage of
/// `key`. `assigned_key` is the key that the source has in the struct. If this is not `all`, the
/// derive always embeds the file. For `all`, the derive embeds the files of the stages that the
/// struct declares, and a file that is the same for all stages.
const fn is_embedded(
    declarer: &Schema,
    text: &str,
    assigned_key: &AssignmentKey,
    key: &AssignmentKey,
) -> bool {
    !matches!(assigned_key, AssignmentKey::All) || has_stage(declarer, key) || has_fixed_stage(text)
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
    declarer: &Schema,
    inner: &Schema,
    field: &str,
    text: &str,
    key: &AssignmentKey,
) -> ! {
    describe_field(root, inner, field, key)
        .text(" reads `")
        .text(text)
        .text("` through `all`, but `")
        .text(declarer.name)
        .text("` embeds files only for its own stages: add `#[stage(")
        .text(stage_name(key))
        .text(if matches!(key, AssignmentKey::Stage(_)) {
            " = \"…\")]` to the field"
        } else {
            " = \"sealed:dev/…\")]` to the field"
        })
        .raise()
}
