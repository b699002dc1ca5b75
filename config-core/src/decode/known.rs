//! The code behind the documented table of values: for each type, the texts that it accepts, and
//! how they are read.

mod containers;
mod lists;

use super::{DecodeError, StoredValue};
use crate::schema::{Kind, TextFormat};
use secrecy::SecretString;
use std::{
    borrow::Cow,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6},
    num,
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

/// A type whose [`Kind`] fully determines the texts that it accepts: two types of the same kind
/// accept the same texts.
///
/// A type of the program's own, or a container of such a type, is not a known type; serde reads it.
pub trait KnownType: Sized {
    /// The kind of text that the type accepts.
    const KIND: Kind;

    /// Whether a vector, a slice or an array of this type is read as bytes, and not as a list.
    const IS_BYTE: bool = false;

    /// Reads a value.
    ///
    /// # Errors
    ///
    /// Returns an error if the type does not accept the value. For a value inside JSON or a list,
    /// the error contains the position.
    fn read(stored: StoredValue<'_>) -> Result<Self, DecodeError>;

    /// Reads a value into a box. For an array, this makes no second copy of the value.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`read`](Self::read).
    fn read_boxed(stored: StoredValue<'_>) -> Result<Box<Self>, DecodeError> {
        Self::read(stored).map(Box::new)
    }

    /// Reads a sequence of values, of the given length or of any length. The capacity of the vector
    /// equals its length.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`read`](Self::read) for an item. For bytes, returns an error if the
    /// text is not base64. Returns an error if the sequence does not have the given length.
    fn read_sequence(
        stored: StoredValue<'_>,
        length: Option<usize>,
    ) -> Result<Vec<Self>, DecodeError> {
        lists::read_items(stored, length)
    }
}

macro_rules! by_serde {
    ($($kind:expr => $($type:ty),+;)*) => {$($(
        impl KnownType for $type {
            const KIND: Kind = $kind;

            fn read(stored: StoredValue<'_>) -> Result<Self, DecodeError> {
                stored.decode()
            }
        }
    )+)*};
}

macro_rules! integers {
    ($($type:ty, $nonzero:ident;)*) => {
        by_serde! {$(
            integer_kind(<$type>::MIN as i128, <$type>::MAX as u128) => $type;
            nonzero_kind(<$type>::MIN as i128, <$type>::MAX as u128) => num::$nonzero;
        )*}
    };
}

const fn integer_kind(min: i128, max: u128) -> Kind {
    Kind::Integer {
        min,
        max,
        nonzero: false,
    }
}

/// Returns the kind of a `NonZero` type. The minimum 1 excludes zero from an unsigned type; a
/// signed type needs `nonzero`.
const fn nonzero_kind(min: i128, max: u128) -> Kind {
    if min == 0 {
        integer_kind(1, max)
    } else {
        Kind::Integer {
            min,
            max,
            nonzero: true,
        }
    }
}

integers! {
    i8, NonZeroI8;
    i16, NonZeroI16;
    i32, NonZeroI32;
    i64, NonZeroI64;
    i128, NonZeroI128;
    isize, NonZeroIsize;
    u16, NonZeroU16;
    u32, NonZeroU32;
    u64, NonZeroU64;
    u128, NonZeroU128;
    usize, NonZeroUsize;
}

by_serde! {
    Kind::Integer { min: 1, max: u8::MAX as u128, nonzero: false } => num::NonZeroU8;
    Kind::Float { bits: 32 } => f32;
    Kind::Float { bits: 64 } => f64;
    Kind::Bool => bool;
    Kind::Char => char;
    Kind::String => String, Box<str>, PathBuf;
}

macro_rules! read_by {
    ($($kind:expr => $type:ty, $read:expr;)*) => {$(
        impl KnownType for $type {
            const KIND: Kind = $kind;

            fn read(stored: StoredValue<'_>) -> Result<Self, DecodeError> {
                $read(stored)
            }
        }
    )*};
}

read_by! {
    // serde supports `Arc<str>` only with a cargo feature.
    Kind::String => Arc<str>, |stored: StoredValue<'_>| stored.to_text().map(|text| Self::from(&*text));
    Kind::String => Cow<'static, str>, |stored: StoredValue<'_>| stored.decode().map(Cow::Owned);
    Kind::String => SecretString, |stored: StoredValue<'_>| stored.to_text().map(|text| Self::from(text.to_owned()));
    // serde expects an object of seconds and nanoseconds.
    Kind::Duration => Duration, StoredValue::parse_duration;
    // serde would accept any text, also one that is not JSON.
    Kind::Json => serde_json::Value, |stored: StoredValue<'_>| stored.with_json(|json| json.decode());
}

macro_rules! by_from_str {
    ($($format:ident => $type:ty;)*) => {$(
        impl KnownType for $type {
            const KIND: Kind = Kind::Format(TextFormat::$format);

            fn read(stored: StoredValue<'_>) -> Result<Self, DecodeError> {
                stored.parse_text(TextFormat::$format)
            }
        }
    )*};
}

// These types are read with `FromStr`, because serde's errors do not say that an address is
// expected.
by_from_str! {
    IpAddr => IpAddr;
    Ipv4Addr => Ipv4Addr;
    Ipv6Addr => Ipv6Addr;
    SocketAddr => SocketAddr;
    SocketAddrV4 => SocketAddrV4;
    SocketAddrV6 => SocketAddrV6;
}

#[cfg(feature = "url")]
by_from_str! {
    Url => url::Url;
}

#[cfg(feature = "uuid")]
by_from_str! {
    Uuid => uuid::Uuid;
}
