//! What a child process is given of this process's environment: nothing of AWS, of cargo, or of the user.

use std::process::Command;

/// Variables that a program needs in order to run at all. With those of rustup a compiler that a child starts is the one that
/// built the tests, and rustup installs nothing.
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

/// Clears the command's environment except for what any program needs.
pub fn clear(command: &mut Command) {
    command.env_clear();
    command.envs(KEPT_VARIABLES.into_iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
}
