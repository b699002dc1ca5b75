//! The folders in which cargo builds. Cargo sets `CARGO_TARGET_TMPDIR` only for integration tests
//! and benchmarks, so this library uses the path of the running test.

use std::path::PathBuf;

/// Returns the path of the workspace's `target/`.
pub fn directory() -> PathBuf {
    parent(profile())
}

/// Returns the folder of the profile with which the tests were built, such as `target/debug`.
pub fn profile() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its executable");
    parent(parent(test))
}

/// Returns the path of a program of the workspace.
///
/// # Panics
///
/// Panics if the program is not built.
pub fn find_program(name: &str) -> PathBuf {
    let program = profile().join(name);
    assert!(
        program.is_file(),
        "{} is not built: `cargo test --workspace` builds it, `cargo test` of one package does not",
        program.display()
    );
    program
}

fn parent(path: PathBuf) -> PathBuf {
    path.parent()
        .expect("tests are built into target/…/deps")
        .to_path_buf()
}
