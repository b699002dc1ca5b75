//! The environment of a child process: it has no variables of AWS or of cargo, and no home folder.

use std::process::Command;

/// The variables that a child process keeps: those that any program needs in order to run,
/// `LLVM_PROFILE_FILE` for coverage, and those of rustup. With the variables of rustup, a child
/// uses the compiler that built the tests, and rustup installs nothing.
const KEPT_VARIABLES: [&str; 9] = [
    "PATH",
    "TMPDIR",
    "TEMP",
    "TMP",
    "SYSTEMROOT",
    "LD_LIBRARY_PATH",
    "LLVM_PROFILE_FILE",
    "RUSTUP_AUTO_INSTALL",
    "RUSTUP_TOOLCHAIN",
];

/// Clears the command's environment, except for `KEPT_VARIABLES`.
pub fn clear(command: &mut Command) {
    command.env_clear();
    command.envs(
        KEPT_VARIABLES
            .into_iter()
            .filter_map(|name| Some((name, std::env::var_os(name)?))),
    );
}
