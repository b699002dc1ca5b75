//! Finds the executable in the zip of a Lambda function.

use std::io::{Cursor, Read};

use zip::ZipArchive;
use zip::result::ZipError;

use super::ArtifactError;
use super::container;

/// The name of the executable that Lambda runs.
const BOOTSTRAP: &str = "bootstrap";

/// The folder in which Lambda unpacks the zip.
const LAMBDA_ROOT: &str = "/var/task";

/// A path with this number of symbolic links, or more, is refused.
const MAX_LINKS: usize = 16;

/// The maximum number of bytes that are read of a link's target. A longer target is cut off.
const MAX_TARGET_LENGTH: u64 = 4096;

/// The maximum number of entries in a zip.
const MAX_ENTRIES: usize = 100_000;

/// This number of bytes at the beginning of a file is enough to recognize every supported format.
const HEADER_LENGTH: u64 = 64;

pub(super) fn is_zip(artifact: &[u8]) -> bool {
    // A zip begins with a local file header, or if it is empty, with its end record.
    artifact.starts_with(b"PK\x03\x04") || artifact.starts_with(b"PK\x05\x06")
}

/// Returns `bootstrap`, or the only executable if the zip has no `bootstrap`. Refuses a file of
/// more than `max_bytes` bytes after unpacking.
pub(super) fn extract_executable(
    artifact: &[u8],
    max_bytes: u64,
) -> Result<Vec<u8>, ArtifactError> {
    let mut archive =
        ZipArchive::new(Cursor::new(artifact)).map_err(|error| damaged_zip_error(&error))?;
    if archive.len() > MAX_ENTRIES {
        return Err(no_executable_error("the zip has more than 100000 entries"));
    }
    if archive.index_for_name(BOOTSTRAP).is_some() {
        let index = resolve_links(&mut archive, BOOTSTRAP)?;
        return unpack_entry(&mut archive, index, max_bytes);
    }
    let mut executables = Vec::new();
    for index in 0..archive.len() {
        // An entry that cannot be unpacked is skipped: it cannot be the program that Lambda runs.
        if unpack_header(&mut archive, index).is_ok_and(|header| container::is_executable(&header))
        {
            executables.push(index);
        }
    }
    match executables[..] {
        [only] => unpack_entry(&mut archive, only, max_bytes),
        [] => Err(no_executable_error("the zip contains no executable")),
        _ => Err(no_executable_error(
            "the zip contains several executables, and none is called `bootstrap`",
        )),
    }
}

/// Follows the symbolic links in the path `name`, and returns the index of the entry. Refuses a
/// link that does not refer to an entry of the same zip, and a path with `MAX_LINKS` links or more.
fn resolve_links(
    archive: &mut ZipArchive<Cursor<&[u8]>>,
    name: &str,
) -> Result<usize, ArtifactError> {
    let mut path = name.to_owned();
    for _ in 0..MAX_LINKS {
        let Some((end, target)) = find_first_link(archive, &path)? else {
            return archive.index_for_name(&path).ok_or_else(|| {
                no_executable_error("`bootstrap` is a link to a file that is not in the zip")
            });
        };
        let (link, rest) = path.split_at(end);
        let folder = link.rsplit_once('/').map_or("", |(folder, _)| folder);
        path = resolve_link_target(folder, &target, rest).ok_or_else(|| {
            no_executable_error("`bootstrap` is a link that leads out of the zip")
        })?;
    }
    Err(no_executable_error(
        "the links that begin at `bootstrap` are circular or too many",
    ))
}

/// Returns the position in `path` at which the first symbolic link ends, and the target of the
/// link. Returns `None` if the path contains no link.
fn find_first_link(
    archive: &mut ZipArchive<Cursor<&[u8]>>,
    path: &str,
) -> Result<Option<(usize, String)>, ArtifactError> {
    let ends = path
        .match_indices('/')
        .map(|(at, _)| at)
        .chain([path.len()]);
    for end in ends {
        let Some(index) = archive.index_for_name(&path[..end]) else {
            continue;
        };
        let entry = archive
            .by_index(index)
            .map_err(|error| damaged_zip_error(&error))?;
        if !entry.is_symlink() {
            continue;
        }
        let mut target = String::new();
        entry
            .take(MAX_TARGET_LENGTH)
            .read_to_string(&mut target)
            .map_err(|error| damaged_zip_error(&ZipError::Io(error)))?;
        return Ok(Some((end, target)));
    }
    Ok(None)
}

/// Resolves `target`, the target of a link in `folder`, and appends `rest`. Returns a path in the
/// zip, or `None` if this path leads out of the zip.
fn resolve_link_target(folder: &str, target: &str, rest: &str) -> Option<String> {
    let (folder, target) = match target.strip_prefix(LAMBDA_ROOT) {
        Some(target) if target.starts_with('/') => ("", target),
        _ if target.starts_with('/') => return None,
        _ => (folder, target),
    };
    let mut parts = Vec::new();
    for part in [folder, target, rest]
        .iter()
        .flat_map(|path| path.split('/'))
    {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

fn unpack_header(
    archive: &mut ZipArchive<Cursor<&[u8]>>,
    index: usize,
) -> Result<Vec<u8>, ZipError> {
    let mut header = Vec::new();
    archive
        .by_index(index)?
        .take(HEADER_LENGTH)
        .read_to_end(&mut header)?;
    Ok(header)
}

/// Unpacks an entry. The length that the archive claims is not trusted.
fn unpack_entry(
    archive: &mut ZipArchive<Cursor<&[u8]>>,
    index: usize,
    max_bytes: u64,
) -> Result<Vec<u8>, ArtifactError> {
    let entry = archive
        .by_index(index)
        .map_err(|error| damaged_zip_error(&error))?;
    let mut bytes = Vec::new();
    entry
        .take(max_bytes + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| damaged_zip_error(&ZipError::Io(error)))?;
    if bytes.len() as u64 > max_bytes {
        return Err(ArtifactError::new(
            (),
            "",
            format!(
                "the executable in the zip has more than {} MiB",
                max_bytes >> 20
            ),
            "build it with `strip = true`",
        ));
    }
    Ok(bytes)
}

fn no_executable_error(message: &str) -> ArtifactError {
    ArtifactError::new(
        (),
        "",
        message,
        "give the path of a zip that `cargo lambda build --output-format zip` created, or of the \
         executable",
    )
}

fn damaged_zip_error(error: &ZipError) -> ArtifactError {
    ArtifactError::new(
        (),
        "",
        format!("it begins like a zip, but cannot be read ({error})"),
        "create the zip again",
    )
}
