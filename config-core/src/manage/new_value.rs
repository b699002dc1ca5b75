//! A value to write to a store, as text or as bytes.

use super::{FieldState, ReadField, ReadValue, UnverifiedPart, verify::verify_found};
use crate::{
    decode::compare_values,
    diagnostic::Help,
    help,
    outcome::{Found, Payload},
    plan::PlannedField,
    resolve::check_part,
    schema::{FieldSpec, Kind, Leaf, Secrecy},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::value::RawValue;
use stage_config_grammar::white_space::trim;
use std::mem::discriminant;
use zeroize::Zeroizing;

/// A value to write, with its form. Its memory is wiped.
#[derive(Clone)]
pub struct NewValue(pub(super) Found);

/// The forms of values that a store can contain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StorageKind {
    /// Only text: a parameter, a key of JSON.
    Text,
    /// Items separated by commas: a StringList.
    Items,
    /// Text or bytes, each in a form of its own: a secret.
    TextOrBytes,
    /// Bytes, which a load reads as text if they are UTF-8: a sealed file.
    Bytes,
}

impl NewValue {
    /// Creates a value from typed or piped input. The value is text if the input is UTF-8.
    #[must_use]
    pub fn from_input(content: &[u8]) -> Self {
        Self(match std::str::from_utf8(content) {
            Ok(text) => Found::from_text(text),
            Err(_) => Found::from_bytes(content),
        })
    }

    /// Creates a copy of a value that was read from another store. The field reads the same value
    /// from the copy. Bytes stay bytes in a secret. In a sealed file, bytes that are not UTF-8 stay
    /// bytes. All other copies of bytes become base64 if the field reads bytes, and text if it does
    /// not. Items of a StringList stay items in a StringList, and become text in other targets.
    ///
    /// # Errors
    ///
    /// Returns the reason if the value was not read, or if it is not certain that the field reads
    /// the same value from a copy in the target.
    pub fn from_copy(
        read: &ReadValue,
        field: &FieldSpec,
        to: StorageKind,
    ) -> Result<Self, &'static str> {
        // The result of `with` is unknown.
        let kind = if field.with {
            Kind::Other
        } else {
            field.shape.kind
        };
        match &*read.found.content {
            Payload::Text(text) => Ok(Self(Found::from_text(text.as_str()))),
            Payload::List(text) if to == StorageKind::Items => {
                Ok(Self(Found::from_string_list(text.as_str())))
            }
            Payload::List(text) => convert_items(text, kind),
            Payload::Binary(bytes) => convert_bytes(bytes, kind, to),
            Payload::ExistsOnly => Err("it was not read"),
        }
    }

    /// Returns the bytes, or the text as bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.0.content.bytes().unwrap_or_default()
    }

    /// Returns whether this is the text of a StringList, which is split at its commas.
    #[must_use]
    pub fn is_list(&self) -> bool {
        matches!(*self.0.content, Payload::List(_))
    }

    /// Returns the text; `None` for bytes.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &*self.0.content {
            Payload::Text(text) | Payload::List(text) => Some(text),
            Payload::Binary(_) | Payload::ExistsOnly => None,
        }
    }

    /// Returns whether a store already contains this value: the same bytes, or another form from
    /// which the field reads the same value.
    #[must_use]
    pub fn is_stored_as(&self, read: &ReadValue, field: &FieldSpec) -> bool {
        let (new, old) = (&*self.0.content, &*read.found.content);
        if discriminant(new) == discriminant(old) {
            new == old
        } else {
            is_read_alike(field, &self.0, &read.found)
        }
    }
}

/// Checks before a write whether a field accepts a value. Returns the parts that only the program
/// can check.
///
/// # Errors
///
/// Returns the message of a load that refuses the value. The message contains no part of the value.
pub fn verify_new_value(
    field: &FieldSpec,
    secrecy: Secrecy,
    new: &NewValue,
) -> Result<Vec<UnverifiedPart>, String> {
    verify_found(field, secrecy, &new.0).map_err(|error| error.to_string())
}

/// Returns the help for a value that [`verify_new_value`] refuses, or `None` if the field accepts
/// the value. The help says what to store in `place`, and contains no part of the value.
#[must_use]
pub fn find_new_value_help(
    field: &FieldSpec,
    secrecy: Secrecy,
    new: &NewValue,
    place: &str,
) -> Option<Help> {
    let error = verify_found(field, secrecy, &new.0).err()?;
    Some(help::for_text(field, &new.0, place, &error))
}

/// Checks before a write whether a new value of a field fits its places in the template of a
/// composed field. A place with several parts is checked only when a load composes the field.
///
/// # Errors
///
/// Returns the message of a load that refuses the value. The message contains no part of the value.
pub fn verify_new_part(
    composed: &Leaf<'_>,
    part: &PlannedField,
    new: &NewValue,
) -> Result<(), String> {
    check_part(&composed.path, composed.spec, part, &new.0)
}

impl ReadField {
    /// Returns whether the program reads the same value from this field and from the same field of
    /// another stage. Returns `None` if one of the two stages has no value.
    #[must_use]
    pub fn is_same_as(&self, other: &Self) -> Option<bool> {
        match (&self.state, &other.state) {
            (FieldState::Found(one), FieldState::Found(other)) => {
                Some(is_read_alike(self.planned.spec, &one.found, &other.found))
            }
            (FieldState::Composed(one), FieldState::Composed(other)) => {
                Some(one.found.content == other.found.content)
            }
            _ => None,
        }
    }
}

impl ReadValue {
    /// Returns the text that a variable or a file must hold so that a program reads the same value.
    /// The items of a StringList that looks like JSON become a JSON array, if an array can hold
    /// them. Returns `None` for bytes that the program does not read as text, and if the value was
    /// not read.
    #[must_use]
    pub fn to_portable_text(&self, field: &FieldSpec) -> Option<Zeroizing<String>> {
        match &*self.found.content {
            Payload::Text(text) => Some(text.clone()),
            Payload::List(text) if is_taken_for_json(text, field.shape.kind) => {
                Some(items_to_json(text, field.shape.kind).unwrap_or_else(|| text.clone()))
            }
            Payload::List(text) => Some(text.clone()),
            // A field of bytes takes stored bytes without decoding, and a field of `Kind::Json`
            // rejects them. As text, the same bytes would be decoded as base64 or as JSON.
            Payload::Binary(_) if matches!(field.shape.kind, Kind::Bytes { .. } | Kind::Json) => {
                None
            }
            Payload::Binary(bytes) => std::str::from_utf8(bytes)
                .ok()
                .map(|text| Zeroizing::new(text.to_owned())),
            Payload::ExistsOnly => None,
        }
    }
}

/// Returns whether a program reads the same value from both stored values, if that can be
/// determined without its types. Otherwise returns whether the stored values are equal.
fn is_read_alike(field: &FieldSpec, one: &Found, other: &Found) -> bool {
    let kind = if field.with {
        Kind::Other
    } else {
        field.shape.kind
    };
    let known = compare_values(kind, one.as_stored(), other.as_stored());
    known.unwrap_or_else(|| one.content == other.content)
}

fn convert_items(text: &str, kind: Kind) -> Result<NewValue, &'static str> {
    if kind == Kind::Other {
        return Err(
            "it is a StringList, but the target stores text: only the program knows how its type \
             reads a text",
        );
    }
    if !is_taken_for_json(text, kind) {
        return Ok(NewValue(Found::from_text(text)));
    }
    match items_to_json(text, kind) {
        Some(mut json) => Ok(NewValue(Found::from_text(std::mem::take(&mut *json)))),
        None => {
            Err("it is a StringList, but the target stores text, and a text cannot hold its items")
        }
    }
}

/// Returns whether a text of these items is read as a JSON array, and not split at its commas.
fn is_taken_for_json(items: &str, kind: Kind) -> bool {
    kind.is_list() && trim(items).starts_with('[')
}

/// Returns the items of a StringList as a JSON array, from which the field reads the same items.
/// Returns `None` if there is no such array.
fn items_to_json(text: &str, kind: Kind) -> Option<Zeroizing<String>> {
    // An escape has at most six bytes, and each item has two quotes and a comma. A buffer that
    // grows would leave copies of the value in memory.
    let mut json = Zeroizing::new(Vec::with_capacity(9 * text.len() + 4));

    for (index, item) in trim(text).split(',').map(str::trim).enumerate() {
        json.push(if index == 0 { b'[' } else { b',' });
        if is_json_item(kind.item(index)) {
            // A load reads `null` in an array as the `None` of an optional item, but not the item
            // `null` of a StringList. So there is no array for such an item, unless its kind is
            // `Kind::Json`.
            serde_json::from_str::<&RawValue>(item)
                .ok()
                .filter(|_| item != "null" || kind.item(index) == Kind::Json)?;
            json.extend_from_slice(item.as_bytes());
        } else {
            serde_json::to_writer(&mut *json, item).ok()?;
        }
    }
    json.push(b']');

    String::from_utf8(std::mem::take(&mut *json))
        .ok()
        .map(Zeroizing::new)
}

/// Returns whether an item of this kind is parsed as JSON. Every other kind reads the same value
/// from a text and from a JSON string.
fn is_json_item(kind: Kind) -> bool {
    match kind {
        Kind::Optional(inner) => is_json_item(*inner),
        kind => kind == Kind::Json,
    }
}

fn convert_bytes(bytes: &[u8], kind: Kind, to: StorageKind) -> Result<NewValue, &'static str> {
    let text = std::str::from_utf8(bytes).ok();
    match (to, kind, text) {
        (StorageKind::TextOrBytes, ..) | (StorageKind::Bytes, _, None) => {
            Ok(NewValue(Found::from_bytes(bytes)))
        }
        (_, Kind::Bytes { .. }, _) => {
            let mut base64 = Zeroizing::new(STANDARD.encode(bytes));
            Ok(NewValue(Found::from_text(std::mem::take(&mut *base64))))
        }
        (_, Kind::Other, _) => Err(
            "it is stored as bytes, but the target stores text: only the program knows how its \
             type reads the value",
        ),
        (_, Kind::Json, _) => {
            Err("it is stored as bytes, but the program reads JSON only from text")
        }
        (_, _, Some(text)) => Ok(NewValue(Found::from_text(text))),
        (_, _, None) => {
            Err("it is stored as bytes that are not UTF-8, but the target stores only text")
        }
    }
}

#[cfg(test)]
mod tests;
