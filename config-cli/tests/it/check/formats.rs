//! `check --format github`, `--format markdown` and `--format json`.

use super::{Config, check, complete_values, parse_json, run, start_endpoint};
use crate::support::endpoint::{Endpoint, Parameters, Secrets};
use crate::support::package::Package;

fn start_empty() -> Endpoint {
    Endpoint::start_with(Parameters::default(), Secrets::default())
}

/// Returns the lines that are workflow commands of GitHub with this name: `error` or `warning`.
fn find_commands<'a>(stdout: &'a str, name: &str) -> Vec<&'a str> {
    let start = format!("::{name} title=");
    stdout
        .lines()
        .filter(|line| line.starts_with(&start))
        .collect()
}

#[test]
fn problems_are_errors_and_unverified_values_are_one_warning() {
    let ran = check(
        &start_empty().url,
        &["--stage", "prod", "--format", "github"],
    )
    .assert_code(1);
    let errors = find_commands(&ran.stdout, "error");
    assert_eq!(errors.len(), 5, "{}", ran.stdout);
    assert!(
        errors[0].starts_with(
            "::error title=prod%3A key%3A MISSING::/it-check/prod/key%0Ahelp: cargo stage set key "
        ),
        "{}",
        errors[0]
    );
    let warnings = find_commands(&ran.stdout, "warning");
    let unverified = warnings
        .iter()
        .filter(|line| line.starts_with("::warning title=prod%3A not verified::"));
    assert_eq!(unverified.count(), 1, "{}", ran.stdout);
    assert_eq!(errors.len() + warnings.len(), ran.stdout.lines().count());
    ran.assert_stderr("fields: 9, wrong: 5");
}

#[test]
fn a_problem_that_makes_the_command_fail_is_an_error() {
    let endpoint = start_endpoint(complete_values());
    let arguments = ["--stage", "prod", "--format", "github"];
    let ran = check(&endpoint.url, &arguments).assert_code(0);
    assert!(
        find_commands(&ran.stdout, "error").is_empty(),
        "{}",
        ran.stdout
    );
    let strict = [&arguments[..], &["--strict"]].concat();
    let ran = check(&endpoint.url, &strict).assert_code(1);
    assert_eq!(
        find_commands(&ran.stdout, "error").len(),
        1,
        "{}",
        ran.stdout
    );

    // Credentials of another account: the stage could not be checked.
    let account = [&arguments[..], &["--account", "999988887777"]].concat();
    let ran = check(&endpoint.url, &account).assert_code(2);
    let errors = find_commands(&ran.stdout, "error");
    assert_eq!(errors.len(), 1, "{}", ran.stdout);
    assert!(
        errors[0].starts_with("::error title=prod%3A could not be checked::"),
        "{errors:?}"
    );
}

#[test]
fn markdown_is_one_table_and_one_summary() {
    let arguments = ["--stage", "prod", "--format", "markdown"];
    let ran = check(&start_empty().url, &arguments).assert_code(1);
    let (table, summary) = ran
        .stdout
        .split_once("\n\n")
        .expect("a table and a summary");
    assert!(
        table.starts_with("| Stage | Field | Result | Detail |\n| --- | --- | --- | --- |\n| prod |  | INCOMPLETE | not verified: the program's own \\`validate\\` of "),
        "{table}"
    );
    assert!(
        table.contains("| prod | log\\_level | unknown | not verified: env:LOG\\_LEVEL "),
        "{table}"
    );
    assert!(
        table.contains("help: cargo stage set key --stage prod"),
        "{table}"
    );
    assert!(
        table
            .lines()
            .all(|line| line.starts_with("| ") && line.ends_with(" |")),
        "{table}"
    );
    assert!(summary.starts_with("fields: 9, wrong: 5"), "{summary}");
    assert_eq!(summary.lines().count(), 1);
}

#[test]
fn the_option_json_is_the_same_as_the_format_json() {
    let endpoint = start_endpoint(complete_values());
    let json = |options: &[&str]| {
        let arguments = [&["--stage", "prod"], options].concat();
        parse_json(&check(&endpoint.url, &arguments).assert_code(0))
    };
    assert_eq!(json(&["--json"]), json(&["--format", "json"]));
    check(&endpoint.url, &["--json", "--format", "text"])
        .assert_code(2)
        .assert_stderr("cannot be used with");
    run::<Config>(
        &Package::new(""),
        "check",
        &endpoint.url,
        &["--format", "xml"],
    )
    .assert_code(2)
    .assert_stderr("github");
}
