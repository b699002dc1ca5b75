//! `cargo stage completions` and `cargo stage man`, checked with the programs that read them.

use std::process::Command;

use crate::support::package::{Package, run_command};

fn completion_script(shell: &str) -> String {
    run_command(
        &mut Package::new("").verb_command(&["completions", shell]),
        b"",
    )
    .assert_code(0)
    .stdout
}

/// Returns what bash offers for a line, in a shell that already has a completion for `cargo`.
fn complete_words(words: &[&str]) -> String {
    let package = Package::new("");
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
        .current_dir(package.path());
    run_command(&mut bash, b"").assert_code(0).stdout
}

#[test]
fn bash_completes_cargo_stage_and_its_binary() {
    for program in [["cargo", "stage"].as_slice(), &["cargo-stage"]] {
        let offered = |rest: &[&str]| complete_words(&[program, rest].concat());
        assert_eq!(offered(&["expo"]), "export\n", "{program:?}");
        assert_eq!(offered(&["export", "--form"]), "--format\n");
        assert_eq!(
            offered(&["export", "--format", ""]),
            "dotenv\njson\nyaml\nshell\nsam\ncargo-lambda\ngithub\ntfvars\n"
        );
    }
    assert_eq!(complete_words(&["cargo", "bui"]), "cargo's own for bui\n");
    assert_eq!(complete_words(&["cargo", "sta"]), "cargo's own for sta\n");
}

#[test]
fn other_shells_have_completion_scripts() {
    // Cargo's own completion for zsh calls this function.
    assert!(completion_script("zsh").starts_with("#compdef cargo-stage\n"));
    assert!(completion_script("zsh").contains("\n_cargo-stage() {"));
    assert!(completion_script("fish").contains("complete -c cargo -n"));
    for shell in ["elvish", "powershell"] {
        assert!(completion_script(shell).contains("--overwrite"), "{shell}");
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
