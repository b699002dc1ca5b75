//! Decodes bytes: binary values unchanged, text as base64.

use super::DecodeError;
use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use zeroize::Zeroizing;

/// The standard alphabet. Padding is optional, because it is often removed.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Decodes base64. White space between the characters (line breaks of `base64` and PEM) is skipped.
pub(super) fn from_base64(text: &str) -> Result<Vec<u8>, DecodeError> {
    let compact: Zeroizing<String> =
        Zeroizing::new(text.chars().filter(|c| !c.is_ascii_whitespace()).collect());
    BASE64
        .decode(compact.as_bytes())
        .map_err(|_| DecodeError::expected("base64"))
}
