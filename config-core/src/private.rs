//! The API of generated code. It may change in any release; do not use it directly.

pub use crate::{
    config_cell::ConfigCell,
    config_struct::{ConfigStruct, NestedConfig},
    decode::{
        Decodable, DecodeError, KnownType, ParsedText, Probe, StoredValue, UnknownType,
        decode_from_str, decode_from_str_boxed, decode_list_from_str, decode_object,
        decode_optional, decode_optional_secret, decode_secret,
    },
    field_default::{DecodeFn, FieldDefault, SerializeFn},
    literal_text::{LiteralText, assert_literal_text},
    load_together::{load_together, new_root},
    manifest::{encode, encoded_len},
    nesting::{assert_composed, assert_nested, assert_path},
    random::use_thread_generator,
    schema::{
        Assignment, AssignmentKey, ComposeSpec, DefaultSpec, Field, FieldContent, FieldSpec, Kind,
        Schema, SealedFile, Secrecy, Shape, SnapshotFile, SnapshotSpec, Sources, TextFormat,
    },
    struct_decoder::{StructDecoder, ValidateFn},
};
pub use core::{
    concat,
    default::Default,
    env, include_bytes, include_str, module_path,
    option::Option::{self, None, Some},
    primitive::{u8, usize},
};

/// Returns the [`Shape`] of a type.
#[doc(hidden)]
#[macro_export]
macro_rules! __shape {
    ($type:ty) => {
        $crate::private::Shape {
            kind: $crate::private::resolve_kind(
                $crate::private::Probe::<$type>::KIND,
                $crate::private::Probe::<$type>::CONTAINER,
            ),
            optional: $crate::private::Probe::<$type>::OPTIONAL,
        }
    };
}
pub use __shape as shape;

/// Returns the greatest [`Secrecy`] of the types that occur in a field's type.
#[doc(hidden)]
#[macro_export]
macro_rules! __secrecy {
    ($($type:ty),+ $(,)?) => {
        $crate::private::Secrecy::greatest(&[$($crate::private::resolve_secrecy(
            $crate::private::Probe::<$type>::SECRECY,
            $crate::private::Probe::<$type>::HOLDS_SECRETS,
        )),+])
    };
}
pub use __secrecy as secrecy;

/// Returns the secrecy of one type that occurs in a field's type.
#[must_use]
pub const fn resolve_secrecy(known: Secrecy, holds_secrets: bool) -> Secrecy {
    if holds_secrets { Secrecy::Yes } else { known }
}

/// Returns the kind of a type. For a container of a type that this crate does not know
/// (`Vec<Login>`), returns the kind of the container. For an `Option`, returns the kind of the
/// content, because [`Shape::optional`] records the `Option`.
#[must_use]
pub const fn resolve_kind(kind: Kind, container: Kind) -> Kind {
    match kind {
        Kind::Other => container,
        Kind::Optional(inner) => *inner,
        kind => kind,
    }
}

/// Refuses a secret in a source that is not for secrets, at compile time.
///
/// # Panics
///
/// Panics with `message` if `secrecy` is [`Secrecy::Yes`]. In a `const`, this is a compile error.
#[track_caller]
pub const fn assert_not_secret(secrecy: Secrecy, message: &'static str) {
    assert!(!matches!(secrecy, Secrecy::Yes), "{}", message);
}
