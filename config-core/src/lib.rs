//! The runtime of `stage-config`. Use that crate, which contains the documentation.

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "lambda")]
mod after_restore;
#[cfg(feature = "aws")]
pub mod aws;
mod backends;
mod backoff;
#[cfg(any(feature = "ssm", all(feature = "kms", any(feature = "fuzzing", test))))]
mod byte_counter;
mod call_timeout;
#[cfg_attr(
    not(feature = "manage"),
    allow(dead_code, unreachable_pub, reason = "only a command reads the report")
)]
mod check_run;
mod config;
mod config_cell;
mod const_for;
mod decode;
mod decoded_config;
mod diagnostic;
mod dual_instant;
mod error;
mod failure;
mod fetch;
mod field_default;
#[cfg(all(feature = "fuzzing", feature = "kms"))]
#[doc(hidden)]
pub mod fuzzing;
#[cfg(feature = "lambda")]
pub mod lambda;
#[cfg_attr(not(feature = "figment"), path = "no_layers.rs")]
mod layers;
mod literal_text;
mod live;
mod load;
mod load_plan;
mod loaded;
#[cfg(feature = "manage")]
pub mod manage;
pub mod manifest;
mod metrics;
mod nesting;
mod one_line;
mod outcome;
mod overrides;
mod plan;
mod platform;
#[doc(hidden)]
pub mod private;
#[doc(hidden)]
pub use private as __private;
mod config_struct;
mod fetched_config;
mod help;
mod load_together;
mod random;
mod read_mode;
pub mod report;
mod resolve;
mod runtime;
pub mod schema;
mod scope;
#[cfg(feature = "kms")]
pub mod sealed;
mod single_flight;
#[cfg(feature = "kms")]
mod snapshot;
mod spans;
mod stage;
pub mod store;
mod struct_decoder;
mod test_values;
pub mod testing;
mod typed_value;
mod variables;

pub use config::StageConfig;
pub use diagnostic::{Diagnostic, Help};
pub use error::{Error, ErrorKind};
pub use failure::{Failure, FailureKind};
pub use live::{Live, Mapped};
pub use load::Loader;
pub use loaded::Loaded;
pub use plan::{Call, Plan, PlannedField};
pub use report::Report;
pub use schema::Schema;
pub use stage::Stage;
pub use store::{Store, local::Local};
