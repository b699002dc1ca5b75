//! The sources that need no call: `env:` and `value:`.

use super::{Found, Outcome};
use crate::{failure::FailureKind, outcome::Failed};
use stage_config_grammar::source::{Address, Source};
use std::{
    collections::BTreeMap,
    env::{self, VarError},
    sync::Arc,
};
use zeroize::Zeroizing;

/// The environment that `env:` and `kms-env:` read.
#[derive(Clone, Default)]
pub(crate) enum Environment {
    /// The environment of this process.
    #[default]
    Process,
    /// The variables of a deployment, or of a deployed function.
    #[cfg(any(test, feature = "manage"))]
    Fixed(Arc<BTreeMap<String, Zeroizing<String>>>),
    /// A copy of the variables that some sources read.
    Captured(Arc<BTreeMap<String, Result<Zeroizing<String>, NoText>>>),
}

/// The reason that a variable has no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoText {
    Unset,
    NotUtf8,
}

impl From<NoText> for Outcome {
    fn from(reason: NoText) -> Self {
        match reason {
            NoText::Unset => Self::Missing,
            NoText::NotUtf8 => Self::Failed(Failed::new(
                FailureKind::Undecodable,
                "the variable is not UTF-8",
            )),
        }
    }
}

impl Environment {
    /// Returns whether the variables are those of a deployment or of a deployed function, not of
    /// this process.
    #[cfg(feature = "kms")]
    pub(crate) fn is_fixed(&self) -> bool {
        match self {
            #[cfg(any(test, feature = "manage"))]
            Self::Fixed(_) => true,
            Self::Process | Self::Captured(_) => false,
        }
    }

    pub(crate) fn get(&self, variable: &str) -> Result<Zeroizing<String>, NoText> {
        match self {
            Self::Process => match env::var(variable) {
                Ok(text) => Ok(Zeroizing::new(text)),
                Err(VarError::NotPresent) => Err(NoText::Unset),
                Err(VarError::NotUnicode(_)) => Err(NoText::NotUtf8),
            },
            #[cfg(any(test, feature = "manage"))]
            Self::Fixed(variables) => variables.get(variable).cloned().ok_or(NoText::Unset),
            Self::Captured(variables) => variables
                .get(variable)
                .cloned()
                .unwrap_or(Err(NoText::Unset)),
        }
    }

    /// Returns a copy of the variables that these sources read.
    pub(crate) fn capture<'a>(&self, sources: impl IntoIterator<Item = &'a Source>) -> Self {
        let variable = |source: &'a Source| match &source.address {
            Address::Env { variable, .. } | Address::KmsEnv { variable, .. } => Some(variable),
            _ => None,
        };
        Self::Captured(Arc::new(
            sources
                .into_iter()
                .filter_map(variable)
                .map(|name| (name.clone(), self.get(name)))
                .collect(),
        ))
    }

    /// Reads an environment variable or a literal. Returns `None` for an address that a store has
    /// to fetch.
    ///
    /// The outcome of an unset variable is missing. The value of an empty variable is an empty
    /// text.
    pub(crate) fn read(&self, address: &Address) -> Option<Outcome> {
        match address {
            Address::Value(text) => Some(Outcome::Found(Found::from_text(text.as_str()))),
            Address::Env { variable, .. } => Some(match self.get(variable) {
                Ok(mut text) => Outcome::Found(Found::from_text(std::mem::take(&mut *text))),
                Err(reason) => reason.into(),
            }),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A test cannot change a variable while other threads run. Instead, it reads a variable that
    /// the process has and the captured environment does not have.
    #[test]
    fn a_captured_environment_reads_no_other_variable() {
        let source = Source::parse("env:CARGO_PKG_NAME", &[]).unwrap();
        let captured = Environment::Process.capture([&source]);
        let name = Environment::Process.get("CARGO_PKG_NAME");
        assert_eq!(captured.get("CARGO_PKG_NAME"), name);
        assert!(
            name.is_ok() && Environment::Process.get("CARGO_PKG_VERSION").is_ok(),
            "cargo did not set both variables"
        );
        assert_eq!(captured.get("CARGO_PKG_VERSION"), Err(NoText::Unset));
    }

    #[test]
    fn an_unset_variable_is_missing_in_a_captured_environment() {
        let source = Source::parse("env:NEVER_SET", &[]).unwrap();
        let captured = Environment::Process.capture([&source]);
        assert!(matches!(
            captured.read(&source.address),
            Some(Outcome::Missing)
        ));
    }

    #[test]
    fn fixed_variables_are_captured() {
        let source = Source::parse("env:A", &[]).unwrap();
        let variables = BTreeMap::from([("A".to_owned(), Zeroizing::new("1".to_owned()))]);
        let captured = Environment::Fixed(Arc::new(variables)).capture([&source]);
        let Some(Outcome::Found(found)) = captured.read(&source.address) else {
            panic!("the variable is missing")
        };
        assert!(*found.content == *Found::from_text("1").content);
    }
}
