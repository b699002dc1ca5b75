//! Checks at compile time that a field that reads a path of Parameter Store can hold a map.

use super::const_str::PanicMessage;
use crate::schema::{FieldContent, Schema};

/// Checks the type of the field at `index`, which reads all parameters below a path.
///
/// # Panics
///
/// Panics if the type cannot hold a map, unless a `with` module decodes the field.
#[track_caller]
pub const fn assert_path(schema: &'static Schema, index: usize) {
    let field = &schema.fields[index];
    if let FieldContent::Value(value) = &field.content
        && !value.with
        && !value.shape.kind.accepts_path()
    {
        PanicMessage::new()
            .text("`")
            .text(field.name)
            .text("` reads all parameters below a path, and its type `")
            .text(value.type_name)
            .text(
                "` is not a map: name one parameter, or use a map such as `BTreeMap<String, \
                 String>`",
            )
            .raise();
    }
}
