//! JSON, written in `const`: either into a buffer, or only counted.
//!
//! The compiler counts the turns of loops and the calls of a `const`, and stops at two million
//! (`long_running_const_eval`). So texts are looked through sixteen bytes a turn, and what lies between two characters that
//! need an escape is copied at once, if it is long: the slices of the standard library take some fifty calls for that.

/// How many bytes of a text are looked at in one turn.
const CHUNK: usize = 16;

/// From how many bytes on copying at once takes fewer steps than a loop.
const LONG: usize = 48;

/// Where the text goes.
pub(super) struct JsonWriter<'b> {
    /// `None` where the length alone is asked for.
    buffer: Option<&'b mut [u8]>,
    at: usize,
    /// Something stands before, from which a comma parts what follows.
    needs_comma: bool,
}

impl<'b> JsonWriter<'b> {
    pub(super) const fn new(buffer: &'b mut [u8]) -> Self {
        Self { buffer: Some(buffer), at: 0, needs_comma: false }
    }

    pub(super) const fn new_counting() -> Self {
        Self { buffer: None, at: 0, needs_comma: false }
    }

    pub(super) const fn length(&self) -> usize {
        self.at
    }

    /// Bytes as they are.
    pub(super) const fn write_raw(&mut self, bytes: &[u8]) {
        self.copy(bytes, 0, bytes.len());
    }

    const fn copy(&mut self, bytes: &[u8], from: usize, to: usize) {
        let length = to - from;
        if let Some(buffer) = &mut self.buffer {
            if length < LONG {
                let mut index = 0;
                while index < length {
                    buffer[self.at + index] = bytes[from + index];
                    index += 1;
                }
            } else {
                let (_, rest) = buffer.split_at_mut(self.at);
                let (_, bytes) = bytes.split_at(from);
                rest.split_at_mut(length).0.copy_from_slice(bytes.split_at(length).0);
            }
        }
        self.at += length;
    }

    const fn write_byte(&mut self, byte: u8) {
        if let Some(buffer) = &mut self.buffer {
            buffer[self.at] = byte;
        }
        self.at += 1;
    }

    /// `{` or `[`.
    pub(super) const fn open(&mut self, bracket: u8) {
        self.write_separator();
        self.write_byte(bracket);
        self.needs_comma = false;
    }

    /// `}` or `]`.
    pub(super) const fn close(&mut self, bracket: u8) {
        self.write_byte(bracket);
        self.needs_comma = true;
    }

    /// A member's name, which is plain.
    pub(super) const fn write_name(&mut self, name: &str) {
        self.write_separator();
        self.write_byte(b'"');
        self.write_raw(name.as_bytes());
        self.write_byte(b'"');
        self.write_byte(b':');
        self.needs_comma = false;
    }

    /// A value that is JSON already.
    pub(super) const fn write_literal(&mut self, json: &str) {
        self.write_separator();
        self.write_raw(json.as_bytes());
        self.needs_comma = true;
    }

    /// `"name":true`, or nothing.
    pub(super) const fn write_flag(&mut self, name: &str, value: bool) {
        if value {
            self.write_name(name);
            self.write_raw(b"true");
            self.needs_comma = true;
        }
    }

    /// `"name":"text"`, or nothing where there is no text.
    pub(super) const fn write_member(&mut self, name: &str, text: &str) {
        if !text.is_empty() {
            self.write_name(name);
            self.write_text(text);
        }
    }

    /// `"name":"text"`, however short, or nothing.
    pub(super) const fn write_option(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.write_name(name);
            self.write_text(text);
        }
    }

    /// A whole number.
    pub(super) const fn write_number(&mut self, value: u128) {
        self.write_separator();
        self.write_digits(value);
        self.needs_comma = true;
    }

    /// A whole number in a text: JSON's own numbers are exact in few readers beyond 53 bits.
    pub(super) const fn write_exact(&mut self, negative: bool, value: u128) {
        self.write_separator();
        self.write_raw(if negative { b"\"-" } else { b"\"" });
        self.write_digits(value);
        self.write_raw(b"\"");
        self.needs_comma = true;
    }

    /// A text, with the escapes that JSON asks for.
    pub(super) const fn write_text(&mut self, text: &str) {
        self.write_separator();
        self.write_byte(b'"');
        let bytes = text.as_bytes();
        let length = bytes.len();
        let mut at = 0;
        while at < length {
            let to = find_escape(bytes, at, length);
            self.copy(bytes, at, to);
            if to < length {
                self.write_escaped(bytes[to]);
            }
            at = to + 1;
        }
        self.write_byte(b'"');
        self.needs_comma = true;
    }

    const fn write_separator(&mut self) {
        if self.needs_comma {
            self.write_byte(b',');
        }
    }

    const fn write_digits(&mut self, mut value: u128) {
        // The longest u128 has 39 digits.
        let mut digits = [0; 39];
        let mut from = digits.len();
        loop {
            from -= 1;
            digits[from] = b'0' + (value % 10) as u8;
            value /= 10;
            if value == 0 {
                break;
            }
        }
        self.copy(&digits, from, digits.len());
    }

    const fn write_escaped(&mut self, byte: u8) {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        match byte {
            b'\n' => self.write_raw(b"\\n"),
            b'"' | b'\\' => self.write_raw(&[b'\\', byte]),
            _ => self.write_raw(&[b'\\', b'u', b'0', b'0', HEX[(byte >> 4) as usize], HEX[(byte & 15) as usize]]),
        }
    }
}

/// Where the first byte from `at` on is that needs an escape, or the end.
const fn find_escape(bytes: &[u8], mut at: usize, end: usize) -> usize {
    while at + CHUNK <= end {
        let mut found = false;
        // One expression for a turn: each call would count as much as the turn does.
        macro_rules! look {
            ($($offset:literal)*) => {
                $(
                    let byte = bytes[at + $offset];
                    found = found | (byte < 0x20) | (byte == b'"') | (byte == b'\\');
                )*
            };
        }
        look!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
        if found {
            break;
        }
        at += CHUNK;
    }
    while at < end && bytes[at] >= 0x20 && bytes[at] != b'"' && bytes[at] != b'\\' {
        at += 1;
    }
    at
}
