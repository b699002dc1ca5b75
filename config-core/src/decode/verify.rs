//! Checks whether a stored text fits a field's kind, for a caller without the Rust type.

use super::{DecodeError, KnownType, StoredValue};
use crate::schema::{Kind, TextFormat};
use secrecy::SecretSlice;
use secrecy::SecretString;
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6},
    num,
    time::Duration,
};
use zeroize::{Zeroize, Zeroizing};

/// Reads a value as a type of the kind, with the same code as a program, and discards it. Accepts
/// any value of the kind [`Kind::Other`] and any text of the format [`TextFormat::FromStr`],
/// because only the type itself can decide whether the value fits.
///
/// # Errors
///
/// Returns the same error as a load.
pub(crate) fn verify(kind: Kind, stored: StoredValue<'_>) -> Result<(), DecodeError> {
    match kind {
        Kind::Integer { min, max, nonzero } => verify_integer(min, max, nonzero, stored),
        Kind::Float { bits: 32 } => f32::read(stored).map(drop),
        Kind::Float { .. } => f64::read(stored).map(drop),
        Kind::Bool => bool::read(stored).map(drop),
        Kind::Char => char::read(stored).map(drop),
        Kind::String => SecretString::read(stored).map(drop),
        Kind::Format(format) => verify_format(format, stored),
        Kind::Bytes { length: None } => SecretSlice::<u8>::read(stored).map(drop),
        Kind::Bytes { length } => {
            u8::read_sequence(stored, length).map(|mut bytes| bytes.zeroize())
        }
        Kind::Duration => Duration::read(stored).map(drop),
        Kind::Json => serde_json::Value::read(stored).map(wipe_json),
        Kind::ListOf(item) | Kind::SetOf(item) => verify_list(stored, None, |_| *item),
        Kind::Array { item, length } => verify_list(stored, Some(length), |_| *item),
        Kind::Tuple(items) => verify_list(stored, Some(items.len()), |index| items[index]),
        Kind::Optional(_) if stored.is_absent() => Ok(()),
        Kind::Optional(inner) => verify(*inner, stored),
        Kind::MapOf { key, value } => verify_entries(*key, *value, stored),
        Kind::Object => stored.with_entries(|_| Ok(())),
        Kind::Other => Ok(()),
    }
}

fn verify_list(
    stored: StoredValue<'_>,
    length: Option<usize>,
    kind: impl Fn(usize) -> Kind,
) -> Result<(), DecodeError> {
    stored.with_items(length, |items| {
        let mut items = items.into_iter().enumerate();
        items.try_for_each(|(index, item)| {
            verify(kind(index), item).map_err(|error| error.at_item(index + 1))
        })
    })
}

fn verify_entries(key: Kind, value: Kind, stored: StoredValue<'_>) -> Result<(), DecodeError> {
    stored.with_entries(|entries| {
        let mut keys = Vec::with_capacity(entries.len());
        for (name, entry) in entries {
            let locate = |error| entry.name_parameter(error);
            let name = StoredValue::from_key(&name);
            verify(key, name).map_err(locate)?;
            keys.push(normalize_key(key, name)?);
            verify(value, entry).map_err(locate)?;
        }
        keys.sort_unstable_by(|one, other| one.as_str().cmp(other));
        if keys.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(DecodeError::same_key());
        }
        Ok(())
    })
}

/// Returns the normalized text of a key of a map, which is the same text for two equal keys. Keys
/// that are options, lists, tuples or bytes are exceptions: they are returned unchanged, so two
/// equal keys may have different texts. The key must fit its kind.
pub(crate) fn normalize_key(
    kind: Kind,
    key: StoredValue<'_>,
) -> Result<Zeroizing<String>, DecodeError> {
    let text = match kind {
        Kind::Integer { max, .. } if max > i128::MAX as u128 => u128::read(key)?.to_string(),
        Kind::Integer { .. } => i128::read(key)?.to_string(),
        Kind::Bool => bool::read(key)?.to_string(),
        Kind::Char => char::read(key)?.to_string(),
        Kind::Duration => Duration::read(key)?.as_nanos().to_string(),
        Kind::Format(TextFormat::IpAddr | TextFormat::Ipv4Addr | TextFormat::Ipv6Addr) => {
            IpAddr::read(key)?.to_string()
        }
        Kind::Format(
            TextFormat::SocketAddr | TextFormat::SocketAddrV4 | TextFormat::SocketAddrV6,
        ) => SocketAddr::read(key)?.to_string(),
        Kind::Format(TextFormat::Url) => url::Url::read(key)?.into(),
        Kind::Format(TextFormat::Uuid) => uuid::Uuid::read(key)?.to_string(),
        _ => key.to_text()?.to_owned(),
    };
    Ok(Zeroizing::new(text))
}

fn verify_format(format: TextFormat, stored: StoredValue<'_>) -> Result<(), DecodeError> {
    match format {
        TextFormat::IpAddr => IpAddr::read(stored).map(drop),
        TextFormat::Ipv4Addr => Ipv4Addr::read(stored).map(drop),
        TextFormat::Ipv6Addr => Ipv6Addr::read(stored).map(drop),
        TextFormat::SocketAddr => SocketAddr::read(stored).map(drop),
        TextFormat::SocketAddrV4 => SocketAddrV4::read(stored).map(drop),
        TextFormat::SocketAddrV6 => SocketAddrV6::read(stored).map(drop),
        TextFormat::Url => url::Url::read(stored).map(|url| String::from(url).zeroize()),
        TextFormat::Uuid => uuid::Uuid::read(stored).map(drop),
        TextFormat::FromStr => stored.to_text().map(drop),
    }
}

/// Reads an integer as the Rust integer type that has these limits.
fn verify_integer(
    min: i128,
    max: u128,
    nonzero: bool,
    stored: StoredValue<'_>,
) -> Result<(), DecodeError> {
    macro_rules! read_as {
        ($($type:ty),*) => {$(
            if <$type>::KIND == (Kind::Integer { min, max, nonzero }) {
                return <$type>::read(stored).map(drop);
            }
        )*};
    }
    read_as!(u8, u16, u32, u64, u128, i8, i16, i32, i64, i128);
    read_as!(
        num::NonZeroU8,
        num::NonZeroU16,
        num::NonZeroU32,
        num::NonZeroU64,
        num::NonZeroU128
    );
    read_as!(
        num::NonZeroI8,
        num::NonZeroI16,
        num::NonZeroI32,
        num::NonZeroI64,
        num::NonZeroI128
    );
    Err(DecodeError::expected(format_args!(
        "a whole number from {min} to {max}"
    )))
}

/// Wipes a JSON value, which may contain a secret. `serde_json` does not wipe its values.
pub(super) fn wipe_json(value: serde_json::Value) {
    match value {
        serde_json::Value::String(mut text) => text.zeroize(),
        serde_json::Value::Array(items) => items.into_iter().for_each(wipe_json),
        serde_json::Value::Object(entries) => entries.into_iter().for_each(|(mut name, value)| {
            name.zeroize();
            wipe_json(value);
        }),
        _ => {}
    }
}
