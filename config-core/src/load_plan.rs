//! One configuration, ready to be fetched: its plan, what lies around it, and who knows its types.

use crate::{
    config_struct::ConfigStruct,
    failure::FailureKind,
    plan::Plan,
    resolve::{Layers, ResolvedFields},
    schema::Schema,
    struct_decoder::{DecodeResults, StructDecoder},
};
use std::time::Duration;

/// Which configuration is loaded, without its type.
#[derive(Clone, Copy)]
pub(crate) struct ConfigType {
    pub(crate) schema: &'static Schema,
    pub(crate) decode_check: DecodeCheck,
}

impl ConfigType {
    pub(crate) fn new<T: ConfigStruct>() -> Self {
        Self { schema: &T::STRUCT_SCHEMA, decode_check: check_decoding::<T> }
    }
}

/// One configuration, ready to be fetched.
pub(crate) struct LoadPlan {
    pub(crate) plan: Plan,
    pub(crate) layers: Layers,
    pub(crate) timeout: Duration,
    pub(crate) live: LiveOptions,
    /// Who knows the types.
    #[cfg_attr(not(feature = "kms"), allow(dead_code, reason = "only a snapshot asks"))]
    pub(crate) decode_check: DecodeCheck,
}

/// What a loader says of refreshes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct LiveOptions {
    pub(crate) ttl: Option<Duration>,
    pub(crate) refresh_timeout: Option<Duration>,
    pub(crate) max_age: Option<Duration>,
}

/// What fails with these slots, by a configuration's own types.
pub(crate) type DecodeCheck = fn(&Plan, &ResolvedFields) -> Vec<FailureKind>;

/// The [`DecodeCheck`] of a configuration.
pub(crate) fn check_decoding<T: ConfigStruct>(plan: &Plan, slots: &ResolvedFields) -> Vec<FailureKind> {
    let mut gathered = DecodeResults::new(plan.stage.name());
    // Only what it lacks is of interest.
    drop(T::build(&mut StructDecoder::new(plan.schema, slots, &mut gathered)));
    gathered.failures.iter().map(|failure| failure.kind()).collect()
}
