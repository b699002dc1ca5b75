//! Whether a program reads the same from two stored values, without its Rust types.

use super::{DecodeError, Known, Stored, json::Json};
use crate::schema::{Format, Kind};
use secrecy::{ExposeSecret as _, SecretSlice};
use std::{
    borrow::Cow,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6},
    time::Duration,
};

/// A name in a JSON object, and its value.
type Entry<'n, 'v> = (Cow<'n, str>, Stored<'v>);

/// Deeper than a load reads.
const MAX_DEPTH: u8 = 64;

/// Whether both become the same value of this kind: `8080` and ` 8080` are one number, and two texts. `None` where one of them is not
/// of the kind, or only the type itself can tell.
pub(crate) fn same(kind: Kind, one: Stored<'_>, other: Stored<'_>) -> Option<bool> {
    match kind {
        Kind::Integer { .. } => Some(integer(one).ok()? == integer(other).ok()?),
        Kind::Float { .. } => Some(f64::read(one).ok()?.to_bits() == f64::read(other).ok()?.to_bits()),
        Kind::Bool => read_same::<bool>(one, other),
        Kind::Char => read_same::<char>(one, other),
        Kind::Duration => read_same::<Duration>(one, other),
        Kind::String => Some(*one.to_text().ok()? == *other.to_text().ok()?),
        Kind::Format(format) => same_format(format, one, other),
        Kind::Bytes { .. } => {
            let (one, other) = (SecretSlice::<u8>::read(one).ok()?, SecretSlice::<u8>::read(other).ok()?);
            Some(one.expose_secret() == other.expose_secret())
        }
        Kind::ListOf(_) | Kind::Array { .. } | Kind::Tuple(_) => {
            let compare = |one: Vec<Stored<'_>>| other.with_items(None, |other| Ok(same_items(kind, &one, &other)));
            one.with_items(None, compare).ok()
        }
        Kind::MapOf { value, .. } => {
            let compare = |one: Vec<Entry<'_, '_>>| other.with_entries(|other| Ok(same_entries(*value, &one, &other)));
            one.with_entries(compare).ok()
        }
        Kind::Optional(_) if one.is_nothing() || other.is_nothing() => Some(one.is_nothing() == other.is_nothing()),
        Kind::Optional(inner) => same(*inner, one, other),
        Kind::Object | Kind::Json => {
            let (one, other) = (one.to_text().ok()?, other.to_text().ok()?);
            same_json(Json::parse(&one).ok()?, Json::parse(&other).ok()?, 0)
        }
        Kind::Other => None,
    }
}

fn read_same<T: Known + PartialEq>(one: Stored<'_>, other: Stored<'_>) -> Option<bool> {
    Some(T::read(one).ok()? == T::read(other).ok()?)
}

fn same_format(format: Format, one: Stored<'_>, other: Stored<'_>) -> Option<bool> {
    match format {
        Format::IpAddr => read_same::<IpAddr>(one, other),
        Format::Ipv4Addr => read_same::<Ipv4Addr>(one, other),
        Format::Ipv6Addr => read_same::<Ipv6Addr>(one, other),
        Format::SocketAddr => read_same::<SocketAddr>(one, other),
        Format::SocketAddrV4 => read_same::<SocketAddrV4>(one, other),
        Format::SocketAddrV6 => read_same::<SocketAddrV6>(one, other),
        Format::Url => read_same::<url::Url>(one, other),
        Format::Uuid => read_same::<uuid::Uuid>(one, other),
    }
}

/// A part of which only the type can tell is the same where its text is.
fn same_part(kind: Kind, one: Stored<'_>, other: Stored<'_>) -> bool {
    let same_text = || match (one.to_text(), other.to_text()) {
        (Ok(one), Ok(other)) => *one == *other,
        _ => false,
    };
    same(kind, one, other).unwrap_or_else(same_text)
}

fn same_items(kind: Kind, one: &[Stored<'_>], other: &[Stored<'_>]) -> bool {
    let same = |(index, (one, other)): (usize, (&Stored<'_>, &Stored<'_>))| same_part(kind.item(index), *one, *other);
    one.len() == other.len() && one.iter().zip(other).enumerate().all(same)
}

/// Of a name that is there twice the last value is read.
fn same_entries(kind: Kind, one: &[Entry<'_, '_>], other: &[Entry<'_, '_>]) -> bool {
    let last = |entries: &[Entry<'_, '_>], name: &str| entries.iter().rposition(|(own, _)| own == name);
    one.iter().chain(other).all(|(name, _)| match (last(one, name), last(other, name)) {
        (Some(first), Some(second)) => same_part(kind, one[first].1, other[second].1),
        _ => false,
    })
}

/// Its sign and its digits: the widest types of Rust have no type above them.
fn integer(stored: Stored<'_>) -> Result<(bool, u128), DecodeError> {
    let text = stored.to_text()?;
    let text = text.trim();
    let signed = || text.parse::<i128>().map(|number| (number < 0, number.unsigned_abs()));
    let number = text.parse::<u128>().map(|number| (false, number)).or_else(|_| signed());
    number.map_err(|_| DecodeError::expected("a whole number"))
}

/// Neither the order of keys nor spaces are read, and of a key that is there twice the last one is.
fn same_json(one: Json<'_>, other: Json<'_>, depth: u8) -> Option<bool> {
    if depth > MAX_DEPTH {
        return None;
    }
    if one.is_object() && other.is_object() {
        let (one, other) = (one.entries().ok()?, other.entries().ok()?);
        let last =
            |entries: &[(_, _)], key: &str| entries.iter().rev().find(|(own, _)| *own == key).map(|(_, value)| *value);
        let in_other = |key: &str| Some(same_json(last(&one, key)?, last(&other, key)?, depth + 1) == Some(true));
        let keys = one.iter().chain(&other).map(|(key, _)| key);
        return Some({ keys }.all(|key| in_other(key) == Some(true)));
    }
    if one.is_array() && other.is_array() {
        let (one, other) = (one.items().ok()?, other.items().ok()?);
        let same = |(one, other): (&Json<'_>, &Json<'_>)| same_json(*one, *other, depth + 1) == Some(true);
        return Some(one.len() == other.len() && one.iter().zip(&other).all(same));
    }
    if one.is_string() != other.is_string() {
        return Some(false);
    }
    Some(*one.text().ok()? == *other.text().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_program_reads_is_compared() {
        const PORT: Kind = Kind::Integer { min: 0, max: 65535, nonzero: false };
        let text = Stored::text;
        for (kind, one, other, expected) in [
            (PORT, text("8080"), text(" +8080\n"), Some(true)),
            (PORT, text("8080"), text("808"), Some(false)),
            (PORT, text("8080"), text("x"), None),
            (Kind::Integer { min: i128::MIN, max: 0, nonzero: false }, text("-1"), text("1"), Some(false)),
            (Kind::Float { bits: 64 }, text("1.0"), text("1e0"), Some(true)),
            (Kind::Bool, text("true"), text("true "), Some(true)),
            (Kind::String, text("0123"), text("123"), Some(false)),
            (Kind::String, text("a"), text("a\n"), Some(false)),
            (Kind::String, text("a"), Stored::binary(b"a"), Some(true)),
            (Kind::Bytes { length: None }, text("YWJj"), Stored::binary(b"abc"), Some(true)),
            (Kind::Bytes { length: None }, text("abcd"), Stored::binary(b"abcd"), Some(false)),
            (Kind::Duration, text("60s"), text("1m"), Some(true)),
            (Kind::ListOf(&Kind::String), Stored::list("a, b"), text("[\"a\",\"b\"]"), Some(true)),
            (Kind::ListOf(&Kind::String), Stored::list("[1]"), text("[1]"), Some(false)),
            (Kind::ListOf(&PORT), text("1,2"), text("[1, \"2\"]"), Some(true)),
            (Kind::Tuple(&[Kind::String, PORT]), text("a,1"), text("[\"a\", \"+1\"]"), Some(true)),
            (Kind::Format(Format::Ipv6Addr), text("::1"), text("0:0::1\n"), Some(true)),
            (Kind::MapOf { key: &Kind::String, value: &PORT }, text("{\"a\":1}"), text("{\"a\":\"01\"}"), Some(true)),
            (Kind::MapOf { key: &Kind::String, value: &PORT }, text("{\"a\":1}"), text("{}"), Some(false)),
            (Kind::Object, text("{\"a\":1,\"b\":[\"x\"]}"), text("{ \"b\": [\"\\u0078\"], \"a\": 1 }"), Some(true)),
            (Kind::Object, text("{\"a\":1}"), text("{\"a\":\"1\"}"), Some(false)),
            (Kind::Json, text("{\"a\":1,\"a\":2}"), text("{\"a\":2}"), Some(true)),
            (Kind::Other, text("a"), text("a"), None),
        ] {
            assert_eq!(same(kind, one, other), expected, "{kind:?}");
            assert_eq!(same(kind, other, one), expected, "{kind:?}");
        }
    }
}
