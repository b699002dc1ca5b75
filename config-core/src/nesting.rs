//! Checks at compile time whether nested structs fit their root, whether composed fields fit their
//! parts, and whether the type of a field that reads a path can hold a map.
//!
//! Everything here is `const`. Generated code calls [`assert_nested`], [`assert_composed`] and
//! [`assert_path`] in a `const` item, and their panics are the compile errors. The derive itself
//! cannot make these checks, since it sees only the tokens of one struct at a time.

mod bare_keys;
mod completeness;
mod composed;
mod const_str;
mod name_limits;
mod paths;
mod sealed;
mod suggest;
mod templates;

use crate::const_for::const_for;
use crate::schema::{Assignment, AssignmentKey, FieldContent, FieldSpec, Schema, Secrecy};
use completeness::Gaps;
pub use composed::assert_composed;
pub(crate) use const_str::{PanicMessage, contains, str_eq};
use const_str::{contains_text, starts_with};
pub use paths::assert_path;
use templates::Templates;

/// Checks the nested struct in the field at `index`, and all structs in it, against the root: the
/// root's stages, fallback, options and templates. Does nothing if the field is not a nested
/// struct.
///
/// # Panics
///
/// Panics if the nested struct does not fit the root. The message names the struct, the field or
/// the option in it that does not fit, and the correction.
#[track_caller]
pub const fn assert_nested(root: &'static Schema, index: usize) {
    let field = &root.fields[index];
    if let FieldContent::Nested {
        schema, optional, ..
    } = &field.content
    {
        let inherited = Templates::from_root(root).enter(schema);
        let templates = Templates::with_own(&inherited, root, field);
        bare_keys::check_bare_templates(root, root, field, &inherited);
        check(root, schema, &templates);
        name_limits::check(root, field);
        let mut gaps = Gaps::new();
        const_for!(root.stages, |&stage| {
            let key = AssignmentKey::Stage(stage);
            gaps = gaps.find(root, schema, &templates, &key, *optional);
        });
        if root.fallback {
            gaps = gaps.find(
                root,
                schema,
                &templates,
                &AssignmentKey::Fallback,
                *optional,
            );
        }
        gaps.raise();
    }
}

/// Checks the options, stages, bare keys, sealed files, secrets and composed fields of a nested
/// struct, and of all structs in it.
#[track_caller]
const fn check(root: &Schema, inner: &'static Schema, templates: &Templates<'_>) {
    check_options(root, inner);

    const_for!(root.stages, |&stage| {
        check_stage(root, inner, templates, &AssignmentKey::Stage(stage));
    });
    if root.fallback {
        check_stage(root, inner, templates, &AssignmentKey::Fallback);
    }

    let inherits_stages = inner.inherit && inner.stages.is_empty();
    const_for!(inner.fields, |field| {
        let assignments = match &field.content {
            FieldContent::Nested {
                schema,
                templates: own,
                ..
            } => {
                let inherited = templates.enter(schema);
                bare_keys::check_bare_templates(root, inner, field, &inherited);
                check(root, schema, &Templates::with_own(&inherited, inner, field));
                own
            }
            FieldContent::Value(value) => {
                if !templates.is_own_of(inner) {
                    composed::check_secrecy(inner, field, templates);
                }
                value.assignments
            }
        };
        if inherits_stages {
            check_stage_names(root, inner, field.name, assignments);
        }
    });
}

#[track_caller]
const fn check_stage(
    root: &Schema,
    inner: &Schema,
    templates: &Templates<'_>,
    key: &AssignmentKey,
) {
    if !templates.is_own_of(inner) && templates.find(key).is_none() {
        bare_keys::check_bare(inner, templates, key);
    }
    const_for!(inner.fields, |field| {
        if let FieldContent::Value(value) = &field.content
            && !(value.no_fallback && matches!(key, AssignmentKey::Fallback))
        {
            check_secret(inner, field.name, value, templates, key);
            sealed::check(root, inner, field.name, value, templates, key);
        }
    });
}

/// Refuses a `stage_var`, a `default_stage` or a `preview` that differs from the root's. These
/// options have an effect only on the root, so a different option of a nested struct would be
/// ignored silently.
#[track_caller]
const fn check_options(root: &Schema, inner: &Schema) {
    let option = if is_different(inner.stage_var, root.stage_var) {
        "stage_var"
    } else if is_different(inner.default_stage, root.default_stage) {
        "default_stage"
    } else if let Some(patterns) = inner.preview
        && !has_same_patterns(patterns, root.preview)
    {
        "preview"
    } else {
        return;
    };
    PanicMessage::new()
        .text("`")
        .text(inner.name)
        .text("` sets `")
        .text(option)
        .text("` differently from `")
        .text(root.name)
        .text("`, which decides for all structs nested in it: remove the option from `")
        .text(inner.name)
        .text("`")
        .raise();
}

/// Checks that a field of a nested struct without stages of its own names only stages of the root.
#[track_caller]
const fn check_stage_names(root: &Schema, inner: &Schema, field: &str, assignments: &[Assignment]) {
    const_for!(assignments, |assignment| {
        if let AssignmentKey::Stage(name) = assignment.key
            && !contains(root.stages, name)
        {
            PanicMessage::new()
                .text("the field `")
                .text(field)
                .text("` of `")
                .text(inner.name)
                .text("` names the stage `")
                .text(name)
                .text("`, which `")
                .text(root.name)
                .text("` does not declare: correct the name, or declare it with `#[stage(")
                .text(name)
                .text(" = \"…\")]` on `")
                .text(root.name)
                .text("`")
                .raise();
        }
    });
}

/// Refuses a secret field that would use a template that is not for secret fields. The derive
/// cannot check this: it sees only one struct at a time, and the template and the field are in
/// different structs.
#[track_caller]
const fn check_secret(
    inner: &Schema,
    field: &str,
    value: &FieldSpec,
    templates: &Templates<'_>,
    key: &AssignmentKey,
) {
    if !matches!(value.secrecy, Secrecy::Yes) {
        return;
    }
    if let Some(template) = templates.find_used(value, key)
        && !template.templates.is_own_of(inner)
        && let Some(text) = find_plaintext_source(template.texts)
    {
        PanicMessage::new()
            .text("the field `")
            .text(field)
            .text("` of `")
            .text(inner.name)
            .text("` is a secret, but would use the template `")
            .text(text)
            .text(
                "`, which is not for secrets: give the field its own `#[stage(…)]`, or for `env:` \
                 write `?plaintext=allow`",
            )
            .raise();
    }
}

/// Returns the first source that is not for secret fields: `value:`, or `env:` without
/// `?plaintext=allow`.
const fn find_plaintext_source<'a>(texts: &[&'a str]) -> Option<&'a str> {
    const_for!(texts, |&text| {
        // A `#key` may follow the option, so the option is not always at the end of the text.
        if starts_with(text, "value:")
            || starts_with(text, "env:") && !contains_text(text, "?plaintext=allow")
        {
            return Some(text);
        }
    });
    None
}

/// Begins the message about a field of a nested struct in one stage of the root.
const fn describe_field(
    root: &Schema,
    inner: &Schema,
    field: &str,
    key: &AssignmentKey,
) -> PanicMessage {
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
        .text("`")
}

const fn stage_name(key: &AssignmentKey) -> &'static str {
    match key {
        AssignmentKey::Stage(name) => name,
        AssignmentKey::Fallback | AssignmentKey::All => "fallback",
    }
}

const fn is_different(inner: Option<&str>, root: Option<&str>) -> bool {
    match (inner, root) {
        (None, _) => false,
        (Some(_), None) => true,
        (Some(inner), Some(root)) => !str_eq(inner, root),
    }
}

const fn has_same_patterns(inner: &[&str], root: Option<&[&str]>) -> bool {
    let Some(root) = root else { return false };
    if inner.len() != root.len() {
        return false;
    }
    const_for!(inner, |&pattern| {
        if !contains(root, pattern) {
            return false;
        }
    });
    true
}

#[cfg(test)]
mod tests;
