//! For the fuzz targets alone: a key pair without KMS, and the two readers of a snapshot's headers.

use super::{KeyOwner, SealedSnapshot, SnapshotHeaders, StageKey, UnlockedKey, cipher::PrivateKey};

/// A key pair of known bytes, whose wrapping is none. `None` for bytes that are no private half.
#[must_use]
pub fn new_key_pair(private: [u8; 32], app: &str, stage: &str) -> Option<(StageKey, UnlockedKey)> {
    let private = PrivateKey::from_bytes(&private)?;
    let owner = KeyOwner { app: app.to_owned(), stage: stage.to_owned(), public: private.public() };
    let key = StageKey { owner: owner.clone(), kms_key: "alias/fuzzing".to_owned(), wrapped: vec![0] };
    Some((key, UnlockedKey { owner, private }))
}

/// Whether the reader of a snapshot's headers, which a load has for one that it does not turn to, agrees with that of the whole file.
#[must_use]
pub fn check_headers_agree(text: &str) -> bool {
    match (SealedSnapshot::parse(text), SnapshotHeaders::parse(text, None)) {
        (Ok(snapshot), Ok(head)) => *snapshot.headers() == head,
        (Ok(_), Err(_)) => false,
        // What follows the headers may be wrong as well, or instead.
        (Err(_), _) => true,
    }
}
