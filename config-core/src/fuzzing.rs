//! Hidden, for the fuzz targets alone: a key pair without KMS, and what stands in a snapshot.

pub use crate::sealed::fuzzing::{headers_agree, key_pair};
use crate::{
    outcome::{Content, Outcome},
    snapshot::content,
};
use std::collections::BTreeMap;
use zeroize::Zeroizing;

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
