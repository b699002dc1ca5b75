//! Surrogate pairs in YAML: `"\ud83d\ude00"` is one character.
//!
//! Writers of JSON escape a character above U+FFFF as two surrogates, and YAML 1.2 includes JSON,
//! but the parser refuses surrogates. So before the parser reads the text, the backslashes of a
//! pair are replaced with a character that the text does not contain. In a name or a value between
//! double quotes, the pair then becomes its character. Elsewhere the backslashes are text, and are
//! restored.

use saphyr_parser::ScalarStyle;
use zeroize::Zeroizing;

/// The length of `\ud83d\ude00`.
const PAIR_LENGTH: usize = 12;

/// A text whose surrogate pairs are hidden from the parser.
pub(super) struct HiddenPairs {
    pub(super) text: Zeroizing<String>,
    pub(super) placeholder: Placeholder,
}

/// The character that replaces the backslashes. `None` if no pair is hidden.
#[derive(Clone, Copy)]
pub(super) struct Placeholder(Option<char>);

impl HiddenPairs {
    pub(super) fn new(text: &str) -> Self {
        let pairs = find_pairs(text);
        // Characters of the private use area have no meaning in YAML or JSON.
        let placeholder = ('\u{e000}'..='\u{f8ff}')
            .find(|c| !text.contains(*c))
            .filter(|_| !pairs.is_empty());
        let Some(backslash) = placeholder else {
            return Self {
                text: Zeroizing::new(text.to_owned()),
                placeholder: Placeholder(None),
            };
        };
        // A pair has two backslashes. Each backslash has one byte, and its replacement has three.
        let mut hidden = Zeroizing::new(String::with_capacity(text.len() + 4 * pairs.len()));
        let mut copied = 0;
        for backslash_at in pairs.iter().flat_map(|at| [*at, *at + PAIR_LENGTH / 2]) {
            hidden.push_str(&text[copied..backslash_at]);
            hidden.push(backslash);
            copied = backslash_at + 1;
        }
        hidden.push_str(&text[copied..]);
        Self {
            text: hidden,
            placeholder: Placeholder(placeholder),
        }
    }
}

impl Placeholder {
    /// Returns the value of a scalar. Decodes the hidden pairs between double quotes, and restores
    /// the backslashes elsewhere.
    pub(super) fn restore(self, text: String, style: ScalarStyle) -> Zeroizing<String> {
        let text = Zeroizing::new(text);
        let Some(placeholder) = self.0.filter(|c| text.contains(*c)) else {
            return text;
        };
        // The result is never longer than the input, so the buffer never grows.
        let mut restored = Zeroizing::new(String::with_capacity(text.len()));
        let mut rest = text.as_str();
        while let Some(at) = rest.find(placeholder) {
            restored.push_str(&rest[..at]);
            let after = &rest[at + placeholder.len_utf8()..];
            match decode_pair(after, placeholder).filter(|_| style == ScalarStyle::DoubleQuoted) {
                Some((c, after)) => {
                    restored.push(c);
                    rest = after;
                }
                None => {
                    restored.push('\\');
                    rest = after;
                }
            }
        }
        restored.push_str(rest);
        restored
    }
}

/// Returns the position of each surrogate pair. A backslash after a backslash begins no escape.
fn find_pairs(text: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let mut pairs = Vec::new();
    let mut at = 0;
    while let Some(offset) = text.get(at..).and_then(|rest| rest.find('\\')) {
        let start = at + offset;
        if decode_pair(&text[start + 1..], '\\').is_some() {
            pairs.push(start);
            at = start + PAIR_LENGTH;
        } else {
            at = start + 1 + usize::from(bytes.get(start + 1) == Some(&b'\\'));
        }
    }
    pairs
}

/// Decodes `ud83d\ude00` at the beginning of a text. `backslash` is the character between the two
/// surrogates: a backslash, or its placeholder. Returns the decoded character and the text after
/// the pair.
fn decode_pair(text: &str, backslash: char) -> Option<(char, &str)> {
    let (high, rest) = parse_unit(text)?;
    let (low, rest) = parse_unit(rest.strip_prefix(backslash)?)?;
    let is_pair = (0xd800..0xdc00).contains(&high);
    let c = char::decode_utf16([high, low])
        .next()
        .filter(|_| is_pair)?
        .ok()?;
    Some((c, rest))
}

/// Parses `ud83d` at the beginning of a text.
fn parse_unit(text: &str) -> Option<(u16, &str)> {
    let (digits, rest) = text.strip_prefix('u')?.split_at_checked(4)?;
    let unit = u16::from_str_radix(digits, 16).ok()?;
    (!digits.starts_with('+')).then_some((unit, rest))
}
