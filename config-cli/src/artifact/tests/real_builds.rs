//! Tests with real programs of `tests/fixtures/manifest`, compiled and linked on the test's
//! platform.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use stage_config_core::Schema;
use stage_config_test_support::folder::copy_fixture;

use super::super::read;

/// The variables that the programs read.
const VARIABLES: [(&str, &str); 4] = [
    ("stage", "dev"),
    ("DEV_TABLE", "orders"),
    ("DEV_MAIL_host", "example.com"),
    ("table", "orders"),
];

#[test]
fn a_debug_build_contains_what_its_programs_load() {
    check_build(&[], "debug");
}

/// The profile `release` has fat LTO, `opt-level = "z"`, `panic = "abort"` and `strip = true`.
#[test]
fn a_build_for_lambda_contains_what_its_programs_load() {
    check_build(&["--release"], "release");
}

/// Checks that each artifact contains exactly the configurations that its program loads.
fn check_build(options: &[&str], profile: &str) {
    let target = build(options, profile);
    for program in ["library", "several"] {
        let path = target
            .join(profile)
            .join(program)
            .with_extension(env::consts::EXE_EXTENSION);
        let mut loaded: Vec<String> = run_program(&path).lines().map(str::to_owned).collect();
        let mut read: Vec<String> = read(&path)
            .unwrap()
            .iter()
            .map(|schema| format!("{schema:?}"))
            .collect();
        loaded.sort();
        read.sort();
        assert!(!loaded.is_empty());
        assert_eq!(read, loaded, "{profile} {program}");
    }
    let program_without_load = target
        .join(profile)
        .join("nothing")
        .with_extension(env::consts::EXE_EXTENSION);
    run_program(&program_without_load);
    assert_eq!(
        read(&program_without_load).unwrap(),
        Vec::<&Schema>::new(),
        "{profile}: the program loads no configuration"
    );
}

/// Builds the programs with the versions of this workspace's lock file, and returns the target
/// folder. Later test runs reuse the folder.
fn build(options: &[&str], profile: &str) -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    // The test executable is in the `deps` folder of its profile.
    let folder = env::current_exe()
        .unwrap()
        .ancestors()
        .nth(3)
        .unwrap()
        .join("tmp")
        .join("manifest")
        .join(profile);
    let root = package.parent().unwrap();
    copy_fixture(&package.join("tests/fixtures/manifest"), &folder, root);
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let target = folder.join("target");
    let output = Command::new(env!("CARGO"))
        .args(["build", "--offline", "--quiet", "--bins", "--target-dir"])
        .arg(&target)
        .args(options)
        .current_dir(&folder)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    target
}

fn run_program(program: &Path) -> String {
    let output = Command::new(program)
        .env_clear()
        .envs(VARIABLES)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}
