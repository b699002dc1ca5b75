//! The npm package vinz under `target/`. The first use installs it from
//! `tests/vinz/package-lock.json`.

use std::collections::hash_map::DefaultHasher;
use std::fs::{self, File};
use std::hash::{Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::{python::find_program, target};

const FILES: [(&str, &str); 3] = [
    ("package.json", include_str!("../../vinz/package.json")),
    (
        "package-lock.json",
        include_str!("../../vinz/package-lock.json"),
    ),
    ("endpoint.js", include_str!("../../vinz/endpoint.js")),
];

const NPM_HELP: &str = "The tests need the npm registry (or a mirror named by npm_config_registry) \
                        once, to install vinz.";

/// Returns the folder with `node_modules/` and `endpoint.js`.
pub(crate) fn vinz_folder() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(install)
}

/// Returns a command for Node.js or npm of the test environment. Each finds the other through
/// `PATH`.
pub(crate) fn command(name: &str) -> Command {
    let program = find_program(name);
    let folder = program.parent().expect("a program is in a folder");
    let path = std::env::var_os("PATH").unwrap_or_default();
    let paths = std::iter::once(folder.to_path_buf()).chain(std::env::split_paths(&path));
    let mut command = Command::new(&program);
    command.env(
        "PATH",
        std::env::join_paths(paths).expect("the paths come from PATH"),
    );
    command
}

/// Installs vinz. If two processes do this concurrently, one holds the lock and the other waits.
fn install() -> PathBuf {
    let mut hash = DefaultHasher::new();
    FILES.hash(&mut hash);
    let folder = target::directory().join(format!("vinz-{:016x}", hash.finish()));
    let complete = folder.join("complete");
    if complete.exists() {
        return folder;
    }
    fs::create_dir_all(&folder).expect("target/ can be written to");
    let lock = File::create(folder.with_extension("lock")).expect("target/ can be written to");
    lock.lock().expect("a file in target/ can be locked");
    if !complete.exists() {
        for (name, text) in FILES {
            fs::write(folder.join(name), text).expect("target/ can be written to");
        }
        // The install scripts of its packages are not needed.
        let options = [
            "ci",
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
        ];
        run(command("npm").args(options).current_dir(&folder), NPM_HELP);
        fs::write(&complete, "").expect("target/ can be written to");
    }
    folder
}

fn run(command: &mut Command, help: &str) {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?} did not start: {error}. {help}"));
    let text = [output.stdout, output.stderr].concat();
    assert!(
        output.status.success(),
        "{help}\n{command:?} ended with {}:\n{}",
        output.status,
        String::from_utf8_lossy(&text)
    );
}
