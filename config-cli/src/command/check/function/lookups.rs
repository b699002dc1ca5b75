//! The lookups in AWS that the functions of one check share: the keys of values and the ARNs of
//! secrets.

use std::collections::{BTreeMap, BTreeSet};

use stage_config_core::manage::AwsContext;
use stage_config_grammar::arn::split_secret_suffix;
use stage_config_grammar::source::Address;

use crate::aws_facts::AwsFacts;

/// The facts that were looked up.
pub(super) struct Lookups {
    pub(super) facts: AwsFacts,
    /// The ARNs of secrets, by the ARN without the suffix that Secrets Manager appends.
    pub(super) secret_arns: BTreeMap<String, String>,
    /// The addresses whose keys were looked up without a failure.
    known: BTreeSet<Address>,
    attempted_secrets: BTreeSet<Address>,
}

impl Lookups {
    pub(super) fn new(facts: AwsFacts) -> Self {
        Self {
            facts,
            secret_arns: BTreeMap::new(),
            known: BTreeSet::new(),
            attempted_secrets: BTreeSet::new(),
        }
    }

    /// Looks up the KMS keys of these addresses, and returns the notes on failed lookups. After a
    /// failure, the next function looks up the addresses again, because it needs its own notes.
    pub(super) async fn look_up_keys(
        &mut self,
        aws: &AwsContext,
        addresses: &BTreeSet<Address>,
    ) -> Vec<String> {
        let new: BTreeSet<Address> = addresses.difference(&self.known).cloned().collect();
        if new.is_empty() {
            return Vec::new();
        }
        self.facts.look_up_with(aws, &new).await;
        let notes = std::mem::take(&mut self.facts.notes);
        if notes.is_empty() {
            self.known.extend(new);
        }
        notes
    }

    /// Looks up the ARNs of secrets with `secretsmanager:DescribeSecret`. `region` is the region of
    /// each secret whose address names none. A failed lookup is not an error: the simulation then
    /// uses an invented suffix for the ARN.
    pub(super) async fn look_up_secrets(
        &mut self,
        aws: &AwsContext,
        secrets: &BTreeSet<Address>,
        region: &str,
    ) {
        let new: BTreeSet<Address> = secrets
            .difference(&self.attempted_secrets)
            .cloned()
            .collect();
        for address in &new {
            let Address::Secret {
                id, region: own, ..
            } = address
            else {
                continue;
            };
            let region = own.as_deref().unwrap_or(region);
            let Ok(Some(secret)) = aws.describe_secret(id, Some(region)).await else {
                continue;
            };
            let Some(arn) = secret.arn else {
                continue;
            };
            if let Some((name, _)) = split_secret_suffix(&arn) {
                self.secret_arns.insert(name.to_owned(), arn.clone());
            }
        }
        self.attempted_secrets.extend(new);
    }
}
