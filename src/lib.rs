#![doc = include_str!("crate.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(any(
    feature = "ssm",
    feature = "secrets-manager",
    feature = "appconfig",
    feature = "kms"
))]
pub use stage_config_core::aws;
#[cfg(feature = "lambda")]
pub use stage_config_core::lambda;
#[cfg(feature = "kms")]
pub use stage_config_core::sealed;
pub use stage_config_core::{
    Call, Error, ErrorKind, Failure, FailureKind, Help, Live, Loaded, Loader, Local, Mapped, Plan,
    Report, Schema, Stage, StageConfig, Store, load, manifest, report, schema, store, testing,
};

#[doc = include_str!("derive.md")]
pub use stage_config_derive::StageConfig;

#[cfg(feature = "figment")]
pub use figment;
pub use secrecy::{ExposeSecret, SecretBox, SecretSlice, SecretString};

#[doc(hidden)]
pub use stage_config_core::private as __private;
