//! One field of a plan.

use crate::{
    outcome::is_json_container,
    schema::{FieldSpec, Secrecy},
};
use stage_config_grammar::source::{Address, Source};

/// A field's sources in one stage.
#[derive(Clone, PartialEq, Eq)]
pub struct PlannedField {
    /// The path from the root, such as `mail.password`.
    pub(crate) path: String,
    pub(crate) spec: &'static FieldSpec,
    /// The chain of sources. The first one that exists is used.
    pub(crate) chain: Vec<Source>,
    /// The only account that the ARN of a value may name.
    pub(crate) account: Option<&'static str>,
    /// Whether the value must be hidden.
    pub(crate) secrecy: Secrecy,
    /// The environment variable that replaces the field's source or sets its value.
    pub(crate) variable: Option<String>,
}

impl PlannedField {
    /// Returns the path from the root, such as `mail.password`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the paths of the parts of a composed field. Any other field has no parts.
    pub fn parts(&self) -> impl Iterator<Item = String> {
        self.spec.list_parts(&self.path)
    }

    /// Returns the field's entry in the schema.
    #[must_use]
    pub fn spec(&self) -> &'static FieldSpec {
        self.spec
    }

    /// Returns whether the value must be hidden. [`Secrecy::Unknown`] means that only the value
    /// itself can show this.
    #[must_use]
    pub fn secrecy(&self) -> Secrecy {
        self.secrecy
    }

    /// Returns `true` if [`secrecy`](Self::secrecy) is [`Secrecy::Yes`]: then any value of the
    /// field must be hidden.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        self.secrecy == Secrecy::Yes
    }

    /// Returns the only account that the value may be in, from `#[config(account(…))]`. `None`
    /// permits any account.
    #[must_use]
    pub fn account(&self) -> Option<&'static str> {
        self.account
    }

    /// Returns the chain of sources. The first one that exists is used.
    #[must_use]
    pub fn chain(&self) -> &[Source] {
        &self.chain
    }

    /// Returns the environment variable that replaces the field's source (`STAGE_CONFIG_SOURCE__…`)
    /// or sets its value (`STAGE_CONFIG_SET__…`), if there is one.
    #[must_use]
    pub fn variable(&self) -> Option<&str> {
        self.variable.as_deref()
    }

    /// Returns the text of a source for output. The text after `value:` is the value itself, so it
    /// is hidden if [`needs_redaction`](Self::needs_redaction) returns `true`.
    #[must_use]
    pub fn redact_source(&self, source: &Source) -> String {
        match &source.address {
            Address::Value(text) if self.needs_redaction(text) => "value:…".to_owned(),
            _ => source.to_string(),
        }
    }

    /// Returns whether a text that may be the field's value must be hidden. If the field's secrecy
    /// is unknown, a JSON object or array must be hidden.
    #[must_use]
    pub fn needs_redaction(&self, text: &str) -> bool {
        match self.secrecy {
            Secrecy::No => false,
            Secrecy::Unknown => is_json_container(text),
            Secrecy::Yes => true,
        }
    }
}
