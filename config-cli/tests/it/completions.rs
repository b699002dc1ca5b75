//! `cargo stage completions` and `cargo stage man`, checked with the programs that read them.

use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use crate::prompt::{start_terminal, wait_for_end};
use crate::support::package::{COMMAND, Package, RunOutput, cargo, run_command};
use crate::support::transfer_config::TransferConfig;
use crate::support::{artifact, environment, payments};

fn completion_script(shell: &str) -> String {
    run_command(
        &mut Package::new("").verb_command(&["completions", shell]),
        b"",
    )
    .assert_code(0)
    .stdout
}

/// Returns what bash offers for a line, in a shell that already has a completion for `cargo`.
fn complete_words(package: &Package, words: &[&str]) -> String {
    package.write("completion.bash", completion_script("bash"));
    let checked = Command::new("bash")
        .args(["-n", "completion.bash"])
        .current_dir(package.path())
        .status();
    assert!(checked.expect("bash runs").success());
    let script = "\
        _cargo() { COMPREPLY=(\"cargo's own for $2\"); }
        complete -F _cargo cargo
        source ./completion.bash
        # A nested shell reads its .bashrc again, so the script must work twice.
        source ./completion.bash
        COMP_WORDS=(\"$@\") COMP_CWORD=$(($# - 1)) COMP_LINE=\"$*\" COMP_POINT=${#COMP_LINE}
        [[ $(complete -p \"$1\") =~ ' -F '([^ ]+) ]]
        \"${BASH_REMATCH[1]}\" \"$1\" \"${!#}\" \"${COMP_WORDS[COMP_CWORD - 1]}\"
        printf '%s\\n' \"${COMPREPLY[@]}\"";
    let mut bash = Command::new("bash");
    bash.args(["--norc", "-c", script, "bash"])
        .args(words)
        .current_dir(package.path())
        .env("CARGO", cargo())
        .env_remove("CARGO_TARGET_DIR")
        .env("PATH", search_path());
    let ran = run_command(&mut bash, b"").assert_code(0);
    assert_eq!(ran.stderr, "", "{words:?}");
    ran.stdout
}

/// Returns the variable PATH, with the folder of the command first.
fn search_path() -> OsString {
    let folder = Path::new(COMMAND).parent().expect("the command is a file");
    let others = std::env::var_os("PATH").expect("PATH is set");
    let folders = std::iter::once(folder.to_owned()).chain(std::env::split_paths(&others));
    std::env::join_paths(folders).expect("no folder contains a separator")
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
        // Nothing is asked of AWS, so this address is never used.
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

/// Creates a package with the program `payments`, which was built before.
fn create_built_package() -> Package {
    let package = Package::new("[package.metadata.stage.pr-1]\nregion = \"eu-west-1\"\n");
    package.write("src/main.rs", "this does not compile");
    payments::write_artifacts(&package);
    package
}

#[test]
fn bash_completes_cargo_stage_and_its_binary() {
    let package = create_built_package();
    for program in [["cargo", "stage"].as_slice(), &["cargo-stage"]] {
        let offered = |rest: &[&str]| complete_words(&package, &[program, rest].concat());
        assert_eq!(offered(&["expo"]), "export\n", "{program:?}");
        assert_eq!(offered(&["export", "--form"]), "--format\n");
        assert_eq!(
            offered(&["export", "--format", ""]),
            "dotenv\njson\nyaml\nshell\nsam\ncargo-lambda\ngithub\ntfvars\n"
        );
        assert_eq!(offered(&["set", "tab"]), "table_name\n");
        assert_eq!(offered(&["get", "table_name", "--stage", "pro"]), "prod\n");
    }
    let offered = |words: &[&str]| complete_words(&package, words);
    assert_eq!(offered(&["cargo", "bui"]), "cargo's own for bui\n");
    assert_eq!(offered(&["cargo", "sta"]), "cargo's own for sta\n");
}

/// Types each line and a tab in an interactive bash. Returns the lines that bash then shows.
fn type_lines(package: &Package, lines: &[&str]) -> Vec<String> {
    package.write("completion.bash", completion_script("bash"));
    let setup = "\
        PATH=$TEST_PATH
        source ./completion.bash
        show() { printf '%s|\\n' \"$READLINE_LINE\" >>shown; }
        bind -x '\"\\C-g\": show'\n";
    package.write("setup.bash", setup);
    // Ctrl-G shows the line, and Ctrl-E and Ctrl-U clear it.
    let keys = lines.iter().map(|line| format!("{line}\t\u{7}\u{5}\u{15}"));
    package.write("keys", keys.collect::<String>() + "exit\n");
    let mut bash = Command::new("bash");
    bash.args(["--rcfile", "setup.bash", "-i"])
        .current_dir(package.path())
        .env("CARGO", cargo())
        .env("INPUTRC", "/dev/null")
        .env("TERM", "xterm")
        .env("TEST_PATH", search_path());
    // Cargo may need them to find its toolchain.
    for name in ["HOME", "CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN"] {
        if let Some(value) = std::env::var_os(name) {
            bash.env(name, value);
        }
    }
    let terminal = start_terminal("exec \"$@\" <keys >screen 2>&1", &bash);
    let (screen, code) = wait_for_end(terminal);
    assert_eq!(code, 0, "{screen}");
    let shown = package.read("shown");
    shown.lines().map(str::to_owned).collect()
}

/// Bash splits words at the characters of COMP_WORDBREAKS.
#[test]
fn interactive_bash_completes_words_with_separators() {
    let package = create_built_package();
    package.write("odd:file", "");
    let cases = [
        (
            "cargo stage check --stage=pro",
            "cargo stage check --stage=prod |",
        ),
        (
            "cargo-stage check --stage=pro",
            "cargo-stage check --stage=prod |",
        ),
        (
            "cargo stage check --stage=\"pro",
            "cargo stage check --stage=\"prod\" |",
        ),
        // Several stages begin with `p`, and no file is offered.
        (
            "cargo stage check --bin payments --stage=p",
            "cargo stage check --bin payments --stage=pr|",
        ),
        ("cargo stage check --stage=", "cargo stage check --stage=|"),
        (
            "cargo stage export --artifact=/x --form",
            "cargo stage export --artifact=/x --format |",
        ),
        (
            "cargo stage export --artifact=a:b=c --format js",
            "cargo stage export --artifact=a:b=c --format json |",
        ),
        (
            "cargo  stage  set  --stage=dev tab",
            "cargo  stage  set  --stage=dev table_name |",
        ),
        (
            "cargo stage check --artifact odd:",
            "cargo stage check --artifact odd:file |",
        ),
        (
            "cargo stage check --artifact=odd:f",
            "cargo stage check --artifact=odd:file |",
        ),
        // The cursor is before the last option.
        (
            "cargo stage export --format=js --stage=dev\u{2}\u{2}\u{2}\u{2}\u{2}\u{2}\u{2}\u{2}\u{2}\u{2}\u{2}\u{2}",
            "cargo stage export --format=json --stage=dev|",
        ),
    ];
    let shown = type_lines(&package, &cases.map(|(line, _)| line));
    assert_eq!(shown, cases.map(|(_, expected)| expected));
}

#[test]
fn every_shell_gets_the_names_of_the_program_that_was_built() {
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
fn a_program_that_cannot_be_read_is_silent() {
    let unbuilt = Package::new("");
    let damaged = create_built_package();
    damaged.write(payments::PATH, &b"\x7fELF"[..]);
    let broken = create_built_package();
    broken.write("Cargo.toml", "[package");
    for package in [&unbuilt, &damaged, &broken] {
        for words in [&["set", ""][..], &["check", "--stage", ""]] {
            let output = answer(package, "bash", words);
            let names = list_names(&output);
            let is_configured = |name: &&str| *name == "pr-1";
            assert!(names.iter().all(is_configured), "{words:?}: {names:?}");
        }
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
fn other_shells_have_completion_scripts() {
    // Cargo's own completion for zsh calls the function `_cargo-stage`.
    assert!(completion_script("zsh").starts_with("#compdef cargo-stage\n"));
    assert!(completion_script("zsh").contains("\n_cargo-stage() {"));
    assert!(completion_script("fish").contains("complete -c cargo -n"));
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
