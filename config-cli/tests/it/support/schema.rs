//! Parts of a schema that is written without the derive. The derive would need the sealed files at
//! compile time, but the tests create these files at run time.

use stage_config::schema::{
    Assignment, AssignmentKey, Field, FieldContent, FieldSpec, Kind, Secrecy, Shape, Sources,
};

/// Returns a field of the type `SecretString`.
pub(crate) const fn secret_field(name: &'static str, assignments: &'static [Assignment]) -> Field {
    Field {
        name,
        level: name,
        docs: "",
        content: FieldContent::Value(FieldSpec {
            shape: Shape {
                kind: Kind::String,
                optional: false,
            },
            type_name: "SecretString",
            secrecy: Secrecy::Yes,
            default: None,
            no_fallback: false,
            validated: false,
            with: false,
            refresh_ms: None,
            compose: None,
            assignments,
        }),
    }
}

/// Returns the sources of a field in one stage.
pub(crate) const fn in_stage(stage: &'static str, sources: &'static [&'static str]) -> Assignment {
    Assignment {
        key: AssignmentKey::Stage(stage),
        sources: Sources::Chain(sources),
    }
}
