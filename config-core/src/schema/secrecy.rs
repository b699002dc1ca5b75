//! Whether a value must be hidden.

use serde::{Deserialize, Serialize};

/// Whether a value must be hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Secrecy {
    /// The value may be shown: its type is made of types of the table of values alone, or the field says `plain`.
    No,
    /// The type holds a type of the program's own. The value decides when it is read: it is secret if an encrypted place
    /// gave it, or if its text is a JSON object or array.
    Unknown,
    /// The value must be hidden: a type of `secrecy` occurs in the field's type, the field says `secret`, or a source is
    /// made for secrets.
    Yes,
}

impl Secrecy {
    /// The secrecy of a type in which types of these secrecies occur.
    #[must_use]
    pub const fn greatest(of: &[Self]) -> Self {
        let mut greatest = Self::No;
        let mut index = 0;
        while index < of.len() {
            if of[index] as u8 > greatest as u8 {
                greatest = of[index];
            }
            index += 1;
        }
        greatest
    }
}
