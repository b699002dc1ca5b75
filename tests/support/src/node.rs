//! Runs the Node.js and the npm that are installed in the Python environment, and installs npm
//! packages under `target/`.

use std::collections::hash_map::DefaultHasher;
use std::fs::{self, File};
use std::hash::{Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{python, target, tool};

const HELP: &str = "The tests need the npm registry (or a mirror named by npm_config_registry) \
                    once, to install npm packages.";

/// Returns a command for `node` or `npm` of the Python environment. Node.js and npm find each other
/// through the `PATH` of the command.
pub fn command(name: &str) -> Command {
    let mut command = Command::new(python::find_program(name));
    command.env("PATH", search_path(&[]));
    command
}

/// Returns a `PATH` with these folders first, then the folder of Node.js and npm, then the folders
/// of the present `PATH`.
pub fn search_path(first: &[&Path]) -> std::ffi::OsString {
    let node = python::find_program("node");
    let node = node.parent().expect("a program is in a folder");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = first.iter().copied().chain([node]).map(Path::to_path_buf);
    let folders = folders.chain(std::env::split_paths(&path));
    std::env::join_paths(folders).expect("the paths come from PATH")
}

/// Installs the packages of the `package.json` in `files`, and returns the folder that contains
/// these files and `node_modules/`. If two processes do this concurrently, one holds the lock and
/// the other waits.
///
/// If `files` also contains a `package-lock.json`, npm installs the versions that this file names.
pub fn install(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let mut hash = DefaultHasher::new();
    files.hash(&mut hash);
    let folder = target::directory().join(format!("{name}-{:016x}", hash.finish()));
    let complete = folder.join("complete");
    if complete.exists() {
        return folder;
    }

    fs::create_dir_all(&folder).expect("target/ can be written to");
    let lock = File::create(folder.with_extension("lock")).expect("target/ can be written to");
    lock.lock().expect("a file in target/ can be locked");
    if !complete.exists() {
        for (name, text) in files {
            fs::write(folder.join(name), text).expect("target/ can be written to");
        }
        let has_lock = files.iter().any(|(name, _)| *name == "package-lock.json");
        let verb = if has_lock { "ci" } else { "install" };
        // The install scripts of the packages are not needed.
        let options = [
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
        ];
        let mut npm = command("npm");
        tool::run(npm.arg(verb).args(options).current_dir(&folder), HELP);
        fs::write(&complete, "").expect("target/ can be written to");
    }
    folder
}
