//! The reader and the writer of a snapshot's plaintext; `docs/snapshot.md` describes the format.
//!
//! The format is JSON in which each value is base64. The plaintext is wiped when it is dropped. The
//! reader borrows the base64 from the plaintext, because a copy of the base64 would not be wiped.
//!
//! [`VERSION`] increases whenever an older reader would refuse or misunderstand the new content.

use crate::outcome::{Found, Outcome};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use stage_config_grammar::source::{Address, Source};
use std::collections::{BTreeMap, HashMap};
use zeroize::Zeroizing;

/// The version that the writer writes. No other version exists.
const VERSION: u32 = 1;

/// The outcome of each address. The keys are the texts of the addresses.
pub(crate) type Answers = HashMap<String, Outcome>;

/// The error of a decrypted content that cannot be read, because a later version of this crate or
/// other software sealed it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum ContentError {
    /// A later version of this crate wrote the content.
    Version(u32),
    Malformed,
}

#[derive(Deserialize)]
struct VersionJson {
    version: u32,
}

#[derive(Serialize, Deserialize)]
struct SnapshotContentJson<'a> {
    version: u32,
    #[serde(borrow)]
    found: BTreeMap<String, FoundJson<'a>>,
    missing: Vec<String>,
}

/// One value. Exactly one of `text`, `list` and `binary` is present, and its name is the type of
/// the value.
#[derive(Serialize, Deserialize)]
struct FoundJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    list: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    binary: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    arn: Option<String>,
    /// The writer writes `false` if the store does not encrypt the value. Otherwise it omits this
    /// key.
    #[serde(skip_serializing_if = "Option::is_none")]
    encrypted: Option<bool>,
}

/// Reads a content. The error contains nothing of the content but its version.
pub(crate) fn read(plaintext: &[u8]) -> Result<Answers, ContentError> {
    let malformed = |_| ContentError::Malformed;
    let VersionJson { version } = serde_json::from_slice(plaintext).map_err(malformed)?;
    if version != VERSION {
        return Err(ContentError::Version(version));
    }
    let SnapshotContentJson { found, missing, .. } =
        serde_json::from_slice(plaintext).map_err(malformed)?;
    let mut answers: Answers = missing
        .into_iter()
        .map(|address| (address, Outcome::Missing))
        .collect();
    for (address, value) in found {
        let mut found = value.into_found().ok_or(ContentError::Malformed)?;
        found.is_parameter_map = is_path(&address);
        if answers.insert(address, Outcome::Found(found)).is_some() {
            return Err(ContentError::Malformed);
        }
    }
    Ok(answers)
}

/// Returns whether an address names all parameters below a path.
fn is_path(address: &str) -> bool {
    let source = Source::parse(address, &[]);
    source.is_ok_and(|source| matches!(source.address, Address::ParameterPath { .. }))
}

impl FoundJson<'_> {
    fn into_found(self) -> Option<Found> {
        let found = match (self.text, self.list, self.binary) {
            (Some(text), None, None) => Found::from_text(decode_base64_text(text)?),
            (None, Some(list), None) => Found::from_string_list(decode_base64_text(list)?),
            (None, None, Some(bytes)) => {
                Found::from_bytes(std::mem::take(&mut *decode_base64(bytes)?))
            }
            _ => return None,
        };
        // The snapshot itself is encrypted, so the value counts as encrypted unless its store keeps
        // it in plain text.
        let encrypted = self.encrypted.or(Some(true));
        Some(Found {
            version: self.version,
            arn: self.arn,
            encrypted,
            from_snapshot: true,
            ..found
        })
    }
}

fn decode_base64(base64: &str) -> Option<Zeroizing<Vec<u8>>> {
    // The buffer has its full size from the start, because a growing buffer leaves copies in
    // memory.
    let mut bytes = Zeroizing::new(vec![0; base64.len().div_ceil(4) * 3]);
    let length = STANDARD.decode_slice(base64, &mut bytes).ok()?;
    bytes.truncate(length);
    Some(bytes)
}

fn decode_base64_text(base64: &str) -> Option<String> {
    let mut bytes = decode_base64(base64)?;
    std::str::from_utf8(&bytes).ok()?;
    String::from_utf8(std::mem::take(&mut *bytes)).ok()
}

#[cfg(any(feature = "manage", feature = "fuzzing", test))]
pub(crate) use write::write;

#[cfg(any(feature = "manage", feature = "fuzzing", test))]
mod write {
    use super::*;
    use crate::{byte_counter::ByteCounter, outcome::Payload};

    /// Writes a content. Returns `None` if an outcome is neither found nor missing, or if only the
    /// existence of a value was read.
    pub(crate) fn write<'a>(
        answers: impl IntoIterator<Item = (String, &'a Outcome)>,
    ) -> Option<Zeroizing<Vec<u8>>> {
        let mut missing = Vec::new();
        let mut encoded: BTreeMap<String, (&Found, Zeroizing<String>)> = BTreeMap::new();
        for (address, outcome) in answers {
            match outcome {
                Outcome::Found(found) => {
                    let base64 = Zeroizing::new(STANDARD.encode(found.content.bytes()?));
                    encoded.insert(address, (found, base64));
                }
                Outcome::Missing => missing.push(address),
                Outcome::Denied(_) | Outcome::Failed(_) => return None,
            }
        }
        missing.sort();

        let found = encoded
            .iter()
            .map(|(address, (found, base64))| (address.clone(), to_json(found, base64)))
            .collect();
        let content = SnapshotContentJson {
            version: VERSION,
            found,
            missing,
        };
        // The length is counted first, because a growing buffer leaves copies in memory.
        let mut count = ByteCounter(0);
        serde_json::to_writer(&mut count, &content).ok()?;
        let mut plaintext = Zeroizing::new(Vec::with_capacity(count.0));
        serde_json::to_writer(&mut *plaintext, &content).ok()?;
        Some(plaintext)
    }

    fn to_json<'a>(found: &Found, base64: &'a str) -> FoundJson<'a> {
        let base64_if = |is_type: bool| is_type.then_some(base64);
        FoundJson {
            text: base64_if(matches!(*found.content, Payload::Text(_))),
            list: base64_if(matches!(*found.content, Payload::List(_))),
            binary: base64_if(matches!(*found.content, Payload::Binary(_))),
            version: found.version.clone(),
            arn: found.arn.clone(),
            encrypted: found.encrypted.filter(|encrypted| !encrypted),
        }
    }
}
