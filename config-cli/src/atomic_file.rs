//! The writer of every file of values. It writes a file completely or not at all.
//!
//! On Linux, most file systems support files without a name. There, a new file gets its name when
//! it is complete, so a command that is killed earlier leaves nothing. Everywhere else, the file
//! has a temporary name until it is complete. A file that replaces another one has a temporary name
//! shortly before the replacement, on every system. The next write in the folder removes the
//! temporary file of a killed command. A symbolic link at the path is never followed.

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;

use stage_config_core::manage::ADD_OVERWRITE;
use tempfile::{Builder, NamedTempFile};

use crate::error::CliError;

/// The prefix of temporary files.
const TEMPORARY_PREFIX: &str = ".tmp-cargo-stage-";

/// The users who may read a complete file, on Unix. Until the file is complete, only its owner can
/// read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileAccess {
    Owner,
    Everybody,
}

/// Checks a path that the user chose, before the values to write are read.
pub(crate) fn check_path(path: &Path, overwrite: bool) -> Result<(), CliError> {
    let display_name = path.display();
    let kind = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata.file_type(),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => {
            return Err(CliError::failed(format!(
                "{display_name} cannot be inspected: {error}"
            )));
        }
    };
    if kind.is_symlink() {
        return Err(link_error(&display_name.to_string()));
    }
    if !kind.is_file() {
        return Err(CliError::failed(format!("{display_name} is not a file"))
            .with_help("choose another path, or omit --output to print the values"));
    }
    if overwrite {
        Ok(())
    } else {
        Err(exists_error(&display_name.to_string()))
    }
}

/// Returns the error for a symbolic link. A link is refused, because its owner could choose where
/// the values are written and who may read them.
pub(crate) fn link_error(display_name: &str) -> CliError {
    CliError::failed(format!(
        "{display_name} is a symbolic link, which is not followed"
    ))
    .with_help("give the path of the file itself: values are not written through a link")
}

/// Returns the error for a file that must not be overwritten.
pub(crate) fn exists_error(display_name: &str) -> CliError {
    CliError::failed(format!("{display_name} exists")).with_help(ADD_OVERWRITE)
}

/// Writes the file durably. `display_name` is the path in messages.
///
/// # Errors
///
/// Returns an error if the file exists and `overwrite` is false, or if it cannot be written.
pub(crate) fn write(
    path: &Path,
    display_name: &str,
    content: &[u8],
    access: FileAccess,
    overwrite: bool,
) -> Result<(), CliError> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    remove_leftovers(folder);
    write_in_folder(folder, path, content, access, overwrite).map_err(|error| {
        match error.kind() {
            ErrorKind::AlreadyExists => exists_error(display_name),
            _ => CliError::failed(format!("{display_name} cannot be written: {error}")),
        }
    })?;
    sync_folder(folder);
    Ok(())
}

/// Makes the names in a folder durable. Ignores errors, because a system that cannot sync a folder
/// makes the names durable without a sync.
pub(crate) fn sync_folder(folder: &Path) {
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}

fn write_in_folder(
    folder: &Path,
    path: &Path,
    content: &[u8],
    access: FileAccess,
    overwrite: bool,
) -> io::Result<()> {
    let Some(file) = nameless::create_file(folder)? else {
        return write_by_temporary_name(folder, path, content, access, overwrite);
    };
    write_and_sync(&file, content, access)?;
    nameless::link_file(&file, folder, path, overwrite)
}

/// Writes a file through a temporary name, on a system or a file system without nameless files.
fn write_by_temporary_name(
    folder: &Path,
    path: &Path,
    content: &[u8],
    access: FileAccess,
    overwrite: bool,
) -> io::Result<()> {
    let file = create_temporary(folder)?;
    write_and_sync(file.as_file(), content, access)?;

    // Without `overwrite`, the system itself refuses a name that another file or link has taken in
    // the meantime.
    let named_file = if overwrite {
        file.persist(path)
    } else {
        file.persist_noclobber(path)
    };
    named_file.map(drop).map_err(|error| error.error)
}

fn write_and_sync(mut file: &File, content: &[u8], access: FileAccess) -> io::Result<()> {
    file.write_all(content)?;
    if access == FileAccess::Everybody {
        make_world_readable(file)?;
    }
    file.sync_all()
}

/// Creates a file under a temporary name, and locks it while it is written. It is created with
/// `O_EXCL` and mode 0600 on Unix, and removed on drop.
fn create_temporary(folder: &Path) -> io::Result<NamedTempFile> {
    loop {
        let file = Builder::new()
            .prefix(TEMPORARY_PREFIX)
            .tempfile_in(folder)?;
        match file.as_file().lock() {
            // The file system has no locks.
            Err(error) if error.kind() == ErrorKind::Unsupported => return Ok(file),
            locked => locked?,
        }
        // Another command may have removed the file as a leftover before it was locked.
        if file.path().exists() {
            return Ok(file);
        }
    }
}

/// Removes the leftovers of killed commands: temporary files that no process has locked.
fn remove_leftovers(folder: &Path) {
    let is_temporary = |entry: &fs::DirEntry| {
        entry
            .file_name()
            .as_encoded_bytes()
            .starts_with(TEMPORARY_PREFIX.as_bytes())
    };
    let is_file = |entry: &fs::DirEntry| entry.file_type().is_ok_and(|kind| kind.is_file());
    for entry in fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| is_temporary(entry) && is_file(entry))
    {
        let Ok(file) = File::open(entry.path()) else {
            continue;
        };
        match file.try_lock() {
            // The error of a failed removal is ignored, because the file may belong to another
            // user.
            Ok(()) => drop(fs::remove_file(entry.path())),
            Err(TryLockError::WouldBlock | TryLockError::Error(_)) => {}
        }
    }
}

#[cfg(unix)]
fn make_world_readable(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn make_world_readable(_: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(target_os = "linux")]
mod nameless {
    use std::fs::File;
    use std::io;
    use std::os::fd::AsRawFd as _;
    use std::path::Path;

    use rustix::fs::{AtFlags, CWD, Mode, OFlags, linkat, open};
    use rustix::io::Errno;
    use tempfile::Builder;

    use super::TEMPORARY_PREFIX;

    /// Creates a file without a name. Returns `None` if the file system has no such files, or if
    /// the system has no `/proc`, which is needed to name the file later.
    pub(super) fn create_file(folder: &Path) -> io::Result<Option<File>> {
        if !Path::new("/proc/self/fd").exists() {
            return Ok(None);
        }
        match open(
            folder,
            OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC,
            Mode::RUSR | Mode::WUSR,
        ) {
            Ok(file) => Ok(Some(File::from(file))),
            Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::NOENT | Errno::INVAL) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Names the file. If it replaces another file, it first gets a temporary name, because only a
    /// rename can replace a file.
    pub(super) fn link_file(
        file: &File,
        folder: &Path,
        path: &Path,
        overwrite: bool,
    ) -> io::Result<()> {
        let link = |path: &Path| {
            let descriptor_path = format!("/proc/self/fd/{}", file.as_raw_fd());
            linkat(CWD, descriptor_path, CWD, path, AtFlags::SYMLINK_FOLLOW)
                .map_err(io::Error::from)
        };
        match link(path) {
            Err(error) if overwrite && error.kind() == io::ErrorKind::AlreadyExists => {
                file.lock()?;
                let temporary = Builder::new()
                    .prefix(TEMPORARY_PREFIX)
                    .make_in(folder, |name| link(name))?;
                temporary
                    .into_temp_path()
                    .persist(path)
                    .map_err(|error| error.error)
            }
            linked => linked,
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod nameless {
    use std::fs::File;
    use std::io;
    use std::path::Path;

    pub(super) fn create_file(_: &Path) -> io::Result<Option<File>> {
        Ok(None)
    }

    pub(super) fn link_file(_: &File, _: &Path, _: &Path, _: bool) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(all(test, unix))]
mod tests;
