//! Sources that need no call: `env:` and `value:`.

use super::{Found, Outcome};
use crate::{error::FailureKind, store::Failed};
use stage_config_grammar::source::Address;
use std::env;

/// Reads an environment variable or a literal; `None` for an address that a store has to fetch.
///
/// An unset variable is missing, an empty one is an empty text.
pub(crate) fn read(address: &Address) -> Option<Outcome> {
    match address {
        Address::Value(text) => Some(Outcome::Found(Found::text(text.as_str()))),
        Address::Env { variable, .. } => Some(match env::var(variable) {
            Ok(value) => Outcome::Found(Found::text(value)),
            Err(env::VarError::NotPresent) => Outcome::Missing,
            Err(env::VarError::NotUnicode(_)) => {
                Outcome::Failed(Failed::new(FailureKind::Undecodable, "the variable is not UTF-8"))
            }
        }),
        _ => None,
    }
}
