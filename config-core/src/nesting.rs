//! The checks of nested structs against their root, at compile time.
//!
//! Everything here is `const`. Generated code calls [`assert_nested`] in a `const` item, and its
//! panic is the compile error. The derive itself cannot check this, since it sees one struct at a
//! time.

mod const_str;
mod names;
mod sealed;

use crate::const_for::const_for;
use crate::schema::{Assignment, AssignmentKey, FieldContent, FieldSpec, Schema, Secrecy, Sources};
pub(crate) use const_str::{PanicMessage, contains, str_eq};
use const_str::{contains_text, starts_with};

/// Checks the nested field at `index` against the root's stages, fallback and options.
///
/// # Panics
///
/// Panics if the nested struct does not fit the root. The message names the field and the struct,
/// and the correction.
#[track_caller]
pub const fn assert_nested(root: &'static Schema, index: usize) {
    let field = &root.fields[index];
    if let FieldContent::Nested { schema, optional } = &field.content {
        let templates = choose_templates(schema, root.templates);
        check(root, schema, templates);
        names::check(root, field);
        const_for!(root.stages, |&stage| {
            check_complete(
                root,
                schema,
                templates,
                &AssignmentKey::Stage(stage),
                *optional,
            );
        });
        if root.fallback {
            check_complete(root, schema, templates, &AssignmentKey::Fallback, *optional);
        }
    }
}

/// Checks the options, stages and secrets of a nested struct, and of all structs in it.
#[track_caller]
const fn check(root: &Schema, inner: &Schema, templates: &[Assignment]) {
    check_options(root, inner);

    const_for!(root.stages, |&stage| {
        check_stage(root, inner, templates, &AssignmentKey::Stage(stage));
    });
    if root.fallback {
        check_stage(root, inner, templates, &AssignmentKey::Fallback);
    }

    const_for!(inner.fields, |field| {
        match &field.content {
            FieldContent::Nested { schema, .. } => {
                check(root, schema, choose_templates(schema, templates))
            }
            FieldContent::Value(value) if inner.inherit => {
                if inner.stages.is_empty() {
                    check_names(root, inner, field.name, value);
                }
                check_secret(inner, field.name, value, templates);
            }
            FieldContent::Value(_) => {}
        }
    });
}

/// Returns the templates that the fields of a nested struct use.
const fn choose_templates<'a>(inner: &Schema, templates: &'a [Assignment]) -> &'a [Assignment] {
    if inner.inherit {
        templates
    } else {
        inner.templates
    }
}

#[track_caller]
const fn check_stage(root: &Schema, inner: &Schema, templates: &[Assignment], key: &AssignmentKey) {
    if inner.inherit && !has_template(templates, key) {
        check_bare(root, inner, key);
    }
    sealed::check(root, inner, templates, key);
}

/// Refuses options that differ from the root's. Only the root's options have an effect, so
/// different options would be ignored silently.
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

/// Checks that every required field has a source in a stage. An optional struct may have no source
/// at all. If one of its fields has a source, at any depth, all its required fields must have one.
#[track_caller]
const fn check_complete(
    root: &Schema,
    inner: &Schema,
    templates: &[Assignment],
    key: &AssignmentKey,
    optional: bool,
) {
    if optional && !has_any_source(inner, templates, key) {
        return;
    }
    const_for!(inner.fields, |field| {
        match &field.content {
            FieldContent::Nested { schema, optional } => {
                check_complete(
                    root,
                    schema,
                    choose_templates(schema, templates),
                    key,
                    *optional,
                );
            }
            FieldContent::Value(value) => {
                let required = !value.shape.optional && value.default.is_none();
                if required && !has_source(value, templates, key) {
                    refuse_incomplete(root, inner, field.name, key);
                }
            }
        }
    });
}

#[track_caller]
const fn refuse_incomplete(root: &Schema, inner: &Schema, field: &str, key: &AssignmentKey) -> ! {
    let stage = stage_name(key);
    PanicMessage::new()
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
        .text(" = \"…\")]` to it")
        .raise();
}

/// Refuses a bare key if the root has no template for it. A bare key uses the root's template,
/// which must exist even for an optional field.
#[track_caller]
const fn check_bare(root: &Schema, inner: &Schema, key: &AssignmentKey) {
    const_for!(inner.fields, |field| {
        if let FieldContent::Value(value) = &field.content
            && let Some(Assignment {
                sources: Sources::Template,
                ..
            }) = find_assignment(value.assignments, key)
            && !(value.no_fallback && matches!(key, AssignmentKey::Fallback))
        {
            let stage = stage_name(key);
            PanicMessage::new()
                .text("the field `")
                .text(field.name)
                .text("` of `")
                .text(inner.name)
                .text("` uses the template for `")
                .text(stage)
                .text("`, but `")
                .text(root.name)
                .text("` has none: write the source in the field, as in `#[stage(")
                .text(stage)
                .text(" = \"…\")]`, or add the template to `")
                .text(root.name)
                .text("`")
                .raise();
        }
    });
}

/// Checks that a struct that declares no stages names only the root's stages.
#[track_caller]
const fn check_names(root: &Schema, inner: &Schema, field: &str, value: &FieldSpec) {
    const_for!(value.assignments, |assignment| {
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

/// Refuses a secret that would use a template in plain text. The derive cannot check this: it sees
/// the template without the field.
#[track_caller]
const fn check_secret(inner: &Schema, field: &str, value: &FieldSpec, templates: &[Assignment]) {
    if !matches!(value.secrecy, Secrecy::Yes) || !needs_templates(value) {
        return;
    }
    const_for!(templates, |template| {
        if let Sources::Chain(texts) = template.sources
            && let Some(text) = find_plaintext_source(texts)
        {
            PanicMessage::new()
                .text("the field `")
                .text(field)
                .text("` of `")
                .text(inner.name)
                .text("` is a secret, but would use the template `")
                .text(text)
                .text(
                    "`, which is not for secrets: give the field its own `#[stage(…)]`, or for \
                     `env:` write `?plaintext=allow`",
                )
                .raise();
        }
    });
}

const fn needs_templates(value: &FieldSpec) -> bool {
    const_for!(value.assignments, |assignment| {
        if matches!(assignment.sources, Sources::Template) {
            return true;
        }
    });
    value.assignments.is_empty()
}

/// Returns the first source whose value is plain text.
const fn find_plaintext_source<'a>(texts: &[&'a str]) -> Option<&'a str> {
    const_for!(texts, |&text| {
        // A `#key` may follow the option.
        if starts_with(text, "value:")
            || starts_with(text, "env:") && !contains_text(text, "?plaintext=allow")
        {
            return Some(text);
        }
    });
    None
}

const fn has_any_source(inner: &Schema, templates: &[Assignment], key: &AssignmentKey) -> bool {
    const_for!(inner.fields, |field| {
        let is_covered = match &field.content {
            FieldContent::Value(value) => has_source(value, templates, key),
            FieldContent::Nested { schema, .. } => {
                has_any_source(schema, choose_templates(schema, templates), key)
            }
        };
        if is_covered {
            return true;
        }
    });
    false
}

const fn has_source(value: &FieldSpec, templates: &[Assignment], key: &AssignmentKey) -> bool {
    if value.no_fallback && matches!(key, AssignmentKey::Fallback) {
        return false;
    }
    match find_assignment(value.assignments, key) {
        Some(Assignment {
            sources: Sources::Chain(_),
            ..
        }) => true,
        Some(_) => has_template(templates, key),
        None => value.assignments.is_empty() && has_template(templates, key),
    }
}

const fn has_template(templates: &[Assignment], key: &AssignmentKey) -> bool {
    matches!(
        find_assignment(templates, key),
        Some(Assignment {
            sources: Sources::Chain(_),
            ..
        })
    )
}

/// Returns the assignment with the stage's key, or else the assignment with the key `all`.
const fn find_assignment<'a>(
    assignments: &'a [Assignment],
    key: &AssignmentKey,
) -> Option<&'a Assignment> {
    let mut for_all = None;
    const_for!(assignments, |assignment| {
        if matches!(assignment.key, AssignmentKey::All) {
            for_all = Some(assignment);
        } else if is_same_key(&assignment.key, key) {
            return Some(assignment);
        }
    });
    for_all
}

/// Returns whether two keys name the same stage.
const fn is_same_key(one: &AssignmentKey, other: &AssignmentKey) -> bool {
    match (one, other) {
        (AssignmentKey::Fallback, AssignmentKey::Fallback) => true,
        (AssignmentKey::Stage(one), AssignmentKey::Stage(other)) => str_eq(one, other),
        _ => false,
    }
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
