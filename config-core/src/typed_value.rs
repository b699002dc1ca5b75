//! A value of a format that has numbers, dates, lists and tables: a TOML file, a Figment provider.
//!
//! Such a value has two readings. A number of a TOML file is `0x10` to a type that takes text, and 16 to a type that takes a number.
//! Figment has parsed its numbers, and what was written is lost: such a number is no text. Only the deserializer knows what a
//! type asks for, so both readings are kept until then.

use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// The values under their names.
pub(crate) type TypedTable = BTreeMap<String, TypedValue>;

/// A value, and its text.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct TypedValue {
    pub(crate) data: TypedData,
    /// As it is written in its file; a list or a table as JSON.
    text: Zeroizing<String>,
    /// What it is, where its text is not what was written.
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
    pub(crate) fn null() -> Self {
        Self::new(TypedData::Null, "null".to_owned())
    }

    pub(crate) fn from_text(text: impl Into<String>) -> Self {
        Self::new(TypedData::Text, text.into())
    }

    /// A number, `true`, `false` or a date: as JSON, and as a text.
    pub(crate) fn from_scalar(json: String, text: String) -> Self {
        Self::new(TypedData::Scalar(Zeroizing::new(json)), text)
    }

    pub(crate) fn from_list(items: Vec<Self>) -> Self {
        let texts: Vec<String> = items.iter().map(Self::to_json).collect();
        Self::new(TypedData::List(items), format!("[{}]", texts.join(",")))
    }

    pub(crate) fn from_table(table: TypedTable) -> Self {
        let entries = table.iter().map(|(key, value)| format!("{}:{}", quote_json(key), value.to_json()));
        let entries: Vec<String> = entries.collect();
        Self::new(TypedData::Table(table), format!("{{{}}}", entries.join(",")))
    }

    fn new(data: TypedData, text: String) -> Self {
        Self { data, text: Zeroizing::new(text), parsed: None }
    }

    /// Says that the text is not what was written: no type gets it as a text. `what` is what it is, as in "a number".
    pub(crate) fn without_text(self, what: &'static str) -> Self {
        Self { parsed: Some(what), ..self }
    }

    /// What the value is instead of a text, where a type must not get its text.
    pub(crate) fn reason_against_text(&self) -> Option<&'static str> {
        self.parsed
    }

    /// The text, also where no type may get it.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// What stands under a key of a table.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        match &self.data {
            TypedData::Table(table) => table.get(key),
            _ => None,
        }
    }

    /// What `#key` takes from a table. A key that is there to the letter wins over a dotted path, at every level.
    pub(crate) fn select(&self, path: &str) -> Option<&Self> {
        let dotted = |(dot, _): (usize, &str)| self.get(&path[..dot])?.select(&path[dot + 1..]);
        self.get(path).or_else(|| path.match_indices('.').find_map(dotted))
    }

    /// As a part of a JSON text. What JSON cannot write as it is written in the file is a text there.
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
