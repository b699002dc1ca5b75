//! Finds the executable in the files of a container image: an archive that `docker save` or
//! `podman save` writes, an OCI layout (archive or folder), or the archive of a file system.

use std::borrow::Cow;
use std::fs;
use std::io::Read as _;
use std::path::Path;

use flate2::read::GzDecoder;
use serde_json::Value;

use super::file_system::{FileSystem, join};
use super::{ArtifactError, container};

/// The name of the executable that Lambda runs.
const BOOTSTRAP: &str = "bootstrap";

/// The paths at which Lambda's base image looks for the executable.
const BOOTSTRAP_PATHS: [&str; 2] = ["var/runtime/bootstrap", "var/task/bootstrap"];

/// The maximum number of documents that are read to find the manifest of the image. The first
/// document is `index.json`, and the last one is the manifest.
const MAX_DOCUMENTS: usize = 4;

/// The image that an archive or a folder contains.
#[derive(Debug, Default)]
struct Image {
    /// The paths of the layers, the lowest first.
    layers: Vec<String>,
    /// The path of the image's settings.
    config: Option<String>,
}

/// A function that reads a file of the archive or folder.
type ReadFile<'a, 'r> = &'r dyn Fn(&str) -> Option<Cow<'a, [u8]>>;

pub(super) fn is_tar(artifact: &[u8]) -> bool {
    artifact.get(257..262) == Some(b"ustar")
}

/// Returns the executable of the image in an archive, or of the file system if the archive contains
/// no image. Refuses layers that have more than `max_bytes` bytes together after unpacking.
pub(super) fn extract_executable(archive: &[u8], max_bytes: u64) -> Result<Vec<u8>, ArtifactError> {
    let mut files = FileSystem::default();
    files
        .add_layer(archive)
        .map_err(|reason| damaged_error(&reason))?;
    let read_file = |path: &str| files.get(path).map(Cow::Borrowed);
    match find_image(&read_file)? {
        Some(image) => extract(&image, &read_file, max_bytes),
        None => find_program(&files, None).map(<[u8]>::to_vec),
    }
}

/// Returns the executable of the image in a folder. Returns `None` if the folder contains no image.
pub(super) fn extract_from_folder(
    folder: &Path,
    max_bytes: u64,
) -> Result<Option<Vec<u8>>, ArtifactError> {
    let read_file = |path: &str| {
        let path = folder.join(join("", path, ""));
        let metadata = fs::metadata(&path).ok()?;
        let is_allowed = metadata.is_file() && metadata.len() <= max_bytes;
        is_allowed.then(|| fs::read(path).ok())?.map(Cow::Owned)
    };
    match find_image(&read_file)? {
        Some(image) => extract(&image, &read_file, max_bytes).map(Some),
        None => Ok(None),
    }
}

/// Returns the executable of the image with this digest, as in `sha256:…`, from an archive in the
/// format of OCI. Returns `None` if the archive does not contain this image.
#[cfg(feature = "deployed")]
pub(super) fn extract_with_digest(
    archive: &[u8],
    digest: &str,
    max_bytes: u64,
) -> Result<Option<Vec<u8>>, ArtifactError> {
    use sha2::{Digest as _, Sha256};
    let mut files = FileSystem::default();
    files
        .add_layer(archive)
        .map_err(|reason| damaged_error(&reason))?;
    // The name of each blob is the hash of its content.
    let matches_hash = |path: &str, content: &[u8]| {
        let digest = Sha256::digest(content);
        let hash: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        path.rsplit('/').next() == Some(&hash)
    };
    let read_file = |path: &str| {
        let content = files
            .get(path)
            .filter(|content| matches_hash(path, content));
        content.map(Cow::Borrowed)
    };
    let Some(hash) = digest.strip_prefix("sha256:") else {
        return Ok(None);
    };
    let Some(manifest) = read_file(&format!("blobs/sha256/{hash}")) else {
        return Ok(None);
    };
    let manifest: Value = serde_json::from_slice(&manifest).unwrap_or_default();
    let Some(layers) = manifest["layers"].as_array() else {
        return Ok(None);
    };
    let image = Image {
        layers: layers.iter().filter_map(blob_path).collect(),
        config: blob_path(&manifest["config"]),
    };
    extract(&image, &read_file, max_bytes).map(Some)
}

/// Returns the image that `manifest.json` (Docker) or `index.json` (OCI) describes.
fn find_image(read_file: ReadFile<'_, '_>) -> Result<Option<Image>, ArtifactError> {
    if let Some(manifest) = read_json(read_file, "manifest.json")
        && let Some(images) = manifest.as_array()
    {
        let [image] = &images[..] else {
            return Err(image_error(
                "the archive does not contain exactly one image",
                "save one image: docker save IMAGE -o image.tar",
            ));
        };
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let layers = image["Layers"].as_array().into_iter().flatten();
        return Ok(Some(Image {
            layers: layers.filter_map(text).collect(),
            config: text(&image["Config"]),
        }));
    }

    let Some(mut document) = read_json(read_file, "index.json") else {
        return Ok(None);
    };
    for _ in 0..MAX_DOCUMENTS {
        if let Some(layers) = document["layers"].as_array() {
            return Ok(Some(Image {
                layers: layers.iter().filter_map(blob_path).collect(),
                config: blob_path(&document["config"]),
            }));
        }
        // An index can list one image for each architecture, all with the same program, so the
        // first image is enough. An attestation is not an image.
        let is_image = |entry: &&Value| entry["platform"]["os"] != "unknown";
        let mut images = document["manifests"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(is_image);
        let next = images
            .next()
            .and_then(blob_path)
            .and_then(|path| read_json(read_file, &path));
        let Some(next) = next else { break };
        document = next;
    }
    Err(damaged_error("`index.json` names no image"))
}

fn read_json(read_file: ReadFile<'_, '_>, path: &str) -> Option<Value> {
    serde_json::from_slice(&read_file(path)?).ok()
}

/// Returns the path of the file that a descriptor of OCI names.
fn blob_path(descriptor: &Value) -> Option<String> {
    let (algorithm, hash) = descriptor["digest"].as_str()?.split_once(':')?;
    Some(format!("blobs/{algorithm}/{hash}"))
}

fn extract(
    image: &Image,
    read_file: ReadFile<'_, '_>,
    max_bytes: u64,
) -> Result<Vec<u8>, ArtifactError> {
    let mut left = max_bytes;
    let mut layers = Vec::new();
    for path in &image.layers {
        let layer = read_file(path).ok_or_else(|| damaged_error("a layer is missing"))?;
        let layer = unpack(layer, left)?;
        left = left
            .checked_sub(layer.len() as u64)
            .ok_or_else(|| too_large_error(max_bytes))?;
        layers.push(layer);
    }
    let mut files = FileSystem::default();
    for layer in &layers {
        files
            .add_layer(layer)
            .map_err(|reason| damaged_error(&reason))?;
    }
    let config = image
        .config
        .as_ref()
        .and_then(|path| read_json(read_file, path));
    find_program(&files, config.as_ref()).map(<[u8]>::to_vec)
}

/// Unpacks a layer if it is compressed with gzip. Refuses a layer that is compressed with zstd.
fn unpack(layer: Cow<'_, [u8]>, max_bytes: u64) -> Result<Cow<'_, [u8]>, ArtifactError> {
    if layer.starts_with(b"\x28\xb5\x2f\xfd") {
        return Err(image_error(
            "its layers are compressed with zstd",
            "save the image without compression: docker save IMAGE -o image.tar",
        ));
    }
    if !layer.starts_with(b"\x1f\x8b") {
        return Ok(layer);
    }
    let mut unpacked = Vec::new();
    GzDecoder::new(&layer[..])
        .take(max_bytes.saturating_add(1))
        .read_to_end(&mut unpacked)
        .map_err(|error| damaged_error(&error.to_string()))?;
    Ok(Cow::Owned(unpacked))
}

/// Returns `bootstrap`, or the program that the image's settings name.
fn find_program<'a>(
    files: &FileSystem<'a>,
    config: Option<&Value>,
) -> Result<&'a [u8], ArtifactError> {
    let executable = |path: &str| {
        files
            .get(path)
            .filter(|file| container::is_executable(file))
    };
    if let Some(program) = BOOTSTRAP_PATHS.into_iter().find_map(executable) {
        return Ok(program);
    }
    let bootstraps: Vec<_> = files.find(BOOTSTRAP).filter_map(executable).collect();
    match bootstraps[..] {
        [only] => Ok(only),
        [] => config
            .and_then(|config| executable(&entry_point(&config["config"])?))
            .ok_or_else(|| {
                image_error(
                    "the image contains no executable `bootstrap`, and its entry point is not an \
                     executable",
                    "copy the function to /var/runtime/bootstrap, or give the path of the \
                     executable",
                )
            }),
        _ => Err(image_error(
            "the image contains several executables `bootstrap`",
            "give the path of the executable that runs",
        )),
    }
}

/// Returns the path of the program in an image's settings.
fn entry_point(config: &Value) -> Option<String> {
    let program = ["Entrypoint", "Cmd"]
        .iter()
        .find_map(|name| config[name][0].as_str())?;
    Some(join(
        config["WorkingDir"].as_str().unwrap_or_default(),
        program,
        "",
    ))
}

fn image_error(message: &str, help: &'static str) -> ArtifactError {
    ArtifactError::new((), "", message, help)
}

fn damaged_error(reason: &str) -> ArtifactError {
    let message =
        format!("it begins like a tar archive or an image, but cannot be read ({reason})");
    image_error(
        &message,
        "save the image again: docker save IMAGE -o image.tar",
    )
}

fn too_large_error(max_bytes: u64) -> ArtifactError {
    image_error(
        &format!(
            "the layers of the image have more than {} MiB",
            max_bytes >> 20
        ),
        "give the path of the executable itself",
    )
}
