//! A secret in its box, of whatever type: `secrecy` itself reads no type that is not `Clone`.

use super::{DecodeError, Stored};
use secrecy::SecretBox;
use zeroize::Zeroize;

/// Reads what is inside the box.
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
