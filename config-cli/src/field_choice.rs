//! The field that a command concerns, and the fields that the command needs for this field.

use stage_config_core::Schema;

use crate::error::CliError;
use crate::redact;

/// Checks that the field exists.
///
/// # Errors
///
/// Returns an error if the field is unknown. The message repeats `field` only if `field` resembles
/// the name of a field, because `field` may be a value in the wrong place.
pub(crate) fn check_field(schema: &Schema, field: &str) -> Result<(), CliError> {
    let leaves = schema.leaves();
    let known: Vec<&str> = leaves.iter().map(|leaf| leaf.path.as_str()).collect();
    if known.contains(&field) {
        return Ok(());
    }
    Err(CliError::undetermined(redact::unknown_field_message(
        field, &known,
    )))
}

/// Returns the path of the field. For a composed field, also returns its parts, and the fields of
/// the optional structs around the parts. These fields decide whether the parts have a value.
pub(crate) fn list_needed_fields(schema: &Schema, field: &str) -> Vec<String> {
    let (leaves, optional) = (schema.leaves(), schema.optional_structs());
    let mut needed = vec![field.to_owned()];
    let mut index = 0;
    while let Some(path) = needed.get(index) {
        let is_part = index > 0;
        let around = optional
            .iter()
            .filter(|name| is_part && path.starts_with(*name));
        let around: Vec<&String> = around.collect();
        let siblings = leaves.iter().map(|leaf| &leaf.path);
        let siblings = siblings.filter(|path| around.iter().any(|name| path.starts_with(*name)));
        let leaf = leaves.iter().find(|leaf| leaf.path == *path);
        let parts = leaf.into_iter().flat_map(|leaf| leaf.parts());

        let more: Vec<String> = parts.chain(siblings.cloned()).collect();
        for path in more {
            if !needed.contains(&path) {
                needed.push(path);
            }
        }
        index += 1;
    }
    needed
}
