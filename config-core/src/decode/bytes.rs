//! Decodes the base64 text of bytes.

use super::DecodeError;
use stage_config_grammar::bytes::{Base64Error, decode_base64};

/// Decodes base64. The derive checks the text of a default with the same function, so both accept
/// the same texts.
pub(super) fn from_base64(text: &str) -> Result<Vec<u8>, DecodeError> {
    decode_base64(text).map_err(|error| match error {
        Base64Error::UrlAlphabet => DecodeError::fixed(error),
        Base64Error::Malformed => DecodeError::expected("base64"),
    })
}
