//! Checks composed fields: their templates, and the fields that the templates name.

use crate::schema::{FieldContent, FieldSpec, Schema};
use stage_config_grammar::compose::{ComposeTemplate, sort_by_parts};

/// Checks the composed fields of one struct.
pub(super) fn check(schema: &Schema) -> Result<(), String> {
    for field in schema.fields {
        let FieldContent::Value(value) = &field.content else {
            continue;
        };
        let Some(compose) = value.compose else {
            continue;
        };
        let name = field.name;
        if ComposeTemplate::parse(compose.template).is_err() {
            return Err(format!("the template of {name:?} is not valid"));
        }
        if !value.assignments.is_empty() || value.default.is_some() {
            return Err(format!(
                "the composed field {name:?} has a source or a default"
            ));
        }
        if let Some(part) = compose
            .parts
            .iter()
            .find(|part| find(schema, part).is_none())
        {
            return Err(format!(
                "the template of {name:?} names {part:?}, which is not a field"
            ));
        }
    }
    check_order(schema)
}

/// Checks that no composed field needs its own value, directly or through other composed fields.
fn check_order(schema: &Schema) -> Result<(), String> {
    let composed: Vec<(&str, Vec<&str>)> = schema
        .fields
        .iter()
        .filter_map(|field| match &field.content {
            FieldContent::Value(value) => Some((field.name, value.compose?.parts.to_vec())),
            FieldContent::Nested { .. } => None,
        })
        .collect();
    match sort_by_parts(&composed) {
        Ok(_) => Ok(()),
        Err(_) => Err("the templates of composed fields need each other".to_owned()),
    }
}

/// Returns the field with this path, relative to the struct of `schema`.
fn find<'a>(schema: &'a Schema, path: &str) -> Option<&'a FieldSpec> {
    let (name, rest) = match path.split_once('.') {
        Some((name, rest)) => (name, Some(rest)),
        None => (path, None),
    };
    let field = schema.fields.iter().find(|field| field.name == name)?;
    match (&field.content, rest) {
        (FieldContent::Value(value), None) => Some(value),
        (FieldContent::Nested { schema, .. }, Some(rest)) => find(schema, rest),
        _ => None,
    }
}
