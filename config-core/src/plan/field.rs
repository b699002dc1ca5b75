//! One field of a plan.

use crate::{
    outcome::is_json_container,
    schema::{FieldSpec, Secrecy},
};
use stage_config_grammar::source::{Address, Source};

/// A field's sources in one stage.
#[derive(Clone, PartialEq, Eq)]
pub struct PlannedField {
    /// The path from the root, as in `mail.password`.
    pub(crate) path: String,
    pub(crate) spec: &'static FieldSpec,
    /// The chain; the first that exists wins.
    pub(crate) chain: Vec<Source>,
    /// The only account that a value's ARN may name.
    pub(crate) account: Option<&'static str>,
    /// Whether the value must be hidden.
    pub(crate) secrecy: Secrecy,
    /// The environment variable that takes the field from another source, or sets it.
    pub(crate) variable: Option<String>,
}

impl PlannedField {
    /// The path from the root, as in `mail.password`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What the field says.
    #[must_use]
    pub fn spec(&self) -> &'static FieldSpec {
        self.spec
    }

    /// Whether the value must be hidden, as far as that is known before it is read.
    #[must_use]
    pub fn secrecy(&self) -> Secrecy {
        self.secrecy
    }

    /// Whether the value must be hidden, whatever it is.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        self.secrecy == Secrecy::Yes
    }

    /// The only account that the value may be in, by `#[config(account(…))]`.
    #[must_use]
    pub fn account(&self) -> Option<&'static str> {
        self.account
    }

    /// The chain of sources; the first that exists wins.
    #[must_use]
    pub fn chain(&self) -> &[Source] {
        &self.chain
    }

    /// The environment variable that takes the field from another source (`STAGE_CONFIG_SOURCE__…`), or sets it
    /// (`STAGE_CONFIG_SET__…`), whatever the struct says.
    #[must_use]
    pub fn variable(&self) -> Option<&str> {
        self.variable.as_deref()
    }

    /// A source as it may be shown: the text of `value:` is the value itself.
    #[must_use]
    pub fn redact_source(&self, source: &Source) -> String {
        match &source.address {
            Address::Value(text) if self.needs_redaction(text) => "value:…".to_owned(),
            _ => source.to_string(),
        }
    }

    /// Whether a text must be hidden that may be the field's value: of a field of unknown secrecy, a JSON object or array.
    #[must_use]
    pub fn needs_redaction(&self, text: &str) -> bool {
        match self.secrecy {
            Secrecy::No => false,
            Secrecy::Unknown => is_json_container(text),
            Secrecy::Yes => true,
        }
    }
}
