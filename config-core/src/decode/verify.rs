//! Whether a stored text is what a field's kind takes, for those who do not have its Rust type.

use super::{DecodeError, Probe, Stored, Unknown as _};
use crate::schema::Kind;
use secrecy::{ExposeSecret as _, SecretSlice, SecretString};
use serde::de::IgnoredAny;
use std::{collections::BTreeMap, time::Duration};

/// Decodes into a type of the kind, by the same code as a program, and forgets it.
///
/// # Errors
///
/// What the kind expects, in the words in which a load would say it.
pub(crate) fn verify(kind: Kind, stored: Stored<'_>) -> Result<(), DecodeError> {
    match kind {
        Kind::Integer { min, max } => integer(min, max, stored, false),
        Kind::ListOf(Kind::Integer { min, max }) => integer(*min, *max, stored, true),
        Kind::Float => Probe::<f64>::decode(stored).map(drop),
        Kind::ListOf(Kind::Float) => Probe::<Vec<f64>>::decode(stored).map(drop),
        Kind::Bool => Probe::<bool>::decode(stored).map(drop),
        Kind::ListOf(Kind::Bool) => Probe::<Vec<bool>>::decode(stored).map(drop),
        Kind::Char => Probe::<char>::decode(stored).map(drop),
        Kind::ListOf(Kind::Char) => Probe::<Vec<char>>::decode(stored).map(drop),
        Kind::String => stored.to_text().map(drop),
        Kind::ListOf(Kind::String) => Probe::<Vec<SecretString>>::decode(stored).map(drop),
        Kind::Bytes { length } => bytes(length, stored),
        Kind::Duration => Probe::<Duration>::decode(stored).map(drop),
        Kind::ListOf(Kind::Duration) => Probe::<Vec<Duration>>::decode(stored).map(drop),
        Kind::Object => Probe::<BTreeMap<String, IgnoredAny>>::decode(stored).map(drop),
        Kind::Json => json(stored),
        Kind::ListOf(_) => Probe::<Vec<IgnoredAny>>::decode(stored).map(drop),
        Kind::Other => Ok(()),
    }
}

/// A `[u8; N]` knows how many.
fn bytes(length: Option<usize>, stored: Stored<'_>) -> Result<(), DecodeError> {
    let bytes = Probe::<SecretSlice<u8>>::decode(stored)?;
    match length {
        Some(length) if bytes.expose_secret().len() != length => {
            Err(DecodeError::expected(format_args!("{length} bytes")))
        }
        _ => Ok(()),
    }
}

/// Any JSON, without keeping it.
fn json(stored: Stored<'_>) -> Result<(), DecodeError> {
    let text = stored.to_text()?;
    serde_json::from_str::<IgnoredAny>(&text)
        .map(drop)
        .map_err(|error| DecodeError::expected("JSON").at(error.line(), error.column()))
}

/// Rust's own integers alone have these limits, so each is decoded as itself. Of the signed ones that are never zero the limits
/// do not tell.
fn integer(min: i128, max: u128, stored: Stored<'_>, list: bool) -> Result<(), DecodeError> {
    macro_rules! of {
        ($($type:ty: $min:expr;)*) => {$(
            if min == $min && max == <$type>::MAX.into_limit() {
                return if list {
                    Probe::<Vec<$type>>::decode(stored).map(drop)
                } else {
                    Probe::<$type>::decode(stored).map(drop)
                };
            }
        )*};
    }
    use std::num::{NonZeroU8, NonZeroU16, NonZeroU32, NonZeroU64, NonZeroU128};
    of! {
        u8: 0; u16: 0; u32: 0; u64: 0; u128: 0;
        i8: i8::MIN.into(); i16: i16::MIN.into(); i32: i32::MIN.into(); i64: i64::MIN.into(); i128: i128::MIN;
        NonZeroU16: 1; NonZeroU32: 1; NonZeroU64: 1; NonZeroU128: 1;
    }
    // `Vec<NonZeroU8>` is no list of the derive's: it is here alone that its items are looked at.
    if min == 1 && max == NonZeroU8::MAX.into_limit() {
        return if list {
            stored.decode::<Vec<NonZeroU8>>().map(drop)
        } else {
            Probe::<NonZeroU8>::decode(stored).map(drop)
        };
    }
    Err(DecodeError::expected(format_args!("a whole number from {min} to {max}")))
}

/// A greatest value as [`Kind::Integer`] has it.
trait Limit {
    fn into_limit(self) -> u128;
}

macro_rules! limits {
    ($($type:ty: $value:ident => $get:expr;)*) => {$(
        impl Limit for $type {
            fn into_limit(self) -> u128 {
                let $value = self;
                $get as u128
            }
        }
    )*};
}

limits! {
    u8: n => n; u16: n => n; u32: n => n; u64: n => n; u128: n => n;
    i8: n => n; i16: n => n; i32: n => n; i64: n => n; i128: n => n;
    std::num::NonZeroU8: n => n.get(); std::num::NonZeroU16: n => n.get(); std::num::NonZeroU32: n => n.get();
    std::num::NonZeroU64: n => n.get(); std::num::NonZeroU128: n => n.get();
}
