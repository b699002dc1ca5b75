//! Where cargo builds. A library is not told (`CARGO_TARGET_TMPDIR` is for integration tests), but the running test is built there.

use std::path::PathBuf;

/// The workspace's `target/`.
pub fn directory() -> PathBuf {
    parent(profile())
}

/// The folder of the tests' profile: `target/debug`.
pub fn profile() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its executable");
    parent(parent(test))
}

fn parent(path: PathBuf) -> PathBuf {
    path.parent().expect("tests are built into target/…/deps").to_path_buf()
}
