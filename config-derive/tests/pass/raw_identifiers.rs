//! Keywords as names of structs, fields and stages, and stage names that are not identifiers.

#![deny(warnings)]
#![allow(non_camel_case_types, dead_code)]

use stage_config::{Schema, StageConfig};

#[derive(StageConfig)]
#[stage(static = "/a/{field}", r#type = "/b/{field}", "pr-1" = "/c/{field}", "2" = "/d/{field}")]
struct r#struct {
    r#type: String,
    #[config(nested)]
    r#mod: r#enum,
    #[stage(all)]
    r#fn: u8,
    #[config(skip)]
    r#loop: u8,
}

#[derive(StageConfig)]
#[config(inherit)]
struct r#enum {
    r#match: String,
}

fn main() {
    const SCHEMA: &Schema = &<r#struct as StageConfig>::SCHEMA;
    assert_eq!(SCHEMA.name, "struct");
    assert_eq!(SCHEMA.stages, ["static", "type", "pr-1", "2"]);
    assert_eq!(SCHEMA.fields.iter().map(|field| field.level).collect::<Vec<_>>(), ["type", "mod", "fn"]);
}
