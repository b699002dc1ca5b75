//! The folder of a stage: `sealed/STAGE/` with `stage.key` and a file a value.
//!
//! A file is written whole or not at all, and holds ciphertext alone. Files that begin with a dot are not values: they are kept.

mod exchange;

use std::fs::{self, File};
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::package::Package;
use crate::problem::Problem;
use crate::whole_file::{self, Readers};
use crate::{interrupt, output, shown, stage};
use stage_config_core::sealed::{KEY_FILE, StageKey, key_path, path_of};
use stage_config_grammar::snapshot;
use stage_config_grammar::source::check_sealed;

/// What temporary files begin with: a command that was killed may leave one, and `--rekey` does not keep it.
const TEMPORARY: &str = ".tmp-";

/// More than any sealed file: what is longer is none, and is not read into memory.
const MOST: u64 = 16 << 20;

/// Between two attempts to get the lock.
const PAUSE: Duration = Duration::from_millis(50);

/// What the library allows.
const LONGEST_NAME: usize = 128;

/// Checks the name of a value, which becomes a file's.
pub(crate) fn check_name(name: &str) -> Result<(), Problem> {
    // Whoever writes `name=value` must not see the value again in an error.
    match name.split_once('=') {
        Some((name, value)) if shown::is_name(name) && !value.is_empty() => {
            return Err(given_as_argument().remedy(format!("cargo stage seal {name} --stage …, and type the value")));
        }
        // The end of a text in base64, too.
        Some(_) => return Err(given_as_argument()),
        None => {}
    }
    let remedy = "give the value's name alone; --stage names the stage";
    let wrong = |what: String| Problem::unchecked(shown::hide(&what, name)).remedy(remedy);
    if name.len() > LONGEST_NAME {
        return Err(wrong(format!("the name of a sealed file has at most {LONGEST_NAME} characters")));
    }
    check_sealed(name).map_err(|error| wrong(error.to_string()))
}

/// The error for a value among the arguments. It does not repeat it.
pub(crate) fn given_as_argument() -> Problem {
    Problem::unchecked(
        "a value is never given as an argument: it would stand in the shell's history and in lists of processes",
    )
    .remedy("type it at the prompt or pipe it in; if it was a secret, replace it where it was issued")
}

/// A stage's folder.
#[derive(Debug)]
pub(crate) struct Folder {
    /// The package's `sealed/`.
    sealed: PathBuf,
    stage: String,
    /// The package's manifest, whose lock keeps two commands from writing at once.
    manifest: PathBuf,
}

impl Folder {
    pub(crate) fn new(package: &Package, stage: &str) -> Self {
        let (sealed, manifest) = (package.folder.join("sealed"), package.folder.join("Cargo.toml"));
        Self { sealed, stage: stage.to_owned(), manifest }
    }

    pub(crate) fn stage(&self) -> &str {
        &self.stage
    }

    fn path(&self) -> PathBuf {
        self.sealed.join(&self.stage)
    }

    /// How a file is called in messages: from the package's folder.
    pub(crate) fn shown(&self, name: &str) -> String {
        if name == KEY_FILE { key_path(&self.stage) } else { path_of(&self.stage, name) }
    }

    /// Waits until no other command writes here, and keeps others waiting until the answer is dropped. It also mends what
    /// a command that was killed left behind.
    pub(crate) async fn lock(&self) -> Result<File, Problem> {
        let problem = |error| Problem::refused(format!("{} cannot be locked: {error}", self.manifest.display()));
        let lock = File::open(&self.manifest).map_err(problem)?;
        let mut said = false;
        loop {
            match lock.try_lock() {
                Ok(()) => break,
                // Asked again and again, since a wait in the system could not be interrupted by Ctrl-C.
                Err(fs::TryLockError::WouldBlock) => {
                    if !std::mem::replace(&mut said, true) {
                        output::talk("waiting for another `cargo stage` of this package");
                    }
                    tokio::time::sleep(PAUSE).await;
                }
                // A file system without locks: two commands at once are then the user's affair.
                Err(fs::TryLockError::Error(error)) if error.kind() == ErrorKind::Unsupported => break,
                Err(fs::TryLockError::Error(error)) => return Err(problem(error)),
            }
        }
        exchange::recover(&self.sealed, &self.stage)?;
        Ok(lock)
    }

    /// Whether there is a file of this name.
    pub(crate) fn holds(&self, name: &str) -> bool {
        fs::symlink_metadata(self.path().join(name)).is_ok()
    }

    /// The name of another value that differs from this one in case alone: some file systems keep only one of them.
    pub(crate) fn differs_in_case(&self, name: &str) -> Result<Option<String>, Problem> {
        Ok(self.names()?.into_iter().find(|other| other != name && other.eq_ignore_ascii_case(name)))
    }

    /// The names of the values, in order; none where there is no folder.
    pub(crate) fn names(&self) -> Result<Vec<String>, Problem> {
        let path = self.path();
        let problem = |error: std::io::Error| Problem::refused(format!("{} cannot be read: {error}", path.display()));
        let entries = match fs::read_dir(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(problem)?,
        };
        let mut names = Vec::new();
        for entry in entries {
            let name = entry.map_err(problem)?.file_name().to_string_lossy().into_owned();
            if name != KEY_FILE && !name.starts_with('.') {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }

    /// A file's text, or `None` where there is no file.
    pub(crate) fn read(&self, name: &str) -> Result<Option<String>, Problem> {
        read(&self.path().join(name), &self.shown(name))
    }

    /// The stage's key, whose headers are checked against what is asked for.
    pub(crate) fn key(&self, package: &Package) -> Result<Option<StageKey>, Problem> {
        let Some(text) = self.read(KEY_FILE)? else { return Ok(None) };
        let shown = self.shown(KEY_FILE);
        let key = StageKey::parse(&text).map_err(|error| Problem::of_sealed(&shown, &error))?;
        if key.stage() != self.stage {
            let what = format!("{shown} is the key of the stage `{}`, not of `{}`", key.stage(), self.stage);
            return Err(Problem::refused(what).remedy("take the file back from git: it was moved or copied here"));
        }
        if key.app() != package.app {
            let what = format!("{shown} belongs to the app `{}`, and this is `{}`", key.app(), package.app);
            let remedy = format!("write `app = \"{}\"` into [package.metadata.stage], or give --app", key.app());
            return Err(Problem::refused(what).remedy(remedy));
        }
        Ok(Some(key))
    }

    /// The stage's key, or the error for a stage without one.
    pub(crate) fn some_key(&self, package: &Package) -> Result<StageKey, Problem> {
        self.key(package)?.ok_or_else(|| stage::unknown(package, &self.stage))
    }

    /// Refuses what sealing under this name would overwrite, before anybody types a value.
    pub(crate) fn check_free(&self, name: &str, overwrite: bool) -> Result<(), Problem> {
        let shown = self.shown(name);
        if let Some(other) = self.differs_in_case(name)? {
            let what = format!("{shown} differs from {} in case alone", self.shown(&other));
            return Err(
                Problem::refused(what).remedy("some file systems cannot tell the two apart: choose another name")
            );
        }
        match self.holds(name) && !overwrite {
            true => Err(exists(&shown)),
            false => Ok(()),
        }
    }

    /// Seals a value with the public half of the stage's key, and writes its file.
    pub(crate) async fn seal(
        &self,
        package: &Package,
        name: &str,
        value: &[u8],
        overwrite: bool,
    ) -> Result<(), Problem> {
        // Nothing waits from here on, so that Ctrl-C finds either nothing done or everything.
        let _lock = self.lock().await?;
        // Read anew: another command may have changed it while the value was typed.
        let key = self.some_key(package)?;
        let sealed = key.seal(name, value).map_err(|error| Problem::of_sealed(&self.shown(name), &error))?;
        self.write(name, &sealed.to_string(), overwrite).await
    }

    /// Writes a file. Without `overwrite` one that exists is left alone, and that is an error.
    pub(crate) async fn write(&self, name: &str, text: &str, overwrite: bool) -> Result<(), Problem> {
        interrupt::whole(async { write(&self.path().join(name), &self.shown(name), text, overwrite) }).await
    }

    /// Whether there is a snapshot in the usual place, and not just a placeholder.
    pub(crate) fn has_snapshot(&self) -> bool {
        let path = self.sealed.join(format!("{}.snapshot", self.stage));
        read(&path, "").is_ok_and(|text| text.is_some_and(|text| !snapshot::is_empty(&text)))
    }

    /// Removes a file; `false` where there is none.
    pub(crate) async fn remove(&self, name: &str) -> Result<bool, Problem> {
        interrupt::whole_if(async { self.remove_file(name) }, |removed| *removed).await
    }

    fn remove_file(&self, name: &str) -> Result<bool, Problem> {
        match fs::remove_file(self.path().join(name)) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(Problem::refused(format!("{} cannot be removed: {error}", self.shown(name)))),
            Ok(()) => {
                sync_folder(&self.path());
                Ok(true)
            }
        }
    }

    /// Puts these files in the place of the key and all values, in one step; see [`exchange`].
    pub(crate) async fn replace_all(&self, files: &[(String, String)]) -> Result<(), Problem> {
        interrupt::whole(async { exchange::replace_all(&self.sealed, &self.stage, files) })
            .await
            .map_err(|error| Problem::refused(format!("{} cannot be replaced: {error}", self.path().display())))
    }
}

/// The text of a file that is kept beside the code, or `None` where there is none. `shown` is what messages call it.
pub(crate) fn read(path: &Path, shown: &str) -> Result<Option<String>, Problem> {
    let problem = |error: std::io::Error| Problem::refused(format!("{shown} cannot be read: {error}"));
    let file = match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        file => file.map_err(problem)?,
    };
    let mut bytes = Vec::new();
    file.take(MOST).read_to_end(&mut bytes).map_err(problem)?;
    let text = String::from_utf8(bytes).map_err(|_| Problem::refused(format!("{shown} is not text")))?;
    // What git does to text files on Windows.
    Ok(Some(if text.contains('\r') { text.replace("\r\n", "\n") } else { text }))
}

/// Puts a file that is kept beside the code in its place, whatever was there.
pub(crate) async fn put(path: &Path, shown: &str, text: &str) -> Result<(), Problem> {
    interrupt::whole(async { write(path, shown, text, true) }).await
}

fn write(path: &Path, shown: &str, text: &str, overwrite: bool) -> Result<(), Problem> {
    let problem = |error| Problem::refused(format!("{shown} cannot be written: {error}"));
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(problem)?;
    whole_file::write(path, text.as_bytes(), Readers::Everybody, overwrite).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => exists(shown),
        _ => problem(error),
    })
}

/// The error for a file that must not be overwritten.
pub(crate) fn exists(shown: &str) -> Problem {
    Problem::refused(format!("{shown} exists")).remedy("`--overwrite` replaces it")
}

/// Makes a rename outlive a loss of power. Systems that cannot do that for a folder do it by themselves.
fn sync_folder(folder: &Path) {
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}
