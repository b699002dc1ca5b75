//! Decodes the base64 text of bytes.

use super::DecodeError;
use stage_config_grammar::bytes::{Base64Error, decode_base64};

/// Decodes base64 like the derive, which checks the text of a default.
pub(super) fn from_base64(text: &str) -> Result<Vec<u8>, DecodeError> {
    decode_base64(text).map_err(|error| match error {
        Base64Error::UrlAlphabet => DecodeError::fixed(error),
        Base64Error::Malformed => DecodeError::expected("base64"),
    })
}
