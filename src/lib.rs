//! Stage-aware configuration and secrets for AWS Lambda.

#[cfg(feature = "ssm")]
pub use stage_config_core::aws;
pub use stage_config_core::{
    Call, Error, ErrorKind, Failure, FailureKind, Loaded, Loader, Local, Plan, Report, Schema, Stage, StageConfig,
    Store, load, report, schema, store, testing,
};
pub use stage_config_derive::StageConfig;

pub use figment;
pub use secrecy::{ExposeSecret, SecretBox, SecretSlice, SecretString};

#[doc(hidden)]
pub use stage_config_core::private as __private;
