//! Hidden, for the fuzz target alone: a key pair without KMS.

use super::{Owner, StageKey, UnlockedKey, cipher::Private};

/// A key pair of known bytes, whose wrapping is none. `None` for bytes that are no private half.
#[must_use]
pub fn key_pair(private: [u8; 32], app: &str, stage: &str) -> Option<(StageKey, UnlockedKey)> {
    let private = Private::from_bytes(&private)?;
    let owner = Owner { app: app.to_owned(), stage: stage.to_owned(), public: private.public() };
    let key = StageKey { owner: owner.clone(), kms_key: "alias/fuzzing".to_owned(), wrapped: vec![0] };
    Some((key, UnlockedKey { owner, private }))
}
