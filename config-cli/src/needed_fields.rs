//! The fields that a command must read for one field.

use stage_config_core::Schema;

/// Returns the path of the field, and those of the fields of which it is composed.
pub(crate) fn list_needed_fields(schema: &Schema, field: &str) -> Vec<String> {
    let leaves = schema.leaves();
    let mut needed = vec![field.to_owned()];
    let mut index = 0;
    while let Some(path) = needed.get(index) {
        let leaf = leaves.iter().find(|leaf| leaf.path == *path);
        let parts: Vec<String> = leaf.into_iter().flat_map(|leaf| leaf.parts()).collect();
        for part in parts {
            if !needed.contains(&part) {
                needed.push(part);
            }
        }
        index += 1;
    }
    needed
}
