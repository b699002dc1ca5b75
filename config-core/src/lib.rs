//! The runtime of `stage-config`. Use it through that crate, whose documentation explains it.

#[cfg(feature = "aws")]
pub mod aws;
mod call_timeout;
mod cell;
mod config;
mod decode;
mod error;
mod failure;
mod fetch;
#[cfg(all(feature = "fuzzing", feature = "kms"))]
#[doc(hidden)]
pub mod fuzzing;
mod incident;
mod layers;
mod live;
mod load;
mod load_plan;
mod loaded;
#[cfg(feature = "manage")]
pub mod manage;
pub mod manifest;
mod means;
mod nesting;
mod one_line;
mod outcome;
mod plan;
#[doc(hidden)]
pub mod private;
#[doc(hidden)]
pub use private as __private;
mod remedy;
pub mod report;
mod resolution;
mod resolve;
mod runtime;
pub mod schema;
mod scope;
#[cfg(feature = "kms")]
pub mod sealed;
mod section;
#[cfg(feature = "kms")]
mod snapshot;
mod stage;
pub mod store;
mod test_values;
pub mod testing;
mod together;
mod values;
mod variables;

pub use config::StageConfig;
pub use error::{Error, ErrorKind};
pub use failure::{Failure, FailureKind};
pub use live::{Derived, Live};
pub use load::Loader;
pub use loaded::Loaded;
pub use plan::{Call, Plan, PlannedField};
pub use report::Report;
pub use schema::Schema;
pub use stage::Stage;
pub use store::{Store, local::Local};
