//! Decoders that generated code calls for `#[config(from_str)]`: the type's own `FromStr` reads the
//! text.

use super::{DecodeError, StoredValue};
use serde::de::Error as _;
use stage_config_grammar::white_space::trim;
use std::str::FromStr;

/// The standard library's `FromStr`, with a helpful compile error for types that do not implement
/// it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read with `from_str`",
    label = "does not implement `std::str::FromStr`",
    note = "implement `FromStr` for it, or remove `from_str`; it is then read with `serde::Deserialize`",
    note = "`from_str` sees an `Option`, a `SecretBox`, a `Vec`, a `VecDeque`, a `BTreeSet` and a `HashSet` only \
            if the type of the field names it, not through an alias"
)]
pub trait ParsedText: Sized {
    /// Parses the text. The error of `FromStr` may quote the text, so the error is dropped.
    fn parse_text(text: &str) -> Option<Self>;
}

#[diagnostic::do_not_recommend]
impl<T: FromStr> ParsedText for T {
    fn parse_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// Parses the trimmed text.
///
/// # Errors
///
/// Returns an error if the value is missing or is not text, or if the type rejects the text. The
/// error does not contain the message of the type.
pub fn decode_from_str<T: ParsedText>(stored: StoredValue<'_>) -> Result<T, DecodeError> {
    let text = stored.to_text()?;
    let parsed = T::parse_text(trim(&text));
    stored.locate_error(parsed.ok_or_else(|| DecodeError::custom("")))
}

/// Parses the trimmed text into a box.
///
/// # Errors
///
/// Returns the errors of [`decode_from_str`].
pub fn decode_from_str_boxed<T: ParsedText>(
    stored: StoredValue<'_>,
) -> Result<Box<T>, DecodeError> {
    decode_from_str(stored).map(Box::new)
}

/// Parses each item of a list.
///
/// # Errors
///
/// Returns an error if the value is not a list. Returns the errors of [`decode_from_str`] with the
/// number of the item.
pub fn decode_list_from_str<L: FromIterator<T>, T: ParsedText>(
    stored: StoredValue<'_>,
) -> Result<L, DecodeError> {
    stored.with_items(None, |items| {
        let decode = |(index, item): (usize, StoredValue<'_>)| {
            decode_from_str(item).map_err(|error| error.at_item(index + 1))
        };
        items.into_iter().enumerate().map(decode).collect()
    })
}
