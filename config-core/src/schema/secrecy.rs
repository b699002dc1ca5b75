//! Whether a value must be hidden.

use crate::const_for::const_for;
use serde::{Deserialize, Serialize};

/// Whether a value must be hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Secrecy {
    /// The value may be shown. Every type in the field's type is one of the documented value types,
    /// or the field has `plain`.
    No,
    /// The field's type contains a type of the program. Whether a value is secret is known only
    /// when it is read: it is secret if its store encrypts it, or if its text is a JSON object or
    /// array.
    Unknown,
    /// The value must be hidden: the field's type contains a type of the crate `secrecy`, the field
    /// has `secret`, or one of its sources is made for secrets (`secret:`, `kms-env:`, `sealed:`,
    /// or a parameter that refers to a secret). Such a source takes precedence over `plain`.
    Yes,
}

impl Secrecy {
    /// Returns the secrecy of a type that contains types of these secrecies.
    #[must_use]
    pub const fn greatest(secrecies: &[Self]) -> Self {
        let mut greatest = Self::No;
        const_for!(secrecies, |&secrecy| {
            if secrecy as u8 > greatest as u8 {
                greatest = secrecy;
            }
        });
        greatest
    }
}
