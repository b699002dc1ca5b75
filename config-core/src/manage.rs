//! What tools need beside a load, and `cargo stage` is made of: a stage read without its Rust types, values written, credentials
//! chosen. Cargo feature `manage`; a program that loads its configuration needs none of it.
//!
//! Nothing here prints or logs a value, and no error holds one.

mod clients;
mod depth;
mod document;
mod error;
mod fields;
mod history;
mod identity;
mod keys;
mod new_value;
mod parameter;
mod presence;
mod read;
mod secret;
mod snapshot;
mod verify;

pub use depth::Depth;
pub use document::Document;
pub use error::ManageError;
pub use fields::{ReadField, ReadValue, State};
pub use history::Version;
pub use identity::{Access, Caller, Identity};
pub use keys::{Encryption, KmsKey};
pub use new_value::{Keeps, NewValue, verify_new};
pub use parameter::{NewParameter, Parameter, ParameterKind, WrittenParameter, data_type};
pub use read::{ReadOptions, Reading, Variables};
pub use secret::{NewSecret, Secret, SecretPayload};
pub use snapshot::{NewSnapshot, VerifiedSnapshot, check_snapshot, embedded_snapshot, verify_snapshot, write_snapshot};
pub use verify::Unverified;

#[cfg(test)]
mod tests;
