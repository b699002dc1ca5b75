//! The characters of a generated text, and the sampler that draws them.

use clap::ValueEnum;
use zeroize::Zeroizing;

const UPPER_CASE: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LOWER_CASE: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
const DIGITS: &[u8] = b"0123456789";
const HEX: &[u8] = b"0123456789abcdef";

/// The symbols. A quote, a backslash, a space, and the characters that databases of AWS refuse in a
/// password are not among them. Braces are not among them either, because Parameter Store refuses
/// `{{…}}`.
const SYMBOLS: &[u8] = b"!#%&*+-.:=?^_~";

/// A set of characters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Alphabet {
    /// Upper-case and lower-case letters and digits, at least one of each; the default
    #[default]
    Alphanumeric,
    /// 0123456789abcdef
    Hex,
    /// Like alphanumeric, and at least one of !#%&*+-.:=?^_~
    Symbols,
}

impl Alphabet {
    /// Returns the classes of characters. A text contains at least one character of each, so that
    /// the text satisfies the usual rules for passwords.
    fn classes(self) -> &'static [&'static [u8]] {
        match self {
            Self::Alphanumeric => &[UPPER_CASE, LOWER_CASE, DIGITS],
            Self::Hex => &[HEX],
            Self::Symbols => &[UPPER_CASE, LOWER_CASE, DIGITS, SYMBOLS],
        }
    }

    /// Returns the bits of entropy of a text, rounded down. The condition that a text contains a
    /// character of every class is not considered: it costs less than one bit.
    pub(super) fn count_bits(self, length: u16) -> f64 {
        let sizes = self.classes().iter().map(|class| class.len());
        let count = u16::try_from(sizes.sum::<usize>()).unwrap_or(u16::MAX);
        (f64::from(length) * f64::from(count).log2()).floor()
    }

    /// Draws a text of `length` characters. `length` must be at least the number of classes. All
    /// texts with a character of every class have the same probability, if `fill` writes random
    /// bytes.
    pub(super) fn draw_text<E>(
        self,
        length: u16,
        mut fill: impl FnMut(&mut [u8]) -> Result<(), E>,
    ) -> Result<Zeroizing<Vec<u8>>, E> {
        let characters = self.classes().concat();
        let mut text = Zeroizing::new(vec![0; length.into()]);
        loop {
            draw_characters(&characters, &mut text, &mut fill)?;
            // Replacing single characters would make some texts more probable than others.
            let contains = |class: &&[u8]| text.iter().any(|byte| class.contains(byte));
            if self.classes().iter().all(contains) {
                return Ok(text);
            }
        }
    }
}

/// Replaces each byte of `text` with a random character. The random bytes are written to `text`
/// itself, so no copy of them needs to be wiped.
fn draw_characters<E>(
    characters: &[u8],
    text: &mut [u8],
    fill: &mut impl FnMut(&mut [u8]) -> Result<(), E>,
) -> Result<(), E> {
    // Only a byte below `limit` is accepted. `limit` is a multiple of the number of characters, and
    // the largest one that is not above 256. The bytes from `limit` on would make the first
    // characters more probable than the others.
    let limit = 256 - 256 % characters.len();
    let mut done = 0;
    while done < text.len() {
        fill(&mut text[done..])?;
        let start = done;
        for index in start..text.len() {
            let byte = usize::from(text[index]);
            if byte < limit {
                text[done] = characters[byte % characters.len()];
                done += 1;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const ALL: [(Alphabet, usize); 3] = [
        (Alphabet::Alphanumeric, 62),
        (Alphabet::Hex, 16),
        (Alphabet::Symbols, 76),
    ];

    /// Returns a function that fills buffers with the bytes of `first`, and then with 0 to 255
    /// again and again.
    fn count_up_after(first: &[u8]) -> impl FnMut(&mut [u8]) -> Result<(), ()> {
        let mut bytes = first.iter().copied().chain((0..=255).cycle());
        move |buffer| {
            buffer.fill_with(|| bytes.next().expect("the bytes do not end"));
            Ok(())
        }
    }

    fn count_characters(text: &[u8]) -> BTreeMap<u8, usize> {
        let mut counts = BTreeMap::new();
        for byte in text {
            *counts.entry(*byte).or_default() += 1;
        }
        counts
    }

    /// Each accepted byte is drawn once. So the sampler is unbiased only if every character occurs
    /// equally often.
    #[test]
    fn the_same_number_of_bytes_gives_each_character() {
        for (alphabet, size) in ALL {
            let times = 256 / size;
            let length = u16::try_from(size * times).unwrap();
            // 256 is a multiple of 16, so all bytes give a hexadecimal digit.
            let rejected: &[u8] = if size == 16 { &[] } else { &[255, 250, 248] };
            let text = alphabet
                .draw_text(length, count_up_after(rejected))
                .unwrap();
            let counts = count_characters(&text);
            assert_eq!(counts.len(), size, "{alphabet:?}");
            assert!(counts.values().all(|count| *count == times), "{counts:?}");
        }
    }

    #[test]
    fn a_long_text_contains_every_character_of_the_alphabet_and_no_other() {
        for (alphabet, size) in ALL {
            let text = alphabet.draw_text(4096, getrandom::fill).unwrap();
            assert_eq!(text.len(), 4096);
            let drawn: Vec<u8> = count_characters(&text).into_keys().collect();
            let mut expected = alphabet.classes().concat();
            expected.sort_unstable();
            assert_eq!(drawn, expected, "{alphabet:?}");
            assert_eq!(drawn.len(), size, "{alphabet:?}");
        }
    }

    #[test]
    fn a_text_without_a_character_of_every_class_is_drawn_again() {
        // 16 zero bytes give the text `AAAAAAAAAAAAAAAA`, which has only upper-case letters.
        let mut first = vec![0; 16];
        let accepted = [0, 30, 60, 75, 0, 30, 60, 75, 0, 30, 60, 75, 0, 30, 60, 75];
        first.extend(accepted);
        let text = Alphabet::Symbols
            .draw_text(16, count_up_after(&first))
            .unwrap();
        assert_eq!(text.as_slice(), b"Ae8~Ae8~Ae8~Ae8~");
        let text = Alphabet::Hex.draw_text(16, count_up_after(&first)).unwrap();
        assert_eq!(
            text.as_slice(),
            b"0000000000000000",
            "the alphabet has one class, and `0` is in it"
        );
    }

    #[test]
    fn a_failure_of_the_operating_system_is_an_error() {
        for (alphabet, _) in ALL {
            let mut calls = 0;
            let drawn = alphabet.draw_text(32, |buffer| {
                calls += 1;
                buffer.fill(255);
                if calls < 3 {
                    Ok(())
                } else {
                    Err("no random bytes")
                }
            });
            // An alphabet of 16 characters accepts every byte. The other alphabets reject 255 and
            // ask again.
            let is_rejected = alphabet != Alphabet::Hex;
            assert_eq!(drawn.is_err(), is_rejected, "{alphabet:?}");
        }
    }

    #[test]
    fn bits_are_rounded_down() {
        for (alphabet, length, bits) in [
            (Alphabet::Alphanumeric, 32, 190.0),
            (Alphabet::Alphanumeric, 16, 95.0),
            (Alphabet::Hex, 64, 256.0),
            (Alphabet::Symbols, 32, 199.0),
        ] {
            assert_eq!(alphabet.count_bits(length), bits, "{alphabet:?}");
        }
    }
}
