//! `cargo stage completions` and `cargo stage man`, by the programs that read them.

use std::process::Command;

use crate::support::package::{Package, ran};

fn script(shell: &str) -> String {
    ran(&mut Package::new("").verb(&["completions", shell]), b"").ended(0).stdout
}

/// What bash offers for a line, in a shell that has a completion of cargo's own.
fn offered(words: &[&str]) -> String {
    let package = Package::new("");
    package.put("completion.bash", script("bash"));
    let checked = Command::new("bash").args(["-n", "completion.bash"]).current_dir(package.path()).status();
    assert!(checked.expect("bash runs").success());
    let script = "\
        _cargo() { COMPREPLY=(\"cargo's own for $2\"); }
        complete -F _cargo cargo
        source ./completion.bash
        # Read twice, as by a shell in a shell's .bashrc.
        source ./completion.bash
        COMP_WORDS=(\"$@\") COMP_CWORD=$(($# - 1)) COMP_LINE=\"$*\" COMP_POINT=${#COMP_LINE}
        [[ $(complete -p \"$1\") =~ ' -F '([^ ]+) ]]
        \"${BASH_REMATCH[1]}\" \"$1\" \"${!#}\" \"${COMP_WORDS[COMP_CWORD - 1]}\"
        printf '%s\\n' \"${COMPREPLY[@]}\"";
    let mut bash = Command::new("bash");
    bash.args(["--norc", "-c", script, "bash"]).args(words).current_dir(package.path());
    ran(&mut bash, b"").ended(0).stdout
}

#[test]
fn bash_completes_both_ways_to_call_it() {
    for program in [["cargo", "stage"].as_slice(), &["cargo-stage"]] {
        let offered = |rest: &[&str]| offered(&[program, rest].concat());
        assert_eq!(offered(&["expo"]), "export\n", "{program:?}");
        assert_eq!(offered(&["export", "--form"]), "--format\n");
        assert_eq!(offered(&["export", "--format", ""]), "dotenv\njson\nyaml\nshell\n");
    }
    assert_eq!(offered(&["cargo", "bui"]), "cargo's own for bui\n");
    assert_eq!(offered(&["cargo", "sta"]), "cargo's own for sta\n");
}

#[test]
fn other_shells_have_scripts() {
    // The function that cargo's own completion for zsh calls.
    assert!(script("zsh").starts_with("#compdef cargo-stage\n"));
    assert!(script("zsh").contains("\n_cargo-stage() {"));
    assert!(script("fish").contains("complete -c cargo -n"));
    for shell in ["elvish", "powershell"] {
        assert!(script(shell).contains("--overwrite"), "{shell}");
    }
    ran(&mut Package::new("").verb(&["completions", "tcsh"]), b"").ended(2).said("possible values");
}

#[test]
fn manual_pages_for_every_verb() {
    let package = Package::new("");
    ran(&mut package.verb(&["man", "--output", "share/man1"]), b"").ended(0);
    for verb in ["", "-seal", "-show", "-exec", "-export", "-import", "-copy"] {
        let page = package.text(&format!("share/man1/cargo-stage{verb}.1"));
        assert!(page.contains(&format!(".TH cargo-stage{verb} 1")), "{verb}: {page}");
    }
    let one = ran(&mut package.verb(&["man"]), b"").ended(0).stdout;
    assert_eq!(one, package.text("share/man1/cargo-stage.1"));
}
