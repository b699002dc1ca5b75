//! The zip of a Lambda function.

use std::io::{Cursor, Read};

use zip::ZipArchive;
use zip::result::ZipError;

use super::container;
use super::fault::Fault;

/// What Lambda runs.
const BOOTSTRAP: &str = "bootstrap";

/// Where Lambda unpacks the zip.
const ROOT: &str = "/var/task";

/// How many symbolic links are followed.
const MAX_LINKS: usize = 16;

/// The longest target of a link.
const MAX_TARGET: u64 = 4096;

/// How many entries are looked at.
const MAX_ENTRIES: usize = 100_000;

/// What tells any of the formats.
const START: u64 = 64;

pub(super) fn is_zip(artifact: &[u8]) -> bool {
    // An entry, or the end of an empty archive.
    artifact.starts_with(b"PK\x03\x04") || artifact.starts_with(b"PK\x05\x06")
}

/// `bootstrap`, else the one executable that there is; nothing that has more than `most` bytes when it is unpacked.
pub(super) fn executable(artifact: &[u8], most: u64) -> Result<Vec<u8>, Fault> {
    let mut archive = ZipArchive::new(Cursor::new(artifact)).map_err(|error| damaged(&error))?;
    if archive.len() > MAX_ENTRIES {
        return Err(not_one("the zip has more than 100000 entries"));
    }
    if archive.index_for_name(BOOTSTRAP).is_some() {
        let index = followed(&mut archive, BOOTSTRAP)?;
        return unpack(&mut archive, index, most);
    }
    let mut executables = Vec::new();
    for index in 0..archive.len() {
        // What is cut off here, or packed in another way, is not what Lambda runs.
        if unpack_start(&mut archive, index).is_ok_and(|start| container::is_executable(&start)) {
            executables.push(index);
        }
    }
    match executables[..] {
        [only] => unpack(&mut archive, only, most),
        [] => Err(not_one("the zip holds no executable")),
        _ => Err(not_one("the zip holds several executables, and none is called `bootstrap`")),
    }
}

/// The entry of this name, behind the symbolic links on its path. They lead to entries of the same zip alone.
fn followed(archive: &mut ZipArchive<Cursor<&[u8]>>, name: &str) -> Result<usize, Fault> {
    let mut path = name.to_owned();
    for _ in 0..MAX_LINKS {
        let Some((at, target)) = first_link(archive, &path)? else {
            return archive.index_for_name(&path).ok_or_else(|| not_one("`bootstrap` is a link to nothing in the zip"));
        };
        let (link, rest) = path.split_at(at);
        let folder = link.rsplit_once('/').map_or("", |(folder, _)| folder);
        path =
            inside(folder, &target, rest).ok_or_else(|| not_one("`bootstrap` is a link that leads out of the zip"))?;
    }
    Err(not_one("`bootstrap` is a link to a link, and so on without end"))
}

/// Where the first symbolic link on the path ends, and its target.
fn first_link(archive: &mut ZipArchive<Cursor<&[u8]>>, path: &str) -> Result<Option<(usize, String)>, Fault> {
    let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
    for end in ends {
        let Some(index) = archive.index_for_name(&path[..end]) else { continue };
        let entry = archive.by_index(index).map_err(|error| damaged(&error))?;
        if !entry.is_symlink() {
            continue;
        }
        let mut target = String::new();
        entry.take(MAX_TARGET).read_to_string(&mut target).map_err(|error| damaged(&ZipError::Io(error)))?;
        return Ok(Some((end, target)));
    }
    Ok(None)
}

/// The name of what a link in `folder` leads to; `None` where that is not in the zip.
fn inside(folder: &str, target: &str, rest: &str) -> Option<String> {
    let (folder, target) = match target.strip_prefix(ROOT) {
        Some(target) if target.starts_with('/') => ("", target),
        _ if target.starts_with('/') => return None,
        _ => (folder, target),
    };
    let mut parts = Vec::new();
    for part in [folder, target, rest].iter().flat_map(|path| path.split('/')) {
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

fn unpack_start(archive: &mut ZipArchive<Cursor<&[u8]>>, index: usize) -> Result<Vec<u8>, ZipError> {
    let mut start = Vec::new();
    archive.by_index(index)?.take(START).read_to_end(&mut start)?;
    Ok(start)
}

/// An entry, of which the archive's word for its length is not believed.
fn unpack(archive: &mut ZipArchive<Cursor<&[u8]>>, index: usize, most: u64) -> Result<Vec<u8>, Fault> {
    let entry = archive.by_index(index).map_err(|error| damaged(&error))?;
    let mut bytes = Vec::new();
    entry.take(most + 1).read_to_end(&mut bytes).map_err(|error| damaged(&ZipError::Io(error)))?;
    if bytes.len() as u64 > most {
        return Err(Fault::new(
            format!("the executable in the zip has more than {} MiB", most >> 20),
            "build it with `strip = true`",
        ));
    }
    Ok(bytes)
}

fn not_one(what: &str) -> Fault {
    Fault::new(
        what,
        "name the zip of a Lambda function, as `cargo lambda build --output-format zip` makes it, or the executable",
    )
}

fn damaged(error: &ZipError) -> Fault {
    Fault::new(format!("it begins like a zip, and is none that can be read ({error})"), "pack it anew")
}
