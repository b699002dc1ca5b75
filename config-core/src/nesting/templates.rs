//! The templates that the fields of a nested struct use.

use super::const_str::{PanicMessage, contains_text, starts_with, str_eq};
use crate::const_for::const_for;
use crate::schema::{Assignment, AssignmentKey, Field, FieldContent, FieldSpec, Schema, Sources};

/// The templates that the fields of a struct use. They form a linked list: if a nested field has a
/// key without sources (a bare key), the template of the next list element applies.
#[derive(Clone, Copy)]
pub(super) struct Templates<'a> {
    assignments: &'a [Assignment],
    /// The struct that declares the templates.
    pub(super) declarer: &'static Schema,
    /// The nested field of that struct that has the templates, or `None` for the struct's own
    /// templates.
    pub(super) field: Option<&'static str>,
    /// The number of nested structs around the first field whose name `{field}` contains. `{field}`
    /// omits the names of the fields outside of it.
    pub(super) start: usize,
    /// The number of structs around the struct whose fields use the templates.
    depth: usize,
    next: Option<&'a Templates<'a>>,
}

/// A template, and the templates that it belongs to.
pub(super) struct FoundTemplate<'a> {
    pub(super) key: &'a AssignmentKey,
    pub(super) texts: &'static [&'static str],
    pub(super) templates: &'a Templates<'a>,
}

impl<'a> Templates<'a> {
    pub(super) const fn from_root(root: &'static Schema) -> Self {
        Self::from_schema(root, 0)
    }

    const fn from_schema(schema: &'static Schema, depth: usize) -> Self {
        Self {
            assignments: schema.templates,
            declarer: schema,
            field: None,
            start: depth,
            depth,
            next: None,
        }
    }

    /// Returns the templates of a nested struct, without those of the nested field.
    pub(super) const fn enter(&self, inner: &'static Schema) -> Self {
        if inner.inherit {
            Self {
                depth: self.depth + 1,
                ..*self
            }
        } else {
            Self::from_schema(inner, self.depth + 1)
        }
    }

    /// Returns the templates of the nested struct in `field`, which is a field of `outer`.
    /// `inherited` are the templates that apply if the field has no templates of its own.
    pub(super) const fn with_own(
        inherited: &'a Self,
        outer: &'static Schema,
        field: &'static Field,
    ) -> Self {
        match &field.content {
            FieldContent::Nested { templates, .. } if !templates.is_empty() => Self {
                assignments: templates,
                declarer: outer,
                field: Some(field.name),
                start: inherited.depth,
                depth: inherited.depth,
                next: Some(inherited),
            },
            _ => *inherited,
        }
    }

    /// Returns the template of a stage.
    pub(super) const fn find(&'a self, key: &AssignmentKey) -> Option<FoundTemplate<'a>> {
        match find_assignment(self.assignments, key) {
            Some(Assignment {
                key,
                sources: Sources::Chain(texts),
            }) => Some(FoundTemplate {
                key,
                texts,
                templates: self,
            }),
            Some(_) => match self.next {
                Some(next) => next.find(key),
                None => None,
            },
            None => None,
        }
    }

    /// Returns the template that a field uses in a stage.
    pub(super) const fn find_used(
        &'a self,
        value: &FieldSpec,
        key: &AssignmentKey,
    ) -> Option<FoundTemplate<'a>> {
        match find_assignment(value.assignments, key) {
            None if value.compose.is_some() => None,
            None if !value.assignments.is_empty() => None,
            Some(Assignment {
                sources: Sources::Chain(_),
                ..
            }) => None,
            Some(_) | None => self.find(key),
        }
    }

    /// Returns whether a field with these assignments may read a source that is made for secrets,
    /// in any stage.
    pub(super) const fn may_read_secrets(&self, own: &[Assignment]) -> bool {
        has_secret_source(own) || (own.is_empty() || has_bare_key(own)) && self.have_secrets()
    }

    /// Returns whether one of the templates is made for secrets.
    const fn have_secrets(&self) -> bool {
        has_secret_source(self.assignments)
            || match self.next {
                Some(next) if has_bare_key(self.assignments) => next.have_secrets(),
                _ => false,
            }
    }

    /// Returns whether the templates are those of the struct itself, which its derive has checked.
    pub(super) const fn is_own_of(&self, schema: &Schema) -> bool {
        self.field.is_none() && !schema.inherit
    }

    /// Returns the smallest `start` in the list, which is the `start` of the last list element.
    pub(super) const fn smallest_start(&self) -> usize {
        match self.next {
            Some(next) => next.smallest_start(),
            None => self.start,
        }
    }
}

const fn has_bare_key(assignments: &[Assignment]) -> bool {
    const_for!(assignments, |assignment| {
        if matches!(assignment.sources, Sources::Template) {
            return true;
        }
    });
    false
}

/// Returns whether a source is made for secrets: a `const` approximation of
/// `arn::is_made_for_secrets`.
const fn has_secret_source(assignments: &[Assignment]) -> bool {
    const_for!(assignments, |assignment| {
        if let Sources::Chain(texts) = assignment.sources {
            const_for!(texts, |&text| {
                if starts_with(text, "secret:")
                    || starts_with(text, "kms-env:")
                    || starts_with(text, "sealed:")
                    || contains_text(text, "aws/reference/secretsmanager/")
                {
                    return true;
                }
            });
        }
    });
    false
}

/// Returns the assignment with the stage's key, or else the assignment with the key `all`.
pub(super) const fn find_assignment<'a>(
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

/// Returns a field's own sources in a stage.
pub(super) const fn find_own<'a>(
    value: &'a FieldSpec,
    key: &AssignmentKey,
) -> Option<(&'a AssignmentKey, &'static [&'static str])> {
    match find_assignment(value.assignments, key) {
        Some(Assignment {
            key,
            sources: Sources::Chain(texts),
        }) => Some((key, texts)),
        _ => None,
    }
}

impl PanicMessage {
    /// Adds the struct or the nested field that declares the templates.
    pub(super) const fn owner(self, templates: &Templates<'_>) -> Self {
        let message = match templates.field {
            Some(field) => self.text("the field `").text(field).text("` of "),
            None => self,
        };
        message.text("`").text(templates.declarer.name).text("`")
    }
}
