//! Converts a table of a TOML file. Each number and date keeps its spelling in the file.

use crate::typed_value::{TypedTable, TypedValue, quote_json};
use toml::{Spanned, de::DeTable, de::DeValue};

/// Converts a table with all its contents. `text` is the text of the file.
pub(super) fn convert_table(table: &DeTable<'_>, text: &str) -> TypedTable {
    table
        .iter()
        .map(|(key, value)| (key.get_ref().to_string(), convert_value(value, text)))
        .collect()
}

fn convert_value(spanned: &Spanned<DeValue<'_>>, text: &str) -> TypedValue {
    let spelling = text.get(spanned.span()).unwrap_or_default().to_owned();
    let json = match spanned.get_ref() {
        DeValue::String(text) => return TypedValue::from_text(text.to_string()),
        DeValue::Array(items) => {
            return TypedValue::from_list(
                items.iter().map(|item| convert_value(item, text)).collect(),
            );
        }
        DeValue::Table(inner) => return TypedValue::from_table(convert_table(inner, text)),
        DeValue::Integer(number) => match i128::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => number.to_string(),
            Err(_) => quote_json(&spelling),
        },
        DeValue::Float(number) => float_to_json(number.as_str()),
        DeValue::Boolean(value) => value.to_string(),
        DeValue::Datetime(_) => quote_json(&spelling),
    };
    TypedValue::from_scalar(json, spelling)
}

/// Returns a float as JSON, which allows neither a plus sign nor `inf` nor `nan`. All digits stay:
/// `1.0` does not become `1`.
fn float_to_json(number: &str) -> String {
    let number = number.strip_prefix('+').unwrap_or(number);
    if number.contains(['i', 'n']) {
        quote_json(number)
    } else {
        number.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        decode::{DecodeError, StoredValue},
        outcome::Found,
    };
    use serde::{Deserialize, de::DeserializeOwned};
    use std::{collections::BTreeMap, fmt::Debug};

    #[derive(Deserialize, PartialEq, Debug)]
    struct Name(String);

    #[derive(Deserialize, PartialEq, Debug)]
    struct Named<T> {
        s: T,
    }

    #[derive(Deserialize, PartialEq, Debug)]
    enum Choice {
        Name(String),
        Number(u32),
        Both(String, u32),
        Struct { s: String },
    }

    fn convert(toml: &str) -> TypedValue {
        let file = format!("v = {toml}\n");
        let parsed = DeTable::parse(&file).unwrap_or_else(|error| panic!("{toml}: {error}"));
        convert_table(parsed.get_ref(), &file).remove("v").unwrap()
    }

    #[track_caller]
    fn assert_read<T: DeserializeOwned + PartialEq + Debug>(toml: &str, expected: T) {
        let found = Found::from_typed(convert(toml));
        assert_eq!(found.as_stored().decode::<T>(), Ok(expected), "{toml}");
    }

    #[test]
    fn a_type_that_reads_text_gets_the_spelling_in_the_file() {
        for scalar in [
            "1.10",
            "1_000",
            "0x1F",
            "+5",
            "1e3",
            "true",
            "2024-05-01",
            "1979-05-27 07:32:00Z",
            "07:32:00.50",
            "inf",
        ] {
            let text = || scalar.to_owned();
            let table = format!("{{ s = {scalar} }}");
            assert_read(scalar, text());
            assert_read(scalar, Name(text()));
            assert_read(scalar, Some(Name(text())));
            assert_read(scalar, vec![text()]);
            assert_read(&format!("[{scalar}]"), vec![Name(text())]);
            assert_read(&format!("[{scalar}, {scalar}]"), (text(), Name(text())));
            assert_read(&table, Named { s: text() });
            assert_read(
                &table,
                Some(Named {
                    s: Some(Name(text())),
                }),
            );
            assert_read(&format!("[{table}]"), vec![Named { s: text() }]);
            assert_read(&table, BTreeMap::from([("s".to_owned(), Name(text()))]));
            assert_read(&format!("{{ s = [{scalar}] }}"), Named { s: vec![text()] });
            assert_read(&format!("{{ Name = {scalar} }}"), Choice::Name(text()));
            assert_read(
                &format!("{{ Both = [{scalar}, 0x10] }}"),
                Choice::Both(text(), 16),
            );
            assert_read(
                &format!("{{ Struct = {table} }}"),
                Choice::Struct { s: text() },
            );
        }
        assert_read("\"0123\"", "0123".to_owned());
    }

    #[test]
    fn a_type_that_reads_numbers_gets_the_number() {
        assert_read("8_080", 8080_u16);
        assert_read("0x1F", 31_u16);
        assert_read("+5", 5_u16);
        assert_read("+1.50", 1.5);
        assert_read("[1, 0x2]", vec![1_u16, 2]);
        assert_read("{ s = 0x10 }", Named { s: 16_u8 });
        assert_read("{ Number = 1_0 }", Choice::Number(10));
        assert_read("2024-05-01", serde_json::json!("2024-05-01"));
        assert_read(
            "{ b = 1.5, a = [2024-05-01, \"x\"], c = inf, d = 0x10 }",
            serde_json::json!({"a": ["2024-05-01", "x"], "b": 1.5, "c": "inf", "d": 16}),
        );
    }

    /// In the JSON of a list or table, a number or a boolean keeps its spelling in TOML. If this
    /// spelling is not valid JSON, it becomes a JSON string. A date always becomes a JSON string.
    #[test]
    fn a_type_that_reads_text_gets_a_list_or_table_as_json() {
        for (toml, expected) in [
            ("[0x10, 1_0, +5, 10]", r#"["0x10","1_0","+5",10]"#),
            (
                "{ b = 1.10, a = [2024-05-01, 'x\"'], c = inf, d = true }",
                r#"{"a":["2024-05-01","x\""],"b":1.10,"c":"inf","d":true}"#,
            ),
        ] {
            assert_read(toml, expected.to_owned());
            assert_read(toml, Name(expected.to_owned()));
            assert_read(
                &format!("{{ s = {toml} }}"),
                Named {
                    s: expected.to_owned(),
                },
            );
        }
    }

    #[test]
    fn a_literal_key_takes_precedence_over_a_path() {
        let table = convert("{ a = { b = 1, 'c.d' = 2 }, 'a.b' = 3 }");
        for (key, expected) in [
            ("a.b", Some("3")),
            ("a.c.d", Some("2")),
            ("a", Some(r#"{"b":1,"c.d":2}"#)),
            ("b", None),
        ] {
            assert_eq!(table.select(key).map(TypedValue::text), expected, "{key}");
        }
    }

    #[test]
    fn a_number_is_not_an_object_and_a_table_is_not_a_list() {
        for toml in ["1", "[1]"] {
            let error = Found::from_typed(convert(toml))
                .as_stored()
                .decode::<Named<u8>>()
                .unwrap_err();
            assert!(error.to_string().contains("a JSON object"), "{error}");
        }
        let table = Found::from_typed(convert("{ s = 1 }"));
        let error = table.as_stored().decode::<Vec<u8>>().unwrap_err();
        assert!(error.to_string().contains("a list"), "{error}");
        assert_eq!(
            StoredValue::missing().decode::<Vec<u8>>().unwrap_err(),
            DecodeError::missing()
        );
    }
}
