//! `cargo stage man`, and `cargo stage completions`, which is checked with bash, fish and zsh.

mod bash;
mod fish;
mod zsh;

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use crate::support::package::{COMMAND, Package, RunOutput, cargo, run_command};
use crate::support::transfer_config::TransferConfig;
use crate::support::{artifact, environment, payments};

/// Command lines that end with an incomplete path, each with the line that bash and zsh show after
/// the Tab key. `|` marks the end of the completed line, which may end with a space.
const PATHS: [(&str, &str); 6] = [
    (
        "cargo stage check --artifact odd:",
        "cargo stage check --artifact odd:file |",
    ),
    (
        "cargo stage check --artifact=odd:f",
        "cargo stage check --artifact=odd:file |",
    ),
    (
        "cargo stage check --artifact a",
        "cargo stage check --artifact a\\ b |",
    ),
    (
        "cargo stage check --artifact=a\\ ",
        "cargo stage check --artifact=a\\ b |",
    ),
    (
        "cargo stage check --artifact \"a",
        "cargo stage check --artifact \"a b\" |",
    ),
    (
        "cargo stage check --artifact=di",
        "cargo stage check --artifact=di:r/|",
    ),
];

fn completion_script(shell: &str) -> String {
    run_command(
        &mut Package::new("").verb_command(&["completions", shell]),
        b"",
    )
    .assert_code(0)
    .stdout
}

/// Returns the variable PATH, with the folder of the command first.
fn search_path() -> OsString {
    let folder = Path::new(COMMAND).parent().expect("the command is a file");
    let others = std::env::var_os("PATH").expect("PATH is set");
    let folders = std::iter::once(folder.to_owned()).chain(std::env::split_paths(&others));
    std::env::join_paths(folders).expect("no folder contains a separator")
}

/// Returns the line that the documentation tells a user to add to the startup file of the shell.
fn documented_line(shell: &str) -> String {
    const TEXT: &str = include_str!("../../../docs/cli/import.md");
    let start = format!("| {shell} | `");
    let row = TEXT.lines().find_map(|line| line.strip_prefix(&start));
    let row = row.unwrap_or_else(|| panic!("docs/cli/import.md has no row for {shell}"));
    let (line, _) = row.split_once('`').expect("the code ends");
    line.replace("\\|", "|")
}

/// Returns the command that starts an installed shell. The shell finds `cargo stage` and
/// `cargo-stage`.
fn shell_command(shell: &str, package: &Package) -> Command {
    if let Err(error) = Command::new(shell).arg("--version").output() {
        panic!(
            "The tests of the completion need the shell `{shell}`, which does not run: {error}. \
             Install it (Debian and Ubuntu: `apt-get install {shell}`, Fedora: `dnf install \
             {shell}`, macOS: `brew install {shell}`) and run the tests again."
        );
    }
    let mut command = Command::new(shell);
    command.current_dir(package.path()).env_clear();
    // Cargo may need these variables to find its toolchain.
    for name in ["HOME", "CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN"] {
        if let Some(value) = std::env::var_os(name) {
            command.env(name, value);
        }
    }
    command
        .env("CARGO", cargo())
        .env("PATH", search_path())
        .env("TEST_PATH", search_path())
        .env("TERM", "xterm");
    command
}

/// Returns the candidates that the command prints when the completion script of a shell asks it to
/// complete the last word.
fn answer(package: &Package, shell: &str, words: &[&str]) -> RunOutput {
    let mut command = Command::new(COMMAND);
    command
        .args(["--", "cargo-stage"])
        .args(words)
        .current_dir(package.path());
    environment::clear(&mut command);
    command
        .env("CARGO", cargo())
        // The command sends no request to AWS, so it never uses this address.
        .env("AWS_ENDPOINT_URL", "nothing")
        .env("CARGO_STAGE_COMPLETE", shell)
        .env("_CLAP_IFS", "\n")
        .env("_CLAP_COMPLETE_INDEX", words.len().to_string());
    run_command(&mut command, b"").assert_code(0)
}

/// Returns the candidates that are not options.
fn list_names(output: &RunOutput) -> Vec<&str> {
    assert_eq!(output.stderr, "");
    let names = output.stdout.lines();
    let names = names.filter_map(|line| line.split(['\t', ':']).next());
    names.filter(|name| !name.starts_with('-')).collect()
}

/// Creates a package with the program `payments`, which was built before, and with files whose
/// names contain a space or a colon.
fn create_built_package() -> Package {
    let package = Package::new("[package.metadata.stage.pr-1]\nregion = \"eu-west-1\"\n");
    package.write("src/main.rs", "this does not compile");
    payments::write_artifacts(&package);
    package.write("odd:file", "");
    package.write("di:r/sub/file", "");
    package.write("a b", "");
    let two = artifact::build_elf(&payments::SAME_NAME_RECORDS);
    package.write("two programs", two);
    package
}

#[test]
fn every_shell_gets_the_fields_stages_and_configurations_of_the_built_program() {
    let package = create_built_package();
    let fields: Vec<String> = payments::payments_schema()
        .leaves()
        .into_iter()
        .map(|leaf| leaf.path)
        .collect();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let cases: [(&[&str], Vec<&str>); 6] = [
            (&["set", ""], fields.iter().map(String::as_str).collect()),
            (
                &["set", "table_name", "--stage", ""],
                vec!["dev", "prod", "pr-1"],
            ),
            (&["set", "table_name", "--stage", "d"], vec!["dev"]),
            (&["diff", "dev", "p"], vec!["prod", "pr-1"]),
            (&["check", "--config", ""], vec!["Config"]),
            (
                &["copy", "dev", "prod", "stripe_key", "db_"],
                vec!["db_password"],
            ),
        ];
        for (words, expected) in cases {
            let output = answer(&package, shell, words);
            assert_eq!(list_names(&output), expected, "{shell} {words:?}");
        }
    }
    // Nothing was built.
    assert!(!package.path().join("target/debug").exists());
    assert!(!package.path().join("Cargo.lock").exists());
}

#[test]
fn options_select_the_program() {
    let package = create_built_package();
    let path = artifact::write_artifact::<TransferConfig>();
    let path = path.to_str().expect("the path is text");
    let names = |words: &[&str]| {
        let output = answer(&package, "bash", words);
        list_names(&output)
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let mail = ["mail.host", "mail.password"];
    assert_eq!(names(&["get", "--artifact", path, "mail."]), mail);
    assert_eq!(
        names(&["get", "--bin", "payments", "table"]),
        ["table_name"]
    );
    assert_eq!(names(&["get", "--bin", "other", "table"])[..], [""; 0]);
    assert_eq!(names(&["get", "-p", "other", "table"])[..], [""; 0]);
    assert_eq!(
        names(&["get", "--config", "Config", "table"]),
        ["table_name"]
    );
    assert_eq!(names(&["get", "--config", "Other", "table"])[..], [""; 0]);
}

/// A message would appear in the line that the user types.
#[test]
fn completion_prints_no_message_if_the_program_cannot_be_read() {
    let unbuilt = Package::new("");
    let damaged = create_built_package();
    damaged.write(payments::PATH, &b"\x7fELF"[..]);
    let broken = create_built_package();
    broken.write("Cargo.toml", "[package");
    // The stages of Cargo.toml are offered even if the program cannot be read.
    for (package, stages) in [(&unbuilt, &[][..]), (&damaged, &["pr-1"]), (&broken, &[])] {
        let output = answer(package, "bash", &["set", ""]);
        assert_eq!(list_names(&output)[..], [""; 0]);
        let output = answer(package, "bash", &["check", "--stage", ""]);
        assert_eq!(list_names(&output)[..], *stages);
    }
    let output = answer(&unbuilt, "tcsh", &["set", ""]);
    assert_eq!((output.stdout.as_str(), output.stderr.as_str()), ("", ""));
    for disabled in ["", "0"] {
        let mut command = unbuilt.verb_command(&["--version"]);
        command.env("CARGO_STAGE_COMPLETE", disabled);
        let version = run_command(&mut command, b"").assert_code(0).stdout;
        assert!(version.starts_with("cargo stage "), "{version}");
    }
}

#[test]
fn every_shell_has_a_completion_script() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = completion_script(shell);
        assert!(script.contains("CARGO_STAGE_COMPLETE"), "{shell}: {script}");
    }
    run_command(
        &mut Package::new("").verb_command(&["completions", "tcsh"]),
        b"",
    )
    .assert_code(2)
    .assert_stderr("possible values");
}

#[test]
fn verbs_have_manual_pages() {
    let package = Package::new("");
    run_command(
        &mut package.verb_command(&["man", "--output", "share/man1"]),
        b"",
    )
    .assert_code(0);
    for verb in ["", "-seal", "-show", "-exec", "-export", "-import", "-copy"] {
        let page = package.read(&format!("share/man1/cargo-stage{verb}.1"));
        assert!(
            page.contains(&format!(".TH cargo-stage{verb} 1")),
            "{verb}: {page}"
        );
    }
    let page = run_command(&mut package.verb_command(&["man"]), b"")
        .assert_code(0)
        .stdout;
    assert_eq!(page, package.read("share/man1/cargo-stage.1"));
}
