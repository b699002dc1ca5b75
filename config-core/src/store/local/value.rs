//! A value of a TOML file as a stored text. The field's kind decides how a number is written: a text stays as it stands in the
//! file, a number is written as JSON has it.

use crate::schema::Kind;
use std::{collections::BTreeMap, fmt::Write as _};
use toml::{Spanned, de::DeTable, de::DeValue};

/// The values under their keys.
pub(super) type Table = BTreeMap<String, Value>;

pub(super) enum Value {
    Text(String),
    Scalar(Scalar),
    Array(Vec<Value>),
    Table(Table),
}

/// A number, `true`, `false`, or a date.
pub(super) struct Scalar {
    /// As it stands in the file.
    written: String,
    /// As JSON, and as the types of numbers read it.
    json: String,
}

/// The table with everything in it; `text` is the file.
pub(super) fn table(table: &DeTable<'_>, text: &str) -> Table {
    table.iter().map(|(key, one)| (key.get_ref().to_string(), value(one, text))).collect()
}

fn value(spanned: &Spanned<DeValue<'_>>, text: &str) -> Value {
    let written = text.get(spanned.span()).unwrap_or_default().to_owned();
    let json = match spanned.get_ref() {
        DeValue::String(text) => return Value::Text(text.to_string()),
        DeValue::Array(items) => return Value::Array(items.iter().map(|item| value(item, text)).collect()),
        DeValue::Table(inner) => return Value::Table(table(inner, text)),
        DeValue::Integer(number) => match i128::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => number.to_string(),
            Err(_) => quoted(&written),
        },
        DeValue::Float(number) => float(number.as_str()),
        DeValue::Boolean(value) => value.to_string(),
        DeValue::Datetime(_) => quoted(&written),
    };
    Value::Scalar(Scalar { written, json })
}

/// JSON has no plus sign and neither `inf` nor `nan`; every other digit stays: `1.0` is not `1`.
fn float(number: &str) -> String {
    let number = number.strip_prefix('+').unwrap_or(number);
    if number.contains(['i', 'n']) { quoted(number) } else { number.to_owned() }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

impl Value {
    /// What stands under a key of a table.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Table(table) => table.get(key),
            _ => None,
        }
    }

    /// The text that a store would keep for a field of this kind.
    pub(super) fn text(&self, kind: Kind) -> Option<String> {
        Some(match (self, kind) {
            (Self::Text(text), _) => text.clone(),
            (Self::Scalar(scalar), kind) if takes_text(kind) => scalar.written.clone(),
            (Self::Scalar(scalar), _) => match serde_json::from_str::<String>(&scalar.json) {
                Ok(text) => text,
                Err(_) => scalar.json.clone(),
            },
            (Self::Array(_) | Self::Table(_), kind) => self.json(kind),
        })
    }

    /// As JSON. A text that is without quotes in the file gets some.
    fn json(&self, kind: Kind) -> String {
        match self {
            Self::Text(text) => quoted(text),
            Self::Scalar(scalar) if takes_text(kind) => quoted(&scalar.written),
            Self::Scalar(scalar) => scalar.json.clone(),
            Self::Array(items) => {
                let item = |(index, item): (usize, &Self)| item.json(kind.item(index));
                let items: Vec<String> = items.iter().enumerate().map(item).collect();
                format!("[{}]", items.join(","))
            }
            Self::Table(table) => {
                let kind = if let Kind::MapOf { value, .. } = kind { *value } else { Kind::Other };
                let mut json = String::from("{");
                for (key, value) in table {
                    let comma = if json.len() > 1 { "," } else { "" };
                    // Writing to a String cannot fail.
                    let _ = write!(json, "{comma}{}:{}", quoted(key), value.json(kind));
                }
                json.push('}');
                json
            }
        }
    }
}

/// Whether the stored text itself is the value.
fn takes_text(kind: Kind) -> bool {
    match kind {
        Kind::String | Kind::Char | Kind::Format(_) | Kind::Bytes { .. } => true,
        Kind::Optional(inner) => takes_text(*inner),
        kind if kind.is_list() => takes_text(kind.item(0)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(toml: &str, kind: Kind) -> String {
        let file = format!("v = {toml}\n");
        let parsed = DeTable::parse(&file).unwrap_or_else(|error| panic!("{toml}: {error}"));
        table(parsed.get_ref(), &file)["v"].text(kind).unwrap()
    }

    #[test]
    fn a_text_stays_as_it_stands_in_the_file() {
        for scalar in
            ["1.10", "1_000", "0x1F", "+5", "1e3", "true", "2024-05-01", "1979-05-27 07:32:00Z", "07:32:00.50"]
        {
            assert_eq!(text(scalar, Kind::String), scalar);
            assert_eq!(text(scalar, Kind::ListOf(&Kind::String)), scalar);
            assert_eq!(text(&format!("[{scalar}]"), Kind::ListOf(&Kind::String)), format!("[\"{scalar}\"]"));
        }
        assert_eq!(text("\"0123\"", Kind::String), "0123");
    }

    #[test]
    fn a_number_is_one_for_every_reader() {
        const PORT: Kind = Kind::Integer { min: 0, max: 65535, nonzero: false };
        for (toml, kind, expected) in [
            ("8_080", PORT, "8080"),
            ("0x1F", PORT, "31"),
            ("+5", PORT, "5"),
            ("1.0", Kind::Float { bits: 64 }, "1.0"),
            ("+1.50", Kind::Float { bits: 64 }, "1.50"),
            ("-inf", Kind::Float { bits: 64 }, "-inf"),
            ("2024-05-01", Kind::Other, "2024-05-01"),
            ("[1, 0x2]", Kind::ListOf(&PORT), "[1,2]"),
            (
                "{ b = 1.10, a = [2024-05-01, \"x\"], c = inf }",
                Kind::Object,
                r#"{"a":["2024-05-01","x"],"b":1.10,"c":"inf"}"#,
            ),
        ] {
            assert_eq!(text(toml, kind), expected, "{toml}");
        }
    }
}
