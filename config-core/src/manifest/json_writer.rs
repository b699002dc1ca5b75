//! Writes JSON in a `const`, either into a buffer or only to count its length.
//!
//! The compiler counts loop iterations and calls in a `const`, and stops at two million
//! (`long_running_const_eval`). To save steps, the writer searches a text in chunks of 16 bytes,
//! and copies a long part without escapes in one call. It copies a short part in a loop, because
//! the slice functions of the standard library take about 50 calls.

/// The number of bytes that one iteration searches.
const CHUNK: usize = 16;

/// The minimum length at which copying in one call takes fewer steps than a loop.
const LONG: usize = 48;

/// The writer of a record.
pub(super) struct JsonWriter<'b> {
    /// `None` if the writer only counts the length.
    buffer: Option<&'b mut [u8]>,
    /// The number of bytes that were written or counted.
    position: usize,
    /// Whether a comma must precede the next value.
    needs_comma: bool,
}

impl<'b> JsonWriter<'b> {
    pub(super) const fn new(buffer: &'b mut [u8]) -> Self {
        Self {
            buffer: Some(buffer),
            position: 0,
            needs_comma: false,
        }
    }

    pub(super) const fn new_counting() -> Self {
        Self {
            buffer: None,
            position: 0,
            needs_comma: false,
        }
    }

    pub(super) const fn length(&self) -> usize {
        self.position
    }

    /// Writes bytes unchanged. It does not escape them.
    pub(super) const fn write_raw(&mut self, bytes: &[u8]) {
        self.copy(bytes, 0, bytes.len());
    }

    const fn copy(&mut self, bytes: &[u8], from: usize, to: usize) {
        let length = to - from;
        if let Some(buffer) = &mut self.buffer {
            if length < LONG {
                let mut index = 0;
                while index < length {
                    buffer[self.position + index] = bytes[from + index];
                    index += 1;
                }
            } else {
                let (_, rest) = buffer.split_at_mut(self.position);
                let (_, bytes) = bytes.split_at(from);
                rest.split_at_mut(length)
                    .0
                    .copy_from_slice(bytes.split_at(length).0);
            }
        }
        self.position += length;
    }

    const fn write_byte(&mut self, byte: u8) {
        if let Some(buffer) = &mut self.buffer {
            buffer[self.position] = byte;
        }
        self.position += 1;
    }

    /// Writes `{` or `[`.
    pub(super) const fn open(&mut self, bracket: u8) {
        self.write_separator();
        self.write_byte(bracket);
        self.needs_comma = false;
    }

    /// Writes `}` or `]`.
    pub(super) const fn close(&mut self, bracket: u8) {
        self.write_byte(bracket);
        self.needs_comma = true;
    }

    /// Writes the name of a member. The name needs no escapes.
    pub(super) const fn write_name(&mut self, name: &str) {
        self.write_separator();
        self.write_byte(b'"');
        self.write_raw(name.as_bytes());
        self.write_byte(b'"');
        self.write_byte(b':');
        self.needs_comma = false;
    }

    /// Writes a value that is already JSON.
    pub(super) const fn write_literal(&mut self, json: &str) {
        self.write_separator();
        self.write_raw(json.as_bytes());
        self.needs_comma = true;
    }

    /// Writes `"name":true` if the value is true.
    pub(super) const fn write_flag(&mut self, name: &str, value: bool) {
        if value {
            self.write_name(name);
            self.write_raw(b"true");
            self.needs_comma = true;
        }
    }

    /// Writes `"name":"text"` if the text is not empty.
    pub(super) const fn write_member(&mut self, name: &str, text: &str) {
        if !text.is_empty() {
            self.write_name(name);
            self.write_text(text);
        }
    }

    /// Writes `"name":"text"` if there is a text, even an empty one.
    pub(super) const fn write_option(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.write_name(name);
            self.write_text(text);
        }
    }

    /// Writes an integer.
    pub(super) const fn write_number(&mut self, value: u128) {
        self.write_separator();
        self.write_digits(value);
        self.needs_comma = true;
    }

    /// Writes an integer as a string. Few JSON readers represent numbers of more than 53 bits
    /// exactly.
    pub(super) const fn write_exact(&mut self, negative: bool, value: u128) {
        self.write_separator();
        self.write_raw(if negative { b"\"-" } else { b"\"" });
        self.write_digits(value);
        self.write_raw(b"\"");
        self.needs_comma = true;
    }

    /// Writes a string with JSON escapes.
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
            _ => self.write_raw(&[
                b'\\',
                b'u',
                b'0',
                b'0',
                HEX[(byte >> 4) as usize],
                HEX[(byte & 15) as usize],
            ]),
        }
    }
}

/// Returns the position of the first byte that needs an escape, from `at` to `end`. Returns `end`
/// if no byte needs one.
const fn find_escape(bytes: &[u8], mut at: usize, end: usize) -> usize {
    while at + CHUNK <= end {
        let mut found = false;
        // This is a macro, because each function call would count as one step.
        macro_rules! search {
            ($($offset:literal)*) => {
                $(
                    let byte = bytes[at + $offset];
                    found = found | (byte < 0x20) | (byte == b'"') | (byte == b'\\');
                )*
            };
        }
        search!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
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
