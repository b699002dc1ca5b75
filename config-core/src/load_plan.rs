//! One configuration, ready to be fetched: its plan, what lies around it, and who knows its types.

use crate::{
    failure::FailureKind,
    plan::Plan,
    resolve::{Layers, Slots},
    schema::Schema,
    section::Section,
    values::{Gathered, Values},
};
use std::time::Duration;

/// Which configuration is loaded, without its type.
#[derive(Clone, Copy)]
pub(crate) struct Subject {
    pub(crate) schema: &'static Schema,
    pub(crate) judge: Judge,
}

impl Subject {
    pub(crate) fn of<T: Section>() -> Self {
        Self { schema: &T::SECTION, judge: judge::<T> }
    }
}

/// One configuration, ready to be fetched.
pub(crate) struct Prepared {
    pub(crate) plan: Plan,
    pub(crate) layers: Layers,
    pub(crate) deadline: Duration,
    pub(crate) live: LiveOptions,
    /// Who knows the types.
    #[cfg_attr(not(feature = "kms"), allow(dead_code, reason = "only a snapshot asks"))]
    pub(crate) judge: Judge,
}

/// What a loader says of refreshes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct LiveOptions {
    pub(crate) ttl: Option<Duration>,
    pub(crate) refresh_within: Option<Duration>,
    pub(crate) max_age: Option<Duration>,
}

/// What fails with these slots, by a configuration's own types.
pub(crate) type Judge = fn(&Plan, &Slots) -> Vec<FailureKind>;

/// The [`Judge`] of a configuration.
pub(crate) fn judge<T: Section>(plan: &Plan, slots: &Slots) -> Vec<FailureKind> {
    let mut gathered = Gathered::new(plan.stage.name());
    // Only what it lacks is of interest.
    drop(T::build(&mut Values::new(plan.schema, slots, &mut gathered)));
    gathered.failures.iter().map(|failure| failure.kind).collect()
}
