//! The table of values, type by type: what a text must be for it, and how it is read.

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

/// A type whose kind says all that its texts must be: what is read by one is accepted by the other.
///
/// A type of the user's own, and a container of one, is not known: serde alone reads it.
pub trait KnownType: Sized {
    /// What a text must be.
    const KIND: Kind;

    /// A sequence of it is bytes.
    const IS_BYTE: bool = false;

    /// Reads a value.
    ///
    /// # Errors
    ///
    /// What was expected, and where.
    fn read(stored: StoredValue<'_>) -> Result<Self, DecodeError>;

    /// Reads a value into memory of its own, without a copy beside it where it is large.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    fn read_boxed(stored: StoredValue<'_>) -> Result<Box<Self>, DecodeError> {
        Self::read(stored).map(Box::new)
    }

    /// Reads a sequence of values, of a fixed length or of any. The vector has the very length.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read); another length.
    fn read_sequence(stored: StoredValue<'_>, length: Option<usize>) -> Result<Vec<Self>, DecodeError> {
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
    Kind::Integer { min, max, nonzero: false }
}

/// The least number tells that an unsigned one is not zero.
const fn nonzero_kind(min: i128, max: u128) -> Kind {
    if min == 0 { integer_kind(1, max) } else { Kind::Integer { min, max, nonzero: true } }
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
    Kind::Format(TextFormat::IpAddr) => IpAddr;
    Kind::Format(TextFormat::Ipv4Addr) => Ipv4Addr;
    Kind::Format(TextFormat::Ipv6Addr) => Ipv6Addr;
    Kind::Format(TextFormat::SocketAddr) => SocketAddr;
    Kind::Format(TextFormat::SocketAddrV4) => SocketAddrV4;
    Kind::Format(TextFormat::SocketAddrV6) => SocketAddrV6;
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
    // serde reads it with a cargo feature alone.
    Kind::String => Arc<str>, |stored: StoredValue<'_>| stored.to_text().map(|text| Self::from(&*text));
    Kind::String => Cow<'static, str>, |stored: StoredValue<'_>| stored.decode().map(Cow::Owned);
    Kind::String => SecretString, |stored: StoredValue<'_>| stored.to_text().map(|text| Self::from(text.to_owned()));
    // serde's form of it is an object of seconds and nanoseconds.
    Kind::Duration => Duration, parse_duration;
    // serde would take any text as it is.
    Kind::Json => serde_json::Value, |stored: StoredValue<'_>| stored.with_json(|json| json.decode());
}

#[cfg(feature = "url")]
read_by! {
    Kind::Format(TextFormat::Url) => url::Url, |stored: StoredValue<'_>| stored.parse_text(TextFormat::Url);
}

#[cfg(feature = "uuid")]
read_by! {
    Kind::Format(TextFormat::Uuid) => uuid::Uuid, |stored: StoredValue<'_>| stored.parse_text(TextFormat::Uuid);
}

fn parse_duration(stored: StoredValue<'_>) -> Result<Duration, DecodeError> {
    stored.parse_with(|text| {
        humantime::parse_duration(text)
            .map_err(|_| DecodeError::expected("a duration with its unit, as in `30s`, `5m`, `1h 30m` or `250ms`"))
    })
}
