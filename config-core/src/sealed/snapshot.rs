//! A sealed snapshot: values of a stage in one sealed text.
//!
//! A snapshot cannot replace a value, and a value cannot replace a snapshot. The file formats
//! differ, and the name that is bound to a snapshot contains spaces, which a value's name cannot
//! contain.

use super::{
    check_names::check_same,
    cipher::OVERHEAD,
    error::{FileLocation, SealedError, SealedErrorKind, SealedFault},
    file_format,
    stage_key::{KeyOwner, StageKey, UnlockedKey},
};
use std::fmt;
use zeroize::Zeroizing;

/// The maximum length of a struct's name with its module, in bytes.
const MAX_CONFIG: usize = 2048;

/// A sealed snapshot as stored in its file. `Display` writes the file.
///
/// App, stage, key pair, struct and time are plain text, and are bound to the content: if one of
/// them is changed, the file does not open. The file does not prove who sealed it.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedSnapshot {
    pub(super) headers: SnapshotHeaders,
    pub(super) body: Vec<u8>,
}

/// The headers, which are plain text. If a load does not use a snapshot, it reads only the headers.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct SnapshotHeaders {
    pub(super) owner: KeyOwner,
    config: String,
    created: u64,
}

impl StageKey {
    /// Seals values of a stage; this needs only the public half. `config` is the struct whose
    /// fields have these values, with its module. `created` is the time in seconds since 1970.
    ///
    /// `cargo stage snapshot` and the loader define the format of the plaintext; see
    /// `docs/snapshot.md`.
    ///
    /// # Errors
    ///
    /// Returns [`SealedErrorKind::InvalidName`] if `config` is not a valid name,
    /// [`SealedErrorKind::TooLarge`] if the plaintext exceeds 1 MiB, and
    /// [`SealedErrorKind::Tampered`] if the public half is not a valid key.
    ///
    /// # Panics
    ///
    /// Panics if the operating system cannot provide random bytes.
    pub fn seal_snapshot(
        &self,
        config: &str,
        created: u64,
        plaintext: &[u8],
    ) -> Result<SealedSnapshot, SealedError> {
        let place = FileLocation::Snapshot {
            stage: Some(self.stage()),
        };
        check_config(config).map_err(|fault| fault.into_error(&place))?;
        if plaintext.len() > file_format::MAX_PLAINTEXT {
            let detail = format!(
                "its values take {} bytes, but a snapshot has at most 1 MiB",
                plaintext.len()
            );
            return Err(SealedFault::too_large(detail).into_error(&place));
        }

        let name = format_bound_name(config, created);
        let sealed = self
            .owner
            .public
            .seal(&self.owner.associated_data(&name), plaintext);
        let body = sealed.ok_or_else(|| {
            SealedFault::tampered("its public half is not a key").into_error(&self.location())
        })?;
        let headers = SnapshotHeaders {
            owner: self.owner.clone(),
            config: config.to_owned(),
            created,
        };
        Ok(SealedSnapshot { headers, body })
    }
}

impl UnlockedKey {
    /// Opens a snapshot.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`SealedSnapshot::verify`]. Returns [`SealedErrorKind::Tampered`] if
    /// the file was changed after it was sealed.
    pub fn open_snapshot(
        &self,
        snapshot: &SealedSnapshot,
    ) -> Result<Zeroizing<Vec<u8>>, SealedError> {
        snapshot.headers.check(&self.owner)?;
        let name = format_bound_name(&snapshot.headers.config, snapshot.headers.created);
        let opened = self
            .private
            .open(&self.owner.associated_data(&name), &snapshot.body);
        opened.ok_or_else(|| {
            let fault =
                SealedFault::tampered("it does not open: it was changed after it was sealed");
            fault.into_error(&FileLocation::Snapshot {
                stage: Some(&self.owner.stage),
            })
        })
    }
}

impl SealedSnapshot {
    /// Parses the text of the file. Do not trust its headers until [`verify`](Self::verify) has
    /// compared them and [`UnlockedKey::open_snapshot`] has authenticated them.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`StageKey::parse`].
    pub fn parse(text: &str) -> Result<Self, SealedError> {
        Self::parse_in(text, None)
    }

    /// Parses the text like [`parse`](Self::parse), but an error names `stage`.
    pub(crate) fn parse_in(text: &str, stage: Option<&str>) -> Result<Self, SealedError> {
        Self::parse_text(text).map_err(|fault| fault.into_error(&FileLocation::Snapshot { stage }))
    }

    fn parse_text(text: &str) -> Result<Self, SealedFault> {
        let (headers, body) = file_format::SNAPSHOT.read(text)?;
        let headers = SnapshotHeaders::from_headers(headers)?;
        if body.len() < OVERHEAD {
            return Err(SealedFault::malformed(
                "it is shorter than the minimum length",
            ));
        }
        Ok(Self { headers, body })
    }

    /// Returns the struct that the header names, with its module.
    #[must_use]
    pub fn config(&self) -> &str {
        &self.headers.config
    }

    /// Checks without AWS that the headers declare this key pair. Only
    /// [`UnlockedKey::open_snapshot`] proves that the headers are true.
    ///
    /// # Errors
    ///
    /// Returns [`SealedErrorKind::WrongApp`], [`SealedErrorKind::WrongStage`] or
    /// [`SealedErrorKind::WrongKey`] if a header differs.
    pub fn verify(&self, key: &StageKey) -> Result<(), SealedError> {
        self.headers.verify(key)
    }
}

impl SnapshotHeaders {
    /// Parses the headers at the beginning of a file. [`SealedSnapshot::parse`] also checks the
    /// rest. An error names `stage`.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`StageKey::parse`].
    pub(crate) fn parse(text: &str, stage: Option<&str>) -> Result<Self, SealedError> {
        file_format::SNAPSHOT
            .read_headers(text)
            .and_then(Self::from_headers)
            .map_err(|fault| fault.into_error(&FileLocation::Snapshot { stage }))
    }

    fn from_headers(
        [app, stage, config, created, public]: [String; 5],
    ) -> Result<Self, SealedFault> {
        let owner = KeyOwner::read(app, stage, &public)?;
        check_config(&config).map_err(SealedFault::into_malformed)?;

        // Like every other part of a file, a time has exactly one form.
        let seconds = created
            .parse()
            .ok()
            .filter(|seconds: &u64| seconds.to_string() == created);
        let created =
            seconds.ok_or_else(|| SealedFault::malformed("its header `created` is not a time"))?;
        Ok(Self {
            owner,
            config,
            created,
        })
    }

    /// Returns the time in the header, in seconds since 1970.
    pub(crate) fn created(&self) -> u64 {
        self.created
    }

    /// Checks the headers like [`SealedSnapshot::verify`].
    pub(crate) fn verify(&self, key: &StageKey) -> Result<(), SealedError> {
        self.check(&key.owner)
    }

    fn check(&self, owner: &KeyOwner) -> Result<(), SealedError> {
        let same = check_same(&self.owner.app, &owner.app, &self.owner.stage, &owner.stage);
        let checked = same.and_then(|()| {
            if self.owner.public == owner.public {
                Ok(())
            } else {
                let detail = "it was sealed for another key pair, not for the stage's current one";
                Err(SealedFault::new(SealedErrorKind::WrongKey, detail))
            }
        });
        checked.map_err(|fault| {
            fault.into_error(&FileLocation::Snapshot {
                stage: Some(&owner.stage),
            })
        })
    }
}

/// Writes the text of the file.
impl fmt::Display for SealedSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let SnapshotHeaders {
            owner: KeyOwner { app, stage, public },
            config,
            created,
        } = &self.headers;
        let headers = [
            app.as_str(),
            stage,
            config,
            &created.to_string(),
            public.fingerprint(),
        ];
        f.write_str(&file_format::SNAPSHOT.write(headers, &self.body))
    }
}

impl fmt::Debug for SealedSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut output = f.debug_struct("SealedSnapshot");
        self.headers
            .owner
            .add_fields(&mut output)
            .field("config", &self.headers.config)
            .field("created", &self.headers.created)
            .finish_non_exhaustive()
    }
}

/// Returns the name that is bound to the content of a snapshot. A value is bound to its own name.
fn format_bound_name(config: &str, created: u64) -> String {
    format!("snapshot of {config} at {created}")
}

fn check_config(config: &str) -> Result<(), SealedFault> {
    let is_invalid = |c: char| c.is_control() || c.is_whitespace();
    if config.is_empty() || config.len() > MAX_CONFIG || config.contains(is_invalid) {
        return Err(SealedFault::new(
            SealedErrorKind::InvalidName,
            "the name of its struct is not valid",
        ));
    }
    Ok(())
}
