//! The KMS keys that encrypt the values, and how certain each key is.

use std::collections::BTreeMap;

use stage_config_grammar::arn::{Arn, is_arn};
use stage_config_grammar::source::Address;

use super::location::AwsLocation;
use super::policy_text::{Hole, PolicyText};
use crate::parameter_class::ParameterClass;

/// AWS's answer about the key of one address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeyLookup {
    /// A parameter that is not a SecureString.
    Plain,
    /// Encrypted with this key: an id, an alias or an ARN. `None` is the AWS managed key of the
    /// service.
    Encrypted(Option<String>),
}

/// The known KMS keys of a stage.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct KnownKeys {
    /// The keys by address, if the credentials allowed the lookup.
    pub(crate) looked_up: BTreeMap<Address, KeyLookup>,
    /// The KMS key from the option `--kms-key`, or else from the settings of the stage.
    pub(crate) named: Option<String>,
}

/// The key of one address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum EncryptionKey<'a> {
    /// No key, or the AWS managed key of the service. Reading the value needs no permission on a
    /// key.
    NoGrantNeeded(Certainty),
    /// A customer managed key.
    Customer(&'a str, Certainty),
    /// A key that is not known.
    Unknown,
}

/// How certain it is that a value uses a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Certainty {
    /// One of these cases: AWS answered the lookup of the key; the source itself or the file
    /// `stage.key` names the key; or the value belongs to AWS and needs no key.
    Certain,
    /// The arguments or the settings name the key for the whole stage.
    Named,
    /// The key was not looked up, and the arguments and the settings name no customer managed key
    /// that applies to this value.
    Assumed,
}

impl KnownKeys {
    /// Returns the key of a parameter or secret. `secret` is false for a value that is not secret:
    /// `set` writes it as a `String`, without encryption.
    pub(super) fn find_key(&self, address: &Address, secret: bool) -> EncryptionKey<'_> {
        if let Address::Parameter { name, .. } | Address::ParameterPath { path: name, .. } = address
            && ParameterClass::from_name(name) == ParameterClass::Public
        {
            return EncryptionKey::NoGrantNeeded(Certainty::Certain);
        }
        // The named key is in the account of the stage. A value that is read with a role is in
        // another account, so the named key does not encrypt it.
        let named = self.named.as_ref().filter(|_| address.role().is_none());
        match (self.looked_up.get(address), named) {
            (Some(KeyLookup::Encrypted(Some(key))), _) if !is_aws_managed(key) => {
                EncryptionKey::Customer(key, Certainty::Certain)
            }
            (Some(_), _) => EncryptionKey::NoGrantNeeded(Certainty::Certain),
            (None, Some(key)) if secret && !is_aws_managed(key) => {
                EncryptionKey::Customer(key, Certainty::Named)
            }
            (None, _) => EncryptionKey::NoGrantNeeded(Certainty::Assumed),
        }
    }

    /// Returns the key of a ciphertext that the program itself sends to KMS: the text of a
    /// variable, or the encrypted private key of a stage. `own_key` is the key that the source or
    /// the file `stage.key` names.
    pub(super) fn find_ciphertext_key<'a>(&'a self, own_key: Option<&'a str>) -> EncryptionKey<'a> {
        match (own_key, &self.named) {
            (Some(key), _) => EncryptionKey::Customer(key, Certainty::Certain),
            (None, Some(key)) => EncryptionKey::Customer(key, Certainty::Named),
            (None, None) => EncryptionKey::Unknown,
        }
    }
}

/// Returns whether the text is the alias of an AWS managed key, such as `alias/aws/ssm`, or the ARN
/// of such an alias.
fn is_aws_managed(key: &str) -> bool {
    extract_alias(key).is_some_and(|alias| alias.starts_with("alias/aws/"))
}

/// Returns the name `alias/…` of an alias, from the name or the ARN of the alias.
fn extract_alias(key: &str) -> Option<&str> {
    let name = Arn::parse(key).map_or(key, |arn| arn.resource);
    name.starts_with("alias/").then_some(name)
}

/// The resource of a key in a policy. IAM does not accept an alias as a resource, but it has a
/// condition on the aliases of a key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct KeyResource {
    pub(super) arn: PolicyText,
    /// The alias that the condition requires.
    pub(super) alias: Option<String>,
}

impl KeyResource {
    /// Creates the resource from an id, an alias or an ARN of either. `None` is an unknown key.
    pub(super) fn new(location: &AwsLocation, key: Option<&str>) -> Self {
        let alias = key.and_then(extract_alias).map(str::to_owned);
        let arn = match (key.filter(|key| is_arn(key)), &alias) {
            (Some(arn), None) => PolicyText::from(arn),
            (Some(arn), Some(alias)) => {
                PolicyText::from(arn.trim_end_matches(alias.as_str())).with_literal("key/*")
            }
            (None, Some(_)) => location.arn_prefix("kms").with_literal("key/*"),
            (None, None) => location
                .arn_prefix("kms")
                .with_literal("key/")
                .with_known_or_hole(key, Hole::KeyId),
        };
        Self { arn, alias }
    }
}
