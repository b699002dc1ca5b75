//! What a root demands of the structs nested in it, checked while the root compiles.
//!
//! All of it is `const`: generated code calls [`assert_nested`] in a `const` item, and its panic is the compile error. The
//! derive cannot do this, since it sees one struct at a time.

mod const_str;
mod sealed;

use crate::schema::{Assignment, AssignmentKey, FieldContent, FieldSpec, Schema, Secrecy, Sources};
pub(crate) use const_str::PanicMessage;
use const_str::{contains, contains_text, starts_with, str_eq};

/// Holds the nested field at `index` to the root's stages, fallback and options.
///
/// # Panics
///
/// With what is missing, in which field of which struct, and what to write there.
#[track_caller]
pub const fn assert_nested(root: &'static Schema, index: usize) {
    if let FieldContent::Nested { schema, optional } = &root.fields[index].content {
        let templates = choose_templates(schema, root.templates);
        check(root, schema, templates);
        let mut stage = 0;
        while stage < root.stages.len() {
            check_complete(root, schema, templates, &AssignmentKey::Stage(root.stages[stage]), *optional);
            stage += 1;
        }
        if root.fallback {
            check_complete(root, schema, templates, &AssignmentKey::Fallback, *optional);
        }
    }
}

/// What each struct has to say by itself, however deep it is nested.
#[track_caller]
const fn check(root: &Schema, inner: &Schema, templates: &[Assignment]) {
    check_options(root, inner);
    let mut stage = 0;
    while stage < root.stages.len() {
        check_stage(root, inner, templates, &AssignmentKey::Stage(root.stages[stage]));
        stage += 1;
    }
    if root.fallback {
        check_stage(root, inner, templates, &AssignmentKey::Fallback);
    }
    let mut index = 0;
    while index < inner.fields.len() {
        let field = &inner.fields[index];
        match &field.content {
            FieldContent::Nested { schema, .. } => check(root, schema, choose_templates(schema, templates)),
            FieldContent::Value(value) if inner.inherit => {
                if inner.stages.is_empty() {
                    check_names(root, inner, field.name, value);
                }
                check_secret(inner, field.name, value, templates);
            }
            FieldContent::Value(_) => {}
        }
        index += 1;
    }
}

/// The templates that a nested struct's fields take.
const fn choose_templates<'a>(inner: &Schema, templates: &'a [Assignment]) -> &'a [Assignment] {
    if inner.inherit { templates } else { inner.templates }
}

#[track_caller]
const fn check_stage(root: &Schema, inner: &Schema, templates: &[Assignment], key: &AssignmentKey) {
    if inner.inherit && !has_template(templates, key) {
        check_bare(root, inner, key);
    }
    sealed::check(root, inner, templates, key);
}

/// The root alone decides; a struct that says something else would be silently overruled.
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
        .text("` otherwise than `")
        .text(root.name)
        .text("`, which alone decides for what is nested in it: remove the option from `")
        .text(inner.name)
        .text("`")
        .raise();
}

/// Every required field has a source in a stage. An optional struct may have none at all: it is there as soon as something in
/// it is found, at any depth, and then nothing else of it may be missing.
#[track_caller]
const fn check_complete(root: &Schema, inner: &Schema, templates: &[Assignment], key: &AssignmentKey, optional: bool) {
    if optional && !has_any_source(inner, templates, key) {
        return;
    }
    let mut index = 0;
    while index < inner.fields.len() {
        let field = &inner.fields[index];
        match &field.content {
            FieldContent::Nested { schema, optional } => {
                check_complete(root, schema, choose_templates(schema, templates), key, *optional);
            }
            FieldContent::Value(value) => {
                let required = !value.shape.optional && value.default.is_none();
                if required && !has_source(value, templates, key) {
                    refuse_incomplete(root, inner, field.name, key);
                }
            }
        }
        index += 1;
    }
}

#[track_caller]
const fn refuse_incomplete(root: &Schema, inner: &Schema, field: &str, key: &AssignmentKey) -> ! {
    let stage = stage_name(key);
    PanicMessage::new()
        .text("`")
        .text(root.name)
        .text("` has ")
        .text(if matches!(key, AssignmentKey::Stage(_)) { "the stage `" } else { "`" })
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

/// A bare key takes the template of the struct that is loaded, which must be there, also for an optional field.
#[track_caller]
const fn check_bare(root: &Schema, inner: &Schema, key: &AssignmentKey) {
    let mut index = 0;
    while index < inner.fields.len() {
        let field = &inner.fields[index];
        if let FieldContent::Value(value) = &field.content
            && let Some(Assignment { sources: Sources::Template, .. }) = find_assignment(value.assignments, key)
            && !(value.no_fallback && matches!(key, AssignmentKey::Fallback))
        {
            let stage = stage_name(key);
            PanicMessage::new()
                .text("the field `")
                .text(field.name)
                .text("` of `")
                .text(inner.name)
                .text("` takes the template for `")
                .text(stage)
                .text("`, and `")
                .text(root.name)
                .text("` has none: write the source in the field, as in `#[stage(")
                .text(stage)
                .text(" = \"…\")]`, or add the template to `")
                .text(root.name)
                .text("`")
                .raise();
        }
        index += 1;
    }
}

/// A struct that declares no stages of its own may name only the root's.
#[track_caller]
const fn check_names(root: &Schema, inner: &Schema, field: &str, value: &FieldSpec) {
    let mut index = 0;
    while index < value.assignments.len() {
        if let AssignmentKey::Stage(name) = value.assignments[index].key
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
        index += 1;
    }
}

/// A secret that takes its parent's template must not end up in plain sight. The derive sees the template without the field.
#[track_caller]
const fn check_secret(inner: &Schema, field: &str, value: &FieldSpec, templates: &[Assignment]) {
    if !matches!(value.secrecy, Secrecy::Yes) || !needs_templates(value) {
        return;
    }
    let mut index = 0;
    while index < templates.len() {
        if let Sources::Chain(texts) = templates[index].sources
            && let Some(text) = find_plaintext_source(texts)
        {
            PanicMessage::new()
                .text("the field `")
                .text(field)
                .text("` of `")
                .text(inner.name)
                .text("` is a secret, and would take the template `")
                .text(text)
                .text("`, which is not for secrets: give the field its own `#[stage(…)]`, or for `env:` write `?plaintext=allow`")
                .raise();
        }
        index += 1;
    }
}

const fn needs_templates(value: &FieldSpec) -> bool {
    let mut index = 0;
    while index < value.assignments.len() {
        if matches!(value.assignments[index].sources, Sources::Template) {
            return true;
        }
        index += 1;
    }
    value.assignments.is_empty()
}

/// The first source that shows its value to whoever looks.
const fn find_plaintext_source<'a>(texts: &[&'a str]) -> Option<&'a str> {
    let mut index = 0;
    while index < texts.len() {
        let text = texts[index];
        // A `#key` may follow the option.
        if starts_with(text, "value:") || starts_with(text, "env:") && !contains_text(text, "?plaintext=allow") {
            return Some(text);
        }
        index += 1;
    }
    None
}

const fn has_any_source(inner: &Schema, templates: &[Assignment], key: &AssignmentKey) -> bool {
    let mut index = 0;
    while index < inner.fields.len() {
        let is_covered = match &inner.fields[index].content {
            FieldContent::Value(value) => has_source(value, templates, key),
            FieldContent::Nested { schema, .. } => has_any_source(schema, choose_templates(schema, templates), key),
        };
        if is_covered {
            return true;
        }
        index += 1;
    }
    false
}

const fn has_source(value: &FieldSpec, templates: &[Assignment], key: &AssignmentKey) -> bool {
    if value.no_fallback && matches!(key, AssignmentKey::Fallback) {
        return false;
    }
    match find_assignment(value.assignments, key) {
        Some(Assignment { sources: Sources::Chain(_), .. }) => true,
        Some(_) => has_template(templates, key),
        None => value.assignments.is_empty() && has_template(templates, key),
    }
}

const fn has_template(templates: &[Assignment], key: &AssignmentKey) -> bool {
    matches!(find_assignment(templates, key), Some(Assignment { sources: Sources::Chain(_), .. }))
}

/// Which sources a stage reads: its own key's, else those of `all`.
const fn find_assignment<'a>(assignments: &'a [Assignment], key: &AssignmentKey) -> Option<&'a Assignment> {
    let mut of_all = None;
    let mut index = 0;
    while index < assignments.len() {
        let assignment = &assignments[index];
        if matches!(assignment.key, AssignmentKey::All) {
            of_all = Some(assignment);
        } else if is_same_key(&assignment.key, key) {
            return Some(assignment);
        }
        index += 1;
    }
    of_all
}

/// Whether two keys name one stage.
const fn is_same_key(stated: &AssignmentKey, wanted: &AssignmentKey) -> bool {
    match (stated, wanted) {
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
    let mut index = 0;
    while index < inner.len() {
        if !contains(root, inner[index]) {
            return false;
        }
        index += 1;
    }
    true
}
