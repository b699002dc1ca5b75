//! How generated code reads what a type alone does not tell: the inside of a secret's box, and `#[config(object)]`.

use super::{DecodeError, StoredValue};
use crate::schema::{Kind, Shape};
use secrecy::SecretBox;
use zeroize::Zeroize;

/// Reads what is inside a secret's box. `secrecy` itself reads no type that is not `Clone`.
///
/// # Errors
///
/// What `read` expects.
pub fn decode_secret<T: Zeroize>(
    stored: StoredValue<'_>,
    read: fn(StoredValue<'_>) -> Result<Box<T>, DecodeError>,
) -> Result<SecretBox<T>, DecodeError> {
    read(stored).map(SecretBox::new)
}

/// As [`decode_secret`]; nothing is `None`.
///
/// # Errors
///
/// What `read` expects.
pub fn decode_optional_secret<T: Zeroize>(
    stored: StoredValue<'_>,
    read: fn(StoredValue<'_>) -> Result<Box<T>, DecodeError>,
) -> Result<Option<SecretBox<T>>, DecodeError> {
    if stored.is_absent() { Ok(None) } else { decode_secret(stored, read).map(Some) }
}

/// Reads a type that is read from a JSON object, or a list of such. Anything else is refused before the type sees it, so that a
/// check, which does not have the type, refuses the same.
///
/// # Errors
///
/// It is no JSON object; or what `read` expects.
pub fn decode_object<T>(
    stored: StoredValue<'_>,
    shape: Shape,
    read: fn(StoredValue<'_>) -> Result<T, DecodeError>,
) -> Result<T, DecodeError> {
    let is_object = |stored: StoredValue<'_>| stored.with_entries(|_| Ok(()));
    match shape.kind {
        _ if stored.is_absent() => read(stored),
        Kind::ListOf(_) => {
            stored.with_items(None, |items| {
                let mut items = items.into_iter().enumerate();
                items.try_for_each(|(index, item)| is_object(item).map_err(|error| error.at_item(index + 1)))
            })?;
            read(stored)
        }
        _ => is_object(stored).and_then(|()| read(stored.to_text_form())),
    }
}
