//! Without `--artifact`, the command builds the package or the workspace with cargo, and reads or
//! runs the programs that were built.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::folder::copy_fixture;
use crate::support::package::{COMMAND, Package, RunOutput, cargo, run_command};

/// Creates a workspace with a library of configurations, and programs that load some of them.
fn create_workspace(name: &str) -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = package.parent().expect("the package is in the workspace");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    copy_fixture(&package.join("tests/fixtures/manifest"), &folder, root);
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock"))
        .expect("the lock file can be copied");
    folder
}

fn show(folder: &Path, arguments: &[&str]) -> RunOutput {
    run_verb(folder, &[&["show", "--json"], arguments].concat())
}

fn run_verb(folder: &Path, arguments: &[&str]) -> RunOutput {
    let mut command = std::process::Command::new(COMMAND);
    command.arg("stage").args(arguments).current_dir(folder);
    crate::support::environment::clear(&mut command);
    // The unit tests use the same target folder, so that cargo builds the shared dependencies only
    // once.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("manifest/debug/target");
    for name in ["CARGO_HOME", "RUSTUP_HOME", "HOME"] {
        command.envs(std::env::var_os(name).map(|value| (name, value)));
    }
    command
        .env("CARGO", cargo())
        .env("CARGO_TARGET_DIR", target)
        .env("CARGO_NET_OFFLINE", "true");
    run_command(&mut command, b"")
}

#[test]
fn the_command_builds_the_package_and_chooses_a_configuration() {
    let folder = create_workspace("building");
    let one = show(&folder, &["-p", "programs", "--bin", "library"]).assert_code(0);
    assert!(
        one.stdout.contains("\"config\": \"Settings\""),
        "{}",
        one.stdout
    );

    let several = ["-p", "programs", "--bin", "several"];
    let both = "there are several configurations: `several::app::Config`, `several::mail::Config`";
    show(&folder, &several).assert_code(2).assert_stderr(both);
    let config = |name| show(&folder, &[&several[..], &["--config", name]].concat());
    config("Config").assert_code(2).assert_stderr(both);
    assert!(
        config("mail::Config")
            .assert_code(0)
            .stdout
            .contains("inner.host")
    );
    assert!(
        config("several::app::Config")
            .assert_code(0)
            .stdout
            .contains("inner.table")
    );
    config("Confg")
        .assert_code(2)
        .assert_stderr("did you mean `Config`?");
    config("apps::Config")
        .assert_code(2)
        .assert_stderr("expected one of `several::app::Config`, `several::mail::Config`");

    // A configuration that the program uses but does not load is not in the artifact of the
    // program.
    show(&folder, &["-p", "programs", "--bin", "nothing"])
        .assert_code(2)
        .assert_stderr("contains no manifest of a configuration");
    show(&folder, &["-p", "settings"])
        .assert_code(2)
        .assert_stderr("a library alone contains no manifest");
    show(&folder, &["-p", "programs", "--bin", "absent"])
        .assert_code(2)
        .assert_stderr("the package does not build");

    // `--workspace` builds and checks all programs of the workspace.
    let all = run_verb(&folder, &["check", "--workspace", "--offline"]).assert_code(0);
    for row in [
        ["programs/library", "Settings", "prod"],
        ["programs/several", "several::app::Config", "dev"],
        ["programs/several", "several::mail::Config", "dev"],
    ] {
        let mut rows = all.stdout.lines().map(str::split_whitespace);
        let is_row = |words: std::str::SplitWhitespace<'_>| words.take(3).eq(row);
        assert!(rows.any(is_row), "{row:?}: {}", all.stdout);
    }
    all.assert_stderr("note: skipped, because they load no configuration: programs/nothing\n");
}

/// Several programs are built, and the one that loads the configuration runs.
#[test]
fn the_built_program_checks_itself() {
    let folder = create_workspace("building-run");
    let bins = folder.join("programs/src/bin");
    fs::copy(bins.join("library.rs"), bins.join("second.rs")).expect("the file can be copied");
    fs::write(folder.join("dev.env"), "table=orders\nhost=example.com\n")
        .expect("the file can be written");
    let check = |arguments: &[&str]| {
        let options = [
            "check", "--run", "--strict", "-p", "programs", "--stage", "dev",
        ];
        run_verb(&folder, &[&options[..], arguments].concat())
    };
    for config in ["app::Config", "mail::Config"] {
        let ran = check(&["--config", config, "--env-file", "dev.env"]).assert_code(0);
        assert!(ran.stdout.starts_with("dev: complete\n"), "{ran:?}");
    }

    let settings = ["--config", "Settings"];
    check(&settings)
        .assert_code(2)
        .assert_stderr("several programs load `Settings`: `library`, `second`")
        .assert_stderr("--bin NAME");
    let ran = check(&[&settings[..], &["--bin", "library"]].concat()).assert_code(1);
    assert!(
        ran.stdout
            .contains("the program uses local values (memory)"),
        "{ran:?}"
    );
}

/// A program that does not reach its load, because the check starts it without arguments.
const LATE: &str = r#"
use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "env:{field}")]
struct Late {
    table: String,
}

fn main() {
    if std::env::args().len() > 1 {
        println!("{}", Late::load_blocking().map_or(0, |late| late.table.len()));
    }
}
"#;

/// Each program of the workspace checks its own configurations. A program that does not reach its
/// load does not change the results of the others.
#[test]
fn every_program_of_the_workspace_checks_itself() {
    let folder = create_workspace("building-workspace-run");
    let bins = folder.join("programs/src/bin");
    for name in ["library.rs", "nothing.rs"] {
        fs::remove_file(bins.join(name)).expect("the file can be removed");
    }
    fs::copy(bins.join("several.rs"), bins.join("twin.rs")).expect("the file can be copied");
    fs::write(bins.join("late.rs"), LATE).expect("the file can be written");
    fs::write(folder.join("dev.env"), "table=orders\nhost=example.com\n")
        .expect("the file can be written");
    let check = |arguments: &[&str]| {
        let options = ["check", "--workspace", "--run", "--env-file", "dev.env"];
        run_verb(&folder, &[&options[..], arguments].concat())
    };

    let ran = check(&["--json", "--strict"]).assert_code(1);
    let json: Value = serde_json::from_str(&ran.stdout).expect("the text is JSON");
    let configurations = json["configurations"].as_array().expect("a list");
    let results: Vec<_> = configurations
        .iter()
        .map(|config| {
            let stage = &config["stages"][0];
            let name = &config["programs"][0]["name"];
            [
                name,
                &config["config"],
                &stage["result"],
                &stage["run"]["kind"],
            ]
        })
        .collect();
    assert_eq!(
        results,
        [
            ["late", "Late", "unverified", "not_reached"],
            ["several", "Config", "complete", "verified"],
            ["several", "Config", "complete", "verified"],
            ["twin", "Config", "complete", "verified"],
            ["twin", "Config", "complete", "verified"],
        ]
    );

    let ran = check(&[]).assert_code(0);
    assert!(ran.stdout.contains("not reached"), "{ran:?}");
}

/// Runs the command with these options in a package without a program. Asserts that the command
/// fails.
fn build(options: &[&str]) -> RunOutput {
    let package = Package::new("");
    show(package.path(), options).assert_code(2)
}

#[test]
fn options_of_cargo_are_passed_to_the_build() {
    let has_messages = |ran: &RunOutput| ran.stderr.contains("Finished");
    let (loud, quiet) = (build(&[]), build(&["-q"]));
    assert!(has_messages(&loud) && !has_messages(&quiet), "{quiet:?}");
    quiet.assert_stderr("a library alone contains no manifest");

    build(&["--cargo-profile", "release"]).assert_stderr("`release` profile");
    build(&["--cargo-profile", "absent"]).assert_stderr("profile `absent` is not defined");
    for option in ["--locked", "--frozen"] {
        build(&[option])
            .assert_stderr(&format!("because {option} was passed"))
            .assert_stderr("the package does not build");
    }
    build(&["--cargo-profile", "dev", "--release"]).assert_stderr("cannot be used with");
}

/// The messages of the build have the colours that the user asked for.
#[cfg(unix)]
#[test]
fn cargo_gets_the_variables_for_colours() {
    use std::os::unix::fs::PermissionsExt as _;

    let package = Package::new("");
    let script = "#!/bin/sh\necho \"$1: $CARGO_TERM_COLOR, $NO_COLOR\" >&2\nexit 101\n";
    let path = package.write("bin/cargo", script);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("the mode can be changed");
    let mut command = package.verb_command(&["show"]);
    command
        .env("CARGO", path)
        .env("CARGO_TERM_COLOR", "always")
        .env("NO_COLOR", "1");
    run_command(&mut command, b"")
        .assert_code(2)
        .assert_stderr("build: always, 1\n");
}
