//! A basic schema and field for tests, and functions that build the parts of a schema.

use super::{
    Assignment, AssignmentKey, Field, FieldContent, FieldSpec, Kind, Schema, Secrecy, Shape,
    Sources,
};

/// A struct without fields, with two stages, a fallback and the scheme `vault`.
pub(crate) const CONFIG: Schema = Schema {
    name: "Config",
    docs: "",
    package: "shop",
    module: "shop",
    app: "shop",
    stage_var: None,
    default_stage: None,
    preview: None,
    accounts: &[],
    schemes: &["vault"],
    batch_secrets: false,
    inherit: false,
    stages: &["dev", "prod"],
    fallback: true,
    validated: false,
    templates: &[],
    fields: &[],
    sealed: &[],
    snapshot: None,
};

/// A required `String` that uses the templates of its struct.
pub(crate) const STRING: FieldSpec = FieldSpec {
    shape: Shape {
        kind: Kind::String,
        optional: false,
    },
    type_name: "String",
    secrecy: Secrecy::No,
    default: None,
    no_fallback: false,
    validated: false,
    with: false,
    refresh_ms: None,
    compose: None,
    assignments: &[],
};

pub(crate) const fn field(name: &'static str, content: FieldContent) -> Field {
    Field {
        name,
        level: name,
        docs: "",
        content,
    }
}

pub(crate) const fn value(name: &'static str, spec: FieldSpec) -> Field {
    field(name, FieldContent::Value(spec))
}

pub(crate) const fn nested(name: &'static str, schema: &'static Schema) -> Field {
    field(
        name,
        FieldContent::Nested {
            schema,
            optional: false,
            templates: &[],
        },
    )
}

pub(crate) const fn chain(key: AssignmentKey, sources: &'static [&'static str]) -> Assignment {
    Assignment {
        key,
        sources: Sources::Chain(sources),
    }
}

/// Leaks a value, because a schema contains only `'static` references.
pub(crate) fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

pub(crate) fn leak_list<T>(items: impl IntoIterator<Item = T>) -> &'static [T] {
    Box::leak(items.into_iter().collect())
}

pub(crate) fn leak_text(text: impl Into<String>) -> &'static str {
    Box::leak(text.into().into_boxed_str())
}
