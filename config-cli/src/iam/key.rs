//! Which KMS key encrypts what, and how that is known.

use std::collections::BTreeMap;

use stage_config_grammar::source::Address;

use super::arn::Parameter;
use super::place::Place;
use super::text::{Hole, Text};

/// What AWS said of one address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LookedUp {
    /// A parameter that is no SecureString.
    Plain,
    /// Encrypted with this key: an id, an alias or an ARN; `None` is the service's own.
    Encrypted(Option<String>),
}

/// What is known of the KMS keys of a stage.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Keys {
    /// By address, where credentials allowed to look.
    pub(crate) looked_up: BTreeMap<Address, LookedUp>,
    /// The key that the arguments or the settings name for the stage.
    pub(crate) named: Option<String>,
}

/// The key of one address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key<'a> {
    /// None, or the service's own: whoever may read the value needs no right to the key.
    Free(How),
    /// One of the account's own.
    Customer(&'a str, How),
    /// There is one, and nothing tells which.
    Unknown,
}

/// How a key is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// AWS, or the source itself, says so.
    Certain,
    /// The arguments or the settings say so of the whole stage.
    Named,
    /// Nothing says so.
    Assumed,
}

impl Keys {
    /// The key of a parameter or secret. One that is no secret is written as a plain `String`.
    pub(super) fn of(&self, address: &Address, secret: bool) -> Key<'_> {
        if let Address::Parameter { name, .. } = address
            && Parameter::of(name) == Parameter::Public
        {
            return Key::Free(How::Certain);
        }
        match (self.looked_up.get(address), &self.named) {
            (Some(LookedUp::Encrypted(Some(key))), _) if !is_aws_managed(key) => Key::Customer(key, How::Certain),
            (Some(_), _) => Key::Free(How::Certain),
            (None, Some(key)) if secret && !is_aws_managed(key) => Key::Customer(key, How::Named),
            (None, _) => Key::Free(How::Assumed),
        }
    }

    /// The key of what is encrypted without a service: `own` is what the source, or the file, says.
    pub(super) fn of_ciphertext<'a>(&'a self, own: Option<&'a str>) -> Key<'a> {
        match (own, &self.named) {
            (Some(key), _) => Key::Customer(key, How::Certain),
            (None, Some(key)) => Key::Customer(key, How::Named),
            (None, None) => Key::Unknown,
        }
    }
}

/// `alias/aws/ssm`, also as an ARN.
fn is_aws_managed(key: &str) -> bool {
    alias_of(key).is_some_and(|alias| alias.starts_with("alias/aws/"))
}

/// `alias/…`, of such a name or ARN.
fn alias_of(key: &str) -> Option<&str> {
    let name = if key.starts_with("arn:") { key.splitn(6, ':').nth(5)? } else { key };
    name.starts_with("alias/").then_some(name)
}

/// A key as a policy names it. IAM takes no alias as a resource, but knows the aliases of a key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct KeyResource {
    pub(super) arn: Text,
    /// The alias that the key must have.
    pub(super) alias: Option<String>,
}

impl KeyResource {
    /// Of an id, an alias or an ARN of either; with `None`, of a key that is not known.
    pub(super) fn new(place: &Place, key: Option<&str>) -> Self {
        let alias = key.and_then(alias_of).map(str::to_owned);
        let arn = match (key.filter(|key| key.starts_with("arn:")), &alias) {
            (Some(arn), None) => Text::from(arn),
            (Some(arn), Some(alias)) => Text::from(arn.trim_end_matches(alias.as_str())).with("key/*"),
            (None, Some(_)) => place.arn("kms").with("key/*"),
            (None, None) => place.arn("kms").with("key/").with_known(key, Hole::KeyId),
        };
        Self { arn, alias }
    }
}
