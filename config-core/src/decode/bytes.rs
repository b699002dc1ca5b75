//! Decodes the base64 text of bytes.

use super::DecodeError;
use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use stage_config_grammar::white_space::strip_byte_order_mark;
use zeroize::Zeroizing;

/// The standard alphabet. Padding is optional, because it is often removed.
const BASE64: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, CONFIG);

const URL_BASE64: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, CONFIG);

const CONFIG: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);

/// Decodes base64. White space between the characters (line breaks of `base64` and PEM) and a byte
/// order mark are skipped.
pub(super) fn from_base64(text: &str) -> Result<Vec<u8>, DecodeError> {
    let text = strip_byte_order_mark(text);
    let compact: Zeroizing<String> =
        Zeroizing::new(text.chars().filter(|c| !c.is_ascii_whitespace()).collect());
    BASE64.decode(compact.as_bytes()).map_err(|_| {
        match URL_BASE64.decode(compact.as_bytes()).map(Zeroizing::new) {
            Ok(_) => DecodeError::fixed(
                "expected base64 in the standard alphabet, but the text is base64 in the URL \
                 alphabet: write `+` for `-`, and `/` for `_`",
            ),
            Err(_) => DecodeError::expected("base64"),
        }
    })
}
