//! Sources that need no call: `env:` and `value:`.

use super::{Found, Outcome};
use crate::{error::FailureKind, store::Failed};
use stage_config_grammar::source::Address;
use std::{
    collections::BTreeMap,
    env::{self, VarError},
    sync::Arc,
};
use zeroize::Zeroizing;

/// Whose variables `env:` and `kms-env:` read.
#[derive(Clone, Default)]
pub(crate) enum Environment {
    /// This process's own.
    #[default]
    Process,
    /// Those of a deployment, as somebody says that they are.
    #[cfg_attr(not(feature = "manage"), allow(dead_code, reason = "a program reads its own"))]
    Given(Arc<BTreeMap<String, Zeroizing<String>>>),
}

impl Environment {
    pub(crate) fn get(&self, variable: &str) -> Result<String, VarError> {
        match self {
            Self::Process => env::var(variable),
            Self::Given(variables) => variables.get(variable).map(|text| text.to_string()).ok_or(VarError::NotPresent),
        }
    }

    /// Reads an environment variable or a literal; `None` for an address that a store has to fetch.
    ///
    /// An unset variable is missing, an empty one is an empty text.
    pub(crate) fn read(&self, address: &Address) -> Option<Outcome> {
        match address {
            Address::Value(text) => Some(Outcome::Found(Found::text(text.as_str()))),
            Address::Env { variable, .. } => Some(match self.get(variable) {
                Ok(value) => Outcome::Found(Found::text(value)),
                Err(VarError::NotPresent) => Outcome::Missing,
                Err(VarError::NotUnicode(_)) => {
                    Outcome::Failed(Failed::new(FailureKind::Undecodable, "the variable is not UTF-8"))
                }
            }),
            _ => None,
        }
    }
}
