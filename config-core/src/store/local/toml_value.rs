//! Converts a value of a TOML file to a stored text. The field's kind decides how a number is
//! written: for a text field as in the file, otherwise as in JSON.

use crate::schema::Kind;
use std::{collections::BTreeMap, fmt::Write as _};
use toml::{Spanned, de::DeTable, de::DeValue};

/// The values by key.
pub(super) type LocalTable = BTreeMap<String, LocalValue>;

pub(super) enum LocalValue {
    Text(String),
    Scalar(LocalScalar),
    Array(Vec<LocalValue>),
    Table(LocalTable),
}

/// A number, `true`, `false`, or a date.
pub(super) struct LocalScalar {
    /// The value as written in the file.
    raw: String,
    /// The value as JSON, which number types can read.
    json: String,
}

/// Converts a table with all its contents. `text` is the text of the file.
pub(super) fn convert_table(table: &DeTable<'_>, text: &str) -> LocalTable {
    table.iter().map(|(key, one)| (key.get_ref().to_string(), convert_value(one, text))).collect()
}

fn convert_value(spanned: &Spanned<DeValue<'_>>, text: &str) -> LocalValue {
    let written = text.get(spanned.span()).unwrap_or_default().to_owned();
    let json = match spanned.get_ref() {
        DeValue::String(text) => return LocalValue::Text(text.to_string()),
        DeValue::Array(items) => {
            return LocalValue::Array(items.iter().map(|item| convert_value(item, text)).collect());
        }
        DeValue::Table(inner) => return LocalValue::Table(convert_table(inner, text)),
        DeValue::Integer(number) => match i128::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => number.to_string(),
            Err(_) => quote_json(&written),
        },
        DeValue::Float(number) => float_to_json(number.as_str()),
        DeValue::Boolean(value) => value.to_string(),
        DeValue::Datetime(_) => quote_json(&written),
    };
    LocalValue::Scalar(LocalScalar { raw: written, json })
}

/// JSON allows neither a plus sign nor `inf` nor `nan`. All digits are kept: `1.0` does not become
/// `1`.
fn float_to_json(number: &str) -> String {
    let number = number.strip_prefix('+').unwrap_or(number);
    if number.contains(['i', 'n']) { quote_json(number) } else { number.to_owned() }
}

fn quote_json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

impl LocalValue {
    /// Returns the value of a key if this is a table.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Table(table) => table.get(key),
            _ => None,
        }
    }

    /// Returns the text that a store would keep for a field of this kind.
    pub(super) fn to_text(&self, kind: Kind) -> Option<String> {
        Some(match (self, kind) {
            (Self::Text(text), _) => text.clone(),
            (Self::Scalar(scalar), kind) if is_text_kind(kind) => scalar.raw.clone(),
            (Self::Scalar(scalar), _) => match serde_json::from_str::<String>(&scalar.json) {
                Ok(text) => text,
                Err(_) => scalar.json.clone(),
            },
            (Self::Array(_) | Self::Table(_), kind) => self.to_json(kind),
        })
    }

    /// Converts the value to JSON. If the kind is a text, a value without quotes in the file gets
    /// quotes.
    fn to_json(&self, kind: Kind) -> String {
        match self {
            Self::Text(text) => quote_json(text),
            Self::Scalar(scalar) if is_text_kind(kind) => quote_json(&scalar.raw),
            Self::Scalar(scalar) => scalar.json.clone(),
            Self::Array(items) => {
                let item = |(index, item): (usize, &Self)| item.to_json(kind.item(index));
                let items: Vec<String> = items.iter().enumerate().map(item).collect();
                format!("[{}]", items.join(","))
            }
            Self::Table(table) => {
                let kind = if let Kind::MapOf { value, .. } = kind { *value } else { Kind::Other };
                let mut json = String::from("{");
                for (key, value) in table {
                    let comma = if json.len() > 1 { "," } else { "" };
                    // Writing to a String cannot fail.
                    let _ = write!(json, "{comma}{}:{}", quote_json(key), value.to_json(kind));
                }
                json.push('}');
                json
            }
        }
    }
}

/// Returns whether the stored text itself is the value.
fn is_text_kind(kind: Kind) -> bool {
    match kind {
        Kind::String | Kind::Char | Kind::Format(_) | Kind::Bytes { .. } => true,
        Kind::Optional(inner) => is_text_kind(*inner),
        kind if kind.is_list() => is_text_kind(kind.item(0)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(toml: &str, kind: Kind) -> String {
        let file = format!("v = {toml}\n");
        let parsed = DeTable::parse(&file).unwrap_or_else(|error| panic!("{toml}: {error}"));
        convert_table(parsed.get_ref(), &file)["v"].to_text(kind).unwrap()
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
