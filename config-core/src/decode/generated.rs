//! Decoders that generated code calls for the content of a `SecretBox`, for an `Option` with
//! `#[config(from_str)]`, and for `#[config(object)]`. The type of a field alone does not select
//! these decoders.

use super::{DecodeError, StoredValue};
use crate::schema::{Kind, Shape};
use secrecy::SecretBox;
use zeroize::Zeroize;

/// Reads the content of a `SecretBox`. The crate `secrecy` itself cannot read a type that is not
/// `Clone`.
///
/// # Errors
///
/// Returns the errors of `read`.
pub fn decode_secret<T: Zeroize>(
    stored: StoredValue<'_>,
    read: fn(StoredValue<'_>) -> Result<Box<T>, DecodeError>,
) -> Result<SecretBox<T>, DecodeError> {
    read(stored).map(SecretBox::new)
}

/// Reads like [`decode_secret`]; a missing value or `null` is `None`.
///
/// # Errors
///
/// Returns the errors of `read`.
pub fn decode_optional_secret<T: Zeroize>(
    stored: StoredValue<'_>,
    read: fn(StoredValue<'_>) -> Result<Box<T>, DecodeError>,
) -> Result<Option<SecretBox<T>>, DecodeError> {
    if stored.is_absent() {
        Ok(None)
    } else {
        decode_secret(stored, read).map(Some)
    }
}

/// Reads with `read`; a missing value or `null` is `None`.
///
/// # Errors
///
/// Returns the errors of `read`.
pub fn decode_optional<T>(
    stored: StoredValue<'_>,
    read: fn(StoredValue<'_>) -> Result<T, DecodeError>,
) -> Result<Option<T>, DecodeError> {
    if stored.is_absent() {
        Ok(None)
    } else {
        read(stored).map(Some)
    }
}

/// Reads a type from a JSON object, or a list of such types from a list. This function rejects any
/// other text before the type reads it. So `cargo stage check`, which does not have the type, can
/// reject the same texts. The type itself reads a missing value or `null`.
///
/// # Errors
///
/// Returns an error if the text is not a JSON object or, for a list, not a list of JSON objects.
/// Returns the errors of `read`.
pub fn decode_object<T>(
    stored: StoredValue<'_>,
    shape: Shape,
    read: fn(StoredValue<'_>) -> Result<T, DecodeError>,
) -> Result<T, DecodeError> {
    let check_object = |stored: StoredValue<'_>| stored.with_entries(|_| Ok(()));
    match shape.kind {
        _ if stored.is_absent() => read(stored),
        Kind::ListOf(_) => {
            stored.with_items(None, |items| {
                let mut items = items.into_iter().enumerate();
                items.try_for_each(|(index, item)| {
                    check_object(item).map_err(|error| error.at_item(index + 1))
                })
            })?;
            read(stored)
        }
        _ => check_object(stored).and_then(|()| read(stored.to_text_form())),
    }
}
