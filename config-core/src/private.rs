//! What generated code calls. Not for anybody else: it changes without notice.

pub use crate::{
    cell::Cell,
    decode::{Decodable, DecodeError, Probe, Stored, Unknown},
    manifest::{encode, length},
    schema::{
        Assignment, Content, Field, Key, Kind, Schema, SealedFile, Shape, Snapshot, SnapshotFile, Sources, Value,
    },
    values::{Decode, Otherwise, Validate, Values},
};
pub use core::{
    concat,
    default::Default,
    env, include_str, module_path,
    option::Option::{self, None, Some},
    primitive::{u8, usize},
};

/// A struct that the derive described. The only trait that a struct with `#[config(inherit)]` gets.
pub trait Section: Sized + Send + Sync + 'static {
    /// The description.
    const SECTION: Schema;

    /// Decodes every field, then builds the struct; `None` where a field failed.
    fn build(values: &mut Values<'_>) -> Option<Self>;
}

/// What may stand behind `#[config(nested)]`: a described struct, or an `Option` of one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be nested: it does not derive `StageConfig`",
    label = "not a configuration",
    note = "write `#[derive(StageConfig)]` on `{Self}`, or remove `#[config(nested)]` to read one value with `serde::Deserialize`"
)]
pub trait Nested: Sized {
    /// The struct's description.
    const SCHEMA: &'static Schema;
    /// Whether it is an `Option`.
    const OPTIONAL: bool;

    /// See [`Section::build`].
    fn build(values: &mut Values<'_>) -> Option<Self>;

    /// What generated code calls. By way of this trait, so that a type that cannot be nested is one mistake, not two.
    fn nested(values: &mut Values<'_>, index: usize) -> Option<Self> {
        values.nested(index)
    }
}

impl<T: Section> Nested for T {
    const SCHEMA: &'static Schema = &T::SECTION;
    const OPTIONAL: bool = false;

    fn build(values: &mut Values<'_>) -> Option<Self> {
        T::build(values)
    }
}

impl<T: Section> Nested for Option<T> {
    const SCHEMA: &'static Schema = &T::SECTION;
    const OPTIONAL: bool = true;

    /// `None` when nothing of it is found; a part of it is an error.
    fn build(values: &mut Values<'_>) -> Option<Self> {
        if values.is_present() {
            return T::build(values).map(Some);
        }
        values.leave_out();
        Some(None)
    }
}

/// Asks a type for its [`Shape`].
#[doc(hidden)]
#[macro_export]
macro_rules! __shape {
    ($type:ty) => {
        $crate::private::Shape {
            kind: $crate::private::kind($crate::private::Probe::<$type>::KIND, $crate::private::Probe::<$type>::LIST),
            optional: $crate::private::Probe::<$type>::OPTIONAL,
            secret: $crate::private::Probe::<$type>::SECRET,
        }
    };
}
pub use __shape as shape;

/// A list of a type that is not enumerated is a list of something.
#[must_use]
pub const fn kind(kind: Kind, list: bool) -> Kind {
    match kind {
        Kind::Other if list => Kind::ListOf(&Kind::Other),
        kind => kind,
    }
}

/// Refuses a secret in a place that is not for secrets, at compile time.
///
/// # Panics
///
/// Where `secret` is true; in a `const`, that is a compile error with `message`.
#[track_caller]
pub const fn assert_plain(secret: bool, message: &'static str) {
    assert!(!secret, "{}", message);
}

pub use crate::{
    nesting::assert_nested,
    together::{load_together, root},
};
