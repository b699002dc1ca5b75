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
    /// A fixed set of variables: those of a deployment, or a copy of the process's own.
    Fixed(Arc<BTreeMap<String, Zeroizing<String>>>),
}

impl Environment {
    pub(crate) fn get(&self, variable: &str) -> Result<String, VarError> {
        match self {
            Self::Process => env::var(variable),
            Self::Fixed(variables) => variables
                .get(variable)
                .map(|text| text.to_string())
                .ok_or(VarError::NotPresent),
        }
    }

    /// Returns a copy of the variables that these sources read, without those that are not set or
    /// not UTF-8.
    pub(crate) fn capture<'a>(&self, sources: impl IntoIterator<Item = &'a Source>) -> Self {
        let variable = |source: &'a Source| match &source.address {
            Address::Env { variable, .. } | Address::KmsEnv { variable, .. } => Some(variable),
            _ => None,
        };
        let entry = |name: &String| Some((name.clone(), Zeroizing::new(self.get(name).ok()?)));
        Self::Fixed(Arc::new(
            sources
                .into_iter()
                .filter_map(variable)
                .filter_map(entry)
                .collect(),
        ))
    }

    /// Reads an environment variable or a literal. Returns `None` for an address that a store has
    /// to fetch.
    ///
    /// An unset variable is missing. An empty variable is an empty text.
    pub(crate) fn read(&self, address: &Address) -> Option<Outcome> {
        match address {
            Address::Value(text) => Some(Outcome::Found(Found::from_text(text.as_str()))),
            Address::Env { variable, .. } => Some(match self.get(variable) {
                Ok(value) => Outcome::Found(Found::from_text(value)),
                Err(VarError::NotPresent) => Outcome::Missing,
                Err(VarError::NotUnicode(_)) => Outcome::Failed(Failed::new(
                    FailureKind::Undecodable,
                    "the variable is not UTF-8",
                )),
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
        assert_eq!(captured.get("CARGO_PKG_VERSION"), Err(VarError::NotPresent));
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
