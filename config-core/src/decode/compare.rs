//! Compares two stored values without the program's Rust types. Two values are equal if a program
//! reads the same value from both.

use super::{
    DecodeError, KnownType, StoredValue,
    json::JsonValue,
    verify::{verify, wipe_json},
};
use crate::schema::{Kind, TextFormat};
use secrecy::{ExposeSecret as _, SecretSlice};
use stage_config_grammar::white_space::trim;
use std::{
    borrow::Cow,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6},
    time::Duration,
};

/// The name and the value of an entry in a JSON object.
type MapEntry<'n, 'v> = (Cow<'n, str>, StoredValue<'v>);

/// The maximum depth of compared JSON. A load accepts no greater depth.
const MAX_DEPTH: u8 = 64;

/// Returns whether two values of this kind are equal. For example, `8080` and ` 8080` are equal as
/// numbers, but not as texts. Returns `None` if one of the values is not of the kind, or if only
/// the type itself can decide.
pub(crate) fn compare_values(
    kind: Kind,
    one: StoredValue<'_>,
    other: StoredValue<'_>,
) -> Option<bool> {
    verify(kind, one).and_then(|()| verify(kind, other)).ok()?;
    compare_verified(kind, one, other)
}

fn compare_verified(kind: Kind, one: StoredValue<'_>, other: StoredValue<'_>) -> Option<bool> {
    match kind {
        Kind::Integer { .. } => Some(parse_integer(one).ok()? == parse_integer(other).ok()?),
        Kind::Float { bits: 32 } => {
            Some(f32::read(one).ok()?.to_bits() == f32::read(other).ok()?.to_bits())
        }
        Kind::Float { .. } => {
            Some(f64::read(one).ok()?.to_bits() == f64::read(other).ok()?.to_bits())
        }
        Kind::Bool => compare_as::<bool>(one, other),
        Kind::Char => compare_as::<char>(one, other),
        Kind::Duration => compare_as::<Duration>(one, other),
        Kind::String => Some(*one.to_text().ok()? == *other.to_text().ok()?),
        Kind::Format(format) => compare_formats(format, one, other),
        Kind::Bytes { .. } => {
            let (one, other) = (
                SecretSlice::<u8>::read(one).ok()?,
                SecretSlice::<u8>::read(other).ok()?,
            );
            Some(one.expose_secret() == other.expose_secret())
        }
        Kind::ListOf(_) | Kind::SetOf(_) | Kind::Array { .. } | Kind::Tuple(_) => {
            let compare = |one: Vec<StoredValue<'_>>| {
                other.with_items(None, |other| Ok(compare_lists(kind, &one, &other)))
            };
            one.with_items(None, compare).ok()?
        }
        Kind::MapOf { key, value } => {
            let compare = |one: Vec<MapEntry<'_, '_>>| {
                other.with_entries(|other| Ok(compare_maps((*key, *value), &one, &other)))
            };
            one.with_entries(compare).ok()?
        }
        Kind::Optional(_) if one.is_absent() || other.is_absent() => {
            Some(one.is_absent() == other.is_absent())
        }
        Kind::Optional(inner) => compare_verified(*inner, one, other),
        Kind::Json => {
            let (one, other) = (
                serde_json::Value::read(one).ok()?,
                serde_json::Value::read(other).ok()?,
            );
            let same = one == other;
            wipe_json(one);
            wipe_json(other);
            Some(same)
        }
        Kind::Object => {
            let (one, other) = (one.to_text().ok()?, other.to_text().ok()?);
            let (one, other) = (JsonValue::parse(&one).ok()?, JsonValue::parse(&other).ok()?);
            if one.is_object() && other.is_object() {
                compare_json(one, other, 0)
            } else {
                None
            }
        }
        Kind::Other => None,
    }
}

fn compare_as<T: KnownType + PartialEq>(
    one: StoredValue<'_>,
    other: StoredValue<'_>,
) -> Option<bool> {
    Some(T::read(one).ok()? == T::read(other).ok()?)
}

fn compare_formats(
    format: TextFormat,
    one: StoredValue<'_>,
    other: StoredValue<'_>,
) -> Option<bool> {
    match format {
        TextFormat::IpAddr => compare_as::<IpAddr>(one, other),
        TextFormat::Ipv4Addr => compare_as::<Ipv4Addr>(one, other),
        TextFormat::Ipv6Addr => compare_as::<Ipv6Addr>(one, other),
        TextFormat::SocketAddr => compare_as::<SocketAddr>(one, other),
        TextFormat::SocketAddrV4 => compare_as::<SocketAddrV4>(one, other),
        TextFormat::SocketAddrV6 => compare_as::<SocketAddrV6>(one, other),
        TextFormat::Url => compare_as::<url::Url>(one, other),
        TextFormat::Uuid => compare_as::<uuid::Uuid>(one, other),
        // The type may read different texts as the same value, so the result for them is `None`.
        TextFormat::FromStr => {
            (trim(&one.to_text().ok()?) == trim(&other.to_text().ok()?)).then_some(true)
        }
    }
}

/// Compares a part of one value with a part of the other. If only the type itself could compare the
/// parts, this function compares their texts. For a type with `FromStr`, it ignores white space
/// around the texts.
fn compare_parts(kind: Kind, one: StoredValue<'_>, other: StoredValue<'_>) -> Option<bool> {
    match kind {
        Kind::Optional(inner) if !one.is_absent() && !other.is_absent() => {
            compare_parts(*inner, one, other)
        }
        Kind::Other => Some(*one.to_text().ok()? == *other.to_text().ok()?),
        Kind::Format(TextFormat::FromStr) => {
            Some(trim(&one.to_text().ok()?) == trim(&other.to_text().ok()?))
        }
        kind => compare_verified(kind, one, other),
    }
}

fn compare_lists(kind: Kind, one: &[StoredValue<'_>], other: &[StoredValue<'_>]) -> Option<bool> {
    if let Kind::SetOf(item) = kind {
        return Some(is_subset(*item, one, other)? && is_subset(*item, other, one)?);
    }
    let compare = |(index, (one, other)): (usize, (&StoredValue<'_>, &StoredValue<'_>))| {
        compare_parts(kind.item(index), *one, *other)
    };
    let same: Option<Vec<bool>> = one.iter().zip(other).enumerate().map(compare).collect();
    Some(one.len() == other.len() && same?.into_iter().all(|same| same))
}

fn is_subset(kind: Kind, one: &[StoredValue<'_>], other: &[StoredValue<'_>]) -> Option<bool> {
    let is_in_other = |item: &StoredValue<'_>| {
        let same: Option<Vec<bool>> = other
            .iter()
            .map(|other| compare_parts(kind, *item, *other))
            .collect();
        same.map(|same| same.contains(&true))
    };
    let found: Option<Vec<bool>> = one.iter().map(is_in_other).collect();
    found.map(|found| !found.contains(&false))
}

/// Compares maps. In a map with numbers as keys, `01` and `1` are the same key. No map has a key
/// twice, because `verify` has refused such a map.
fn compare_maps(
    (key, value): (Kind, Kind),
    one: &[MapEntry<'_, '_>],
    other: &[MapEntry<'_, '_>],
) -> Option<bool> {
    let is_same_key = |one: &str, other: &str| {
        compare_parts(
            key,
            StoredValue::from_key(one),
            StoredValue::from_key(other),
        ) == Some(true)
    };
    let find_last = |entries: &[MapEntry<'_, '_>], name: &str| {
        entries.iter().rposition(|(own, _)| is_same_key(own, name))
    };
    let compare =
        |(name, _): &MapEntry<'_, '_>| match (find_last(one, name), find_last(other, name)) {
            (Some(first), Some(second)) => compare_parts(value, one[first].1, other[second].1),
            _ => Some(false),
        };
    let same: Option<Vec<bool>> = one.iter().chain(other).map(compare).collect();
    same.map(|same| !same.contains(&false))
}

/// Returns whether the number is negative, and its absolute value, because no type can hold the
/// range of both `i128` and `u128`.
fn parse_integer(stored: StoredValue<'_>) -> Result<(bool, u128), DecodeError> {
    let text = stored.to_text()?;
    let text = trim(&text);
    let signed = || {
        text.parse::<i128>()
            .map(|number| (number < 0, number.unsigned_abs()))
    };
    let number = text
        .parse::<u128>()
        .map(|number| (false, number))
        .or_else(|_| signed());
    number.map_err(|_| DecodeError::expected("a whole number"))
}

/// Compares JSON, and ignores spaces and the order of keys. If a key occurs twice, the last value
/// is compared.
fn compare_json(one: JsonValue<'_>, other: JsonValue<'_>, depth: u8) -> Option<bool> {
    if depth > MAX_DEPTH {
        return None;
    }

    if one.is_object() && other.is_object() {
        let (one, other) = (one.entries().ok()?, other.entries().ok()?);
        let find_last = |entries: &[(_, _)], key: &str| {
            entries
                .iter()
                .rev()
                .find(|(own, _)| *own == key)
                .map(|(_, value)| *value)
        };
        let compare_member = |key: &str| {
            Some(
                compare_json(find_last(&one, key)?, find_last(&other, key)?, depth + 1)
                    == Some(true),
            )
        };
        let keys = one.iter().chain(&other).map(|(key, _)| key);
        return Some({ keys }.all(|key| compare_member(key) == Some(true)));
    }

    if one.is_array() && other.is_array() {
        let (one, other) = (one.items().ok()?, other.items().ok()?);
        let is_same = |(one, other): (&JsonValue<'_>, &JsonValue<'_>)| {
            compare_json(*one, *other, depth + 1) == Some(true)
        };
        return Some(one.len() == other.len() && one.iter().zip(&other).all(is_same));
    }

    if one.is_string() != other.is_string() {
        return Some(false);
    }

    Some(*one.to_text().ok()? == *other.to_text().ok()?)
}

#[cfg(test)]
mod tests;
