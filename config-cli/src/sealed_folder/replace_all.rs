//! Replaces the key and all values of a stage together, for `seal --rekey`.
//!
//! The command first writes the new folder completely to the disk, next to the old one. Then it
//! exchanges the two. Linux and macOS can exchange them in one step, so at every moment either all
//! old files or all new ones are visible. Other systems need two renames. Between the two renames,
//! the stage's folder does not exist, but the old and the new folder are complete under temporary
//! names, and the next command restores the old folder. The old files are only removed after the
//! new ones are in place.
//!
//! Replacing the files one by one would not be safe. A process that is killed between two files
//! would leave values of both key pairs. So both keys would have to be on the disk, the new one
//! under a second name, and every command would have to know this name. Until `--rekey` runs again,
//! a build would embed values of both key pairs. The second run would need both KMS keys, and could
//! not know whether git has restored or removed a file since the first run.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use stage_config_core::sealed::{KEY_FILE, value_path};
use tempfile::Builder;

use crate::atomic_file::{self, FileAccess};
use crate::error::CliError;
use crate::output;

/// Returns the prefix of the temporary folder's name. Each run uses another name. The folder
/// contains the new files. After an exchange in one step, it contains the old ones.
fn temporary_prefix(stage: &str) -> String {
    format!(".{stage}.rekey-")
}

/// Returns the temporary path of the old folder between two renames.
fn old_folder_path(sealed: &Path, stage: &str) -> PathBuf {
    sealed.join(format!(".{stage}.before-rekey"))
}

/// Replaces the key and all values by these files. Dot files are kept.
pub(super) fn replace_all(
    sealed: &Path,
    stage: &str,
    files: &[(String, String)],
) -> Result<(), CliError> {
    let stage_folder = sealed.join(stage);
    let problem = |error| {
        CliError::failed(format!(
            "{} cannot be replaced: {error}",
            stage_folder.display()
        ))
    };
    let current = stage_folder.canonicalize().map_err(problem)?;

    // The folder is removed on drop if this function returns before the exchange.
    let new = Builder::new()
        .prefix(&temporary_prefix(stage))
        .tempdir_in(sealed)
        .map_err(problem)?;
    copy_dot_files(&current, new.path()).map_err(problem)?;
    for (name, text) in files {
        let (path, display_name) = (new.path().join(name), value_path(stage, name));
        atomic_file::write(
            &path,
            &display_name,
            text.as_bytes(),
            FileAccess::Everybody,
            false,
        )?;
    }
    let permissions = fs::metadata(&current).map_err(problem)?.permissions();
    fs::set_permissions(new.path(), permissions).map_err(problem)?;
    atomic_file::sync_folder(new.path());

    exchange(&old_folder_path(sealed, stage), &current, new.path()).map_err(problem)?;
    // After an exchange in one step, the temporary folder contains the old files. If it cannot be
    // removed, the next command tries again.
    drop(new);
    atomic_file::sync_folder(sealed);
    Ok(())
}

/// Copies dot files such as `.gitattributes`. All other files are the key and the values, which are
/// replaced.
fn copy_dot_files(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        if name.as_encoded_bytes().starts_with(b".") && entry.file_type()?.is_file() {
            fs::copy(entry.path(), to.join(name))?;
        }
    }
    Ok(())
}

fn exchange(old: &Path, current: &Path, new: &Path) -> io::Result<()> {
    match swap(current, new) {
        // The system or the file system cannot exchange folders.
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::InvalidInput | ErrorKind::Unsupported
            ) =>
        {
            replace_by_renames(old, current, new)
        }
        swapped => swapped,
    }
}

fn replace_by_renames(old: &Path, current: &Path, new: &Path) -> io::Result<()> {
    fs::rename(current, old)?;
    if let Err(error) = fs::rename(new, current) {
        fs::rename(old, current)?;
        return Err(error);
    }

    let _ = fs::remove_dir_all(old);
    Ok(())
}

#[cfg(any(target_os = "linux", target_os = "macos"))]
fn swap(a: &Path, b: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, a, CWD, b, RenameFlags::EXCHANGE)?)
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn swap(_: &Path, _: &Path) -> io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}

/// Recovers from a command that was killed while it replaced the files. The caller holds the lock,
/// so no other command is replacing them now.
pub(super) fn recover(sealed: &Path, stage: &str) -> Result<(), CliError> {
    let (current, old) = (sealed.join(stage), old_folder_path(sealed, stage));
    if old.exists() && !current.exists() {
        fs::rename(&old, &current).map_err(|error| {
            let message = format!(
                "{} contains the stage's files, and cannot be renamed: {error}",
                old.display()
            );
            CliError::failed(message).with_help(format!("rename it to {}", current.display()))
        })?;
        output::eprint_line(&format!(
            "an interrupted --rekey of `{stage}` was undone: the old files are restored"
        ));
    }

    // Remove folders of ciphertext that are not used any more.
    let prefix = temporary_prefix(stage);
    for entry in fs::read_dir(sealed).into_iter().flatten().flatten() {
        let is_new = entry
            .file_name()
            .as_encoded_bytes()
            .starts_with(prefix.as_bytes());
        if is_new || (entry.path() == old && current.join(KEY_FILE).exists()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use tempfile::TempDir;

    use super::*;

    fn create_stage(files: &[(&str, &str)]) -> TempDir {
        let sealed = tempfile::tempdir().unwrap();
        fs::create_dir(sealed.path().join("prod")).unwrap();
        for (name, text) in files {
            fs::write(sealed.path().join("prod").join(name), text).unwrap();
        }
        sealed
    }

    /// Returns all files under `sealed/`.
    fn read_tree(sealed: &Path) -> BTreeMap<String, String> {
        let mut tree = BTreeMap::new();
        for folder in fs::read_dir(sealed).unwrap().map(Result::unwrap) {
            for file in fs::read_dir(folder.path()).unwrap().map(Result::unwrap) {
                let name = format!(
                    "{}/{}",
                    folder.file_name().display(),
                    file.file_name().display()
                );
                tree.insert(name, fs::read_to_string(file.path()).unwrap());
            }
        }
        tree
    }

    fn assert_tree(tree: &BTreeMap<String, String>, expected: &[(&str, &str)]) {
        let expected: BTreeMap<_, _> = expected
            .iter()
            .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
            .collect();
        assert_eq!(tree, &expected);
    }

    fn to_owned_files(files: &[(&str, &str)]) -> Vec<(String, String)> {
        files
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .collect()
    }

    #[test]
    fn new_files_replace_the_old_and_dot_files_stay() {
        let sealed = create_stage(&[
            ("stage.key", "old"),
            ("a", "old"),
            (".gitattributes", "* text"),
            // The temporary file of a killed command.
            (".tmp-cargo-stage-x", "half"),
        ]);
        replace_all(
            sealed.path(),
            "prod",
            &to_owned_files(&[("stage.key", "new"), ("a", "new")]),
        )
        .unwrap();
        assert_tree(
            &read_tree(sealed.path()),
            &[
                ("prod/.gitattributes", "* text"),
                ("prod/a", "new"),
                ("prod/stage.key", "new"),
            ],
        );
    }

    #[test]
    fn a_failure_before_the_exchange_keeps_the_old_files() {
        let sealed = create_stage(&[("stage.key", "old")]);
        replace_all(
            sealed.path(),
            "prod",
            &to_owned_files(&[("stage.key", "new"), ("no/such", "new")]),
        )
        .unwrap_err();
        assert_tree(&read_tree(sealed.path()), &[("prod/stage.key", "old")]);
    }

    #[test]
    fn two_renames_replace_the_files_where_an_exchange_is_not_supported() {
        let sealed = create_stage(&[("stage.key", "old")]);
        let (current, new) = (
            sealed.path().join("prod"),
            sealed.path().join(".prod.rekey-1"),
        );
        replace_by_renames(&old_folder_path(sealed.path(), "prod"), &current, &new).unwrap_err();
        assert_tree(&read_tree(sealed.path()), &[("prod/stage.key", "old")]);
        fs::create_dir(&new).unwrap();
        fs::write(new.join("stage.key"), "new").unwrap();
        replace_by_renames(&old_folder_path(sealed.path(), "prod"), &current, &new).unwrap();
        assert_tree(&read_tree(sealed.path()), &[("prod/stage.key", "new")]);
    }

    #[test]
    fn a_kill_before_or_after_the_exchange_leaves_a_folder_that_is_removed() {
        let sealed = create_stage(&[("stage.key", "whole")]);
        let leftover_folder = sealed.path().join(".prod.rekey-1");
        fs::create_dir(&leftover_folder).unwrap();
        fs::write(leftover_folder.join("a"), "half").unwrap();
        recover(sealed.path(), "prod").unwrap();
        assert_tree(&read_tree(sealed.path()), &[("prod/stage.key", "whole")]);
    }

    #[test]
    fn a_kill_between_the_two_renames_is_undone() {
        let sealed = create_stage(&[("stage.key", "old")]);
        fs::rename(
            sealed.path().join("prod"),
            old_folder_path(sealed.path(), "prod"),
        )
        .unwrap();
        fs::create_dir(sealed.path().join(".prod.rekey-1")).unwrap();
        recover(sealed.path(), "prod").unwrap();
        assert_tree(&read_tree(sealed.path()), &[("prod/stage.key", "old")]);
    }

    #[test]
    fn a_kill_after_the_two_renames_leaves_the_new_files() {
        let sealed = create_stage(&[("stage.key", "new")]);
        fs::create_dir(old_folder_path(sealed.path(), "prod")).unwrap();
        recover(sealed.path(), "prod").unwrap();
        assert_tree(&read_tree(sealed.path()), &[("prod/stage.key", "new")]);
    }

    #[test]
    fn another_stages_folders_are_not_touched() {
        let sealed = create_stage(&[("stage.key", "x")]);
        fs::create_dir(sealed.path().join(".prod-eu.rekey-1")).unwrap();
        recover(sealed.path(), "prod").unwrap();
        assert!(sealed.path().join(".prod-eu.rekey-1").exists());
    }
}
