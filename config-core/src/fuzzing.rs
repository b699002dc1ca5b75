//! Hidden support for the fuzz targets: a key pair that needs no KMS, a comparison of the two
//! readers of a snapshot's headers, and the content of a snapshot.

pub use crate::sealed::fuzzing::{check_headers_agree, new_key_pair};
use crate::{outcome::Outcome, snapshot::content};
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// The content of a snapshot: the values that were read, and the bytes that are written again.
#[derive(Debug)]
pub struct ReadContent {
    /// The bytes of each value by its address; `None` if the value is missing.
    pub values: BTreeMap<String, Option<Vec<u8>>>,
    /// The content as `cargo stage snapshot` writes it.
    pub rewritten: Zeroizing<Vec<u8>>,
}

/// Reads the content of a snapshot as a load does.
///
/// # Errors
///
/// Returns the load's error if the content is invalid. Returns an error if the content cannot be
/// written again.
pub fn read_content(plaintext: &[u8]) -> Result<ReadContent, String> {
    let answers = content::read(plaintext).map_err(|error| format!("{error:?}"))?;
    let pairs = answers
        .iter()
        .map(|(address, outcome)| (address.clone(), outcome));
    let written = content::write(pairs).ok_or("the content cannot be written again")?;
    let bytes = |outcome: Outcome| match outcome {
        Outcome::Found(found) => found.content.bytes().map(<[u8]>::to_vec),
        _ => None,
    };
    let values = answers
        .into_iter()
        .map(|(address, outcome)| (address, bytes(outcome)))
        .collect();
    Ok(ReadContent {
        values,
        rewritten: written,
    })
}
