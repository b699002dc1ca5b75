//! Whether a value must be hidden.

use crate::const_for::const_for;
use serde::{Deserialize, Serialize};

/// Whether a value must be hidden.
///
/// ```
/// # use stage_config::{SecretString, StageConfig, schema::Secrecy};
/// # use serde::Deserialize;
/// #[derive(Deserialize)]
/// struct Login {
///     password: String,
/// }
///
/// #[derive(StageConfig)]
/// #[stage(prod = "/shop/prod/{field}")]
/// struct Config {
///     port: u16,
///     login: Login, // this crate cannot know what the type holds
///     api_key: SecretString,
///     #[config(secret)]
///     login_of_admin: Login,
/// }
///
/// let secrecy: Vec<_> = Config::SCHEMA.leaves().iter().map(|leaf| leaf.secrecy).collect();
/// assert_eq!(secrecy, [Secrecy::No, Secrecy::Unknown, Secrecy::Yes, Secrecy::Yes]);
/// ```
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
