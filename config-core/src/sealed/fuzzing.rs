//! Hidden, for the fuzz targets alone: a key pair without KMS, and what stands in a snapshot.

use super::{Owner, SealedSnapshot, SnapshotHead, StageKey, UnlockedKey, cipher::Private};
use crate::{
    snapshot::content,
    store::{Content, Outcome},
};
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// A key pair of known bytes, whose wrapping is none. `None` for bytes that are no private half.
#[must_use]
pub fn key_pair(private: [u8; 32], app: &str, stage: &str) -> Option<(StageKey, UnlockedKey)> {
    let private = Private::from_bytes(&private)?;
    let owner = Owner { app: app.to_owned(), stage: stage.to_owned(), public: private.public() };
    let key = StageKey { owner: owner.clone(), kms_key: "alias/fuzzing".to_owned(), wrapped: vec![0] };
    Some((key, UnlockedKey { owner, private }))
}

/// Whether the reader of a snapshot's headers, which a load has for one that it does not turn to, agrees with that of the whole file.
#[must_use]
pub fn headers_agree(text: &str) -> bool {
    match (SealedSnapshot::parse(text), SnapshotHead::parse(text)) {
        (Ok(snapshot), Ok(head)) => *snapshot.head() == head,
        (Ok(_), Err(_)) => false,
        // What follows the headers may be wrong as well, or instead.
        (Err(_), _) => true,
    }
}

/// What was read of a snapshot's content: the bytes of each value by its address, `None` where there is none; and all of it
/// written again.
#[derive(Debug)]
pub struct Read {
    /// By the addresses.
    pub values: BTreeMap<String, Option<Vec<u8>>>,
    /// As `cargo stage snapshot` writes it.
    pub written: Zeroizing<Vec<u8>>,
}

/// Reads what is sealed in a snapshot, as a load does.
///
/// # Errors
///
/// What a load says of a content that nobody wrote.
pub fn read_content(plaintext: &[u8]) -> Result<Read, String> {
    let answers = content::read(plaintext).map_err(|error| format!("{error:?}"))?;
    let pairs = answers.iter().map(|(address, outcome)| (address.clone(), outcome));
    let written = content::write(pairs).ok_or("what was read is no answer")?;
    let bytes = |outcome: Outcome| match outcome {
        Outcome::Found(found) => match &*found.content {
            Content::Text(text) | Content::List(text) => Some(text.as_bytes().to_vec()),
            Content::Binary(bytes) => Some(bytes.to_vec()),
            Content::Unseen => None,
        },
        _ => None,
    };
    let values = answers.into_iter().map(|(address, outcome)| (address, bytes(outcome))).collect();
    Ok(Read { values, written })
}
