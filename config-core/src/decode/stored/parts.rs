//! Reads the parts of a value: its JSON, its items, its entries.

use super::{PathPart, StoredContent, StoredValue};
use crate::{
    decode::{DecodeError, json::JsonValue},
    typed_value::{TypedData, TypedValue},
};
use stage_config_grammar::white_space::trim;
use std::borrow::Cow;

/// The maximum depth of nested lists and objects. No configuration needs more, and decoding to this
/// depth uses only a small part of a stack of 2 MiB.
const MAX_DEPTH: u8 = 64;

impl<'a> StoredValue<'a> {
    fn next_depth(self) -> Result<u8, DecodeError> {
        if self.depth >= MAX_DEPTH {
            return Err(DecodeError::expected(format_args!(
                "JSON with at most {MAX_DEPTH} levels"
            )));
        }
        Ok(self.depth + 1)
    }

    /// Reads the text as JSON. A part of a JSON text, and a value of a TOML file or of Figment, are
    /// passed to `read` unchanged.
    ///
    /// # Errors
    ///
    /// Returns an error if the text is not JSON, or if the value is bytes. Returns the errors of
    /// `read`.
    pub(in crate::decode) fn with_json<T>(
        self,
        read: impl FnOnce(StoredValue<'_>) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        match self.content {
            StoredContent::Json(_) | StoredContent::Typed(_) => read(self),
            StoredContent::Binary(_) => Err(DecodeError::expected("JSON as text")),
            _ => {
                let text = self.to_text()?;
                if trim(&text).is_empty() {
                    return Err(DecodeError::empty());
                }
                read(StoredValue::from_json(JsonValue::parse(&text)?, self.depth))
            }
        }
    }

    /// Reads the items of a list: a StringList, a JSON array, a list of a TOML file or of Figment,
    /// or items separated by commas. Items between commas are trimmed. An empty text is the empty
    /// list. A number, `true`, `false` or a date of a TOML file or of Figment is a list of one
    /// item.
    ///
    /// # Errors
    ///
    /// Returns an error if the value is not a list, or if the list does not have `length` items.
    /// Returns the errors of `read`.
    pub(crate) fn with_items<T>(
        self,
        length: Option<usize>,
        read: impl FnOnce(Vec<StoredValue<'_>>) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        let depth = self.next_depth()?;
        let read_checked = |items: Vec<StoredValue<'_>>| match length {
            Some(length) if items.len() != length => {
                Err(DecodeError::expected(format_args!("{length} items")))
            }
            _ => read(items),
        };

        let read_array = |json: JsonValue<'a>| {
            json.items().map(|items| {
                items
                    .into_iter()
                    .map(|item| StoredValue::from_json(item, depth))
                    .collect()
            })
        };

        self.locate_error(match self.content {
            StoredContent::Typed(TypedValue {
                data: TypedData::List(items),
                ..
            }) => read_checked(
                items
                    .iter()
                    .map(|item| StoredValue::from_typed_part(item, depth))
                    .collect(),
            ),
            StoredContent::Typed(TypedValue {
                data: TypedData::Scalar(_),
                ..
            }) => read_checked(vec![Self { depth, ..self }]),
            StoredContent::Typed(TypedValue {
                data: TypedData::Table(_),
                ..
            }) => Err(DecodeError::expected("a list")),
            StoredContent::Json(json) if json.is_array() => read_array(json).and_then(read_checked),
            form => self.to_text().and_then(|text| match (form, trim(&text)) {
                (_, "") => read_checked(Vec::new()),
                (StoredContent::List(_), items) => read_checked(split_at_commas(items, depth)),
                (_, items) if items.starts_with('[') => {
                    let items = JsonValue::parse(&text)?.items()?;
                    read_checked(
                        items
                            .into_iter()
                            .map(|item| StoredValue::from_json(item, depth))
                            .collect(),
                    )
                }
                (_, items) if items.starts_with('"') => {
                    // The text may be one JSON string that holds an array or an object. The commas
                    // in it do not separate items.
                    match JsonValue::parse(&text) {
                        Ok(json) if json.holds_json() => Err(json.not_a_container("a list")),
                        _ => read_checked(split_at_commas(items, depth)),
                    }
                }
                (_, items) => read_checked(split_at_commas(items, depth)),
            }),
        })
    }

    /// Reads the entries of a JSON object, or of a table of a TOML file or of Figment.
    ///
    /// # Errors
    ///
    /// Returns an error if the value is neither a JSON object nor a table of a TOML file or of
    /// Figment. Returns the errors of `read`.
    pub(crate) fn with_entries<T>(
        self,
        read: impl FnOnce(Vec<(Cow<'_, str>, StoredValue<'_>)>) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        match self.content {
            StoredContent::Typed(TypedValue {
                data: TypedData::Table(table),
                ..
            }) => {
                let depth = self.next_depth()?;
                let to_stored = |value| StoredValue::from_typed_part(value, depth);
                return read(
                    table
                        .iter()
                        .map(|(key, value)| (Cow::Borrowed(key.as_str()), to_stored(value)))
                        .collect(),
                );
            }
            StoredContent::Typed(TypedValue {
                data: TypedData::Scalar(_) | TypedData::List(_),
                ..
            }) => {
                return Err(DecodeError::expected("a JSON object"));
            }
            _ => {}
        }

        let text = self.to_text()?;
        if trim(&text).is_empty() {
            return Err(DecodeError::empty());
        }

        let json = match self.content {
            StoredContent::Json(json) if json.is_object() => json,
            _ => JsonValue::parse(&text)?,
        };

        let depth = self.next_depth()?;
        let entries = json.entries()?.into_iter().map(|(key, value)| {
            let path = match (&key, self.path) {
                (Cow::Borrowed(name), PathPart::Map) => PathPart::Parameter(name),
                _ => PathPart::None,
            };
            let value = StoredValue::from_json(value, depth);
            (key, StoredValue { path, ..value })
        });
        read(entries.collect()).map_err(|error| json.locate_error(error))
    }
}

fn split_at_commas(items: &str, depth: u8) -> Vec<StoredValue<'_>> {
    items
        .split(',')
        .map(|item| StoredValue::from_item(item.trim(), depth))
        .collect()
}
