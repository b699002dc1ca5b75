//! The lookups in AWS that the functions of one check share: the KMS keys of values, and the ARNs
//! of secrets.

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
    /// The addresses whose KMS keys were looked up, each with the notes on failed lookups.
    key_notes: BTreeMap<Address, Vec<String>>,
    attempted_secrets: BTreeSet<Address>,
}

impl Lookups {
    pub(super) fn new(facts: AwsFacts) -> Self {
        Self {
            facts,
            secret_arns: BTreeMap::new(),
            key_notes: BTreeMap::new(),
            attempted_secrets: BTreeSet::new(),
        }
    }

    /// Looks up the KMS keys of these addresses, and returns the notes on failed lookups. If the
    /// lookup for an address failed for an earlier function, its notes are returned again.
    pub(super) async fn look_up_keys(
        &mut self,
        aws: &AwsContext,
        addresses: &BTreeSet<Address>,
    ) -> BTreeSet<String> {
        let is_new = |address: &&Address| !self.key_notes.contains_key(*address);
        let new: BTreeSet<Address> = addresses.iter().filter(is_new).cloned().collect();
        if !new.is_empty() {
            self.facts.look_up_with(aws, &new).await;
            self.add_key_notes(new);
        }
        let notes = addresses.iter().filter_map(|one| self.key_notes.get(one));
        notes.flatten().cloned().collect()
    }

    /// Moves the notes of the last lookup to `key_notes`. Each address without an answer gets all
    /// notes. If every address has an answer, the lookup of a KMS key failed, and the notes do not
    /// say which address uses this key. Then every address gets all notes.
    fn add_key_notes(&mut self, addresses: BTreeSet<Address>) {
        let notes = std::mem::take(&mut self.facts.notes);
        let has_answer = |address: &Address| {
            self.facts.keys.looked_up.contains_key(address)
                || self.facts.missing.contains(&address.to_string())
        };
        let all_have_answers = addresses.iter().all(has_answer);
        let entries: Vec<(Address, Vec<String>)> = addresses
            .into_iter()
            .map(|address| {
                let is_noted = all_have_answers || !has_answer(&address);
                let own = if is_noted { notes.clone() } else { Vec::new() };
                (address, own)
            })
            .collect();
        self.key_notes.extend(entries);
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
