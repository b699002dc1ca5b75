//! The lookups in AWS that the functions of one check share: the keys of values and the ARNs of
//! secrets.

use std::collections::{BTreeMap, BTreeSet};

use stage_config_core::manage::AwsContext;
use stage_config_grammar::arn::split_secret_suffix;
use stage_config_grammar::source::Address;

use crate::aws_facts::AwsFacts;

/// The facts that were looked up. Each address is looked up once.
pub(super) struct Lookups {
    pub(super) facts: AwsFacts,
    /// The ARNs of secrets, by the ARN without the suffix that Secrets Manager appends.
    pub(super) secret_arns: BTreeMap<String, String>,
    attempted: BTreeSet<Address>,
    attempted_secrets: BTreeSet<Address>,
}

impl Lookups {
    pub(super) fn new(facts: AwsFacts) -> Self {
        Self {
            facts,
            secret_arns: BTreeMap::new(),
            attempted: BTreeSet::new(),
            attempted_secrets: BTreeSet::new(),
        }
    }

    /// Looks up the KMS keys of these addresses. A failed lookup is a note of the facts.
    pub(super) async fn look_up_keys(&mut self, aws: &AwsContext, addresses: &BTreeSet<Address>) {
        let new: BTreeSet<Address> = addresses.difference(&self.attempted).cloned().collect();
        if new.is_empty() {
            return;
        }
        self.facts.look_up_with(aws, &new).await;
        self.attempted.extend(new);
    }

    /// Looks up the ARNs of secrets with `secretsmanager:DescribeSecret`. `region` is that of
    /// secrets without one. A failed lookup is not an error: the secret is then simulated with
    /// another suffix.
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
