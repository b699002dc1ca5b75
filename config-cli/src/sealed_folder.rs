//! The folder of a stage: `sealed/STAGE/` with `stage.key` and one file per value.
//!
//! The command writes a file completely or not at all. The file of a value contains the value only
//! as ciphertext. A file whose name begins with a dot is not a value, and the command keeps it,
//! unless it is a temporary file of a killed command.

mod name;
mod replace_all;

use std::fs::{self, File};
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::atomic_file::{self, FileAccess};
use crate::error::CliError;
use crate::package::Package;
use crate::{interrupt, output, stage_name};
use stage_config_core::sealed::{KEY_FILE, StageKey, key_path, value_path};
use stage_config_grammar::snapshot;
use stage_config_grammar::suggest::find_closest;

pub(crate) use name::{check_name, value_argument_error};

/// The maximum number of bytes that the command reads of a file.
const MAX_FILE_LENGTH: u64 = 16 << 20;

/// The pause between two attempts to lock.
const LOCK_RETRY_PAUSE: Duration = Duration::from_millis(50);

/// The folder of a stage.
#[derive(Debug)]
pub(crate) struct SealedFolder {
    /// The `sealed/` folder of the package.
    sealed: PathBuf,
    stage: String,
    /// The package's `Cargo.toml`. A lock on it prevents concurrent writes.
    cargo_toml: PathBuf,
}

impl SealedFolder {
    pub(crate) fn new(package: &Package, stage: &str) -> Self {
        let (sealed, cargo_toml) = (
            package.folder.join("sealed"),
            package.folder.join("Cargo.toml"),
        );
        Self {
            sealed,
            stage: stage.to_owned(),
            cargo_toml,
        }
    }

    pub(crate) fn stage(&self) -> &str {
        &self.stage
    }

    fn path(&self) -> PathBuf {
        self.sealed.join(&self.stage)
    }

    /// Returns the path of a file for messages, relative to the package's folder.
    pub(crate) fn display_path(&self, name: &str) -> String {
        if name == KEY_FILE {
            key_path(&self.stage)
        } else {
            value_path(&self.stage, name)
        }
    }

    /// Locks the sealed files of the package against other commands until the returned file is
    /// dropped. Before this function returns, it restores the files of the stage if an earlier
    /// command was killed while it replaced them.
    pub(crate) async fn lock(&self) -> Result<File, CliError> {
        let problem = |error| {
            CliError::failed(format!(
                "{} cannot be locked: {error}",
                self.cargo_toml.display()
            ))
        };
        let lock = File::open(&self.cargo_toml).map_err(problem)?;
        let mut is_announced = false;
        loop {
            match lock.try_lock() {
                Ok(()) => break,
                // Poll the lock: Ctrl-C could not interrupt a blocking wait.
                Err(fs::TryLockError::WouldBlock) => {
                    if !std::mem::replace(&mut is_announced, true) {
                        output::eprint_line("waiting for another `cargo stage` of this package");
                    }
                    tokio::time::sleep(LOCK_RETRY_PAUSE).await;
                }
                // The file system does not support locks, so the command continues without one.
                // Nothing then prevents a concurrent write by another command.
                Err(fs::TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => {
                    break;
                }
                Err(fs::TryLockError::Error(error)) => return Err(problem(error)),
            }
        }
        replace_all::recover(&self.sealed, &self.stage)?;
        Ok(lock)
    }

    /// Returns whether a file of this name exists.
    pub(crate) fn contains(&self, name: &str) -> bool {
        fs::symlink_metadata(self.path().join(name)).is_ok()
    }

    /// Returns the name of another value that differs from `name` only in case, if there is one.
    /// Some file systems keep only one of the two.
    pub(crate) fn find_case_conflict(&self, name: &str) -> Result<Option<String>, CliError> {
        Ok(self
            .list_names()?
            .into_iter()
            .find(|other| other != name && other.eq_ignore_ascii_case(name)))
    }

    /// Returns the name of an existing value of the stage that resembles `name`, because `name` may
    /// be a typo. Returns `None` if any stage of the package has a value of exactly this name.
    pub(crate) fn find_similar(&self, name: &str) -> Result<Option<String>, CliError> {
        let mut stages = fs::read_dir(&self.sealed).into_iter().flatten().flatten();
        let has_name = |stage: fs::DirEntry| stage.path().join(name).exists();
        if stages.any(has_name) {
            return Ok(None);
        }
        let names = self.list_names()?;
        let closest = find_closest(name, names.iter().map(String::as_str));
        Ok(closest.map(str::to_owned))
    }

    /// Returns the sorted names of the values. The list is empty if the folder does not exist.
    pub(crate) fn list_names(&self) -> Result<Vec<String>, CliError> {
        let path = self.path();
        let problem = |error: std::io::Error| {
            CliError::failed(format!("{} cannot be read: {error}", path.display()))
        };
        let entries = match fs::read_dir(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(problem)?,
        };
        let mut names = Vec::new();
        for entry in entries {
            let name = entry
                .map_err(problem)?
                .file_name()
                .to_string_lossy()
                .into_owned();
            if name != KEY_FILE && !name.starts_with('.') {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }

    /// Returns the text of a file, or `None` if it does not exist.
    pub(crate) fn read(&self, name: &str) -> Result<Option<String>, CliError> {
        read_file(&self.path().join(name), &self.display_path(name))
    }

    /// Reads the stage's key, and checks that its headers match the stage and the app. Returns
    /// `None` if the stage has no key.
    pub(crate) fn read_key(&self, package: &Package) -> Result<Option<StageKey>, CliError> {
        let Some(text) = self.read(KEY_FILE)? else {
            return Ok(None);
        };
        let display_name = self.display_path(KEY_FILE);
        let key =
            StageKey::parse(&text).map_err(|error| CliError::from_sealed(&display_name, &error))?;
        if key.stage() != self.stage {
            let message = format!(
                "{display_name} is the key of the stage `{}`, not of `{}`",
                key.stage(),
                self.stage
            );
            return Err(CliError::failed(message)
                .with_help("restore the file from git: it was moved or copied here"));
        }
        if key.app() != package.app {
            let message = format!(
                "{display_name} belongs to the app `{}`, but the app of this package is `{}`",
                key.app(),
                package.app
            );
            let help = format!(
                "if the app was renamed, keep its old name: write `app = \"{app}\"` into \
                 [package.metadata.stage], and add `#[config(app = \"{app}\")]` to the struct; or \
                 give --app",
                app = key.app()
            );
            return Err(CliError::failed(message).with_help(help));
        }
        Ok(Some(key))
    }

    /// Returns the stage's key, or the error for a stage without one.
    pub(crate) fn require_key(&self, package: &Package) -> Result<StageKey, CliError> {
        self.read_key(package)?
            .ok_or_else(|| stage_name::no_key_error(package, &self.stage))
    }

    /// Checks that the new sealed value `name` would not overwrite an existing value by mistake.
    /// The command calls this function before the user types the value.
    pub(crate) fn check_free(&self, name: &str, overwrite: bool) -> Result<(), CliError> {
        let display_name = self.display_path(name);
        if let Some(other) = self.find_case_conflict(name)? {
            let message = format!(
                "{display_name} differs from {} only in case",
                self.display_path(&other)
            );
            return Err(CliError::failed(message)
                .with_help("choose another name: some file systems cannot distinguish the two"));
        }
        if self.contains(name) && !overwrite {
            Err(atomic_file::exists_error(&display_name))
        } else {
            Ok(())
        }
    }

    /// Seals a value with the public half of the stage's key, and writes its file.
    pub(crate) async fn seal(
        &self,
        package: &Package,
        name: &str,
        value: &[u8],
        overwrite: bool,
    ) -> Result<(), CliError> {
        // The steps after the lock never wait, so Ctrl-C cannot stop the command between two of
        // them: either all of them are done or none.
        let _lock = self.lock().await?;
        // Read the key again: another command may have changed it while the user typed the value.
        let key = self.require_key(package)?;
        let sealed = key
            .seal(name, value)
            .map_err(|error| CliError::from_sealed(&self.display_path(name), &error))?;
        self.write(name, &sealed.to_string(), overwrite).await
    }

    /// Writes a file.
    ///
    /// # Errors
    ///
    /// Returns an error if the file exists and `overwrite` is false, or if it cannot be written.
    pub(crate) async fn write(
        &self,
        name: &str,
        text: &str,
        overwrite: bool,
    ) -> Result<(), CliError> {
        interrupt::protect_write(async {
            write_file(
                &self.path().join(name),
                &self.display_path(name),
                text,
                overwrite,
            )
        })
        .await
    }

    /// Returns whether the stage has a snapshot at the default path, `sealed/STAGE.snapshot`. A
    /// placeholder in this file does not count as a snapshot.
    pub(crate) fn has_snapshot(&self) -> bool {
        let path = self.sealed.join(format!("{}.snapshot", self.stage));
        read_file(&path, "")
            .is_ok_and(|text| text.is_some_and(|text| !snapshot::is_placeholder(&text)))
    }

    /// Removes a file. Returns `false` if it does not exist.
    pub(crate) async fn remove(&self, name: &str) -> Result<bool, CliError> {
        interrupt::protect_write_if(async { self.remove_file(name) }, |removed| *removed).await
    }

    fn remove_file(&self, name: &str) -> Result<bool, CliError> {
        match fs::remove_file(self.path().join(name)) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(CliError::failed(format!(
                "{} cannot be removed: {error}",
                self.display_path(name)
            ))),
            Ok(()) => {
                atomic_file::sync_folder(&self.path());
                Ok(true)
            }
        }
    }

    /// Replaces the key and all values by these files together; see [`replace_all`].
    pub(crate) async fn replace_all(&self, files: &[(String, String)]) -> Result<(), CliError> {
        interrupt::protect_write(async {
            replace_all::replace_all(&self.sealed, &self.stage, files)
        })
        .await
    }
}

/// Returns the text of a file in the repository, or `None` if it does not exist. `display_name` is
/// the path in messages.
pub(crate) fn read_file(path: &Path, display_name: &str) -> Result<Option<String>, CliError> {
    let problem =
        |error: std::io::Error| CliError::failed(format!("{display_name} cannot be read: {error}"));
    let file = match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        file => file.map_err(problem)?,
    };
    let mut bytes = Vec::new();
    file.take(MAX_FILE_LENGTH + 1)
        .read_to_end(&mut bytes)
        .map_err(problem)?;
    if bytes.len() as u64 > MAX_FILE_LENGTH {
        let message = format!("{display_name} is too long: it has more than 16 MiB");
        return Err(CliError::failed(message));
    }
    let text = String::from_utf8(bytes)
        .map_err(|_| CliError::failed(format!("{display_name} is not text")))?;
    // On Windows, git may have written CRLF line ends. Convert them back.
    Ok(Some(if text.contains('\r') {
        text.replace("\r\n", "\n")
    } else {
        text
    }))
}

/// Writes a file in the repository, and replaces an existing one.
pub(crate) async fn replace_file(
    path: &Path,
    display_name: &str,
    text: &str,
) -> Result<(), CliError> {
    interrupt::protect_write(async { write_file(path, display_name, text, true) }).await
}

fn write_file(
    path: &Path,
    display_name: &str,
    text: &str,
    overwrite: bool,
) -> Result<(), CliError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)
        .map_err(|error| CliError::failed(format!("{display_name} cannot be written: {error}")))?;
    atomic_file::write(
        path,
        display_name,
        text.as_bytes(),
        FileAccess::Everybody,
        overwrite,
    )
}
