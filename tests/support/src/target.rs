//! The folders in which cargo builds. `CARGO_TARGET_TMPDIR` is only set for integration tests, so
//! this library uses the path of the running test.

use std::path::PathBuf;

/// Returns the path of the workspace's `target/`.
pub fn directory() -> PathBuf {
    parent(profile())
}

/// Returns the folder of the profile with which the tests were built: `target/debug`.
pub fn profile() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its executable");
    parent(parent(test))
}

fn parent(path: PathBuf) -> PathBuf {
    path.parent()
        .expect("tests are built into target/…/deps")
        .to_path_buf()
}
