//! Support for the fuzz targets: a key pair without KMS, and a comparison of the two readers of a
//! snapshot's headers.

use super::{
    SealedSnapshot, SnapshotHeaders, StageKey, UnlockedKey, cipher::PrivateKey, stage_key::KeyOwner,
};

/// Returns a key pair made from known bytes, with a placeholder for the wrapped key. Returns `None`
/// if the bytes are not a private key.
#[must_use]
pub fn new_key_pair(private: [u8; 32], app: &str, stage: &str) -> Option<(StageKey, UnlockedKey)> {
    let private = PrivateKey::from_bytes(&private)?;
    let owner = KeyOwner {
        app: app.to_owned(),
        stage: stage.to_owned(),
        public: private.public(),
    };
    let key = StageKey {
        owner: owner.clone(),
        kms_key: "alias/fuzzing".to_owned(),
        wrapped: vec![0],
    };
    Some((key, UnlockedKey { owner, private }))
}

/// Returns whether the reader of the headers and the reader of the whole file return the same
/// headers. Also returns `true` if the reader of the whole file refuses the file. A load uses the
/// reader of the headers for a snapshot that it does not open.
#[must_use]
pub fn check_headers_agree(text: &str) -> bool {
    match (
        SealedSnapshot::parse(text),
        SnapshotHeaders::parse(text, None),
    ) {
        (Ok(snapshot), Ok(headers)) => snapshot.headers == headers,
        (Ok(_), Err(_)) => false,
        // The file may be invalid after its headers.
        (Err(_), _) => true,
    }
}
