//! The account and region of a stage's values, if known, and the beginnings of ARNs.

use stage_config_grammar::arn::Arn;
use stage_config_grammar::source::Address;

use super::policy_text::{Hole, PolicyText};

/// The account and region of a stage; each may be unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct AwsLocation {
    pub(crate) account: Option<String>,
    pub(crate) region: Option<String>,
    /// The partition, for example `aws` or `aws-cn`. If it is `None`, the region determines it.
    pub(crate) partition: Option<String>,
}

impl AwsLocation {
    /// Returns this location with the region and account that the address names, in `?region=`, in
    /// `?role=` or in an ARN.
    pub(super) fn locate(&self, address: &Address) -> Self {
        if let Some(arn) = address.arn().and_then(Arn::parse) {
            return Self {
                partition: Some(arn.partition.to_owned()),
                region: arn.region.map(str::to_owned),
                account: arn
                    .account
                    .map(str::to_owned)
                    .or_else(|| self.account.clone()),
            };
        }
        let location = match address.region() {
            Some(region) => Self {
                region: Some(region.to_owned()),
                partition: None,
                account: self.account.clone(),
            },
            None => self.clone(),
        };
        // A role reads the values of its own account.
        match address.role().and_then(Arn::parse) {
            Some(role) => Self {
                partition: Some(role.partition.to_owned()),
                account: role.account.map(str::to_owned),
                ..location
            },
            None => location,
        }
    }

    /// Returns `arn:PARTITION:SERVICE:REGION:ACCOUNT:`.
    pub(super) fn arn_prefix(&self, service: &str) -> PolicyText {
        self.arn_prefix_without_account(service)
            .with_known_or_hole(self.account.as_deref(), Hole::Account)
            .with_literal(":")
    }

    /// Returns `arn:PARTITION:SERVICE:REGION::`, for resources without an account.
    pub(super) fn public_arn_prefix(&self, service: &str) -> PolicyText {
        self.arn_prefix_without_account(service).with_literal(":")
    }

    /// Returns `arn:PARTITION:SERVICE::ACCOUNT:`, for resources of a global service.
    pub(super) fn global_arn_prefix(&self, service: &str) -> PolicyText {
        self.partition_prefix()
            .with_literal(&format!(":{service}::"))
            .with_known_or_hole(self.account.as_deref(), Hole::Account)
            .with_literal(":")
    }

    fn partition_prefix(&self) -> PolicyText {
        let region = self.region.as_deref();
        let partition = self.partition.as_deref().or(region.map(find_partition));
        PolicyText::from("arn:").with_known_or_hole(partition, Hole::Partition)
    }

    fn arn_prefix_without_account(&self, service: &str) -> PolicyText {
        self.partition_prefix()
            .with_literal(&format!(":{service}:"))
            .with_known_or_hole(self.region.as_deref(), Hole::Region)
            .with_literal(":")
    }
}

/// Returns the partition of a region.
fn find_partition(region: &str) -> &'static str {
    const PARTITIONS: [(&str, &str); 7] = [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-iso-", "aws-iso"),
        ("us-isob-", "aws-iso-b"),
        ("eu-isoe-", "aws-iso-e"),
        ("us-isof-", "aws-iso-f"),
        ("eusc-", "aws-eusc"),
    ];
    PARTITIONS
        .iter()
        .find(|(prefix, _)| region.starts_with(prefix))
        .map_or("aws", |(_, partition)| partition)
}
