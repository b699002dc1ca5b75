//! A file that only its owner can read: mode 0600, written completely or not at all.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

use crate::atomic_file::{self, FileAccess};
use crate::error::CliError;

/// The state of the path of a file to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PathState {
    Nothing,
    File,
}

/// Checks for the errors of [`write()`] before the values to write are read.
pub(crate) fn check(path: &Path, overwrite: bool) -> Result<(), CliError> {
    match inspect_path(path)? {
        PathState::File if !overwrite => Err(exists_error(path)),
        _ => Ok(()),
    }
}

/// Writes the file. From the start, only its owner can read it.
pub(crate) fn write(path: &Path, content: &[u8], overwrite: bool) -> Result<(), CliError> {
    check(path, overwrite)?;
    let problem = |error: io::Error| CliError::failed(format!("{} cannot be written: {error}", path.display()));
    atomic_file::write(path, content, FileAccess::Owner, overwrite).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => exists_error(path),
        _ => problem(error),
    })
}

fn inspect_path(path: &Path) -> Result<PathState, CliError> {
    let kind = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata.file_type(),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(PathState::Nothing),
        Err(error) => return Err(CliError::failed(format!("{} cannot be looked at: {error}", path.display()))),
    };
    match kind.is_file() {
        true => Ok(PathState::File),
        // The owner of the link would choose where the values go and who may read them.
        false if kind.is_symlink() => Err(CliError::failed(format!("{} is a symbolic link", path.display()))
            .with_help("name the file itself: values are not written through a link")),
        false => Err(CliError::failed(format!("{} is no file", path.display()))
            .with_help("without --output the values go to standard output")),
    }
}

fn exists_error(path: &Path) -> CliError {
    CliError::failed(format!("{} exists", path.display())).with_help("`--overwrite` replaces it")
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use stage_config_test_support::folder::list_names;

    use super::*;

    #[test]
    fn for_its_owner_alone_and_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        write(&path, b"1", false).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(write(&path, b"2", false).unwrap_err().to_string().contains("`--overwrite` replaces it"));
        assert_eq!(fs::read(&path).unwrap(), b"1");
        write(&path, b"2", true).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"2");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(list_names(folder.path()), ["a"]);
    }

    #[test]
    fn never_through_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let (target, link) = (folder.path().join("target"), folder.path().join("link"));
        for overwrite in [false, true] {
            symlink(&target, &link).unwrap();
            assert!(write(&link, b"1", overwrite).unwrap_err().to_string().contains("is a symbolic link"));
            assert!(!target.exists());
            fs::remove_file(&link).unwrap();
        }
        assert!(write(folder.path(), b"1", true).unwrap_err().to_string().contains("is no file"));
        assert!(list_names(folder.path()).is_empty());
    }

    #[test]
    fn nothing_is_left_where_it_fails() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a".repeat(300));
        assert!(write(&path, b"1", true).is_err_and(|problem| problem.to_string().contains("File name too long")));
        assert!(list_names(folder.path()).is_empty());
    }
}
