//! Figment's part on the way out: the resolved values as a provider for somebody else's Figment.

use crate::{
    decode::{DecodeError, Known as _, Stored},
    layers::Shown,
    outcome::{Content, Found},
    schema::Kind,
};
use figment::{
    Metadata, Profile,
    value::{Dict, Empty, Map, Value},
};
use std::borrow::Cow;

/// One resolved field on its way into somebody else's Figment.
pub(super) struct Entry {
    pub(super) path: String,
    pub(super) secret: bool,
    pub(super) value: EntryValue,
}

pub(super) enum EntryValue {
    Stored(Found, Kind),
    Default(Shown),
}

/// The resolved fields under the stage's profile, which the Figment that merges them selects.
pub(super) fn data(entries: &[Entry], stage: &str, secrets: bool) -> Map<Profile, Dict> {
    let mut dict = Dict::new();
    for entry in entries.iter().filter(|entry| secrets || !entry.secret) {
        let value = match &entry.value {
            EntryValue::Stored(found, kind) => value_of(found, *kind),
            EntryValue::Default(Shown(value)) => value.clone(),
        };
        insert(&mut dict, &entry.path, value);
    }
    Map::from([(Profile::new(stage), dict)])
}

pub(super) fn metadata(config: &str, stage: &str) -> Metadata {
    Metadata::named(format!("stage-config `{config}`, stage `{stage}`"))
}

fn insert(dict: &mut Dict, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            dict.insert(path.to_owned(), value);
        }
        Some((first, rest)) => {
            let inner = dict.entry(first.to_owned()).or_insert_with(|| Value::from(Dict::new()));
            if let Value::Dict(_, inner) = inner {
                insert(inner, rest, value);
            }
        }
    }
}

/// The figment value that extracts into the field's own type: figment is strict and takes no `"8080"` for a `u16`.
fn value_of(found: &Found, kind: Kind) -> Value {
    value_of_stored(found.content.stored(), kind).unwrap_or_else(|_| match &*found.content {
        Content::Binary(bytes) => Value::from(bytes.as_slice().to_vec()),
        Content::Text(text) | Content::List(text) => Value::from(text.as_str()),
        Content::Unseen => Value::from(Empty::None),
    })
}

fn value_of_stored(stored: Stored<'_>, kind: Kind) -> Result<Value, DecodeError> {
    let list = |length, kind: &dyn Fn(usize) -> Kind| {
        stored.with_items(length, |items| {
            let item = |(index, item)| value_of_stored(item, kind(index));
            items.into_iter().enumerate().map(item).collect::<Result<Vec<_>, _>>().map(Value::from)
        })
    };
    match kind {
        // The narrowest that fits: serde's integers refuse 128 bits, whatever the number.
        Kind::Integer { .. } => {
            let narrow = u64::read(stored).map(Value::from).or_else(|_| i64::read(stored).map(Value::from));
            narrow.or_else(|_| i128::read(stored).map(Value::from)).or_else(|_| u128::read(stored).map(Value::from))
        }
        Kind::Float { .. } => f64::read(stored).map(Value::from),
        Kind::Bool => bool::read(stored).map(Value::from),
        Kind::Bytes { .. } => Vec::<u8>::read(stored).map(Value::from),
        Kind::ListOf(item) => list(None, &|_| *item),
        Kind::Array { item, length } => list(Some(length), &|_| *item),
        Kind::Tuple(items) => list(Some(items.len()), &|index| items[index]),
        Kind::Optional(_) if stored.is_nothing() => Ok(Value::from(Empty::None)),
        Kind::Optional(inner) => value_of_stored(stored, *inner),
        Kind::MapOf { value, .. } => stored.with_entries(|entries| {
            let entry = |(key, entry): (Cow<'_, str>, _)| Ok((key.into_owned(), value_of_stored(entry, *value)?));
            entries.into_iter().map(entry).collect::<Result<Dict, _>>().map(Value::from)
        }),
        Kind::Object => stored.decode(),
        Kind::Json => {
            let json = serde_json::Value::read(stored)?;
            Value::serialize(json).map_err(|_| DecodeError::expected("JSON"))
        }
        Kind::Other => stored.decode().and_then(|value| as_written(value, stored)),
        Kind::Char | Kind::String | Kind::Format(_) | Kind::Duration => Ok(Value::from(&*stored.to_text()?)),
    }
}

/// A number with other digits than figment's is a text to a type of the user's own: `0.10` is not 0.1.
fn as_written(value: Value, stored: Stored<'_>) -> Result<Value, DecodeError> {
    match value {
        Value::Num(..) => {
            let text = stored.to_text()?;
            let is_same = serde_json::to_string(&value).is_ok_and(|number| number == text.trim());
            Ok(if is_same { value } else { Value::from(&*text) })
        }
        value => Ok(value),
    }
}
