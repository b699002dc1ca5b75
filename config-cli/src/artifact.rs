//! Reads a built artifact and the configurations that it loads.
//!
//! The input is untrusted: reading it never panics. A file, an executable in a zip, or the unpacked
//! layers of an image are refused if they have more than `MAX_ARTIFACT` bytes.

mod archive;
mod container;
mod file_system;
mod image;
#[cfg(feature = "deployed")]
mod program;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fs;
use std::path::Path;

use stage_config_core::manifest::{self, ManifestError, ManifestErrorKind};
use stage_config_core::{Diagnostic, Schema};

#[cfg(feature = "deployed")]
pub use program::Program;

/// The error for an artifact that cannot be read.
pub type ArtifactError = Diagnostic<()>;

/// The maximum size of an artifact, of an executable in a zip, and of all unpacked layers of an
/// image. Lambda allows 250 MB after unpacking, but debug builds are larger.
const MAX_ARTIFACT: u64 = 1 << 30;

/// The files to search in a folder. `cargo lambda build` writes the first, and with
/// `--output-format zip` the second. The others are in the file system of an image.
const FOLDER_FILES: [&str; 4] = [
    "bootstrap",
    "bootstrap.zip",
    "var/runtime/bootstrap",
    "var/task/bootstrap",
];

/// Returns the schemas of the configurations that the artifact loads, sorted by name, without
/// duplicates.
///
/// The artifact is an executable or a library for Linux, macOS or Windows, the zip of a Lambda
/// function, the archive of a container image, or one of three folders: the folder that
/// `cargo lambda build` writes, an OCI layout, or the file system of an image. The list is empty if
/// the artifact has no manifest; see [`no_manifest_error`].
pub fn read(path: &Path) -> Result<Vec<&'static Schema>, ArtifactError> {
    let sections = read_sections(&read_artifact(path)?).map_err(|error| ArtifactError {
        subject: path.display().to_string(),
        ..error
    })?;
    decode_schemas(&path.display().to_string(), &sections)
}

fn decode_schemas(
    display_name: &str,
    sections: &[Vec<u8>],
) -> Result<Vec<&'static Schema>, ArtifactError> {
    let mut schemas: Vec<&'static Schema> = Vec::new();
    for section in sections {
        let decoded = manifest::decode(section);
        for schema in decoded.map_err(|error| manifest_error(display_name, &error))? {
            // The same struct may occur twice, if two crates or two architectures contain it.
            if !schemas.contains(&schema) {
                schemas.push(schema);
            }
        }
    }

    schemas.sort_by_key(|schema| (schema.name, schema.package, schema.module));
    Ok(schemas)
}

/// Returns the manifest sections in the bytes of an artifact. The list is empty if the artifact has
/// no manifest.
pub fn read_sections(artifact: &[u8]) -> Result<Vec<Vec<u8>>, ArtifactError> {
    container::read_sections(&find_executable(artifact, MAX_ARTIFACT)?)
}

/// Returns the executable in the bytes of an artifact. Refuses an executable in a zip, or the
/// layers of an image, if they have more than `max_bytes` bytes after unpacking.
fn find_executable(artifact: &[u8], max_bytes: u64) -> Result<Cow<'_, [u8]>, ArtifactError> {
    Ok(if archive::is_zip(artifact) {
        Cow::Owned(archive::extract_executable(artifact, max_bytes)?)
    } else if image::is_tar(artifact) {
        Cow::Owned(image::extract_executable(artifact, max_bytes)?)
    } else {
        Cow::Borrowed(artifact)
    })
}

/// Returns the error for an artifact without a manifest. `display_name` names the artifact.
pub fn no_manifest_error(display_name: &str) -> ArtifactError {
    ArtifactError::new(
        (),
        "",
        format!("{display_name} contains no manifest of a configuration"),
        "build a program that loads a configuration of stage-config: the manifest contains only \
         the configurations that the program loads; check also that no tool removes sections of \
         the artifact",
    )
}

fn read_artifact(path: &Path) -> Result<Vec<u8>, ArtifactError> {
    let display_name = path.display();
    let read_error = |error| {
        ArtifactError::new(
            (),
            "",
            format!("{display_name} cannot be read: {error}"),
            "build the program first, or give the path of a built executable or of the zip of a \
             function",
        )
    };

    let found = FOLDER_FILES
        .into_iter()
        .map(|file| path.join(file))
        .find(|file| file.is_file());
    if found.is_none()
        && path.is_dir()
        && let Some(executable) = image::extract_from_folder(path, MAX_ARTIFACT)?
    {
        return Ok(executable);
    }
    let path = found.as_deref().unwrap_or(path);

    let metadata = fs::metadata(path).map_err(read_error)?;
    if !metadata.is_file() {
        return Err(ArtifactError::new(
            (),
            "",
            format!("{display_name} is neither a file nor a folder that contains `bootstrap`"),
            "build the program first, or give the path of a built executable or of the zip of a \
             function",
        ));
    }
    if metadata.len() > MAX_ARTIFACT {
        return Err(ArtifactError::new(
            (),
            "",
            format!("{display_name} has more than {} MiB", MAX_ARTIFACT >> 20),
            "give the path of the executable itself, and build it with `strip = true`",
        ));
    }
    fs::read(path).map_err(read_error)
}

fn unsupported_error(message: impl Into<String>) -> ArtifactError {
    let help = "give the path of an executable for Linux, macOS or Windows, or of the zip of a \
                Lambda function";
    ArtifactError::new((), "", message, help)
}

fn manifest_error(display_name: &str, error: &ManifestError) -> ArtifactError {
    let problem = match error.kind() {
        ManifestErrorKind::UnsupportedVersion => {
            "has a manifest that this cargo-stage is too old to read"
        }
        _ => "has a manifest that is damaged",
    };
    ArtifactError::new(
        (),
        "",
        format!("{display_name} {problem}: {}", error.detail()),
        error.help().clone(),
    )
}
