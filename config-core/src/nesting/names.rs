//! Checks the names that sources have in nested structs against the limits of AWS.
//!
//! The length of a name depends on the levels that replace `{field}` in the root's template. The
//! derive of a nested struct knows neither this template nor the root's stages, so the names are
//! checked here, for the root.

mod measure;
mod size;

use super::{
    const_str::{PanicMessage, contains_text},
    find_assignment, stage_name,
};
use crate::const_for::const_for;
use crate::schema::{Assignment, AssignmentKey, Field, FieldContent, FieldSpec, Schema, Sources};
use measure::{Excess, Name, Service};
use size::NameSize;
use stage_config_grammar::source::{MAX_LEVELS, MAX_PARAMETER, MAX_SECRET};

/// Stands for all undeclared stages, as in the derive.
const UNDECLARED: &str = "qa1";

/// The templates that the fields of a struct use, and their `{app}`.
#[derive(Clone, Copy)]
struct TemplateContext<'a> {
    assignments: &'a [Assignment],
    app: &'static str,
    bounds: Bounds,
}

/// The levels between the struct that declares the templates and a field, as a linked list that
/// starts at the field.
struct Levels<'a> {
    name: &'static str,
    outer: Option<&'a Levels<'a>>,
    /// The size of all levels, joined by `/`.
    size: NameSize,
}

/// Upper bounds of the names that templates give in any stage, without their `{field}`.
#[derive(Clone, Copy)]
struct Bounds {
    parameter: NameSize,
    secret: NameSize,
    /// How often `{field}` occurs in one template.
    fields: usize,
}

/// Refuses a name that is too long, or has too many levels, in a nested struct of a root.
#[track_caller]
pub(super) const fn check(root: &'static Schema, field: &'static Field) {
    check_nested(root, field, TemplateContext::new(root, root), None);
}

#[track_caller]
const fn check_nested(
    root: &'static Schema,
    field: &'static Field,
    context: TemplateContext<'_>,
    outer: Option<&Levels<'_>>,
) {
    let FieldContent::Nested { schema, .. } = &field.content else {
        return;
    };
    let level = Levels::new(field.level, outer);
    let (context, outer) = if schema.inherit {
        (context, Some(&level))
    } else {
        (TemplateContext::new(root, schema), None)
    };

    const_for!(schema.fields, |inner| {
        match &inner.content {
            FieldContent::Nested { .. } => check_nested(root, inner, context, outer),
            FieldContent::Value(value) => {
                let levels = Levels::new(inner.level, outer);
                if uses_stage(value) || context.bounds.may_exceed(levels.size) {
                    check_value(root, schema, inner.name, value, context, &levels);
                }
            }
        }
    });
}

/// Returns whether the field's own sources contain the stage, whose name the derive does not know.
const fn uses_stage(value: &FieldSpec) -> bool {
    const_for!(value.assignments, |assignment| {
        if let Sources::Chain(texts) = assignment.sources {
            const_for!(texts, |&text| {
                if contains_text(text, "{stage}") {
                    return true;
                }
            });
        }
    });
    false
}

#[track_caller]
const fn check_value(
    root: &'static Schema,
    schema: &Schema,
    field: &str,
    value: &FieldSpec,
    context: TemplateContext<'_>,
    levels: &Levels<'_>,
) {
    const_for!(root.stages, |&stage| {
        let key = AssignmentKey::Stage(stage);
        check_in_stage(schema, field, value, context, levels, &key);
    });
    if root.fallback && !value.no_fallback {
        let key = AssignmentKey::Fallback;
        check_in_stage(schema, field, value, context, levels, &key);
    }
}

#[track_caller]
const fn check_in_stage(
    schema: &Schema,
    field: &str,
    value: &FieldSpec,
    context: TemplateContext<'_>,
    levels: &Levels<'_>,
    key: &AssignmentKey,
) {
    let Some(texts) = find_texts(value, context.assignments, key) else {
        return;
    };
    const_for!(texts, |&text| {
        let name = Name {
            text,
            stage: match key {
                AssignmentKey::Stage(stage) => stage,
                AssignmentKey::Fallback | AssignmentKey::All => UNDECLARED,
            },
            app: context.app,
        };
        if let Some(excess) = name.measure().with_levels(levels.size).find_excess() {
            name.refuse(schema, field, levels, key, &excess);
        }
    });
}

/// Returns the sources of a field: its own, or those of the template.
const fn find_texts<'a>(
    value: &'a FieldSpec,
    templates: &'a [Assignment],
    key: &AssignmentKey,
) -> Option<&'a [&'static str]> {
    let own = find_assignment(value.assignments, key);
    let assignment = match own {
        Some(Assignment {
            sources: Sources::Chain(_),
            ..
        }) => own,
        None if !value.assignments.is_empty() => None,
        Some(_) | None => find_assignment(templates, key),
    };
    match assignment {
        Some(Assignment {
            sources: Sources::Chain(texts),
            ..
        }) => Some(texts),
        _ => None,
    }
}

impl Name<'_> {
    #[track_caller]
    const fn refuse(
        &self,
        schema: &Schema,
        field: &str,
        levels: &Levels<'_>,
        key: &AssignmentKey,
        excess: &Excess,
    ) -> ! {
        let is_stage = matches!(key, AssignmentKey::Stage(_));
        let mut message = PanicMessage::new()
            .text("the field `")
            .text(field)
            .text("` of `")
            .text(schema.name)
            .text("` would read a ")
            .text(excess.noun)
            .text(" of ")
            .number(excess.count as u128)
            .text(excess.unit)
            .text(if is_stage { " in the stage `" } else { " in `" })
            .text(stage_name(key))
            .text("`, but ")
            .text(excess.service)
            .text(" allows ")
            .number(excess.max as u128)
            .text(": shorten the source or its levels, or give the field its own `#[stage(")
            .text(stage_name(key))
            .text(" = \"…\")]`; ");
        if contains_text(self.text, "{field}") {
            message = message
                .text("here `{field}` is `")
                .levels(levels)
                .text("` in `");
        } else {
            message = message.text("the source is `");
        }
        message.text(self.text).text("`").raise()
    }
}

impl<'a> TemplateContext<'a> {
    const fn new(root: &Schema, schema: &'static Schema) -> Self {
        Self {
            assignments: schema.templates,
            app: schema.app,
            bounds: Bounds::new(root, schema),
        }
    }
}

impl Bounds {
    /// Measures each template once. The compiler refuses constants that take too long to evaluate,
    /// so measuring each name in each stage is not possible.
    const fn new(root: &Schema, schema: &'static Schema) -> Self {
        let mut bounds = Self {
            parameter: NameSize::ZERO,
            secret: NameSize::ZERO,
            fields: 0,
        };
        let mut stage = UNDECLARED;
        const_for!(root.stages, |&name| {
            if name.len() > stage.len() {
                stage = name;
            }
        });

        const_for!(schema.templates, |template| {
            if let Sources::Chain(texts) = template.sources {
                const_for!(texts, |&text| {
                    let app = schema.app;
                    let measured = Name { text, stage, app }.measure();
                    match measured.service {
                        Service::ParameterStore => {
                            bounds.parameter = bounds.parameter.max(measured.size);
                        }
                        Service::SecretsManager => {
                            bounds.secret = bounds.secret.max(measured.size);
                        }
                        Service::Other => {}
                    }
                    if measured.fields > bounds.fields {
                        bounds.fields = measured.fields;
                    }
                });
            }
        });
        bounds
    }

    const fn may_exceed(&self, levels: NameSize) -> bool {
        let parameter = self.parameter.add_times(levels, self.fields);
        let secret = self.secret.add_times(levels, self.fields);
        parameter.slashes > MAX_LEVELS
            || parameter.chars > MAX_PARAMETER
            || secret.chars > MAX_SECRET
    }
}

impl<'a> Levels<'a> {
    const fn new(name: &'static str, outer: Option<&'a Levels<'a>>) -> Self {
        let own = NameSize::from_text(name);
        let size = match outer {
            Some(outer) => outer.size.add(NameSize::from_text("/")).add(own),
            None => own,
        };
        Self { name, outer, size }
    }
}

impl PanicMessage {
    const fn levels(self, levels: &Levels<'_>) -> Self {
        let message = match levels.outer {
            Some(outer) => self.levels(outer).text("/"),
            None => self,
        };
        message.text(levels.name)
    }
}
