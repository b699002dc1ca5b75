//! Whether a program reads the same from two stored values, without its Rust types.

use super::{DecodeError, Probe, Stored, Unknown as _, json::Json};
use crate::schema::Kind;
use secrecy::{ExposeSecret as _, SecretSlice, SecretString};
use std::time::Duration;

/// Deeper than a load reads.
const MAX_DEPTH: u8 = 64;

/// Whether both become the same value of this kind: `8080` and ` 8080` are one number, and two texts. `None` where one of them is not
/// of the kind, or only the type itself can tell.
pub(crate) fn same(kind: Kind, one: Stored<'_>, other: Stored<'_>) -> Option<bool> {
    let (one, other) = (&one, &other);
    match kind {
        Kind::Integer { .. } => both(one, other, integer),
        Kind::Float => both(one, other, |stored| Probe::<f64>::decode(stored).map(f64::to_bits)),
        Kind::Bool => both(one, other, Probe::<bool>::decode),
        Kind::Char => both(one, other, Probe::<char>::decode),
        Kind::Duration => both(one, other, Probe::<Duration>::decode),
        Kind::String => Some(*one.to_text().ok()? == *other.to_text().ok()?),
        Kind::Bytes { .. } => {
            let of = |stored: &Stored<'_>| Probe::<SecretSlice<u8>>::decode(*stored).ok();
            Some(of(one)?.expose_secret() == of(other)?.expose_secret())
        }
        Kind::ListOf(item) => {
            let of = |stored: &Stored<'_>| Probe::<Vec<SecretString>>::decode(*stored).ok();
            let (one, other) = (of(one)?, of(other)?);
            let same = |(one, other): (&SecretString, &SecretString)| {
                let (one, other) = (one.expose_secret(), other.expose_secret());
                same(*item, Stored::text(one), Stored::text(other)).unwrap_or(one == other)
            };
            Some(one.len() == other.len() && one.iter().zip(&other).all(same))
        }
        Kind::Object | Kind::Json => {
            let (one, other) = (one.to_text().ok()?, other.to_text().ok()?);
            same_json(Json::parse(&one).ok()?, Json::parse(&other).ok()?, 0)
        }
        Kind::Other => None,
    }
}

fn both<'a, T: PartialEq>(
    one: &Stored<'a>,
    other: &Stored<'a>,
    decode: impl Fn(Stored<'a>) -> Result<T, DecodeError>,
) -> Option<bool> {
    Some(decode(*one).ok()? == decode(*other).ok()?)
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
        const PORT: Kind = Kind::Integer { min: 0, max: 65535 };
        let text = Stored::text;
        for (kind, one, other, expected) in [
            (PORT, text("8080"), text(" +8080\n"), Some(true)),
            (PORT, text("8080"), text("808"), Some(false)),
            (PORT, text("8080"), text("x"), None),
            (Kind::Integer { min: i128::MIN, max: 0 }, text("-1"), text("1"), Some(false)),
            (Kind::Float, text("1.0"), text("1e0"), Some(true)),
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
