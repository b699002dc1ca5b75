//! Converts resolved values to a provider for the user's Figment.

use super::Loaded;
use crate::{
    decode::{DecodeError, KnownType as _, StoredValue},
    fetched_config::FetchedConfig,
    layers::SerializedDefault,
    outcome::{Found, Payload},
    report::{FieldReport, Origin, Report},
    resolve::FieldOutcome,
    schema::{Kind, Secrecy},
};
use figment::{
    Metadata, Profile, Provider,
    value::{Dict, Empty, Map, Value},
};
use std::{borrow::Cow, collections::HashSet};

/// The resolved values for the user's Figment.
pub(super) struct FigmentValues {
    entries: Vec<FigmentEntry>,
    includes_secrets: bool,
}

struct FigmentEntry {
    path: String,
    secret: bool,
    value: FigmentValue,
}

enum FigmentValue {
    Stored(Found, Kind),
    Default(SerializedDefault),
}

impl FigmentValues {
    /// Collects the values of the fields. A field of unknown secrecy whose value is treated as a
    /// secret is added to `report.withheld`.
    pub(super) fn collect(
        fetched: FetchedConfig,
        defaults: Vec<(String, SerializedDefault)>,
        report: &mut Report,
    ) -> Self {
        let is_composed = |field: &&FieldReport| field.origin == Origin::Composed;
        let composed: HashSet<String> = report
            .fields
            .iter()
            .filter(is_composed)
            .map(|field| field.field.clone())
            .collect();
        let mut fields = fetched.fields;
        let leaves = fetched.load_plan.plan.schema.leaves();
        let stored = leaves.iter().filter_map(|leaf| {
            let field = fields.remove(&leaf.path)?;
            let secret = field.is_secret();
            if secret && field.secrecy == Secrecy::Unknown {
                report.withheld.push(leaf.path.clone());
            }
            let FieldOutcome::Found { found, origin, .. } = field.outcome else {
                return None;
            };
            // If a part of a composed field is in an optional struct that is absent, the program's
            // struct has no value for the composed field. So the provider has none either.
            if origin == Origin::Composed && !composed.contains(&leaf.path) {
                return None;
            }
            let value = FigmentValue::Stored(found, leaf.spec.shape.kind);
            Some(FigmentEntry {
                path: leaf.path.clone(),
                secret,
                value,
            })
        });

        let defaults = defaults.into_iter().map(|(path, default)| {
            let secret = leaves
                .iter()
                .any(|leaf| leaf.path == path && leaf.secrecy == Secrecy::Yes);
            FigmentEntry {
                path,
                secret,
                value: FigmentValue::Default(default),
            }
        });

        Self {
            entries: stored.chain(defaults).collect(),
            includes_secrets: false,
        }
    }
}

impl<T> Loaded<T> {
    /// Includes secrets in the values for a Figment.
    ///
    /// This crate cannot protect them there: Figment's `Debug` output and its errors contain
    /// values, and its memory is not wiped.
    ///
    /// ```
    /// use stage_config::figment::Figment;
    /// # use stage_config::{Error, SecretString, StageConfig, testing::Memory};
    ///
    /// #[derive(StageConfig)]
    /// #[stage(dev = "/shop/dev/{field}")]
    /// struct Config {
    ///     api_key: SecretString,
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Error> {
    /// # let values = Memory::new().set("api_key", "sk_test_1");
    /// let loaded = Config::loader().stage("dev").local(values).resolve().await?;
    /// let figment = Figment::from(loaded.expose_secrets());
    /// assert_eq!(figment.extract_inner::<String>("api_key").unwrap(), "sk_test_1");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn expose_secrets(mut self) -> Self {
        self.values.includes_secrets = true;
        self.report.withheld.clear();
        self
    }
}

/// The values are in a profile that has the name of the stage. A Figment that merges this provider
/// selects this profile.
impl<T> Provider for Loaded<T> {
    fn metadata(&self) -> Metadata {
        let Report { config, stage, .. } = &self.report;
        Metadata::named(format!("stage-config `{config}`, stage `{stage}`"))
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let FigmentValues {
            entries,
            includes_secrets,
        } = &self.values;
        let mut dict = Dict::new();
        for entry in entries
            .iter()
            .filter(|entry| *includes_secrets || !entry.secret)
        {
            let value = match &entry.value {
                FigmentValue::Stored(found, kind) => to_figment_value(found, *kind),
                FigmentValue::Default(SerializedDefault(value)) => value.clone(),
            };
            insert(&mut dict, &entry.path, value);
        }
        Ok(Map::from([(Profile::new(&self.report.stage), dict)]))
    }

    fn profile(&self) -> Option<Profile> {
        Some(Profile::new(&self.report.stage))
    }
}

fn insert(dict: &mut Dict, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            dict.insert(path.to_owned(), value);
        }
        Some((first, rest)) => {
            let inner = dict
                .entry(first.to_owned())
                .or_insert_with(|| Value::from(Dict::new()));
            if let Value::Dict(_, inner) = inner {
                insert(inner, rest, value);
            }
        }
    }
}

/// Returns a Figment value that Figment can extract into the type of the field. Figment is strict:
/// it does not read `"8080"` as a `u16`.
fn to_figment_value(found: &Found, kind: Kind) -> Value {
    convert_stored(found.as_stored(), kind).unwrap_or_else(|_| match &*found.content {
        Payload::Binary(bytes) => Value::from(bytes.as_slice().to_vec()),
        Payload::Text(text) | Payload::List(text) => Value::from(text.as_str()),
        Payload::ExistsOnly => Value::from(Empty::None),
    })
}

fn convert_stored(stored: StoredValue<'_>, kind: Kind) -> Result<Value, DecodeError> {
    let list = |length, kind_at: &dyn Fn(usize) -> Kind| {
        stored.with_items(length, |items| {
            let item = |(index, item)| convert_stored(item, kind_at(index));
            items
                .into_iter()
                .enumerate()
                .map(item)
                .collect::<Result<Vec<_>, _>>()
                .map(Value::from)
        })
    };
    match kind {
        // Uses a 64-bit type if the number fits, because serde's integer types refuse every 128-bit
        // value, even a small one.
        Kind::Integer { .. } => {
            let narrow = u64::read(stored)
                .map(Value::from)
                .or_else(|_| i64::read(stored).map(Value::from));
            narrow
                .or_else(|_| i128::read(stored).map(Value::from))
                .or_else(|_| u128::read(stored).map(Value::from))
        }
        Kind::Float { .. } => f64::read(stored).map(Value::from),
        Kind::Bool => bool::read(stored).map(Value::from),
        Kind::Bytes { .. } => Vec::<u8>::read(stored).map(Value::from),
        Kind::ListOf(item) | Kind::SetOf(item) => list(None, &|_| *item),
        Kind::Array { item, length } => list(Some(length), &|_| *item),
        Kind::Tuple(items) => list(Some(items.len()), &|index| items[index]),
        Kind::Optional(_) if stored.is_absent() => Ok(Value::from(Empty::None)),
        Kind::Optional(inner) => convert_stored(stored, *inner),
        Kind::MapOf { value, .. } => stored.with_entries(|entries| {
            let entry = |(key, entry): (Cow<'_, str>, _)| {
                let converted = convert_stored(entry, *value);
                Ok((
                    key.into_owned(),
                    converted.map_err(|error| entry.name_parameter(error))?,
                ))
            };
            entries
                .into_iter()
                .map(entry)
                .collect::<Result<Dict, _>>()
                .map(Value::from)
        }),
        Kind::Object => stored.decode(),
        Kind::Json => {
            let json = serde_json::Value::read(stored)?;
            Value::serialize(json).map_err(|_| DecodeError::expected("JSON"))
        }
        Kind::Other => stored
            .decode()
            .and_then(|value| keep_number_text(value, stored)),
        Kind::Char | Kind::String | Kind::Format(_) | Kind::Duration => {
            Ok(Value::from(&*stored.to_text()?))
        }
    }
}

/// Keeps the text of a number that Figment would print with other digits, such as `0.10`. A type of
/// the program may read this text, and need the digits as stored.
fn keep_number_text(value: Value, stored: StoredValue<'_>) -> Result<Value, DecodeError> {
    match value {
        Value::Num(..) => {
            let text = stored.to_number_text()?;
            let is_same = serde_json::to_string(&value).is_ok_and(|number| number == text.trim());
            Ok(if is_same { value } else { Value::from(&*text) })
        }
        value => Ok(value),
    }
}
