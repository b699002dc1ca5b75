//! The trait that the derive implements for every struct (its schema, and how it is built from
//! decoded values), and the trait of the types that can be nested.

use crate::{schema::Schema, struct_decoder::StructDecoder};

/// A struct with a schema. For a struct with `#[config(inherit)]`, the derive implements this trait
/// but not `StageConfig`.
pub trait ConfigStruct: Sized + Send + Sync + 'static {
    /// The schema of the struct.
    const STRUCT_SCHEMA: Schema;

    /// Decodes every field, then builds the struct. Returns `None` if a field failed.
    fn build(decoder: &mut StructDecoder<'_>) -> Option<Self>;
}

/// A type that `#[config(nested)]` accepts: a struct with a schema, or an `Option` of one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be nested: it does not derive `StageConfig`",
    label = "not a configuration",
    note = "if it is a struct of your own, write `#[derive(StageConfig)]` on it",
    note = "if one source contains the whole value, as for a list, remove `#[config(nested)]`; it \
            is then read with `serde::Deserialize`"
)]
pub trait NestedConfig: Sized {
    /// The schema of the struct.
    const SCHEMA: &'static Schema;
    /// Whether the type is an `Option`.
    const OPTIONAL: bool;

    /// Builds a value of the type, as [`ConfigStruct::build`] does.
    fn build(decoder: &mut StructDecoder<'_>) -> Option<Self>;

    /// Builds the nested field at `index`. Generated code calls this method of the trait, because a
    /// type that cannot be nested then causes one compile error instead of two.
    fn build_nested(decoder: &mut StructDecoder<'_>, index: usize) -> Option<Self> {
        Self::build(&mut decoder.nested(index, Self::SCHEMA)?)
    }
}

impl<T: ConfigStruct> NestedConfig for T {
    const SCHEMA: &'static Schema = &T::STRUCT_SCHEMA;
    const OPTIONAL: bool = false;

    fn build(decoder: &mut StructDecoder<'_>) -> Option<Self> {
        T::build(decoder)
    }
}

impl<T: ConfigStruct> NestedConfig for Option<T> {
    const SCHEMA: &'static Schema = &T::STRUCT_SCHEMA;
    const OPTIONAL: bool = true;

    /// Returns `Some(None)` if no value of the struct is found. Returns `None` if a field failed,
    /// for example because only some of the values are found.
    fn build(decoder: &mut StructDecoder<'_>) -> Option<Self> {
        decoder.if_present(T::build)
    }
}
