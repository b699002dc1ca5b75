//! Checks the names in the sources of nested structs against the limits of AWS.
//!
//! In the root's template, `{field}` is replaced by the names of the nested fields around a field,
//! and the name of the field itself, joined by `/`, as in `mail/password`. Each of these names is a
//! *level*. The derive of a nested struct knows neither the template, nor the levels around the
//! struct, nor the stages of the root. So the names in the sources are checked here, for the root.

mod measure;
mod size;

use super::{
    const_str::{PanicMessage, contains_text},
    stage_name,
    templates::{Templates, find_own},
};
use crate::const_for::const_for;
use crate::schema::{Assignment, AssignmentKey, Field, FieldContent, FieldSpec, Schema, Sources};
use measure::{Excess, Name, Service};
use size::NameSize;
use stage_config_grammar::source::{MAX_LEVELS, MAX_PARAMETER, MAX_SECRET};

/// The checks use this name for every undeclared stage, and so does the derive.
const UNDECLARED: &str = "qa1";

/// The levels between the root and a field, as a linked list that starts at the field.
struct Levels<'a> {
    name: &'static str,
    size: NameSize,
    /// The number of nested structs around the level.
    depth: usize,
    outer: Option<&'a Levels<'a>>,
}

/// Upper bounds of the sizes of the names in templates, for all stages of the root. These sizes do
/// not include the replacement of `{field}`.
#[derive(Clone, Copy)]
struct Bounds {
    parameter: NameSize,
    secret: NameSize,
    /// The maximum number of `{field}` in one source.
    fields: usize,
}

/// Refuses a source in the nested struct of `field` if its name is too long or has too many levels.
#[track_caller]
pub(super) const fn check(root: &'static Schema, field: &'static Field) {
    let bounds = Bounds::new(root, root.templates, root.app);
    check_nested(root, root, field, &Templates::from_root(root), bounds, None);
}

#[track_caller]
const fn check_nested(
    root: &'static Schema,
    outer: &'static Schema,
    field: &'static Field,
    templates: &Templates<'_>,
    bounds: Bounds,
    levels: Option<&Levels<'_>>,
) {
    let FieldContent::Nested {
        schema,
        templates: own,
        ..
    } = &field.content
    else {
        return;
    };
    let level = Levels::new(field.level, levels);
    let bounds = if schema.inherit {
        bounds
    } else {
        Bounds::new(root, schema.templates, schema.app)
    };
    let bounds = if own.is_empty() {
        bounds
    } else {
        bounds.max(Bounds::new(root, own, outer.app))
    };
    let inherited = templates.enter(schema);
    let templates = &Templates::with_own(&inherited, outer, field);

    const_for!(schema.fields, |inner| {
        match &inner.content {
            FieldContent::Nested { .. } => {
                check_nested(root, schema, inner, templates, bounds, Some(&level))
            }
            FieldContent::Value(value) => {
                let levels = Levels::new(inner.level, Some(&level));
                let size = levels.measure_from(templates.smallest_start());
                if uses_stage(value) || bounds.may_exceed(size) {
                    check_value(root, schema, inner.name, value, templates, &levels);
                }
            }
        }
    });
}

/// Returns whether the field's own sources contain `{stage}`. The derive of the nested struct does
/// not know the stages of the root, so it cannot check the length of these sources.
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
    templates: &Templates<'_>,
    levels: &Levels<'_>,
) {
    const_for!(root.stages, |&stage| {
        let key = AssignmentKey::Stage(stage);
        check_in_stage(schema, field, value, templates, levels, &key);
    });
    if root.fallback && !value.no_fallback {
        let key = AssignmentKey::Fallback;
        check_in_stage(schema, field, value, templates, levels, &key);
    }
}

#[track_caller]
const fn check_in_stage(
    schema: &Schema,
    field: &str,
    value: &FieldSpec,
    templates: &Templates<'_>,
    levels: &Levels<'_>,
    key: &AssignmentKey,
) {
    let (texts, app, start) = if let Some((_, texts)) = find_own(value, key) {
        // The derive refuses `{field}` and `{app}` in a field's own sources, so this `app` and this
        // `start` have no effect.
        (texts, schema.app, templates.start)
    } else if let Some(template) = templates.find_used(value, key) {
        let found = template.templates;
        (template.texts, found.declarer.app, found.start)
    } else {
        return;
    };
    let size = levels.measure_from(start);
    const_for!(texts, |&text| {
        let name = Name {
            text,
            stage: match key {
                AssignmentKey::Stage(stage) => stage,
                AssignmentKey::Fallback | AssignmentKey::All => UNDECLARED,
            },
            app,
        };
        if let Some(excess) = name.measure().with_levels(size).find_excess() {
            name.refuse(schema, field, levels, start, key, &excess);
        }
    });
}

impl Name<'_> {
    #[track_caller]
    const fn refuse(
        &self,
        schema: &Schema,
        field: &str,
        levels: &Levels<'_>,
        start: usize,
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
            .text(" whose name has ")
            .number(excess.count as u128)
            .text(excess.unit)
            .text(if is_stage { " in the stage `" } else { " in `" })
            .text(stage_name(key))
            .text("`, but ")
            .text(excess.service)
            .text(" allows ")
            .number(excess.max as u128)
            .text(": shorten the source or the names in it, or give the field its own `#[stage(")
            .text(stage_name(key))
            .text(" = \"…\")]`; ");
        if contains_text(self.text, "{field}") {
            message = message
                .text("here `{field}` is `")
                .levels(levels, start)
                .text("` in `");
        } else {
            message = message.text("the source is `");
        }
        message.text(self.text).text("`").raise()
    }
}

impl Bounds {
    /// Measures each template once. The compiler refuses constants that take too long to evaluate,
    /// so measuring each name in each stage is not possible.
    const fn new(root: &Schema, templates: &[Assignment], app: &'static str) -> Self {
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

        const_for!(templates, |template| {
            if let Sources::Chain(texts) = template.sources {
                const_for!(texts, |&text| {
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

    const fn max(self, other: Self) -> Self {
        Self {
            parameter: self.parameter.max(other.parameter),
            secret: self.secret.max(other.secret),
            fields: if self.fields > other.fields {
                self.fields
            } else {
                other.fields
            },
        }
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
        Self {
            name,
            size: NameSize::from_text(name),
            depth: match outer {
                Some(outer) => outer.depth + 1,
                None => 0,
            },
            outer,
        }
    }

    /// Returns the next outer level, if it replaces a part of `{field}`.
    const fn outer_from(&self, start: usize) -> Option<&'a Levels<'a>> {
        match self.outer {
            Some(outer) if outer.depth >= start => Some(outer),
            _ => None,
        }
    }

    /// Returns the size of the levels from the depth `start` to this level, joined by `/`.
    const fn measure_from(&self, start: usize) -> NameSize {
        match self.outer_from(start) {
            Some(outer) => outer
                .measure_from(start)
                .add(NameSize {
                    chars: 1,
                    slashes: 1,
                })
                .add(self.size),
            None => self.size,
        }
    }
}

impl PanicMessage {
    const fn levels(self, levels: &Levels<'_>, start: usize) -> Self {
        let message = match levels.outer_from(start) {
            Some(outer) => self.levels(outer, start).text("/"),
            None => self,
        };
        message.text(levels.name)
    }
}
