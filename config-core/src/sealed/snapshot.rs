//! A snapshot as its file has it: all values of a stage in one sealed text.
//!
//! It cannot take the place of a value, nor a value its: the form is another, and the name that is bound to it holds spaces, which
//! no value's name does.

use super::{
    KeyOwner, StageKey, UnlockedKey,
    check_names::check_same,
    cipher::OVERHEAD,
    error::{FileLocation, SealedError, SealedErrorKind, SealedFault},
    file_format,
};
use std::fmt;
use zeroize::Zeroizing;

/// The longest name of a struct, with its module.
const LONGEST_CONFIG: usize = 2048;

/// A sealed snapshot as its file has it. `Display` writes the file.
///
/// App, stage, key pair, struct and time stand in clear, and are bound to the content: another one in the file, and it does not
/// open. Nothing proves who sealed it.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedSnapshot {
    headers: SnapshotHeaders,
    body: Vec<u8>,
}

/// What stands in clear before the content: all that a load needs to know of a snapshot that it does not turn to.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SnapshotHeaders {
    owner: KeyOwner,
    config: String,
    created: u64,
}

impl StageKey {
    /// Seals all values of a stage, with the public half alone. `config` is the struct that they were read for, with its module,
    /// and `created` the time in seconds since 1970.
    ///
    /// What stands in the plaintext is for `cargo stage snapshot` and the loader to agree on; `docs/snapshot.md` tells.
    ///
    /// # Errors
    ///
    /// [`SealedErrorKind::InvalidName`] for a `config` that is none; [`SealedErrorKind::TooLarge`] for more than a mebibyte;
    /// [`SealedErrorKind::Tampered`] where the public half is no key.
    ///
    /// # Panics
    ///
    /// Where the operating system has no random bytes to give.
    pub fn seal_snapshot(&self, config: &str, created: u64, plaintext: &[u8]) -> Result<SealedSnapshot, SealedError> {
        let place = FileLocation::Snapshot { stage: Some(self.stage()) };
        check_config(config).map_err(|fault| fault.into_error(&place))?;
        if plaintext.len() > file_format::MAX_PLAINTEXT {
            let detail = format!("its values take {} bytes, and a snapshot holds a mebibyte", plaintext.len());
            return Err(SealedFault::too_large(detail).into_error(&place));
        }
        let name = bind_name(config, created);
        let sealed = self.owner.public.seal(&self.owner.associated_data(&name), plaintext);
        let body =
            sealed.ok_or_else(|| SealedFault::tampered("its public half is no key").into_error(&self.location()))?;
        let head = SnapshotHeaders { owner: self.owner.clone(), config: config.to_owned(), created };
        Ok(SealedSnapshot { headers: head, body })
    }
}

impl UnlockedKey {
    /// Opens a snapshot.
    ///
    /// # Errors
    ///
    /// As [`SealedSnapshot::verify`]; [`SealedErrorKind::Tampered`] where the file is not what was sealed.
    pub fn open_snapshot(&self, snapshot: &SealedSnapshot) -> Result<Zeroizing<Vec<u8>>, SealedError> {
        snapshot.headers.check(&self.owner)?;
        let name = bind_name(&snapshot.headers.config, snapshot.headers.created);
        let opened = self.private.open(&self.owner.associated_data(&name), &snapshot.body);
        opened.ok_or_else(|| {
            let fault = SealedFault::tampered("it does not open: it is not what was sealed");
            fault.into_error(&FileLocation::Snapshot { stage: Some(&self.owner.stage) })
        })
    }
}

impl SealedSnapshot {
    /// Reads the file's text. What its headers say is its own word, until [`verify`](Self::verify) has compared them and
    /// [`UnlockedKey::open_snapshot`] has proved them.
    ///
    /// # Errors
    ///
    /// As [`StageKey::parse`].
    pub fn parse(text: &str) -> Result<Self, SealedError> {
        Self::parse_in(text, None)
    }

    /// The same, with the stage that the file is of for the help.
    pub(crate) fn parse_in(text: &str, stage: Option<&str>) -> Result<Self, SealedError> {
        Self::parse_text(text).map_err(|fault| fault.into_error(&FileLocation::Snapshot { stage }))
    }

    fn parse_text(text: &str) -> Result<Self, SealedFault> {
        let (headers, body) = file_format::SNAPSHOT.read(text)?;
        let head = SnapshotHeaders::from_headers(headers)?;
        if body.len() < OVERHEAD {
            return Err(SealedFault::malformed("it is shorter than the shortest that is written"));
        }
        Ok(Self { headers: head, body })
    }

    /// The app it says it is of.
    #[must_use]
    pub fn app(&self) -> &str {
        &self.headers.owner.app
    }

    /// The stage it says it is of.
    #[must_use]
    pub fn stage(&self) -> &str {
        &self.headers.owner.stage
    }

    /// The struct that it says it was written for, with its module.
    #[must_use]
    pub fn config(&self) -> &str {
        &self.headers.config
    }

    /// When it says it was written, in seconds since 1970.
    #[must_use]
    pub fn created(&self) -> u64 {
        self.headers.created
    }

    /// The public half that it says it was sealed with, in base64.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        self.headers.owner.public.fingerprint()
    }

    /// Everything that needs no AWS: whether its headers say that it was sealed for this key pair. That they say the truth only
    /// [`UnlockedKey::open_snapshot`] proves.
    ///
    /// # Errors
    ///
    /// [`SealedErrorKind::WrongApp`], [`SealedErrorKind::WrongStage`], [`SealedErrorKind::WrongKey`].
    pub fn verify(&self, key: &StageKey) -> Result<(), SealedError> {
        self.headers.verify(key)
    }

    #[cfg(any(feature = "fuzzing", test))]
    pub(super) fn headers(&self) -> &SnapshotHeaders {
        &self.headers
    }

    #[cfg(test)]
    pub(super) fn owner(&self) -> &KeyOwner {
        &self.headers.owner
    }

    #[cfg(test)]
    pub(super) fn body(&self) -> &[u8] {
        &self.body
    }
}

impl SnapshotHeaders {
    /// Reads the beginning of a file's text; [`SealedSnapshot::parse`] checks the rest. `stage` is what the help names.
    ///
    /// # Errors
    ///
    /// As [`StageKey::parse`].
    pub(crate) fn parse(text: &str, stage: Option<&str>) -> Result<Self, SealedError> {
        file_format::SNAPSHOT
            .read_headers(text)
            .and_then(Self::from_headers)
            .map_err(|fault| fault.into_error(&FileLocation::Snapshot { stage }))
    }

    fn from_headers([app, stage, config, created, public]: [String; 5]) -> Result<Self, SealedFault> {
        let owner = KeyOwner::read(app, stage, &public)?;
        check_config(&config).map_err(SealedFault::into_malformed)?;
        // One form only, as of everything in a file.
        let seconds = created.parse().ok().filter(|seconds: &u64| seconds.to_string() == created);
        let created = seconds.ok_or_else(|| SealedFault::malformed("its header `created` is no time"))?;
        Ok(Self { owner, config, created })
    }

    /// When it says it was written, in seconds since 1970.
    pub(crate) fn created(&self) -> u64 {
        self.created
    }

    /// As [`SealedSnapshot::verify`].
    pub(crate) fn verify(&self, key: &StageKey) -> Result<(), SealedError> {
        self.check(&key.owner)
    }

    fn check(&self, owner: &KeyOwner) -> Result<(), SealedError> {
        let same = check_same(&self.owner.app, &owner.app, &self.owner.stage, &owner.stage);
        let checked = same.and_then(|()| match self.owner.public == owner.public {
            true => Ok(()),
            false => {
                let detail = "it was sealed for another key pair than the stage's present one";
                Err(SealedFault::new(SealedErrorKind::WrongKey, detail))
            }
        });
        checked.map_err(|fault| fault.into_error(&FileLocation::Snapshot { stage: Some(&owner.stage) }))
    }
}

/// The file's text.
impl fmt::Display for SealedSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let created = self.created().to_string();
        let headers = [self.app(), self.stage(), self.config(), created.as_str(), self.fingerprint()];
        f.write_str(&file_format::SNAPSHOT.write(headers, &self.body))
    }
}

impl fmt::Debug for SealedSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("SealedSnapshot");
        self.headers
            .owner
            .show(&mut shown)
            .field("config", &self.headers.config)
            .field("created", &self.headers.created)
            .finish_non_exhaustive()
    }
}

/// What stands in the place of a value's name.
fn bind_name(config: &str, created: u64) -> String {
    format!("snapshot of {config} at {created}")
}

fn check_config(config: &str) -> Result<(), SealedFault> {
    let strange = |c: char| c.is_control() || c.is_whitespace();
    if config.is_empty() || config.len() > LONGEST_CONFIG || config.contains(strange) {
        return Err(SealedFault::new(SealedErrorKind::InvalidName, "its struct has no name"));
    }
    Ok(())
}
