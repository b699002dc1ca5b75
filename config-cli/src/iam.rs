//! The IAM policies of a stage, in the formats of deployment tools. The policy for loads allows the
//! requests of the stage's plan, and the decryption of the values. The policy for writes allows
//! `cargo stage set`. The policy for rollbacks allows `cargo stage rollback`. The policy for checks
//! allows the verbs that read deployed functions.
//!
//! This module does no I/O. The caller passes the facts of AWS: the account, the region, and the
//! KMS key of each value. An unknown fact becomes a placeholder, or an assumption with a note.

mod arn;
mod check_policy;
mod kms_keys;
mod kms_statements;
mod location;
mod needs;
#[cfg(feature = "deployed")]
mod permissions;
mod policy;
mod policy_text;
mod read_policy;
mod render;
#[cfg(feature = "deployed")]
mod resource_name;
mod stage_parameter;
mod stage_pattern;
mod stage_template;
#[cfg(test)]
mod tests;
mod write_policy;

use std::collections::BTreeSet;

pub(crate) use check_policy::build_check_policy;
pub(crate) use kms_keys::{KeyLookup, KnownKeys};
pub(crate) use location::AwsLocation;
pub(crate) use needs::Needs;
#[cfg(feature = "deployed")]
pub(crate) use permissions::{Permission, PolicyGap};
pub(crate) use policy::Policy;
pub(crate) use read_policy::build_read_policy;
pub(crate) use render::{PolicyFormat, list_notes, render};
#[cfg(feature = "deployed")]
pub(crate) use resource_name::resource_names;
pub(crate) use stage_parameter::{ParameterStages, StageMisfits, merge_setting};
pub(crate) use stage_pattern::StagePattern;
pub(crate) use write_policy::{Writer, build_write_policy};

/// The name of a field that no program has. It represents any field of a template.
#[cfg(feature = "deployed")]
pub(crate) const UNUSED_FIELD: &str = "stage-config-unused-field";

/// Joins at most five of the names, and adds the number of the remaining names.
pub(crate) fn join_first(names: BTreeSet<String>) -> String {
    const MAX_NAMES: usize = 5;
    let remaining = names.len().saturating_sub(MAX_NAMES);
    let first: Vec<String> = names.into_iter().take(MAX_NAMES).collect();
    let first = first.join(", ");
    if remaining == 0 {
        first
    } else {
        format!("{first} and {remaining} more")
    }
}
