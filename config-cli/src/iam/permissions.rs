//! The permissions of a policy, as single requests that IAM can simulate.

use std::collections::{BTreeMap, BTreeSet};

use stage_config_grammar::arn::Arn;
use stage_config_grammar::source::Address;

use super::kms_keys::{Certainty, EncryptionKey, KnownKeys};
use super::needs::Needs;
use super::policy::{Policy, Statement};
use super::policy_text::PolicyText;

/// The text that replaces a wildcard.
const UNKNOWN: &str = "0";

/// A request that a policy allows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Permission {
    pub(crate) action: &'static str,
    /// The condition keys of the request, and their values.
    pub(crate) context: BTreeMap<String, String>,
    pub(crate) resource: String,
    /// Whether the program certainly makes this request. It is false in two cases. Either a part of
    /// the resource or of the value of a condition key is not known, such as the end of a secret's
    /// ARN. Then [`UNKNOWN`] replaces the wildcards that the policy contains for this part. Or it
    /// is not known whether the ARN of the resource is complete.
    pub(crate) is_exact: bool,
}

impl Policy {
    /// Returns the permissions of the policy. Leaves out a permission if its resource (such as a
    /// KMS key) is not known, or if it has a condition key and none of the values of this key is
    /// known.
    pub(crate) fn list_permissions(&self) -> BTreeSet<Permission> {
        let statements = self.document.statements.iter();
        let mut permissions: BTreeSet<Permission> =
            statements.flat_map(list_statement_permissions).collect();
        // If it is not known whether an ARN is complete, the policy contains the ARN with and
        // without a suffix. The program needs only one of the two permissions, so neither is exact.
        let inexact: BTreeSet<String> = permissions
            .iter()
            .filter(|permission| !permission.is_exact)
            .map(|permission| permission.resource.clone())
            .collect();
        let is_doubled = |permission: &Permission| {
            let longer = fill(&format!("{}-??????", permission.resource));
            inexact.contains(&longer)
        };
        permissions = permissions
            .into_iter()
            .map(|permission| Permission {
                is_exact: permission.is_exact && !is_doubled(&permission),
                ..permission
            })
            .collect();
        permissions
    }
}

fn list_statement_permissions(statement: &Statement) -> Vec<Permission> {
    let is_known = |text: &&PolicyText| text.holes().next().is_none();
    let contexts = list_contexts(statement);
    let mut permissions = Vec::new();
    for action in &statement.actions {
        for resource in statement.resources.iter().filter(is_known) {
            for context in &contexts {
                permissions.push(new_permission(action, resource, context));
            }
        }
    }
    permissions
}

fn new_permission(
    action: &'static str,
    resource: &PolicyText,
    context: &BTreeMap<String, String>,
) -> Permission {
    let resource = resource.to_string();
    // The resource `*` is not a wildcard: a request has this resource if its action does not
    // support resources.
    let has_wildcards = resource != "*" && resource.contains(['*', '?']);
    let has_wildcard_values = context.values().any(|value| value.contains(['*', '?']));
    let mut filled: BTreeMap<String, String> = context
        .iter()
        .map(|(key, value)| (key.clone(), fill(value)))
        .collect();
    filled.extend(find_calling_service(&filled));
    Permission {
        action,
        resource: if has_wildcards {
            fill(&resource)
        } else {
            resource
        },
        is_exact: !has_wildcards && !has_wildcard_values,
        context: filled,
    }
}

/// Returns the condition keys of each request that a statement allows, with one value for each key.
/// Leaves out the keys of `Null` conditions, because these conditions require a request without the
/// key.
fn list_contexts(statement: &Statement) -> Vec<BTreeMap<String, String>> {
    let mut contexts = vec![BTreeMap::new()];
    for (operator, keys) in &statement.conditions {
        if *operator == "Null" {
            continue;
        }
        for (key, values) in keys {
            let known = values.0.iter().filter(|text| text.holes().next().is_none());
            let known: Vec<String> = known.map(PolicyText::to_string).collect();
            contexts = contexts
                .iter()
                .flat_map(|context| {
                    known.iter().map(|value| {
                        let mut context = context.clone();
                        context.insert(key.clone(), value.clone());
                        context
                    })
                })
                .collect();
        }
    }
    contexts
}

/// Returns the condition key `kms:ViaService` with its value, if a service calls KMS for the
/// program.
fn find_calling_service(context: &BTreeMap<String, String>) -> Option<(String, String)> {
    let (service, arn) = [("ssm", "PARAMETER_ARN"), ("secretsmanager", "SecretARN")]
        .into_iter()
        .find_map(|(service, key)| {
            let arn = context.get(&format!("kms:EncryptionContext:{key}"))?;
            Some((service, arn))
        })?;
    let region = Arn::parse(arn)?.region?;
    let name = format!("{service}.{region}.amazonaws.com");
    Some(("kms:ViaService".to_owned(), name))
}

/// Replaces each wildcard by a text that it matches.
fn fill(text: &str) -> String {
    text.replace(['*', '?'], UNKNOWN)
}

/// The reason why the policy of a program may lack a permission on an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PolicyGap {
    /// The KMS key was not looked up, and neither the arguments nor the settings name it. The
    /// policy assumes that the value needs no permission on a key.
    AssumedKey,
    /// The KMS key of a ciphertext is not known.
    UnknownKey,
    /// One of the program's own stores reads the address.
    OwnStore,
}

impl Needs {
    /// Returns the addresses for which the policy of the program may lack a permission.
    pub(crate) fn list_gaps(&self, keys: &KnownKeys) -> Vec<(&Address, PolicyGap)> {
        let find_gap = |(address, secret): (&Address, &bool)| match address {
            Address::Parameter { .. } | Address::ParameterPath { .. } | Address::Secret { .. } => {
                let key = keys.find_key(address, *secret);
                // If the arguments or the settings name a key, it encrypts all secret values of the
                // stage, and no others. So the policy assumes nothing. (This key does not apply to
                // the values of a role, but the program reads these with the permissions of the
                // role.)
                let is_assumed = keys.named.is_none()
                    && matches!(key, EncryptionKey::NoGrantNeeded(Certainty::Assumed));
                is_assumed.then_some(PolicyGap::AssumedKey)
            }
            Address::KmsEnv { key, .. } => find_ciphertext_gap(keys, key.as_deref()),
            Address::Sealed { .. } => {
                let pair = self.pairs.get(address);
                let key = pair.and_then(|pair| pair.kms_key.as_deref());
                find_ciphertext_gap(keys, key)
            }
            Address::Custom { .. } => Some(PolicyGap::OwnStore),
            _ => None,
        };
        let reads = self.reads.iter();
        reads
            .filter_map(|(address, secret)| Some((address, find_gap((address, secret))?)))
            .collect()
    }
}

fn find_ciphertext_gap(keys: &KnownKeys, own_key: Option<&str>) -> Option<PolicyGap> {
    let key = keys.find_ciphertext_key(own_key);
    matches!(key, EncryptionKey::Unknown).then_some(PolicyGap::UnknownKey)
}
