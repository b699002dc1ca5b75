//! Checks that every required field of a nested struct has a source.

use super::{
    const_str::PanicMessage,
    describe_field, stage_name,
    templates::{Templates, find_own},
};
use crate::const_for::const_for;
use crate::schema::{AssignmentKey, FieldContent, FieldSpec, Schema};

/// The message about the required fields without a source, if there are any. One compilation shows
/// all of them.
pub(super) struct Gaps {
    message: Option<PanicMessage>,
    are_several: bool,
}

impl Gaps {
    pub(super) const fn new() -> Self {
        Self {
            message: None,
            are_several: false,
        }
    }

    /// Adds the required fields that have no source in a stage. An optional struct may have no
    /// source at all. If one of its fields has a source, at any depth, all its required fields must
    /// have one.
    pub(super) const fn find(
        mut self,
        root: &Schema,
        inner: &'static Schema,
        templates: &Templates<'_>,
        key: &AssignmentKey,
        optional: bool,
    ) -> Self {
        if optional && !has_any_source(inner, templates, key) {
            return self;
        }
        const_for!(inner.fields, |field| {
            match &field.content {
                FieldContent::Nested {
                    schema, optional, ..
                } => {
                    let inherited = templates.enter(schema);
                    let templates = Templates::with_own(&inherited, inner, field);
                    self = self.find(root, schema, &templates, key, *optional);
                }
                FieldContent::Value(value) => {
                    let required =
                        !value.shape.optional && value.default.is_none() && value.compose.is_none();
                    if required && !has_source(value, templates, key) {
                        let has_template = !value.no_fallback && templates.find(key).is_some();
                        self = self.add(root, inner, field.name, templates, key, has_template);
                    }
                }
            }
        });
        self
    }

    const fn add(
        self,
        root: &Schema,
        inner: &Schema,
        field: &str,
        templates: &Templates<'_>,
        key: &AssignmentKey,
        has_template: bool,
    ) -> Self {
        let stage = stage_name(key);
        if let Some(message) = self.message {
            let start = if self.are_several {
                ", `"
            } else {
                "; also without a source: `"
            };
            let message = message.text(start).text(field).text("` of `");
            let message = message.text(inner.name).text("` for `").text(stage);
            return Self {
                message: Some(message.text("`")),
                are_several: true,
            };
        }
        let message = describe_field(root, inner, field, key)
            .text(" names no source: add `#[stage(")
            .text(stage)
            .text(" = \"…\")]` to the field");
        let message = if has_template {
            message
                .text(", or `#[stage(")
                .text(stage)
                .text(")]` for the template")
        } else {
            message
        };
        let message = match templates.field {
            Some(_) => message.text(", or a template to ").owner(templates),
            None => message,
        };
        Self {
            message: Some(message),
            are_several: false,
        }
    }

    /// Panics if a required field has no source.
    #[track_caller]
    pub(super) const fn raise(&self) {
        if let Some(message) = &self.message {
            message.raise();
        }
    }
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
