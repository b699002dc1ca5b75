//! Sealed files: encrypted values that are committed to git, next to the code.
//!
//! Each stage has a key pair, in one file of the repository. The public half seals values, so
//! sealing a value needs neither AWS nor permission to read any value. The private half opens
//! values. KMS wraps it under the encryption context `{"app": APP, "stage": STAGE}`. Therefore the
//! policy of the KMS key decides who may open the values of a stage.
//!
//! | file | content |
//! |---|---|
//! | `sealed/STAGE/stage.key` | the key pair: the public half, and the wrapped private half |
//! | `sealed/STAGE/NAME` | one value, sealed for this app, stage, name and key pair |
//! | `sealed/STAGE.snapshot`, or `snapshot = "…"` | fetched values, sealed for app, stage and key pair |
//!
//! The encryption is HPKE (RFC 9180) in base mode, with X25519, HKDF-SHA256 and ChaCha20Poly1305.
//! App, stage, name and public half are bound to each value: a file that is renamed, or moved to
//! another stage or app, does not open. A file does not prove who sealed it; the git history does.
//! The length of a value is visible in its file.
//!
//! A value has at most 1 MiB. If a value is valid UTF-8, its field receives text, otherwise bytes.
//! For a field of bytes, seal base64, because a binary value that is also valid UTF-8 would be read
//! as text.
//!
//! ```no_run
//! use stage_config::sealed::{KmsClient, SealedError, SealedValue, StageKey};
//!
//! # async fn example() -> Result<(), SealedError> {
//! // Once for each stage. Write `key.to_string()` to sealed/prod/stage.key.
//! let kms = KmsClient::from_environment().await?;
//! let key = StageKey::create(&kms, "alias/payments-prod", "payments", "prod").await?;
//!
//! // Sealing needs only that file. Write `text` to sealed/prod/stripe_key.
//! let text = key.seal("stripe_key", b"sk_live_1")?.to_string();
//!
//! // Opening needs permission to call KMS. One call unlocks all values of the stage.
//! let value = SealedValue::parse(&text)?;
//! let plaintext = key.unlock(&kms).await?.open(&value, "stripe_key")?;
//! # Ok(())
//! # }
//! ```

mod check_names;
mod cipher;
mod error;
mod file_format;
#[cfg(feature = "fuzzing")]
pub(crate) mod fuzzing;
mod key_ring;
mod kms;
mod snapshot;
mod stage_key;
#[cfg(test)]
pub(crate) mod tests;
mod value;

pub use error::{SealedError, SealedErrorKind};
pub(crate) use key_ring::KeyRing;
pub use kms::{KmsClient, import_vinz};
pub use snapshot::SealedSnapshot;
pub(crate) use snapshot::SnapshotHeaders;
pub use stage_key::{StageKey, UnlockedKey};
pub use value::SealedValue;

/// The file name of a stage's key pair. A value cannot have this name.
pub const KEY_FILE: &str = stage_config_grammar::source::SEALED_KEY_FILE;

/// Returns the path of a value's file, relative to the package's root: `sealed/prod/stripe_key`.
#[must_use]
pub fn value_path(stage: &str, name: &str) -> String {
    format!("sealed/{stage}/{name}")
}

/// Returns the path of a stage's key pair, relative to the package's root: `sealed/prod/stage.key`.
#[must_use]
pub fn key_path(stage: &str) -> String {
    value_path(stage, KEY_FILE)
}
