//! White space and byte order marks around a stored text.

/// Returns the text without a byte order mark at its beginning.
///
/// Editors and shells of Windows write one. RFC 8259 (section 8.1) lets a reader of JSON ignore it.
///
/// ```
/// use stage_config_grammar::white_space::strip_byte_order_mark;
///
/// assert_eq!(strip_byte_order_mark("\u{feff}{} "), "{} ");
/// ```
#[must_use]
pub fn strip_byte_order_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// Returns the text without white space at both ends, and without a byte order mark at its
/// beginning.
///
/// ```
/// assert_eq!(stage_config_grammar::white_space::trim("\u{feff} 8080\r\n"), "8080");
/// ```
#[must_use]
pub fn trim(text: &str) -> &str {
    strip_byte_order_mark(text).trim()
}
