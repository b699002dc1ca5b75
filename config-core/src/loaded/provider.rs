//! Figment's part on the way out: the resolved values as a provider for somebody else's Figment.

use crate::{
    decode::{Probe, Stored},
    layers::Shown,
    outcome::{Content, Found},
    schema::Kind,
};
use figment::{
    Metadata, Profile,
    value::{Dict, Empty, Map, Value},
};
use serde_json::value::RawValue;

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
    match (&*found.content, kind) {
        (Content::Text(text), _) => value_of_text(text, kind, false),
        (Content::List(text), _) => value_of_text(text, kind, true),
        (Content::Binary(bytes), Kind::Bytes { .. } | Kind::Other) => Value::from(bytes.as_slice().to_vec()),
        (Content::Binary(bytes), _) => match std::str::from_utf8(bytes) {
            Ok(text) => value_of_text(text, kind, false),
            Err(_) => Value::from(bytes.as_slice().to_vec()),
        },
        (Content::Unseen, _) => Value::from(Empty::None),
    }
}

fn value_of_text(text: &str, kind: Kind, string_list: bool) -> Value {
    let trimmed = text.trim();
    let value = match kind {
        Kind::Integer { .. } => {
            // The narrowest that fits: serde's integers refuse 128 bits, whatever the number.
            let wide =
                || trimmed.parse::<i128>().map(Value::from).or_else(|_| trimmed.parse::<u128>().map(Value::from));
            let narrow = trimmed.parse::<u64>().map(Value::from).or_else(|_| trimmed.parse::<i64>().map(Value::from));
            narrow.or_else(|_| wide()).ok()
        }
        Kind::Float => trimmed.parse::<f64>().map(Value::from).ok(),
        Kind::Bool => trimmed.parse::<bool>().map(Value::from).ok(),
        Kind::Bytes { .. } => Probe::<Vec<u8>>::decode(Stored::text(text)).map(Value::from).ok(),
        Kind::ListOf(item) => list(trimmed, *item, string_list),
        Kind::Json if string_list => list(trimmed, Kind::String, true),
        Kind::Object | Kind::Json => serde_json::from_str(trimmed).ok(),
        // A number with other digits than figment's is a text to such a type: `0.10` is not 0.1.
        Kind::Other => serde_json::from_str(trimmed).ok().filter(|value| match value {
            Value::Num(..) => serde_json::to_string(value).is_ok_and(|number| number == trimmed),
            _ => true,
        }),
        _ => None,
    };
    value.unwrap_or_else(|| Value::from(text))
}

/// The items, each as its kind: in a list of texts the JSON number `1.10` is the text.
fn list(trimmed: &str, item: Kind, string_list: bool) -> Option<Value> {
    if string_list || !trimmed.starts_with('[') {
        let items = trimmed.split(',').filter(|_| !trimmed.is_empty());
        return Some(Value::from(items.map(|text| value_of_text(text.trim(), item, false)).collect::<Vec<_>>()));
    }
    let items: Vec<&RawValue> = serde_json::from_str(trimmed).ok()?;
    let value = |raw: &RawValue| match (raw.get(), serde_json::from_str::<String>(raw.get())) {
        ("null", _) => Value::from(Empty::None),
        (_, Ok(text)) => value_of_text(&text, item, false),
        (raw, Err(_)) => value_of_text(raw, item, false),
    };
    Some(Value::from(items.into_iter().map(value).collect::<Vec<_>>()))
}
