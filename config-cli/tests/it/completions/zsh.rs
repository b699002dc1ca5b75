//! Completion in an interactive zsh.

use std::path::Path;
use std::process::Command;

use super::{PATHS, completion_script, create_built_package, documented_line, shell_command};
use crate::prompt::{start_terminal, wait_for_end};
use crate::support::package::Package;

/// Types each line and a tab. Returns each line as zsh has completed it. `setup` is the end of
/// `.zshrc`.
fn type_lines(package: &Package, setup: &str, lines: &[&str]) -> Vec<String> {
    // Ctrl-G writes the line to a file, and clears the line. Without LISTMAX, zsh would ask before
    // it shows a long list.
    let start = "\
        PATH=$TEST_PATH PS1='ready> ' LISTMAX=10000
        fpath=($ZDOTDIR/functions $fpath)
        autoload -Uz compinit && compinit -u -D
        show() { print -r -- \"$BUFFER|\" >>shown; zle kill-whole-line }
        zle -N show
        bindkey '^G' show\n";
    package.write(".zshrc", format!("{start}{setup}\n"));
    let mut zsh = shell_command("zsh", package);
    // With `-d`, zsh does not read the startup files of the machine, such as `/etc/zshrc`.
    zsh.args(["-d", "-i"]).env("ZDOTDIR", package.path());
    let mut terminal = start_terminal("stty rows 60 cols 200 && exec \"$@\"", &zsh);
    // Zsh reads keys only after its first prompt. Before, the terminal itself would interpret them.
    terminal
        .exp_string("ready> ")
        .expect("zsh reads its .zshrc");
    for line in lines {
        let keys = format!("{line}\t\u{7}");
        terminal.send(&keys).expect("zsh reads the line");
    }
    terminal.send_line("exit").expect("zsh reads the line");
    let (screen, code) = wait_for_end(terminal);
    assert_eq!(code, 0, "{screen}");
    let shown = package.read("shown");
    shown.lines().map(str::to_owned).collect()
}

/// Writes cargo's own completion, which rustup installs with cargo.
fn write_cargo_completion(package: &Package) {
    let rustc = Command::new("rustc").args(["--print", "sysroot"]).output();
    let sysroot = String::from_utf8(rustc.expect("rustc runs").stdout).expect("the path is text");
    let path = Path::new(sysroot.trim()).join("share/zsh/site-functions/_cargo");
    let script = std::fs::read(&path).unwrap_or_else(|error| {
        panic!(
            "cargo's completion for zsh, {}: {error}. Install the toolchain with rustup.",
            path.display()
        )
    });
    package.write("functions/_cargo", script);
}

#[test]
fn zsh_completes_words_with_separators_and_quotes() {
    let package = create_built_package();
    let cases = [
        ("cargo stage expo", "cargo stage export |"),
        ("cargo-stage expo", "cargo-stage export |"),
        ("cargo +stable stage expo", "cargo +stable stage export |"),
        ("cargo stage export --form", "cargo stage export --format |"),
        ("cargo stage set tab", "cargo stage set table_name |"),
        (
            "cargo stage copy dev prod stripe_key db_",
            "cargo stage copy dev prod stripe_key db_password |",
        ),
        (
            "cargo stage check --stage pro",
            "cargo stage check --stage prod |",
        ),
        (
            "cargo-stage check --stage=pro",
            "cargo-stage check --stage=prod |",
        ),
        // Zsh inserts the common beginning of `prod` and `pr-1`.
        (
            "cargo stage check --stage=p",
            "cargo stage check --stage=pr|",
        ),
        (
            "cargo stage check --stage=\"pro",
            "cargo stage check --stage=prod |",
        ),
        (
            "cargo stage check --stage 'pro",
            "cargo stage check --stage 'prod' |",
        ),
        (
            "cargo stage check --config=",
            "cargo stage check --config=Config |",
        ),
        (
            "cargo stage check --artifact di:r/",
            "cargo stage check --artifact di:r/sub/|",
        ),
        (
            "cargo stage check --artifact \"two programs\" --stage=pro",
            "cargo stage check --artifact \"two programs\" --stage=prod |",
        ),
        (
            "cargo stage check --artifact=two\\ programs --config shop:",
            "cargo stage check --artifact=two\\ programs --config shop::orders::Config |",
        ),
        ("echo; cargo stage expo", "echo; cargo stage export |"),
    ];
    let (lines, expected): (Vec<_>, Vec<_>) = PATHS.into_iter().chain(cases).unzip();
    let shown = type_lines(&package, &documented_line("zsh"), &lines);
    assert_eq!(shown, expected);
}

/// The script removes `~/` from the candidates, because zsh would quote the tilde of a candidate.
#[test]
fn zsh_completes_a_path_in_the_home_folder() {
    let package = create_built_package();
    let setup = format!("{}\nHOME=$ZDOTDIR", documented_line("zsh"));
    let shown = type_lines(
        &package,
        &setup,
        &[
            "cargo stage check --artifact ~/od",
            "cargo-stage check --artifact ~/a",
        ],
    );
    assert_eq!(
        shown,
        [
            "cargo stage check --artifact ~/odd:file |",
            "cargo-stage check --artifact ~/a\\ b |"
        ]
    );
}

#[test]
fn zsh_keeps_the_completion_of_cargo() {
    let lines = [
        "cargo buil",
        "cargo sta",
        "cargo stage set tab",
        "cargo --locked stage check --stage=pro",
        "cargo-stage check --stage=pro",
    ];
    let expected = [
        "cargo build |",
        "cargo stage |",
        "cargo stage set table_name |",
        "cargo --locked stage check --stage=prod |",
        "cargo-stage check --stage=prod |",
    ];
    let sourced = create_built_package();
    write_cargo_completion(&sourced);
    let shown = type_lines(&sourced, &documented_line("zsh"), &lines);
    assert_eq!(shown, expected);

    // The documentation also describes a script that zsh loads from a folder of `fpath`.
    let loaded = create_built_package();
    write_cargo_completion(&loaded);
    loaded.write("functions/_cargo-stage", completion_script("zsh"));
    assert_eq!(type_lines(&loaded, "", &lines), expected);
}
