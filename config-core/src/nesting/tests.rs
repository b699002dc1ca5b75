//! Compares the checks at compile time with a simple model and with the plan.

use super::assert_nested;
use crate::{
    plan::Plan,
    schema::{
        Assignment, AssignmentKey, Field, FieldContent, FieldSpec, Schema, Shape, Sources,
        samples::{self, CONFIG, STRING, leak, leak_list, leak_text},
    },
    stage::Stage,
};
use proptest::{collection::vec, option, prelude::*};
use std::panic::catch_unwind;

/// The stages that the model checks. `fallback` represents all undeclared stages.
const STAGES: [&str; 3] = ["dev", "prod", "fallback"];

fn assignments(source: &'static str) -> impl Strategy<Value = &'static [Assignment]> {
    let keys = vec![
        AssignmentKey::Stage("dev"),
        AssignmentKey::Stage("prod"),
        AssignmentKey::Fallback,
        AssignmentKey::All,
    ];
    let keys = prop_oneof![
        2 => Just(Vec::new()),
        2 => Just(vec![AssignmentKey::All]),
        2 => prop::sample::subsequence(keys, 1..=4),
    ];
    keys.prop_flat_map(move |keys| {
        let chain = Sources::Chain(leak_list([source]));
        let sources = prop_oneof![1 => Just(Sources::Template), 3 => Just(chain)];
        vec(sources, keys.len()).prop_map(move |sources| {
            leak_list(
                keys.iter()
                    .zip(sources)
                    .map(|(key, sources)| Assignment { key: *key, sources }),
            )
        })
    })
}

fn content(depth: u32) -> BoxedStrategy<FieldContent> {
    let value = (assignments("vault:own"), any::<bool>(), any::<bool>()).prop_map(
        |(assignments, optional, no_fallback)| {
            FieldContent::Value(FieldSpec {
                assignments,
                no_fallback: optional && no_fallback,
                shape: Shape {
                    optional,
                    ..STRING.shape
                },
                ..STRING
            })
        },
    );
    if depth == 0 {
        return value.boxed();
    }
    let nested = (
        any_struct(depth - 1),
        any::<bool>(),
        assignments("vault:field/{app}/{field}"),
    )
        .prop_map(|(schema, optional, templates)| FieldContent::Nested {
            schema,
            optional,
            templates,
        });
    prop_oneof![value, nested].boxed()
}

fn any_struct(depth: u32) -> impl Strategy<Value = &'static Schema> {
    let templates = option::of(assignments("vault:struct/{app}/{field}"));
    (vec(content(depth), 1..4), templates, "[a-c]").prop_map(|(contents, templates, app)| {
        let fields = ["a", "b", "c"]
            .into_iter()
            .zip(contents)
            .map(|(name, content)| samples::field(name, content));
        leak(Schema {
            app: leak_text(app),
            inherit: templates.is_none(),
            templates: templates.unwrap_or_default(),
            fields: leak_list(fields),
            ..CONFIG
        })
    })
}

/// A template of one stage: the text before `{field}`, and the names of the outer fields, which
/// precede the field's own name in the text that replaces `{field}`.
type Template = Option<(String, Vec<&'static str>)>;

/// What the model expects of one stage.
#[derive(Default)]
struct Expected {
    sources: Vec<(String, Vec<String>)>,
    has_mistake: bool,
}

impl Expected {
    fn find<'a>(own: &'a [Assignment], stage: &str) -> Option<&'a Sources> {
        let has_key = |assignment: &&Assignment, wanted: &str| match assignment.key {
            AssignmentKey::Stage(name) => name == wanted,
            AssignmentKey::Fallback => wanted == "fallback",
            AssignmentKey::All => wanted == "all",
        };
        [stage, "all"].into_iter().find_map(|wanted| {
            let found = own.iter().find(|assignment| has_key(assignment, wanted));
            found.map(|assignment| &assignment.sources)
        })
    }

    fn struct_template(schema: &Schema, stage: &str) -> Template {
        match Self::find(schema.templates, stage) {
            Some(Sources::Chain(_)) => Some((format!("vault:struct/{}/", schema.app), Vec::new())),
            _ => None,
        }
    }

    /// Adds the fields of a struct. Returns whether any of them has a source, and whether a
    /// required one has none.
    fn add(
        &mut self,
        schema: &Schema,
        path: &str,
        template: &Template,
        stage: &str,
        is_checked: bool,
    ) -> (bool, bool) {
        let (mut has_any, mut lacks_any) = (false, false);
        for field in schema.fields {
            let (found, lacks) = match &field.content {
                FieldContent::Value(value) => {
                    self.add_value(field, value, path, template, stage, is_checked)
                }
                FieldContent::Nested {
                    schema: inner,
                    optional,
                    templates,
                } => {
                    let inherited = if inner.inherit {
                        let mut inherited = template.clone();
                        if let Some((_, levels)) = &mut inherited {
                            levels.push(field.level);
                        }
                        inherited
                    } else {
                        Self::struct_template(inner, stage)
                    };
                    let own = match Self::find(templates, stage) {
                        _ if templates.is_empty() => inherited,
                        Some(Sources::Chain(_)) => {
                            Some((format!("vault:field/{}/", schema.app), Vec::new()))
                        }
                        Some(Sources::Template) => {
                            self.has_mistake |= inherited.is_none();
                            inherited
                        }
                        None => None,
                    };
                    let path = format!("{path}{}.", field.name);
                    // If the inner struct uses its own templates, its derive has already reported
                    // each bare key that lacks a template. So such a key is not a mistake here.
                    let is_checked = !inner.inherit && templates.is_empty();
                    let (found, lacks) = self.add(inner, &path, &own, stage, is_checked);
                    (found, lacks && (found || !optional))
                }
            };
            has_any |= found;
            lacks_any |= lacks;
        }
        (has_any, lacks_any)
    }

    fn add_value(
        &mut self,
        field: &Field,
        value: &FieldSpec,
        path: &str,
        template: &Template,
        stage: &str,
        is_checked: bool,
    ) -> (bool, bool) {
        let is_excluded = value.no_fallback && stage == "fallback";
        let own = Self::find(value.assignments, stage);
        let from_template = template.as_ref().map(|(start, levels)| {
            format!(
                "{start}{}",
                [&levels[..], &[field.level]].concat().join("/")
            )
        });
        let source = match own {
            _ if is_excluded => None,
            Some(Sources::Chain(texts)) => Some(texts[0].to_owned()),
            None if !value.assignments.is_empty() => None,
            _ => from_template,
        };
        if own == Some(&Sources::Template) && source.is_none() && !is_excluded && !is_checked {
            self.has_mistake = true;
        }
        let sources = Vec::from_iter(source.clone());
        self.sources
            .push((format!("{path}{}", field.name), sources));
        (source.is_some(), source.is_none() && !value.shape.optional)
    }
}

proptest! {
    /// The plan and the model have the same sources in each stage. The checks refuse a root if and
    /// only if the model finds a mistake in it.
    #[test]
    fn the_checks_and_the_plan_agree(root in any_struct(3)) {
        let root: &Schema = leak(Schema { inherit: false, ..*root });
        let mut has_mistake = false;
        for stage in STAGES {
            let mut expected = Expected::default();
            let template = Expected::struct_template(root, stage);
            let is_nested = |field: &&Field| matches!(field.content, FieldContent::Nested { .. });
            for field in root.fields.iter().filter(is_nested) {
                let one = Schema { fields: leak_list([*field]), ..*root };
                let (_, lacks) = expected.add(&one, "", &template, stage, true);
                has_mistake |= lacks;
            }
            has_mistake |= expected.has_mistake;

            let name = if stage == "fallback" { "qa1" } else { stage };
            let plan = Plan::new(root, Stage::choose(root, name).unwrap(), |_| false).unwrap();
            for (field, sources) in expected.sources {
                prop_assert_eq!(plan.sources(&field).unwrap(), sources, "{} in {}", field, stage);
            }
        }

        let mut indexes = 0..root.fields.len();
        let refused = indexes.any(|index| catch_unwind(|| assert_nested(root, index)).is_err());
        prop_assert_eq!(refused, has_mistake);
    }
}
