use std::os::unix::fs::{PermissionsExt as _, symlink};

use stage_config_test_support::folder::list_names;

use super::*;

fn read_mode(path: &Path) -> u32 {
    fs::metadata(path)
        .expect("the file exists")
        .permissions()
        .mode()
        & 0o777
}

/// Writes a file that has the name `a` in messages.
fn write_file(
    path: &Path,
    content: &[u8],
    access: FileAccess,
    overwrite: bool,
) -> Result<(), String> {
    write(path, "a", content, access, overwrite).map_err(|error| error.to_string())
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_has_no_name_until_it_is_complete() {
    let folder = tempfile::tempdir().unwrap();
    let file = nameless::create_file(folder.path())
        .unwrap()
        .expect("this file system has files without a name");
    write_and_sync(&file, b"1", FileAccess::Owner).unwrap();
    assert!(list_names(folder.path()).is_empty());
    let path = folder.path().join("a");
    nameless::link_file(&file, folder.path(), &path, false).unwrap();
    assert_eq!(list_names(folder.path()), ["a"]);
    assert_eq!(read_mode(&path), 0o600);
    let error = nameless::link_file(&file, folder.path(), &path, false).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
}

#[test]
fn a_file_is_replaced_only_with_overwrite() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    write_file(&path, b"1", FileAccess::Owner, false).unwrap();
    let error = write_file(&path, b"2", FileAccess::Owner, false).unwrap_err();
    assert!(
        error.contains("a exists\n  help: add `--overwrite` to replace it"),
        "{error}"
    );
    assert_eq!(fs::read(&path).unwrap(), b"1");
    write_file(&path, b"2", FileAccess::Everybody, true).unwrap();
    assert_eq!(
        (fs::read(&path).unwrap(), read_mode(&path)),
        (b"2".to_vec(), 0o644)
    );
    assert_eq!(list_names(folder.path()), ["a"]);
}

#[test]
fn a_replaced_file_loses_its_wider_permissions() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    fs::write(&path, "1").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    write_file(&path, b"2", FileAccess::Owner, true).unwrap();
    assert_eq!(
        (fs::read(&path).unwrap(), read_mode(&path)),
        (b"2".to_vec(), 0o600)
    );
}

#[test]
fn a_link_is_never_followed() {
    let folder = tempfile::tempdir().unwrap();
    let (target, link) = (folder.path().join("target"), folder.path().join("link"));
    for overwrite in [false, true] {
        symlink(&target, &link).unwrap();
        let error = check_path(&link, overwrite).unwrap_err().to_string();
        assert!(error.contains("is a symbolic link"), "{error}");
        // A link that appears after the check is refused or replaced.
        assert_eq!(
            write_file(&link, b"1", FileAccess::Owner, overwrite).is_ok(),
            overwrite
        );
        assert!(!target.exists());
        fs::remove_file(&link).unwrap();
    }
    assert!(list_names(folder.path()).is_empty());
}

#[test]
fn a_folder_is_refused_and_an_existing_file_is_refused_without_overwrite() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    check_path(&path, false).unwrap();
    fs::write(&path, "1").unwrap();
    check_path(&path, true).unwrap();
    let error = check_path(&path, false).unwrap_err().to_string();
    assert!(error.contains("add `--overwrite` to replace it"), "{error}");
    let error = check_path(folder.path(), true).unwrap_err().to_string();
    assert!(error.contains("is not a file"), "{error}");
}

#[test]
fn a_failed_write_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let error = write_file(
        &folder.path().join("a".repeat(300)),
        b"1",
        FileAccess::Owner,
        true,
    )
    .unwrap_err();
    assert!(
        error.contains("a cannot be written: File name too long"),
        "{error}"
    );
    assert!(list_names(folder.path()).is_empty());
    write_file(folder.path(), b"1", FileAccess::Owner, true).unwrap_err();
    assert!(list_names(folder.path()).is_empty());
}

#[test]
fn leftovers_of_a_killed_command_are_removed_and_a_file_that_is_being_written_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let left = folder.path().join(format!("{TEMPORARY_PREFIX}left"));
    fs::write(&left, "values").unwrap();
    fs::write(folder.path().join(".tmp-another"), "").unwrap();
    let written = create_temporary(folder.path()).unwrap();
    write_file(&folder.path().join("a"), b"1", FileAccess::Owner, false).unwrap();
    let written = written
        .path()
        .file_name()
        .unwrap()
        .to_str()
        .unwrap()
        .to_owned();
    let mut expected = vec![".tmp-another".to_owned(), written, "a".to_owned()];
    expected.sort();
    assert_eq!(list_names(folder.path()), expected);
}

#[test]
fn a_write_through_a_temporary_name_replaces_a_file_only_with_overwrite() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    let write = |content: &[u8], access, overwrite| {
        write_by_temporary_name(folder.path(), &path, content, access, overwrite)
    };
    write(b"1", FileAccess::Owner, false).unwrap();
    assert_eq!(read_mode(&path), 0o600);
    assert_eq!(
        write(b"2", FileAccess::Owner, false).unwrap_err().kind(),
        ErrorKind::AlreadyExists
    );
    assert_eq!(
        (fs::read(&path).unwrap(), list_names(folder.path())),
        (b"1".to_vec(), vec!["a".to_owned()])
    );
    write(b"2", FileAccess::Everybody, true).unwrap();
    assert_eq!(
        (fs::read(&path).unwrap(), list_names(folder.path())),
        (b"2".to_vec(), vec!["a".to_owned()])
    );
    assert_eq!(read_mode(&path), 0o644);
}

/// The variable that names the folder for the child process of
/// [`the_leftover_of_a_killed_write_is_removed_by_the_next_one`].
const FOLDER_VARIABLE: &str = "FOLDER_OF_A_WRITE_THAT_IS_KILLED";

/// This test also runs itself in a child process, which has a limit on the size of its files. The
/// write in the child process exceeds this limit, so the system kills the child process.
#[test]
fn the_leftover_of_a_killed_write_is_removed_by_the_next_one() {
    use std::os::unix::process::ExitStatusExt as _;
    if let Some(folder) = std::env::var_os(FOLDER_VARIABLE) {
        let folder = Path::new(&folder);
        let written = write_by_temporary_name(
            folder,
            &folder.join("a"),
            &[b'x'; 4096],
            FileAccess::Owner,
            false,
        );
        panic!("the write was not killed: {written:?}");
    }
    let folder = tempfile::tempdir().unwrap();
    let mut child = std::process::Command::new("sh");
    child
        .args(["-c", "ulimit -c 0; ulimit -f 1; exec \"$@\"", "sh"])
        .arg(std::env::current_exe().unwrap());
    child.args([
        "--exact",
        "atomic_file::tests::the_leftover_of_a_killed_write_is_removed_by_the_next_one",
    ]);
    let output = child.env(FOLDER_VARIABLE, folder.path()).output().unwrap();
    assert_eq!(
        output.status.signal(),
        Some(rustix::process::Signal::XFSZ.as_raw()),
        "{output:?}"
    );
    let left = list_names(folder.path());
    assert!(
        left.len() == 1 && left[0].starts_with(TEMPORARY_PREFIX),
        "{left:?}"
    );
    assert!(
        fs::metadata(folder.path().join(&left[0])).unwrap().len() > 0,
        "the write ended before the first byte"
    );
    write_file(&folder.path().join("b"), b"1", FileAccess::Owner, false).unwrap();
    assert_eq!(list_names(folder.path()), ["b"]);
}
