//! Appends to a file of another program, such as the file that `$GITHUB_ENV` names. The command
//! writes its own files with [`crate::atomic_file`].

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use zeroize::Zeroizing;

use crate::atomic_file;
use crate::error::CliError;

/// Appends a text, which begins on its own line. On Unix, a new file is readable only by its owner,
/// and a symbolic link at the path is not followed.
pub(crate) fn append(path: &Path, text: &str) -> Result<(), CliError> {
    let written = open(path).and_then(|file| append_line(file, text));
    written.map_err(|error| {
        // For a link that is not followed, the error of the system is "too many levels of symbolic
        // links".
        if fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink()) {
            return atomic_file::link_error(&path.display().to_string());
        }
        CliError::failed(format!("{} cannot be written: {error}", path.display()))
    })
}

fn append_line(mut file: File, text: &str) -> io::Result<()> {
    // A single write appends the whole text, so that a line of another program never comes between
    // two lines of the text.
    let mut content = Zeroizing::new(String::with_capacity(text.len() + 1));
    if !ends_with_line(&mut file)? {
        content.push('\n');
    }
    content.push_str(text);
    file.write_all(content.as_bytes())
}

fn ends_with_line(file: &mut File) -> io::Result<bool> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(true);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        let flags = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();
        options.mode(0o600).custom_flags(flags);
    }
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_begins_on_its_own_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("env");
        for (before, after) in [("", "x\n"), ("a=b\n", "a=b\nx\n"), ("a=b", "a=b\nx\n")] {
            std::fs::write(&path, before).unwrap();
            append(&path, "x\n").unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), after);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_new_file_is_private_and_a_link_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("env");
        append(&path, "x\n").unwrap();
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        let refused = append(&link, "y\n").unwrap_err().to_string();
        assert_eq!(
            refused,
            format!(
                "{} is a symbolic link, which is not followed\n  help: give the path of the file \
                 itself: values are not written through a link",
                link.display()
            )
        );
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "x\n");
    }
}
