//! The statements on KMS keys: one for each combination of key, actions and kind of encryption
//! context.

use std::collections::{BTreeMap, BTreeSet};

use stage_config_grammar::source::Address;

use super::join_first;
use super::kms_keys::{Certainty, EncryptionKey, KeyResource, KnownKeys};
use super::location::AwsLocation;
use super::policy::Statement;
use super::policy_text::PolicyText;

/// The permission on one key in one statement.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Grant {
    sid: &'static str,
    actions: Vec<&'static str>,
    key: KeyResource,
    context: ContextCondition,
}

/// The encryption context that a statement requires.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ContextCondition {
    /// One key of the encryption context. [`KeyGrants`] collects the values that the statement
    /// allows for this key.
    ContextKey(&'static str),
    /// The context of a stage's key pair.
    Sealed { app: String, stage: String },
    /// No context at all.
    NoContext,
}

/// Collects the permissions on keys, and the assumptions about keys.
#[derive(Debug)]
pub(super) struct KeyGrants<'a> {
    pub(super) location: &'a AwsLocation,
    pub(super) keys: &'a KnownKeys,
    granted: BTreeMap<Grant, BTreeSet<PolicyText>>,
    /// The addresses without a role that are assumed to need no permission on a key.
    assumed: BTreeSet<String>,
    /// The addresses that are read with a role, and that are assumed to need no permission on a
    /// key. The keys of these addresses are in the account of the role.
    assumed_for_roles: BTreeSet<String>,
    /// For each key that is named for the stage, the addresses that it is assumed to encrypt.
    named: BTreeMap<String, BTreeSet<String>>,
}

impl<'a> KeyGrants<'a> {
    pub(super) fn new(location: &'a AwsLocation, keys: &'a KnownKeys) -> Self {
        Self {
            location,
            keys,
            granted: BTreeMap::new(),
            assumed: BTreeSet::new(),
            assumed_for_roles: BTreeSet::new(),
            named: BTreeMap::new(),
        }
    }

    /// Grants the actions on the key of an address, if the key needs a grant.
    pub(super) fn add(
        &mut self,
        (sid, actions): (&'static str, &[&'static str]),
        (address, key): (&Address, EncryptionKey<'_>),
        context: ContextCondition,
        values: impl IntoIterator<Item = PolicyText>,
    ) {
        let (name, certainty) = match key {
            EncryptionKey::NoGrantNeeded(certainty) => (None, certainty),
            EncryptionKey::Customer(name, certainty) => (Some(name), certainty),
            EncryptionKey::Unknown => (None, Certainty::Certain),
        };

        match (certainty, name) {
            (Certainty::Certain, _) => {}
            (Certainty::Named, Some(name)) => {
                self.named
                    .entry(name.to_owned())
                    .or_default()
                    .insert(address.to_string());
            }
            (Certainty::Named, None) | (Certainty::Assumed, _) => {
                let assumed = match address.role() {
                    Some(_) => &mut self.assumed_for_roles,
                    None => &mut self.assumed,
                };
                assumed.insert(address.to_string());
            }
        }

        if !matches!(key, EncryptionKey::NoGrantNeeded(_)) {
            let key = KeyResource::new(&self.location.locate(address), name);
            let grant = Grant {
                sid,
                actions: actions.to_vec(),
                key,
                context,
            };
            self.granted.entry(grant).or_default().extend(values);
        }
    }

    /// Returns the statements, and the notes on the assumptions.
    pub(super) fn finish(self) -> (Vec<Statement>, Vec<String>) {
        let mut notes = Vec::new();
        for (key, addresses) in self.named {
            notes.push(format!(
                "assumed, not looked up: the stage's KMS key {key} encrypts {}",
                join_first(addresses)
            ));
        }
        if !self.assumed.is_empty() {
            notes.push(format!(
                "assumed, not looked up: no customer managed KMS key encrypts {}; if one does, \
                 run `cargo stage iam` with --kms-key KEY",
                join_first(self.assumed)
            ));
        }

        if !self.assumed_for_roles.is_empty() {
            notes.push(format!(
                "assumed, not looked up: no customer managed KMS key encrypts {}; if one does, \
                 allow `kms:Decrypt` on it in the policy of the role",
                join_first(self.assumed_for_roles)
            ));
        }

        (
            self.granted
                .into_iter()
                .map(|(grant, values)| grant.into_statement(values))
                .collect(),
            notes,
        )
    }
}

impl Grant {
    fn into_statement(self, values: BTreeSet<PolicyText>) -> Statement {
        let statement = Statement::allow(self.sid, &self.actions, [self.key.arn])
            .with_alias_condition(self.key.alias.as_deref());

        match self.context {
            ContextCondition::ContextKey(key) => statement.with_context_condition(key, values),
            ContextCondition::Sealed { app, stage } => statement
                .with_context_condition("app", [PolicyText::from(app.as_str())])
                .with_context_condition("stage", [PolicyText::from(stage.as_str())]),
            ContextCondition::NoContext => statement.with_condition(
                "Null",
                "kms:EncryptionContextKeys",
                vec![PolicyText::from("true")],
            ),
        }
    }
}
