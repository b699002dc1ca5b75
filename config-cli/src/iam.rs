//! The IAM policy of a stage: what the plan asks for and nothing more, in the forms that deployments are written in.
//!
//! Pure: what AWS knows (account, region, which KMS key encrypts what) is handed in, and what is not known becomes a
//! placeholder or a marked assumption.

mod arn;
mod key;
mod kms;
mod needs;
mod pattern;
mod place;
mod policy;
mod read;
mod render;
#[cfg(test)]
mod tests;
mod text;
mod write;

use std::collections::BTreeSet;

pub(crate) use key::{Keys, LookedUp};
pub(crate) use needs::Needs;
pub(crate) use pattern::StagePattern;
pub(crate) use place::Place;
#[cfg(test)]
use policy::Policy;
pub(crate) use read::read;
pub(crate) use render::{Format, notes, render};
pub(crate) use write::write;

/// A few of the names, and how many more there are.
pub(crate) fn few(names: BTreeSet<String>) -> String {
    const SHOWN: usize = 5;
    let more = names.len().saturating_sub(SHOWN);
    let shown: Vec<String> = names.into_iter().take(SHOWN).collect();
    let shown = shown.join(", ");
    if more == 0 { shown } else { format!("{shown} and {more} more") }
}
