//! A Python environment under `target/` with the programs of `requirements.txt` and
//! `requirements_alone.txt`, created at first use.

use std::collections::hash_map::DefaultHasher;
use std::fs::{self, File};
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::{target, tool};

const REQUIREMENTS: &str = include_str!("requirements.txt");

/// Packages that are installed without their dependencies.
const REQUIREMENTS_ALONE: &str = include_str!("requirements_alone.txt");

/// The oldest Python that moto supports.
const MIN_VERSION: (u32, u32) = (3, 10);

/// Returns the path of `program` in the environment. The first process that calls this function
/// creates the environment.
pub fn find_program(program: &str) -> PathBuf {
    static ENVIRONMENT: OnceLock<PathBuf> = OnceLock::new();
    let environment = ENVIRONMENT.get_or_init(|| {
        let requirements = [REQUIREMENTS, REQUIREMENTS_ALONE].concat();
        create_environment(&target::directory(), &requirements, install)
    });
    program_path(environment, program)
}

fn program_path(environment: &Path, program: &str) -> PathBuf {
    if cfg!(windows) {
        environment.join("Scripts").join(format!("{program}.exe"))
    } else {
        environment.join("bin").join(program)
    }
}

/// Creates the environment unless it is complete. Two processes may do this concurrently: one holds
/// the lock and the other waits. The lock ends with its process, so a killed process leaves no
/// lock.
fn create_environment(target: &Path, requirements: &str, install: impl Fn(&Path)) -> PathBuf {
    let mut hash = DefaultHasher::new();
    requirements.hash(&mut hash);
    let directory = target.join(format!("peers-{:016x}", hash.finish()));
    let complete = directory.join("complete");
    if complete.exists() {
        return directory;
    }
    fs::create_dir_all(target).expect("target/ can be created");
    let lock = File::create(directory.with_extension("lock")).expect("target/ can be written to");
    lock.lock().expect("a file in target/ can be locked");
    if !complete.exists() {
        if directory.exists() {
            fs::remove_dir_all(&directory).expect("an incomplete environment can be removed");
        }
        install(&directory);
        fs::write(&complete, requirements).expect("target/ can be written to");
    }
    directory
}

fn install(directory: &Path) {
    tool::run(
        Command::new(find_python())
            .args(["-m", "venv"])
            .arg(directory),
        VENV_HELP,
    );
    install_packages(directory, REQUIREMENTS, &[]);
    install_packages(directory, REQUIREMENTS_ALONE, &["--no-deps"]);
}

fn install_packages(directory: &Path, requirements: &str, options: &[&str]) {
    let list = directory.join("requirements.txt");
    fs::write(&list, requirements).expect("target/ can be written to");
    let mut pip = Command::new(program_path(directory, "python"));
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-input",
    ])
    .args(options)
    .arg("-r")
    .arg(list);
    tool::run(
        &mut pip,
        "The tests need PyPI (or a mirror named by PIP_INDEX_URL) once, to install their servers.",
    );
}

const PYTHON_HELP: &str = "The servers of the tests need Python 3.10 or newer as `python3` or \
                           `python`. Install it (Debian and Ubuntu: `apt-get install python3 \
                           python3-venv`, Fedora: `dnf install python3`, macOS: `brew install \
                           python`) and run the tests again.";

const VENV_HELP: &str = "Python is installed, but it cannot create an environment. On Debian and \
                         Ubuntu: `apt-get install python3-venv`.";

fn find_python() -> &'static str {
    let names = ["python3", "python"];
    let found = names
        .into_iter()
        .find(|name| find_version(name).is_some_and(|version| version >= MIN_VERSION));
    found.unwrap_or_else(|| panic!("{PYTHON_HELP}"))
}

fn find_version(python: &str) -> Option<(u32, u32)> {
    let script = "import sys; print(*sys.version_info[:2])";
    let output = Command::new(python).args(["-c", script]).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let (major, minor) = text.trim().split_once(' ')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn programs_of_the_environment_exist() {
        for name in ["python", "roto-server", "moto_server", "cargo-lambda"] {
            assert!(find_program(name).is_file(), "{name} is not installed");
        }
    }

    #[test]
    fn a_missing_python_has_no_version() {
        assert_eq!(find_version("no-such-python-anywhere"), None);
    }

    #[test]
    fn concurrent_calls_create_the_environment_once() {
        let target = tempfile::tempdir().expect("a temporary directory");
        let installs = AtomicUsize::new(0);
        let install = |directory: &Path| {
            fs::create_dir(directory).expect("the folder does not exist");
            installs.fetch_add(1, Ordering::SeqCst);
        };
        // Without the file `complete`, the environment is incomplete, as after a killed process.
        let environment = create_environment(target.path(), "moto", install);
        fs::remove_file(environment.join("complete")).expect("the environment was complete");
        let paths = std::thread::scope(|scope| {
            let threads = [(); 2]
                .map(|()| scope.spawn(|| create_environment(target.path(), "moto", install)));
            threads.map(|thread| thread.join().expect("neither thread fails"))
        });
        assert_eq!(paths, [environment.clone(), environment]);
        assert_eq!(
            installs.into_inner(),
            2,
            "one install at first, and one after the removal"
        );
    }
}
