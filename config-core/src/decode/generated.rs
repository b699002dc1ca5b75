//! How generated code reads what a type alone does not tell: the inside of a secret's box, and `#[config(object)]`.

use super::{DecodeError, Stored};
use crate::schema::{Kind, Shape};
use secrecy::SecretBox;
use zeroize::Zeroize;

/// Reads what is inside a secret's box. `secrecy` itself reads no type that is not `Clone`.
///
/// # Errors
///
/// What `read` expects.
pub fn secret<T: Zeroize>(
    stored: Stored<'_>,
    read: fn(Stored<'_>) -> Result<Box<T>, DecodeError>,
) -> Result<SecretBox<T>, DecodeError> {
    read(stored).map(SecretBox::new)
}

/// As [`secret`]; nothing is `None`.
///
/// # Errors
///
/// What `read` expects.
pub fn optional_secret<T: Zeroize>(
    stored: Stored<'_>,
    read: fn(Stored<'_>) -> Result<Box<T>, DecodeError>,
) -> Result<Option<SecretBox<T>>, DecodeError> {
    if stored.is_nothing() { Ok(None) } else { secret(stored, read).map(Some) }
}

/// Reads a type that is read from a JSON object, or a list of such. Anything else is refused before the type sees it, so that a
/// check, which does not have the type, refuses the same.
///
/// # Errors
///
/// It is no JSON object; or what `read` expects.
pub fn object<T>(
    stored: Stored<'_>,
    shape: Shape,
    read: fn(Stored<'_>) -> Result<T, DecodeError>,
) -> Result<T, DecodeError> {
    let is_object = |stored: Stored<'_>| stored.with_entries(|_| Ok(()));
    match shape.kind {
        _ if stored.is_nothing() => {}
        Kind::ListOf(_) => stored.with_items(None, |items| {
            let mut items = items.into_iter().enumerate();
            items.try_for_each(|(index, item)| is_object(item).map_err(|error| error.in_item(index + 1)))
        })?,
        _ => is_object(stored)?,
    }
    read(stored)
}
