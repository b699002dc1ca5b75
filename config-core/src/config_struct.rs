//! What the derive writes for every struct: its description, and how it is built from what was found.

use crate::{schema::Schema, struct_decoder::StructDecoder};

/// A struct that the derive described. The only trait that a struct with `#[config(inherit)]` gets.
pub trait ConfigStruct: Sized + Send + Sync + 'static {
    /// The description.
    const STRUCT_SCHEMA: Schema;

    /// Decodes every field, then builds the struct; `None` where a field failed.
    fn build(values: &mut StructDecoder<'_>) -> Option<Self>;
}

/// What may stand behind `#[config(nested)]`: a described struct, or an `Option` of one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be nested: it does not derive `StageConfig`",
    label = "not a configuration",
    note = "write `#[derive(StageConfig)]` on `{Self}`, or remove `#[config(nested)]` to read one value with `serde::Deserialize`"
)]
pub trait NestedConfig: Sized {
    /// The struct's description.
    const SCHEMA: &'static Schema;
    /// Whether it is an `Option`.
    const OPTIONAL: bool;

    /// See [`ConfigStruct::build`].
    fn build(values: &mut StructDecoder<'_>) -> Option<Self>;

    /// What generated code calls. By way of this trait, so that a type that cannot be nested is one mistake, not two.
    fn build_nested(values: &mut StructDecoder<'_>, index: usize) -> Option<Self> {
        Self::build(&mut values.nested(index, Self::SCHEMA)?)
    }
}

impl<T: ConfigStruct> NestedConfig for T {
    const SCHEMA: &'static Schema = &T::STRUCT_SCHEMA;
    const OPTIONAL: bool = false;

    fn build(values: &mut StructDecoder<'_>) -> Option<Self> {
        T::build(values)
    }
}

impl<T: ConfigStruct> NestedConfig for Option<T> {
    const SCHEMA: &'static Schema = &T::STRUCT_SCHEMA;
    const OPTIONAL: bool = true;

    /// `None` when nothing of it is found; a part of it is an error.
    fn build(values: &mut StructDecoder<'_>) -> Option<Self> {
        values.if_present(T::build)
    }
}
