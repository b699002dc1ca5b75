//! The statements on KMS keys: each key once for each kind of encryption context.

use std::collections::{BTreeMap, BTreeSet};

use stage_config_grammar::source::Address;

use super::few;
use super::key::{How, Key, KeyResource, Keys};
use super::place::Place;
use super::policy::Statement;
use super::text::Text;

/// What is granted on one key in one statement.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Grant {
    sid: &'static str,
    actions: Vec<&'static str>,
    key: KeyResource,
    scope: Scope,
}

/// The encryption context that a statement asks for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scope {
    /// One context key, with the values that are gathered.
    Key(&'static str),
    /// The context of a stage's key pair.
    Sealed { app: String, stage: String },
    /// No context at all.
    Without,
}

/// Gathers what is granted, and what of it is not certain.
#[derive(Debug)]
pub(super) struct Grants<'a> {
    pub(super) place: &'a Place,
    pub(super) keys: &'a Keys,
    granted: BTreeMap<Grant, BTreeSet<Text>>,
    /// What is taken to need no right to a key.
    assumed: BTreeSet<String>,
    /// What the key that is named for the stage is taken to encrypt.
    named: BTreeMap<String, BTreeSet<String>>,
}

impl<'a> Grants<'a> {
    pub(super) fn new(place: &'a Place, keys: &'a Keys) -> Self {
        Self { place, keys, granted: BTreeMap::new(), assumed: BTreeSet::new(), named: BTreeMap::new() }
    }

    /// Grants the actions on the address's key, where it has one of the account's own.
    pub(super) fn add(
        &mut self,
        (sid, actions): (&'static str, &[&'static str]),
        (address, key): (&Address, Key<'_>),
        scope: Scope,
        values: impl IntoIterator<Item = Text>,
    ) {
        let (name, how) = match key {
            Key::Free(how) => (None, how),
            Key::Customer(name, how) => (Some(name), how),
            Key::Unknown => (None, How::Certain),
        };
        match (how, name) {
            (How::Certain, _) => {}
            (How::Named, Some(name)) => {
                self.named.entry(name.to_owned()).or_default().insert(address.to_string());
            }
            (How::Named, None) | (How::Assumed, _) => {
                self.assumed.insert(address.to_string());
            }
        }
        if !matches!(key, Key::Free(_)) {
            let key = KeyResource::new(&self.place.of(address), name);
            let grant = Grant { sid, actions: actions.to_vec(), key, scope };
            self.granted.entry(grant).or_default().extend(values);
        }
    }

    /// The statements, and notes on what is not certain.
    pub(super) fn finish(self) -> (Vec<Statement>, Vec<String>) {
        let mut notes = Vec::new();
        for (key, addresses) in self.named {
            notes.push(format!(
                "assumed, not looked up: the KMS key {key}, named for the stage, encrypts {}",
                few(addresses)
            ));
        }
        if !self.assumed.is_empty() {
            notes.push(format!(
                "assumed, not looked up: no KMS key of your own encrypts {}; if one does: --kms-key KEY",
                few(self.assumed)
            ));
        }
        (self.granted.into_iter().map(|(grant, values)| grant.into_statement(values)).collect(), notes)
    }
}

impl Grant {
    fn into_statement(self, values: BTreeSet<Text>) -> Statement {
        let statement = Statement::allow(self.sid, &self.actions, [self.key.arn]);
        let statement = match self.key.alias {
            Some(alias) => {
                statement.when("ForAnyValue:StringEquals", "kms:ResourceAliases", vec![Text::from(alias.as_str())])
            }
            None => statement,
        };
        match self.scope {
            Scope::Key(key) => statement.when_context(key, values),
            Scope::Sealed { app, stage } => statement
                .when_context("app", [Text::from(app.as_str())])
                .when_context("stage", [Text::from(stage.as_str())]),
            Scope::Without => statement.when("Null", "kms:EncryptionContextKeys", vec![Text::from("true")]),
        }
    }
}
