//! Whether a program reads the same from two stored values, without its Rust types.

use super::{DecodeError, KnownType, StoredValue, json::JsonValue};
use crate::schema::{Kind, TextFormat};
use secrecy::{ExposeSecret as _, SecretSlice};
use std::{
    borrow::Cow,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6},
    time::Duration,
};

/// A name in a JSON object, and its value.
type MapEntry<'n, 'v> = (Cow<'n, str>, StoredValue<'v>);

/// Deeper than a load reads.
const MAX_DEPTH: u8 = 64;

/// Whether both become the same value of this kind: `8080` and ` 8080` are one number, and two texts. `None` where one of them is not
/// of the kind, or only the type itself can tell.
pub(crate) fn compare_values(kind: Kind, one: StoredValue<'_>, other: StoredValue<'_>) -> Option<bool> {
    match kind {
        Kind::Integer { .. } => Some(parse_integer(one).ok()? == parse_integer(other).ok()?),
        Kind::Float { .. } => Some(f64::read(one).ok()?.to_bits() == f64::read(other).ok()?.to_bits()),
        Kind::Bool => compare_as::<bool>(one, other),
        Kind::Char => compare_as::<char>(one, other),
        Kind::Duration => compare_as::<Duration>(one, other),
        Kind::String => Some(*one.to_text().ok()? == *other.to_text().ok()?),
        Kind::Format(format) => compare_formats(format, one, other),
        Kind::Bytes { .. } => {
            let (one, other) = (SecretSlice::<u8>::read(one).ok()?, SecretSlice::<u8>::read(other).ok()?);
            Some(one.expose_secret() == other.expose_secret())
        }
        Kind::ListOf(_) | Kind::Array { .. } | Kind::Tuple(_) => {
            let compare =
                |one: Vec<StoredValue<'_>>| other.with_items(None, |other| Ok(is_same_list(kind, &one, &other)));
            one.with_items(None, compare).ok()
        }
        Kind::MapOf { value, .. } => {
            let compare =
                |one: Vec<MapEntry<'_, '_>>| other.with_entries(|other| Ok(is_same_map(*value, &one, &other)));
            one.with_entries(compare).ok()
        }
        Kind::Optional(_) if one.is_absent() || other.is_absent() => Some(one.is_absent() == other.is_absent()),
        Kind::Optional(inner) => compare_values(*inner, one, other),
        Kind::Object | Kind::Json => {
            let (one, other) = (one.to_text().ok()?, other.to_text().ok()?);
            compare_json(JsonValue::parse(&one).ok()?, JsonValue::parse(&other).ok()?, 0)
        }
        Kind::Other => None,
    }
}

fn compare_as<T: KnownType + PartialEq>(one: StoredValue<'_>, other: StoredValue<'_>) -> Option<bool> {
    Some(T::read(one).ok()? == T::read(other).ok()?)
}

fn compare_formats(format: TextFormat, one: StoredValue<'_>, other: StoredValue<'_>) -> Option<bool> {
    match format {
        TextFormat::IpAddr => compare_as::<IpAddr>(one, other),
        TextFormat::Ipv4Addr => compare_as::<Ipv4Addr>(one, other),
        TextFormat::Ipv6Addr => compare_as::<Ipv6Addr>(one, other),
        TextFormat::SocketAddr => compare_as::<SocketAddr>(one, other),
        TextFormat::SocketAddrV4 => compare_as::<SocketAddrV4>(one, other),
        TextFormat::SocketAddrV6 => compare_as::<SocketAddrV6>(one, other),
        TextFormat::Url => compare_as::<url::Url>(one, other),
        TextFormat::Uuid => compare_as::<uuid::Uuid>(one, other),
    }
}

/// A part of which only the type can tell is the same where its text is.
fn is_same_part(kind: Kind, one: StoredValue<'_>, other: StoredValue<'_>) -> bool {
    let same_text = || match (one.to_text(), other.to_text()) {
        (Ok(one), Ok(other)) => *one == *other,
        _ => false,
    };
    compare_values(kind, one, other).unwrap_or_else(same_text)
}

fn is_same_list(kind: Kind, one: &[StoredValue<'_>], other: &[StoredValue<'_>]) -> bool {
    let same = |(index, (one, other)): (usize, (&StoredValue<'_>, &StoredValue<'_>))| {
        is_same_part(kind.item(index), *one, *other)
    };
    one.len() == other.len() && one.iter().zip(other).enumerate().all(same)
}

/// Of a name that is there twice the last value is read.
fn is_same_map(kind: Kind, one: &[MapEntry<'_, '_>], other: &[MapEntry<'_, '_>]) -> bool {
    let last = |entries: &[MapEntry<'_, '_>], name: &str| entries.iter().rposition(|(own, _)| own == name);
    one.iter().chain(other).all(|(name, _)| match (last(one, name), last(other, name)) {
        (Some(first), Some(second)) => is_same_part(kind, one[first].1, other[second].1),
        _ => false,
    })
}

/// Its sign and its digits: the widest types of Rust have no type above them.
fn parse_integer(stored: StoredValue<'_>) -> Result<(bool, u128), DecodeError> {
    let text = stored.to_text()?;
    let text = text.trim();
    let signed = || text.parse::<i128>().map(|number| (number < 0, number.unsigned_abs()));
    let number = text.parse::<u128>().map(|number| (false, number)).or_else(|_| signed());
    number.map_err(|_| DecodeError::expected("a whole number"))
}

/// Neither the order of keys nor spaces are read, and of a key that is there twice the last one is.
fn compare_json(one: JsonValue<'_>, other: JsonValue<'_>, depth: u8) -> Option<bool> {
    if depth > MAX_DEPTH {
        return None;
    }
    if one.is_object() && other.is_object() {
        let (one, other) = (one.entries().ok()?, other.entries().ok()?);
        let last =
            |entries: &[(_, _)], key: &str| entries.iter().rev().find(|(own, _)| *own == key).map(|(_, value)| *value);
        let in_other = |key: &str| Some(compare_json(last(&one, key)?, last(&other, key)?, depth + 1) == Some(true));
        let keys = one.iter().chain(&other).map(|(key, _)| key);
        return Some({ keys }.all(|key| in_other(key) == Some(true)));
    }
    if one.is_array() && other.is_array() {
        let (one, other) = (one.items().ok()?, other.items().ok()?);
        let same = |(one, other): (&JsonValue<'_>, &JsonValue<'_>)| compare_json(*one, *other, depth + 1) == Some(true);
        return Some(one.len() == other.len() && one.iter().zip(&other).all(same));
    }
    if one.is_string() != other.is_string() {
        return Some(false);
    }
    Some(*one.to_text().ok()? == *other.to_text().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_program_reads_is_compared() {
        const PORT: Kind = Kind::Integer { min: 0, max: 65535, nonzero: false };
        let text = StoredValue::from_text;
        for (kind, one, other, expected) in [
            (PORT, text("8080"), text(" +8080\n"), Some(true)),
            (PORT, text("8080"), text("808"), Some(false)),
            (PORT, text("8080"), text("x"), None),
            (Kind::Integer { min: i128::MIN, max: 0, nonzero: false }, text("-1"), text("1"), Some(false)),
            (Kind::Float { bits: 64 }, text("1.0"), text("1e0"), Some(true)),
            (Kind::Bool, text("true"), text("true "), Some(true)),
            (Kind::String, text("0123"), text("123"), Some(false)),
            (Kind::String, text("a"), text("a\n"), Some(false)),
            (Kind::String, text("a"), StoredValue::from_bytes(b"a"), Some(true)),
            (Kind::Bytes { length: None }, text("YWJj"), StoredValue::from_bytes(b"abc"), Some(true)),
            (Kind::Bytes { length: None }, text("abcd"), StoredValue::from_bytes(b"abcd"), Some(false)),
            (Kind::Duration, text("60s"), text("1m"), Some(true)),
            (Kind::ListOf(&Kind::String), StoredValue::from_list("a, b"), text("[\"a\",\"b\"]"), Some(true)),
            (Kind::ListOf(&Kind::String), StoredValue::from_list("[1]"), text("[1]"), Some(false)),
            (Kind::ListOf(&PORT), text("1,2"), text("[1, \"2\"]"), Some(true)),
            (Kind::Tuple(&[Kind::String, PORT]), text("a,1"), text("[\"a\", \"+1\"]"), Some(true)),
            (Kind::Format(TextFormat::Ipv6Addr), text("::1"), text("0:0::1\n"), Some(true)),
            (Kind::MapOf { key: &Kind::String, value: &PORT }, text("{\"a\":1}"), text("{\"a\":\"01\"}"), Some(true)),
            (Kind::MapOf { key: &Kind::String, value: &PORT }, text("{\"a\":1}"), text("{}"), Some(false)),
            (Kind::Object, text("{\"a\":1,\"b\":[\"x\"]}"), text("{ \"b\": [\"\\u0078\"], \"a\": 1 }"), Some(true)),
            (Kind::Object, text("{\"a\":1}"), text("{\"a\":\"1\"}"), Some(false)),
            (Kind::Json, text("{\"a\":1,\"a\":2}"), text("{\"a\":2}"), Some(true)),
            (Kind::Other, text("a"), text("a"), None),
        ] {
            assert_eq!(compare_values(kind, one, other), expected, "{kind:?}");
            assert_eq!(compare_values(kind, other, one), expected, "{kind:?}");
        }
    }
}
