//! Hidden, for the fuzz targets alone: a key pair without KMS, and what stands in a snapshot.

pub use crate::sealed::fuzzing::{check_headers_agree, new_key_pair};
use crate::{
    outcome::{Outcome, Payload},
    snapshot::content,
};
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// What was read of a snapshot's content: the bytes of each value by its address, `None` where there is none; and all of it
/// written again.
#[derive(Debug)]
pub struct ReadContent {
    /// By the addresses.
    pub values: BTreeMap<String, Option<Vec<u8>>>,
    /// As `cargo stage snapshot` writes it.
    pub rewritten: Zeroizing<Vec<u8>>,
}

/// Reads what is sealed in a snapshot, as a load does.
///
/// # Errors
///
/// What a load says of a content that nobody wrote.
pub fn read_content(plaintext: &[u8]) -> Result<ReadContent, String> {
    let answers = content::read(plaintext).map_err(|error| format!("{error:?}"))?;
    let pairs = answers.iter().map(|(address, outcome)| (address.clone(), outcome));
    let written = content::write(pairs).ok_or("what was read is no answer")?;
    let bytes = |outcome: Outcome| match outcome {
        Outcome::Found(found) => match &*found.content {
            Payload::Text(text) | Payload::List(text) => Some(text.as_bytes().to_vec()),
            Payload::Binary(bytes) => Some(bytes.to_vec()),
            Payload::ExistsOnly => None,
        },
        _ => None,
    };
    let values = answers.into_iter().map(|(address, outcome)| (address, bytes(outcome))).collect();
    Ok(ReadContent { values, rewritten: written })
}
