//! A program in an artifact: its configurations, and the properties that a deployed function must
//! match.

use std::path::Path;

use memchr::memmem;
use object::{Architecture, File, FileKind, Object as _};
use sha2::{Digest as _, Sha256};
use stage_config_core::Schema;
use stage_config_core::manifest::RESTORE_MARK;

use super::{
    ArtifactError, MAX_ARTIFACT, container, decode_schemas, find_executable, image, read_artifact,
};

/// The maximum size of the executable in a deployed zip. Lambda allows 250 MB after unpacking
/// (Lambda quotas).
const MAX_DEPLOYED: u64 = 256 << 20;

/// An executable that was read from an artifact.
pub struct Program {
    /// The name of the artifact in messages.
    display_name: String,
    /// The SHA-256 of the zip or archive that contains the executable. It is the SHA-256 of the
    /// executable itself in three cases: there is no zip or archive,
    /// [`read_image`](Self::read_image) has read the executable, or the artifact is a folder with
    /// an image.
    artifact_digest: [u8; 32],
    executable: Vec<u8>,
    sections: Vec<Vec<u8>>,
}

impl Program {
    /// Reads the program of an artifact. The formats of the artifact are those of
    /// [`read`](super::read).
    pub fn read(path: &Path) -> Result<Self, ArtifactError> {
        let artifact = read_artifact(path)?;
        Self::new(&path.display().to_string(), &artifact, MAX_ARTIFACT)
    }

    /// Reads the program in the zip of a deployed function. `display_name` names the zip in
    /// messages.
    pub fn from_zip(display_name: &str, zip: &[u8]) -> Result<Self, ArtifactError> {
        Self::new(display_name, zip, MAX_DEPLOYED)
    }

    /// Reads the program of the image with this digest from an archive in the format of OCI.
    /// Returns `None` if the archive does not contain this image.
    pub fn read_image(path: &Path, digest: &str) -> Result<Option<Self>, ArtifactError> {
        let archive = read_artifact(path)?;
        if !image::is_tar(&archive) {
            return Ok(None);
        }
        let executable = image::extract_with_digest(&archive, digest, MAX_ARTIFACT)?;
        executable
            .map(|executable| Self::new(&path.display().to_string(), &executable, MAX_ARTIFACT))
            .transpose()
    }

    fn new(display_name: &str, artifact: &[u8], max_bytes: u64) -> Result<Self, ArtifactError> {
        let with_name = |error: ArtifactError| ArtifactError {
            subject: display_name.to_owned(),
            ..error
        };
        let executable = find_executable(artifact, max_bytes).map_err(with_name)?;
        Ok(Self {
            display_name: display_name.to_owned(),
            artifact_digest: Sha256::digest(artifact).into(),
            sections: container::read_sections(&executable).map_err(with_name)?,
            executable: executable.into_owned(),
        })
    }

    /// Returns the name of the artifact in messages.
    pub fn display_name(&self) -> &str {
        &self.display_name
    }

    /// Returns the configurations that the program loads, sorted by name, without duplicates.
    pub fn decode_schemas(&self) -> Result<Vec<&'static Schema>, ArtifactError> {
        decode_schemas(&self.display_name, &self.sections)
    }

    /// Returns the SHA-256 of the zip or archive that contains the program. Returns the SHA-256 of
    /// the program itself in three cases: there is no zip or archive,
    /// [`read_image`](Self::read_image) has read the program, or the artifact is a folder with an
    /// image.
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

    /// Returns Lambda's name for the architecture: `x86_64` or `arm64`. Returns `None` for a
    /// program that Lambda cannot run.
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
