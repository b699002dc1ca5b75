//! The size of names.

/// The size of a name or of a part of it. Valid names contain only ASCII, so each byte is one
/// character.
#[derive(Clone, Copy)]
pub(super) struct NameSize {
    pub(super) chars: usize,
    pub(super) slashes: usize,
}

impl NameSize {
    pub(super) const ZERO: Self = Self {
        chars: 0,
        slashes: 0,
    };

    pub(super) const fn from_text(text: &str) -> Self {
        let bytes = text.as_bytes();
        let (mut index, mut slashes) = (0, 0);
        while index < bytes.len() {
            if bytes[index] == b'/' {
                slashes += 1;
            }
            index += 1;
        }
        Self {
            chars: bytes.len(),
            slashes,
        }
    }

    pub(super) const fn add(self, other: Self) -> Self {
        self.add_times(other, 1)
    }

    pub(super) const fn add_times(self, other: Self, times: usize) -> Self {
        Self {
            chars: self.chars + other.chars * times,
            slashes: self.slashes + other.slashes * times,
        }
    }

    pub(super) const fn max(self, other: Self) -> Self {
        Self {
            chars: if self.chars > other.chars {
                self.chars
            } else {
                other.chars
            },
            slashes: if self.slashes > other.slashes {
                self.slashes
            } else {
                other.slashes
            },
        }
    }
}
