//! String functions for `const` code, where `==` for `str`, iterators and `format!` are not
//! available.

use crate::const_for::const_for;

pub(crate) const fn str_eq(one: &str, other: &str) -> bool {
    bytes_eq(one.as_bytes(), other.as_bytes())
}

const fn bytes_eq(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    let mut index = 0;
    while index < one.len() {
        if one[index] != other[index] {
            return false;
        }
        index += 1;
    }
    true
}

pub(crate) const fn contains(names: &[&str], name: &str) -> bool {
    const_for!(names, |&known| {
        if str_eq(known, name) {
            return true;
        }
    });
    false
}

pub(super) const fn starts_with(text: &str, start: &str) -> bool {
    let (text, start) = (text.as_bytes(), start.as_bytes());
    text.len() >= start.len() && bytes_eq(text.split_at(start.len()).0, start)
}

pub(super) const fn contains_text(text: &str, part: &str) -> bool {
    let (text, part) = (text.as_bytes(), part.as_bytes());
    let mut from = 0;
    while from + part.len() <= text.len() {
        if bytes_eq(text.split_at(from).1.split_at(part.len()).0, part) {
            return true;
        }
        from += 1;
    }
    false
}

/// Splits a text at the first occurrence of an ASCII character.
pub(super) const fn split_once(text: &'static str, at: u8) -> (&'static str, Option<&'static str>) {
    let mut index = 0;
    while index < text.len() {
        if text.as_bytes()[index] == at {
            let (first, rest) = text.split_at(index);
            return (first, Some(rest.split_at(1).1));
        }
        index += 1;
    }
    (text, None)
}

/// A panic message that is built in a `const`. It is cut off after 1024 bytes.
pub(crate) struct PanicMessage {
    bytes: [u8; 1024],
    length: usize,
}

impl PanicMessage {
    pub(crate) const fn new() -> Self {
        Self {
            bytes: [0; 1024],
            length: 0,
        }
    }

    pub(crate) const fn text(mut self, text: &str) -> Self {
        let text = text.as_bytes();
        let mut index = 0;
        while index < text.len() && self.length < self.bytes.len() {
            self.bytes[self.length] = text[index];
            self.length += 1;
            index += 1;
        }
        self
    }

    /// Adds a number in decimal digits.
    pub(crate) const fn number(self, number: u128) -> Self {
        let before = if number >= 10 {
            self.number(number / 10)
        } else {
            self
        };
        before.text(
            "0123456789"
                .split_at((number % 10) as usize)
                .1
                .split_at(1)
                .0,
        )
    }

    #[track_caller]
    pub(crate) const fn raise(&self) -> ! {
        match core::str::from_utf8(self.bytes.split_at(self.length).0) {
            Ok(text) => panic!("{}", text),
            Err(_) => {
                panic!("the configuration is not valid, and the reason is too long to be shown")
            }
        }
    }
}
