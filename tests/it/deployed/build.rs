//! The build of `payments` with cargo-lambda.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::support::{environment, python, target, tool};

/// The files that cargo-lambda created, and a library for the clocks of the function.
pub(super) struct Artifacts {
    /// The zip for the upload.
    pub(super) zip: PathBuf,
    /// The folder with the executable `bootstrap`.
    pub(super) folder: PathBuf,
    /// A library to preload, which moves the clocks of the function.
    pub(super) clock: PathBuf,
}

/// Returns the built function and the library. The first call builds them.
pub(super) fn artifacts() -> &'static Artifacts {
    static ARTIFACTS: OnceLock<Artifacts> = OnceLock::new();
    ARTIFACTS.get_or_init(|| {
        let parent = target::directory().join("tmp/deployed");
        fs::create_dir_all(&parent).expect("target/ can be written to");
        let lock = File::create(parent.join("lock")).expect("target/ can be written to");
        lock.lock().expect("a file in target/ can be locked");

        let (zips, folders) = (parent.join("zip"), parent.join("folder"));
        build(&["--output-format", "zip"], &zips);
        // This command only copies the executable that the command above built.
        build(&[], &folders);
        Artifacts {
            zip: zips.join("payments/bootstrap.zip"),
            folder: folders.join("payments"),
            clock: compile_clock(&parent),
        }
    })
}

/// Runs `cargo lambda build`. It always passes a target to cargo. So it reuses nothing of the build
/// of the tests, except the crates that build scripts and derives use. The command runs with the
/// lowest priority, because other tests measure durations at the same time.
fn build(options: &[&str], folder: &Path) {
    let mut command = Command::new("nice");
    environment::clear(&mut command);
    command
        .args(["-n", "19"])
        .arg(python::find_program("cargo-lambda"))
        .args(["lambda", "build"])
        .current_dir(root())
        .args(["--compiler", "cargo", "--locked", "--quiet"])
        .args(["--package", "payments", "--bin", "payments"])
        .args(options)
        .arg("--lambda-dir")
        .arg(folder);
    set_variables(&mut command);
    tool::run(&mut command, "See the output of cargo-lambda.");
}

/// Sets the variables with which cargo-lambda compiles, so that each of its verbs uses the same
/// build.
pub(super) fn set_variables(command: &mut Command) {
    for name in ["CARGO_HOME", "RUSTUP_HOME", "HOME"] {
        command.envs(std::env::var_os(name).map(|value| (name, value)));
    }
    // Without this flag, rustix reads the clock in a way that no library can change.
    command
        .env("RUSTFLAGS", "--cfg rustix_use_libc")
        .env("CARGO_TARGET_DIR", target::directory())
        .env("CARGO_INCREMENTAL", "0")
        .env("CARGO_NET_OFFLINE", "true");
}

/// Returns the target for which cargo-lambda builds: that of this machine.
pub(super) fn find_host() -> String {
    let mut command = Command::new("rustc");
    set_variables(&mut command);
    let output = tool::run(command.arg("-vV"), "The tests need rustc.");
    let host = output.lines().find_map(|line| line.strip_prefix("host: "));
    host.expect("rustc names its host").to_owned()
}

/// Returns `cargo lambda VERB`, to run in the root of the repository.
pub(super) fn cargo_lambda(verb: &str) -> Command {
    let mut command = Command::new(python::find_program("cargo-lambda"));
    environment::clear(&mut command);
    command.args(["lambda", verb]).current_dir(root());
    command
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn compile_clock(folder: &Path) -> PathBuf {
    let (source, library) = (folder.join("clock.c"), folder.join("clock.so"));
    fs::write(&source, include_str!("clock.c")).expect("target/ can be written to");
    let mut command = Command::new("cc");
    environment::clear(&mut command);
    command.args(["-shared", "-fPIC", "-Wall", "-Werror", "-o"]);
    tool::run(
        command.arg(&library).arg(&source),
        "The tests need a C compiler.",
    );
    library
}
