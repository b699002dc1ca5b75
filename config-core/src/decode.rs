//! Decodes a stored text into a Rust type. An error never contains a value.
//!
//! Only the target type determines how a text is read: `"0123"` stays `0123` in a `String`, and is
//! 123 in a `u16`. The rules are in the table under "Values" in the documentation of the derive.
//! [`StoredValue`] implements them as a serde `Deserializer` with its own error type, because the
//! errors of serde, serde_json and figment quote the text that they could not read.

mod bytes;
#[cfg(feature = "manage")]
mod compare;
#[cfg(feature = "manage")]
mod edit;
mod error;
mod from_str;
mod generated;
mod json;
mod known;
mod probe;
mod stored;
#[cfg(feature = "manage")]
mod verify;

#[cfg(feature = "manage")]
pub(crate) use compare::compare_values;
#[cfg(feature = "manage")]
pub(crate) use edit::{Leaves, put, remove, select_json};
pub use error::DecodeError;
pub use from_str::{ParsedText, decode_from_str, decode_from_str_boxed, decode_list_from_str};
pub use generated::{decode_object, decode_optional, decode_optional_secret, decode_secret};
#[cfg(feature = "manage")]
pub use json::JsonEntries;
pub(crate) use json::{KeyError, select};
pub use known::KnownType;
pub use probe::{Decodable, Probe, UnknownType};
pub(crate) use stored::StoredText;
pub use stored::StoredValue;
#[cfg(feature = "manage")]
pub(crate) use verify::{normalize_key, verify};

#[cfg(test)]
mod tests;
