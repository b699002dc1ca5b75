//! Writes a file completely or not at all.
//!
//! If the system supports it (Linux, most file systems), the file has no name until it is complete,
//! so a killed command leaves nothing. Elsewhere the file has a temporary name, and the next
//! command removes the file of a killed one.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::Path;

use tempfile::{Builder, NamedTempFile};

/// The prefix of temporary files.
const TEMPORARY_PREFIX: &str = ".tmp-cargo-stage-";

/// The readers of a file. Until the file is complete, only its owner can read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FileAccess {
    Owner,
    Everybody,
}

/// Writes the file durably.
///
/// # Errors
///
/// Returns an error of the kind `AlreadyExists` if the file exists and `overwrite` is false.
pub(crate) fn write(path: &Path, content: &[u8], access: FileAccess, overwrite: bool) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    remove_leftovers(folder);
    match nameless::create_file(folder)? {
        Some(file) => {
            write_and_sync(&file, content, access)?;
            nameless::link_file(&file, folder, path, overwrite)?;
        }
        None => write_by_temporary_name(folder, path, content, access, overwrite)?,
    }
    // Make the name durable. Systems that cannot sync a folder make it durable by themselves.
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    Ok(())
}

/// Writes a file on a system whose files have a name from the start.
fn write_by_temporary_name(
    folder: &Path,
    path: &Path,
    content: &[u8],
    readers: FileAccess,
    overwrite: bool,
) -> io::Result<()> {
    let file = create_temporary(folder)?;
    write_and_sync(file.as_file(), content, readers)?;
    // The system itself refuses a name that another file or link has taken in the meantime.
    let kept = if overwrite { file.persist(path) } else { file.persist_noclobber(path) };
    kept.map(drop).map_err(|error| error.error)
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
        let file = Builder::new().prefix(TEMPORARY_PREFIX).tempfile_in(folder)?;
        match file.as_file().lock() {
            // The file system has no locks.
            Err(error) if error.kind() == io::ErrorKind::Unsupported => return Ok(file),
            locked => locked?,
        }
        // Another command may have removed it as a leftover before it was locked.
        if file.path().exists() {
            return Ok(file);
        }
    }
}

/// Removes the leftovers of killed commands: temporary files that no process has locked.
fn remove_leftovers(folder: &Path) {
    let named = |entry: &fs::DirEntry| entry.file_name().as_encoded_bytes().starts_with(TEMPORARY_PREFIX.as_bytes());
    let is_file = |entry: &fs::DirEntry| entry.file_type().is_ok_and(|kind| kind.is_file());
    for entry in fs::read_dir(folder).into_iter().flatten().flatten().filter(|entry| named(entry) && is_file(entry)) {
        let Ok(file) = File::open(entry.path()) else { continue };
        match file.try_lock() {
            // A file that cannot be removed belongs to another user.
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

    /// Creates a file without a name. Returns `None` if the file system, or a system without
    /// `/proc`, cannot name it later.
    pub(super) fn create_file(folder: &Path) -> io::Result<Option<File>> {
        if !Path::new("/proc/self/fd").exists() {
            return Ok(None);
        }
        match open(folder, OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC, Mode::RUSR | Mode::WUSR) {
            Ok(file) => Ok(Some(File::from(file))),
            Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::NOENT | Errno::INVAL) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Names the file. To replace another file, it first gets a temporary name, because only a
    /// rename can replace.
    pub(super) fn link_file(file: &File, folder: &Path, path: &Path, overwrite: bool) -> io::Result<()> {
        let link = |path: &Path| {
            let this = format!("/proc/self/fd/{}", file.as_raw_fd());
            linkat(CWD, this, CWD, path, AtFlags::SYMLINK_FOLLOW).map_err(io::Error::from)
        };
        match link(path) {
            Err(error) if overwrite && error.kind() == io::ErrorKind::AlreadyExists => {
                file.lock()?;
                let temporary = Builder::new().prefix(TEMPORARY_PREFIX).make_in(folder, |name| link(name))?;
                temporary.into_temp_path().persist(path).map_err(|error| error.error)
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
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use stage_config_test_support::folder::list_names;

    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_has_no_name_until_it_is_complete() {
        let folder = tempfile::tempdir().unwrap();
        let file = nameless::create_file(folder.path()).unwrap().expect("this file system has files without a name");
        write_and_sync(&file, b"1", FileAccess::Owner).unwrap();
        assert!(list_names(folder.path()).is_empty());
        let path = folder.path().join("a");
        nameless::link_file(&file, folder.path(), &path, false).unwrap();
        assert_eq!(list_names(folder.path()), ["a"]);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let error = nameless::link_file(&file, folder.path(), &path, false).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
    }

    #[test]
    fn a_file_is_replaced_only_where_that_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        write(&path, b"1", FileAccess::Owner, false).unwrap();
        let error = write(&path, b"2", FileAccess::Owner, false).unwrap_err();
        assert_eq!((error.kind(), fs::read(&path).unwrap()), (io::ErrorKind::AlreadyExists, b"1".to_vec()));
        write(&path, b"2", FileAccess::Everybody, true).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"2");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o644);
        assert_eq!(list_names(folder.path()), ["a"]);
    }

    #[test]
    fn what_a_killed_command_left_is_removed_and_what_is_being_written_stays() {
        let folder = tempfile::tempdir().unwrap();
        let left = folder.path().join(format!("{TEMPORARY_PREFIX}left"));
        fs::write(&left, "values").unwrap();
        fs::write(folder.path().join(".tmp-another"), "").unwrap();
        let written = create_temporary(folder.path()).unwrap();
        write(&folder.path().join("a"), b"1", FileAccess::Owner, false).unwrap();
        let written = written.path().file_name().unwrap().to_str().unwrap().to_owned();
        let mut expected = vec![".tmp-another".to_owned(), written, "a".to_owned()];
        expected.sort();
        assert_eq!(list_names(folder.path()), expected);
    }

    #[test]
    fn a_file_with_a_temporary_name_is_replaced_only_where_that_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let write = |content: &[u8], readers, overwrite| {
            write_by_temporary_name(folder.path(), &path, content, readers, overwrite)
        };
        write(b"1", FileAccess::Owner, false).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(write(b"2", FileAccess::Owner, false).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!((fs::read(&path).unwrap(), list_names(folder.path())), (b"1".to_vec(), vec!["a".to_owned()]));
        write(b"2", FileAccess::Everybody, true).unwrap();
        assert_eq!((fs::read(&path).unwrap(), list_names(folder.path())), (b"2".to_vec(), vec!["a".to_owned()]));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o644);
    }

    /// The folder for the process that [`what_a_killed_write_left_is_removed_by_the_next_one`]
    /// starts.
    const FOLDER_OF_KILLED: &str = "FOLDER_OF_A_WRITE_THAT_IS_KILLED";

    /// A child process runs this test too and exceeds its file size limit: the system kills it
    /// during the write.
    #[test]
    fn what_a_killed_write_left_is_removed_by_the_next_one() {
        use std::os::unix::process::ExitStatusExt as _;
        if let Some(folder) = std::env::var_os(FOLDER_OF_KILLED) {
            let folder = Path::new(&folder);
            let written = write_by_temporary_name(folder, &folder.join("a"), &[b'x'; 4096], FileAccess::Owner, false);
            panic!("it is not killed: {written:?}");
        }
        let folder = tempfile::tempdir().unwrap();
        let mut child = std::process::Command::new("sh");
        child.args(["-c", "ulimit -c 0; ulimit -f 1; exec \"$@\"", "sh"]).arg(std::env::current_exe().unwrap());
        child.args(["--exact", "atomic_file::tests::what_a_killed_write_left_is_removed_by_the_next_one"]);
        let output = child.env(FOLDER_OF_KILLED, folder.path()).output().unwrap();
        assert_eq!(output.status.signal(), Some(rustix::process::Signal::XFSZ.as_raw()), "{output:?}");
        let left = list_names(folder.path());
        assert!(left.len() == 1 && left[0].starts_with(TEMPORARY_PREFIX), "{left:?}");
        assert!(fs::metadata(folder.path().join(&left[0])).unwrap().len() > 0, "the content was being written");
        write(&folder.path().join("b"), b"1", FileAccess::Owner, false).unwrap();
        assert_eq!(list_names(folder.path()), ["b"]);
    }
}
