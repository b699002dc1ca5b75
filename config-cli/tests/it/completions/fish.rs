//! Completion in fish, which prints its candidates without a terminal.

use super::{create_built_package, documented_line, shell_command};
use crate::support::package::{Package, run_command};

/// Returns the candidates of fish for each line, without their descriptions.
fn complete_lines(package: &Package, lines: &[&str]) -> Vec<Vec<String>> {
    package.write("config/fish/config.fish", documented_line("fish"));
    let script = "for line in $argv; complete -C $line; echo end of line; end";
    let mut fish = shell_command("fish", package);
    fish.args(["-c", script])
        .args(lines)
        .env("XDG_CONFIG_HOME", package.path().join("config"))
        .env("XDG_DATA_HOME", package.path().join("data"));
    let ran = run_command(&mut fish, b"").assert_code(0);
    assert_eq!(ran.stderr, "", "fish would show it in the user's line");
    let answers = ran.stdout.split_terminator("end of line\n");
    let values = |answer: &str| {
        let lines = answer.lines();
        let values = lines.map(|line| line.split('\t').next().unwrap_or_default().to_owned());
        values.collect()
    };
    answers.map(values).collect()
}

#[track_caller]
fn assert_candidates(cases: &[(&str, &[&str])]) {
    let package = create_built_package();
    let lines: Vec<&str> = cases.iter().map(|(line, _)| *line).collect();
    let offered = complete_lines(&package, &lines);
    for ((line, expected), offered) in cases.iter().zip(&offered) {
        assert_eq!(offered, expected, "{line}");
    }
    assert_eq!(offered.len(), cases.len());
}

#[test]
fn fish_completes_cargo_stage_and_its_binary() {
    for program in ["cargo stage", "cargo-stage", "cargo +stable stage"] {
        let package = create_built_package();
        let lines = [
            "expo",
            "export --form",
            "set tab",
            "get table_name --stage p",
            "check --stage=pro",
            "check --config ",
            "copy dev prod stripe_key db_",
        ];
        let lines = lines.map(|line| format!("{program} {line}"));
        let offered = complete_lines(&package, &lines.each_ref().map(String::as_str));
        let expected: [&[&str]; 7] = [
            &["export"],
            &["--format"],
            &["table_name"],
            &["prod", "pr-1"],
            &["--stage=prod"],
            &["Config"],
            &["db_password"],
        ];
        assert_eq!(offered, expected, "{program}");
    }
}

#[test]
fn fish_completes_words_with_separators_and_quotes() {
    assert_candidates(&[
        (
            "cargo stage check --stage=",
            &["--stage=dev", "--stage=prod", "--stage=pr-1"],
        ),
        ("cargo stage check --stage='pro", &["--stage=prod"]),
        ("cargo-stage check --stage \"pro", &["prod"]),
        ("cargo stage check --artifact odd:", &["odd:file"]),
        (
            "cargo stage check --artifact=odd:f",
            &["--artifact=odd:file"],
        ),
        ("cargo stage check --artifact a", &["a b"]),
        ("cargo stage check --artifact 'a ", &["a b"]),
        (
            "cargo stage check --artifact=di:r/",
            &["--artifact=di:r/sub/"],
        ),
        (
            "cargo stage check --artifact 'two programs' --stage=pro",
            &["--stage=prod"],
        ),
        (
            "cargo stage check --artifact=two\\ programs --config=shop:",
            &["--config=shop::orders::Config"],
        ),
        (
            "cargo stage check --artifact \"two programs\" --config payments::",
            &["payments::Config"],
        ),
        ("echo; cargo stage expo", &["export"]),
        ("RUST_LOG=debug cargo stage expo", &["export"]),
    ]);
}

/// The completion of `cargo stage` does not change the completion of cargo's other verbs.
#[test]
fn fish_completes_the_verbs_of_cargo() {
    let package = create_built_package();
    let offered = complete_lines(&package, &["cargo sta", "cargo buil", "cargo build --rele"]);
    assert!(offered[0].contains(&"stage".to_owned()), "{offered:?}");
    assert!(offered[1].contains(&"build".to_owned()), "{offered:?}");
    assert_eq!(offered[2], ["--release"]);
}
