//! Which KMS key encrypts what, and how that is known.

use std::collections::BTreeMap;

use stage_config_grammar::arn::{Arn, is_arn};
use stage_config_grammar::source::Address;

use super::arn::ParameterClass;
use super::location::AwsLocation;
use super::policy_text::{Hole, PolicyText};

/// What AWS said of one address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeyLookup {
    /// A parameter that is no SecureString.
    Plain,
    /// Encrypted with this key: an id, an alias or an ARN; `None` is the service's own.
    Encrypted(Option<String>),
}

/// What is known of the KMS keys of a stage.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct KnownKeys {
    /// By address, where credentials allowed to look.
    pub(crate) looked_up: BTreeMap<Address, KeyLookup>,
    /// The key that the arguments or the settings name for the stage.
    pub(crate) named: Option<String>,
}

/// The key of one address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum EncryptionKey<'a> {
    /// None, or the service's own: whoever may read the value needs no right to the key.
    NoGrantNeeded(Certainty),
    /// One of the account's own.
    Customer(&'a str, Certainty),
    /// There is one, and nothing tells which.
    Unknown,
}

/// How a key is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Certainty {
    /// AWS, or the source itself, says so.
    Certain,
    /// The arguments or the settings say so of the whole stage.
    Named,
    /// Nothing says so.
    Assumed,
}

impl KnownKeys {
    /// The key of a parameter or secret. One that is no secret is written as a plain `String`.
    pub(super) fn find_key(&self, address: &Address, secret: bool) -> EncryptionKey<'_> {
        if let Address::Parameter { name, .. } = address
            && ParameterClass::from_name(name) == ParameterClass::Public
        {
            return EncryptionKey::NoGrantNeeded(Certainty::Certain);
        }
        match (self.looked_up.get(address), &self.named) {
            (Some(KeyLookup::Encrypted(Some(key))), _) if !is_aws_managed(key) => {
                EncryptionKey::Customer(key, Certainty::Certain)
            }
            (Some(_), _) => EncryptionKey::NoGrantNeeded(Certainty::Certain),
            (None, Some(key)) if secret && !is_aws_managed(key) => EncryptionKey::Customer(key, Certainty::Named),
            (None, _) => EncryptionKey::NoGrantNeeded(Certainty::Assumed),
        }
    }

    /// The key of what is encrypted without a service: `own` is what the source, or the file, says.
    pub(super) fn find_ciphertext_key<'a>(&'a self, own: Option<&'a str>) -> EncryptionKey<'a> {
        match (own, &self.named) {
            (Some(key), _) => EncryptionKey::Customer(key, Certainty::Certain),
            (None, Some(key)) => EncryptionKey::Customer(key, Certainty::Named),
            (None, None) => EncryptionKey::Unknown,
        }
    }
}

/// `alias/aws/ssm`, also as an ARN.
fn is_aws_managed(key: &str) -> bool {
    extract_alias(key).is_some_and(|alias| alias.starts_with("alias/aws/"))
}

/// `alias/…`, of such a name or ARN.
fn extract_alias(key: &str) -> Option<&str> {
    let name = Arn::parse(key).map_or(key, |arn| arn.resource);
    name.starts_with("alias/").then_some(name)
}

/// A key as a policy names it. IAM takes no alias as a resource, but knows the aliases of a key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct KeyResource {
    pub(super) arn: PolicyText,
    /// The alias that the key must have.
    pub(super) alias: Option<String>,
}

impl KeyResource {
    /// Of an id, an alias or an ARN of either; with `None`, of a key that is not known.
    pub(super) fn new(place: &AwsLocation, key: Option<&str>) -> Self {
        let alias = key.and_then(extract_alias).map(str::to_owned);
        let arn = match (key.filter(|key| is_arn(key)), &alias) {
            (Some(arn), None) => PolicyText::from(arn),
            (Some(arn), Some(alias)) => PolicyText::from(arn.trim_end_matches(alias.as_str())).with_literal("key/*"),
            (None, Some(_)) => place.arn_prefix("kms").with_literal("key/*"),
            (None, None) => place.arn_prefix("kms").with_literal("key/").with_known_or_hole(key, Hole::KeyId),
        };
        Self { arn, alias }
    }
}
