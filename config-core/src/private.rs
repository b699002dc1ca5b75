//! What generated code calls. Not for anybody else: it changes without notice.

pub use crate::{
    cell::Cell,
    decode::{Decodable, DecodeError, Known, Probe, Stored, Unknown, object, optional_secret, secret},
    manifest::{encode, length},
    nesting::assert_nested,
    schema::{
        Assignment, Content, Field, Key, Kind, Schema, SealedFile, Secrecy, Shape, Snapshot, SnapshotFile, Sources,
        Value,
    },
    section::{Nested, Section},
    together::{load_together, root},
    values::{Decode, Otherwise, Validate, Values},
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
            kind: $crate::private::kind(
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
        $crate::private::Secrecy::greatest(&[$($crate::private::secrecy(
            $crate::private::Probe::<$type>::SECRECY,
            $crate::private::Probe::<$type>::HOLDS_SECRETS,
        )),+])
    };
}
pub use __secrecy as secrecy;

/// The secrecy of one type that occurs in a field's type.
#[must_use]
pub const fn secrecy(known: Secrecy, holds_secrets: bool) -> Secrecy {
    if holds_secrets { Secrecy::Yes } else { known }
}

/// What is known of a type: all of it, or what its container is. That nothing may be there is told beside the kind.
#[must_use]
pub const fn kind(kind: Kind, container: Kind) -> Kind {
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
pub const fn assert_plain(secrecy: Secrecy, message: &'static str) {
    assert!(!matches!(secrecy, Secrecy::Yes), "{}", message);
}
