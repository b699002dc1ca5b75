//! Completion in bash.

use std::process::Command;

use super::{
    PATHS, completion_script, create_built_package, documented_line, search_path, shell_command,
};
use crate::prompt::{start_terminal, wait_for_end};
use crate::support::package::{Package, cargo, run_command};

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
        .env_remove("CARGO_STAGE_COMPLETE")
        .env("CARGO", cargo())
        .env_remove("CARGO_TARGET_DIR")
        .env("PATH", search_path());
    let ran = run_command(&mut bash, b"").assert_code(0);
    assert_eq!(ran.stderr, "", "{words:?}");
    ran.stdout
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

/// Types each line and a tab in an interactive bash. Returns each line as bash has completed it.
fn type_lines(package: &Package, lines: &[&str]) -> Vec<String> {
    let setup = format!(
        "\
        PATH=$TEST_PATH
        {}
        show() {{ printf '%s|\\n' \"$READLINE_LINE\" >>shown; }}
        bind -x '\"\\C-g\": show'\n",
        documented_line("bash")
    );
    package.write("setup.bash", setup);
    // Ctrl-G writes the line to the file `shown`. Ctrl-E and Ctrl-U then clear the line.
    let keys = lines.iter().map(|line| format!("{line}\t\u{7}\u{5}\u{15}"));
    package.write("keys", keys.collect::<String>() + "exit\n");
    let mut bash = shell_command("bash", package);
    bash.args(["--rcfile", "setup.bash", "-i"])
        .env("INPUTRC", "/dev/null");
    let terminal = start_terminal("exec \"$@\" <keys >screen 2>&1", &bash);
    let (screen, code) = wait_for_end(terminal);
    assert_eq!(code, 0, "{screen}");
    let shown = package.read("shown");
    shown.lines().map(str::to_owned).collect()
}

/// Bash splits words at the characters of COMP_WORDBREAKS, such as `=` and `:`, so the script must
/// join the parts of a word again.
#[test]
fn interactive_bash_completes_words_with_separators() {
    let package = create_built_package();
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
        // Bash inserts the common beginning of `prod` and `pr-1`, and offers no file.
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
            "cargo stage check --artifact \"two programs\" --stage=pro",
            "cargo stage check --artifact \"two programs\" --stage=prod |",
        ),
        (
            "cargo stage check --artifact=two\\ programs --config shop::",
            "cargo stage check --artifact=two\\ programs --config shop::orders::Config |",
        ),
        ("cargo +stable stage expo", "cargo +stable stage export |"),
        // Each Ctrl-B (`\u{2}`) moves the cursor one character to the left, so the tab is typed
        // before ` --stage=dev`.
        (
            "cargo stage export --format=js --stage=dev\u{2}\u{2}\u{2}\u{2}\u{2}\u{2}\u{2}\u{2}\u{2}\u{2}\u{2}\u{2}",
            "cargo stage export --format=json --stage=dev|",
        ),
    ];
    let (lines, expected): (Vec<_>, Vec<_>) = PATHS.into_iter().chain(cases).unzip();
    assert_eq!(type_lines(&package, &lines), expected);
}
