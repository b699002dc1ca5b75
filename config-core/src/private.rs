//! What generated code calls. Not for anybody else: it changes without notice.

pub use crate::{
    config_cell::ConfigCell,
    config_struct::{ConfigStruct, NestedConfig},
    decode::{
        Decodable, DecodeError, KnownType, Probe, StoredValue, UnknownType, decode_object, decode_optional_secret,
        decode_secret,
    },
    load_together::{load_together, new_root},
    manifest::{encode, encoded_len},
    nesting::assert_nested,
    schema::{
        Assignment, AssignmentKey, Field, FieldContent, FieldSpec, Kind, Schema, SealedFile, Secrecy, Shape,
        SnapshotFile, SnapshotSpec, Sources,
    },
    struct_decoder::{DecodeFn, FieldDefault, StructDecoder, ValidateFn},
};
pub use core::{
    concat,
    default::Default,
    env, include_str, module_path,
    option::Option::{self, None, Some},
    primitive::{u8, usize},
};

/// Asks a type for its [`Shape`].
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

/// The [`Secrecy`] of a type, asked of every type that occurs in it.
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

/// The secrecy of one type that occurs in a field's type.
#[must_use]
pub const fn resolve_secrecy(known: Secrecy, holds_secrets: bool) -> Secrecy {
    if holds_secrets { Secrecy::Yes } else { known }
}

/// What is known of a type: all of it, or what its container is. That nothing may be there is told beside the kind.
#[must_use]
pub const fn resolve_kind(kind: Kind, container: Kind) -> Kind {
    match kind {
        Kind::Other => container,
        Kind::Optional(inner) => *inner,
        kind => kind,
    }
}

/// Refuses a secret in a place that is not for secrets, at compile time.
///
/// # Panics
///
/// Where `secrecy` is [`Secrecy::Yes`]; in a `const`, that is a compile error with `message`.
#[track_caller]
pub const fn assert_not_secret(secrecy: Secrecy, message: &'static str) {
    assert!(!matches!(secrecy, Secrecy::Yes), "{}", message);
}
