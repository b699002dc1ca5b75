//! The verbs, one file each.

pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod copy;
pub(crate) mod diff;
pub(crate) mod exec;
pub(crate) mod export;
pub(crate) mod get;
pub(crate) mod history;
pub(crate) mod iam;
pub(crate) mod import;
pub(crate) mod man;
#[cfg(feature = "deployed")]
pub(crate) mod orphans;
pub(crate) mod rm;
pub(crate) mod rollback;
pub(crate) mod seal;
pub(crate) mod set;
pub(crate) mod show;
pub(crate) mod snapshot;
pub(crate) mod stages;
#[cfg(feature = "deployed")]
pub(crate) mod who;
