//! The IAM policy of a stage: exactly the requests of its plan, in the formats of deployment tools.
//!
//! This module does no I/O. The caller passes the facts of AWS (account, region, which KMS key
//! encrypts which value). An unknown fact becomes a placeholder or a marked assumption.

mod arn;
mod kms_keys;
mod kms_statements;
mod location;
mod needs;
mod policy;
mod policy_text;
mod read_policy;
mod render;
mod stage_pattern;
#[cfg(test)]
mod tests;
mod write_policy;

use std::collections::BTreeSet;

pub(crate) use kms_keys::{KeyLookup, KnownKeys};
pub(crate) use location::AwsLocation;
pub(crate) use needs::Needs;
#[cfg(test)]
use policy::Policy;
pub(crate) use read_policy::build_read_policy;
pub(crate) use render::{PolicyFormat, list_notes, render};
pub(crate) use stage_pattern::StagePattern;
pub(crate) use write_policy::build_write_policy;

/// Joins the first names and the number of the remaining ones.
pub(crate) fn join_first(names: BTreeSet<String>) -> String {
    const SHOWN: usize = 5;
    let more = names.len().saturating_sub(SHOWN);
    let shown: Vec<String> = names.into_iter().take(SHOWN).collect();
    let shown = shown.join(", ");
    if more == 0 { shown } else { format!("{shown} and {more} more") }
}
