//! A program in an artifact: its configurations, and what a deployment must fit.

use std::path::Path;

use memchr::memmem;
use object::{Architecture, File, FileKind, Object as _};
use sha2::{Digest as _, Sha256};
use stage_config_core::Schema;
use stage_config_core::manifest::RESTORE_MARK;

use super::{ArtifactError, container, decode_schemas, find_executable, read_artifact};

/// An executable that was read from an artifact.
pub struct Program {
    /// The name of the artifact in messages.
    display_name: String,
    /// The SHA-256 of the artifact, which is that of the executable if it is no archive.
    artifact_digest: [u8; 32],
    executable: Vec<u8>,
}

impl Program {
    /// Reads the program of an artifact. Its format is that of [`read`](super::read).
    pub fn read(path: &Path) -> Result<Self, ArtifactError> {
        Self::from_bytes(&path.display().to_string(), &read_artifact(path)?)
    }

    /// Reads the program of an artifact that was read or downloaded. `display_name` names it in
    /// messages.
    pub fn from_bytes(display_name: &str, artifact: &[u8]) -> Result<Self, ArtifactError> {
        let executable = find_executable(artifact).map_err(|error| ArtifactError {
            subject: display_name.to_owned(),
            ..error
        })?;
        Ok(Self {
            display_name: display_name.to_owned(),
            artifact_digest: Sha256::digest(artifact).into(),
            executable: executable.into_owned(),
        })
    }

    /// Returns the configurations that the program loads, sorted by name, without duplicates.
    pub fn decode_schemas(&self) -> Result<Vec<&'static Schema>, ArtifactError> {
        let sections =
            container::read_sections(&self.executable).map_err(|error| ArtifactError {
                subject: self.display_name.clone(),
                ..error
            })?;
        decode_schemas(&self.display_name, &sections)
    }

    /// Returns the SHA-256 of the artifact that contains the program.
    pub fn artifact_digest(&self) -> &[u8; 32] {
        &self.artifact_digest
    }

    /// Returns whether both artifacts contain the same executable, byte for byte.
    pub fn has_same_executable(&self, other: &Self) -> bool {
        self.executable == other.executable
    }

    /// Returns whether the program loads its configuration after a restore of SnapStart.
    pub fn loads_after_restore(&self) -> bool {
        memmem::find(&self.executable, RESTORE_MARK).is_some()
    }

    /// Returns Lambda's name of the architecture: `x86_64` or `arm64`. Returns `None` for a program
    /// that Lambda cannot run.
    pub fn lambda_architecture(&self) -> Option<&'static str> {
        let is_elf = matches!(FileKind::parse(&*self.executable), Ok(FileKind::Elf64));
        let file = File::parse(&*self.executable).ok().filter(|_| is_elf)?;
        match file.architecture() {
            Architecture::X86_64 => Some("x86_64"),
            Architecture::Aarch64 => Some("arm64"),
            _ => None,
        }
    }
}
