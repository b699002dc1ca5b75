//! Base64, the encoding of bytes as text.

use std::fmt;

use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::{Engine as _, alphabet};
use zeroize::Zeroizing;

/// The standard alphabet. Padding is optional, because it is often removed.
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, CONFIG);

const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, CONFIG);

const CONFIG: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);

/// Decodes base64. Skips white space and byte order marks at any position, because the command
/// `base64` and PEM files break lines.
///
/// ```
/// use stage_config_grammar::bytes::{Base64Error, decode_base64};
///
/// assert_eq!(decode_base64("AQ\nID\n"), Ok(vec![1, 2, 3]));
/// assert_eq!(decode_base64("-_8="), Err(Base64Error::UrlAlphabet));
/// ```
///
/// # Errors
///
/// Returns an error that contains no part of the text. The memory of all copies is wiped.
pub fn decode_base64(text: &str) -> Result<Vec<u8>, Base64Error> {
    // All copies are allocated at their full size, because a buffer that grows leaves parts of the
    // text in memory that is not wiped.
    let mut compact = Zeroizing::new(String::with_capacity(text.len()));
    compact.extend(text.chars().filter(|c| !is_skipped(*c)));
    let compact = compact.as_bytes();
    match decode(&STANDARD, compact) {
        Some(mut bytes) => Ok(std::mem::take(&mut *bytes)),
        None if decode(&URL_SAFE, compact).is_some() => Err(Base64Error::UrlAlphabet),
        None => Err(Base64Error::Malformed),
    }
}

/// Decodes into a buffer that is wiped when it is dropped, even if only the end of the text is
/// wrong.
fn decode(engine: &GeneralPurpose, base64: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(vec![0; base64.len().div_ceil(4) * 3]);
    let length = engine.decode_slice(base64, &mut bytes).ok()?;
    bytes.truncate(length);
    Some(bytes)
}

fn is_skipped(c: char) -> bool {
    c.is_whitespace() || c == '\u{feff}'
}

/// The reason why a text is not base64 in the standard alphabet. The reason contains no part of the
/// text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base64Error {
    /// The text is base64 in the URL alphabet, with `-` for `+`, and `_` for `/`.
    UrlAlphabet,
    /// The text is not base64.
    Malformed,
}

impl fmt::Display for Base64Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UrlAlphabet => {
                "expected base64 in the standard alphabet, but the text is base64 in the URL \
                 alphabet: write `+` for `-`, and `/` for `_`"
            }
            Self::Malformed => "expected base64",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn padding_is_optional() {
        for (text, bytes) in [
            ("", &[][..]),
            ("AQ==", &[1]),
            ("AQ", &[1]),
            ("AQI=", &[1, 2]),
            ("AQI", &[1, 2]),
            ("+/8=", &[251, 255]),
        ] {
            assert_eq!(decode_base64(text).as_deref(), Ok(bytes), "{text}");
        }
    }

    #[test]
    fn text_that_is_not_standard_base64_is_refused() {
        for (text, error) in [
            ("-_8=", Base64Error::UrlAlphabet),
            ("__8\n", Base64Error::UrlAlphabet),
            ("+-8=", Base64Error::Malformed),
            ("A", Base64Error::Malformed),
            ("AR==", Base64Error::Malformed),
            ("A=Q=", Base64Error::Malformed),
            ("1,2,3", Base64Error::Malformed),
        ] {
            assert_eq!(decode_base64(text), Err(error), "{text}");
        }
    }

    proptest! {
        /// The derive checks the trimmed text of a default, and a load decodes the whole text. Both
        /// must have the same result.
        #[test]
        fn white_space_and_byte_order_marks_have_no_effect(text in "[ \n\r\u{feff}\u{a0}AQ=+_]{0,8}") {
            let compact = text.replace([' ', '\n', '\r', '\u{feff}', '\u{a0}'], "");
            let expected = decode_base64(&compact);
            prop_assert_eq!(&decode_base64(&text), &expected);
            prop_assert_eq!(&decode_base64(crate::white_space::trim(&text)), &expected);
        }
    }
}
