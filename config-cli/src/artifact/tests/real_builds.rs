//! Tests with real programs of `tests/fixtures/manifest`, compiled and linked on the test's
//! platform.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use stage_config_core::Schema;
use stage_config_test_support::folder::copy_fixture;

use super::super::read;

/// The variables that the programs read.
const VARIABLES: [(&str, &str); 4] =
    [("stage", "dev"), ("DEV_TABLE", "orders"), ("DEV_MAIL_host", "example.com"), ("table", "orders")];

#[test]
fn of_a_debug_build() {
    check_build(&[], "debug");
}

/// Fat LTO, `opt-level = "z"`, `panic = "abort"`, `strip = true`.
#[test]
fn of_a_build_for_lambda() {
    check_build(&["--release"], "release");
}

/// Checks that each artifact describes exactly the configuration that its program loads.
fn check_build(options: &[&str], profile: &str) {
    let target = build(options, profile);
    for program in ["library", "several"] {
        let path = target.join(profile).join(program).with_extension(env::consts::EXE_EXTENSION);
        let mut printed: Vec<String> = run_program(&path).lines().map(str::to_owned).collect();
        let mut read: Vec<String> = read(&path).unwrap().iter().map(|schema| format!("{schema:?}")).collect();
        printed.sort();
        read.sort();
        assert!(!printed.is_empty());
        assert_eq!(read, printed, "{profile} {program}");
    }
    let nothing = target.join(profile).join("nothing").with_extension(env::consts::EXE_EXTENSION);
    run_program(&nothing);
    assert_eq!(read(&nothing).unwrap(), Vec::<&Schema>::new(), "{profile}: what is not loaded is not carried");
}

/// Builds in a shared folder, which later runs reuse, with the versions of this workspace's lock
/// file.
fn build(options: &[&str], profile: &str) -> PathBuf {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR"));
    // The test executable is in the `deps` folder of its profile.
    let folder = env::current_exe().unwrap().ancestors().nth(3).unwrap().join("tmp").join("manifest").join(profile);
    let root = ours.parent().unwrap();
    copy_fixture(&ours.join("tests/fixtures/manifest"), &folder, root);
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let target = folder.join("target");
    let built = Command::new(env!("CARGO"))
        .args(["build", "--offline", "--quiet", "--bins", "--target-dir"])
        .arg(&target)
        .args(options)
        .current_dir(&folder)
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    target
}

fn run_program(program: &Path) -> String {
    let ran = Command::new(program).env_clear().envs(VARIABLES).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).unwrap()
}
