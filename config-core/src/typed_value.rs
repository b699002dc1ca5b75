//! A value of a format that has numbers, dates, lists and tables: a TOML file, a Figment provider.
//!
//! Such a value has two forms: its text and its data. The TOML number `0x10` is `0x10` for a type
//! that reads text, and 16 for a type that reads a number. Only the deserializer knows which form a
//! type reads, so the value has both. Figment has parsed almost all of its numbers and lost their
//! original text. Such a number is never read as text.

use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// Values by name.
pub(crate) type TypedTable = BTreeMap<String, TypedValue>;

/// A value and its text.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct TypedValue {
    pub(crate) data: TypedData,
    /// The original text; JSON for a list or a table, and for a value with `parsed`.
    text: Zeroizing<String>,
    /// The type of the value, if Figment has lost the value's original text.
    parsed: Option<&'static str>,
}

#[derive(Clone, PartialEq, Eq)]
pub(crate) enum TypedData {
    Null,
    Text,
    /// A number, `true`, `false` or a date, as JSON.
    Scalar(Zeroizing<String>),
    List(Vec<TypedValue>),
    Table(TypedTable),
}

impl TypedValue {
    #[cfg(feature = "figment")]
    pub(crate) fn null() -> Self {
        Self::new(TypedData::Null, "null".to_owned())
    }

    pub(crate) fn from_text(text: impl Into<String>) -> Self {
        Self::new(TypedData::Text, text.into())
    }

    /// Creates a number, `true`, `false` or a date from its JSON and its text.
    pub(crate) fn from_scalar(json: String, text: String) -> Self {
        Self::new(TypedData::Scalar(Zeroizing::new(json)), text)
    }

    pub(crate) fn from_list(items: Vec<Self>) -> Self {
        let texts: Vec<String> = items.iter().map(Self::to_json).collect();
        Self::new(TypedData::List(items), format!("[{}]", texts.join(",")))
    }

    pub(crate) fn from_table(table: TypedTable) -> Self {
        let entries = table
            .iter()
            .map(|(key, value)| format!("{}:{}", quote_json(key), value.to_json()));
        let entries: Vec<String> = entries.collect();
        Self::new(
            TypedData::Table(table),
            format!("{{{}}}", entries.join(",")),
        )
    }

    fn new(data: TypedData, text: String) -> Self {
        Self {
            data,
            text: Zeroizing::new(text),
            parsed: None,
        }
    }

    /// Records that the text is not the original one, so no type gets the value as text.
    /// `type_name` is the type of the value, as in "a number".
    #[cfg(feature = "figment")]
    pub(crate) fn without_text(self, type_name: &'static str) -> Self {
        Self {
            parsed: Some(type_name),
            ..self
        }
    }

    /// Returns the type of the value if its text must not be used.
    pub(crate) fn parsed_type(&self) -> Option<&'static str> {
        self.parsed
    }

    /// Returns the text, even if no type may get it.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Returns the value at a key of a table.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        match &self.data {
            TypedData::Table(table) => table.get(key),
            _ => None,
        }
    }

    /// Returns the value that `#key` selects from a table. In this table and in every nested table,
    /// a key that equals the whole rest of the path takes precedence: for `#a.b`, the key `"a.b"`
    /// takes precedence over the key `b` of the table `a`.
    pub(crate) fn select(&self, path: &str) -> Option<&Self> {
        let dotted = |(dot, _): (usize, &str)| self.get(&path[..dot])?.select(&path[dot + 1..]);
        self.get(path)
            .or_else(|| path.match_indices('.').find_map(dotted))
    }

    /// Returns the value as part of a JSON text. A scalar whose spelling in the file is not its
    /// JSON becomes a string with that spelling.
    fn to_json(&self) -> String {
        match &self.data {
            TypedData::Text => quote_json(&self.text),
            TypedData::Scalar(json) if *json != self.text => quote_json(&self.text),
            _ => self.text.to_string(),
        }
    }
}

pub(crate) fn quote_json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
