//! If many fields share a cause, a verb reports the cause only once, with one help. `check` reports
//! the cause once for each stage, also with `--format github` and `--format markdown`. A wrong
//! variable is reported once for all stages.

use super::Config;
use crate::support::artifact;
use crate::support::endpoint::{Answer, Endpoint};
use crate::support::package::{Package, RunOutput, run_command};

/// Runs a verb with these variables, and asserts that it fails.
fn run(arguments: &[&str], variables: &[(&str, &str)]) -> RunOutput {
    let package = Package::new("");
    let artifact = artifact::write_artifact::<Config>();
    let artifact = ["--artifact", artifact.to_str().expect("the path is text")];
    let (options, program) = match arguments.iter().position(|word| *word == "--") {
        Some(at) => arguments.split_at(at),
        None => (arguments, [].as_slice()),
    };
    let mut command = package.verb_command(&[options, &artifact, program].concat());
    command.envs(variables.iter().copied());
    run_command(&mut command, b"1").assert_code(2)
}

#[test]
fn a_cause_that_all_fields_share_is_shown_once() {
    let endpoint = Endpoint::start(|_| Answer::expired_token());
    let run = |arguments: &[&str]| run(arguments, &[("AWS_ENDPOINT_URL", &endpoint.url)]);
    for arguments in [
        &["check", "--stage", "prod"][..],
        &["diff", "dev", "prod"],
        &["exec", "--stage", "prod", "--", "true"],
        &["export", "--stage", "prod", "--format", "json"],
        &["get", "table", "--stage", "prod"],
        &["set", "table", "--stage", "prod"],
        &["history", "table", "--stage", "prod"],
    ] {
        let ran = run(arguments);
        let text = ran.stdout + &ran.stderr;
        let count = |words: &str| text.matches(words).count();
        assert_eq!(count("no usable credentials"), 1, "{arguments:?}: {text}");
        let help = count("help: sign in, or name the identity");
        assert_eq!(help, 1, "{arguments:?}: {text}");
    }
    run(&["exec", "--stage", "prod", "--", "true"])
        .assert_stderr("\n  no usable credentials: ")
        .assert_stderr(" (key, password, table, port, hosts, timeout_s)\n      help: sign in");
    let check = run(&["check", "--stage", "prod"]);
    let cause = "\nnot checked: no usable credentials: ";
    assert!(check.stdout.contains(cause), "{check:?}");
    let row = "table              unchecked  /it-check/prod/table\n";
    assert!(check.stdout.contains(row), "{check:?}");
}

#[test]
fn github_and_markdown_show_a_shared_cause_once_for_each_stage() {
    let endpoint = Endpoint::start(|_| Answer::expired_token());
    let run = |format: &str| {
        let options = [
            "check", "--stage", "dev", "--stage", "prod", "--format", format,
        ];
        let ran = run(&options, &[("AWS_ENDPOINT_URL", &endpoint.url)]);
        assert_eq!(
            ran.stdout.matches("no usable credentials").count(),
            2,
            "{ran:?}"
        );
        assert_eq!(ran.stdout.matches("help: sign in").count(), 2, "{ran:?}");
        ran.stdout
    };
    let fields = "key, password, table, port, hosts, timeout_s";
    let github = run("github");
    let errors: Vec<&str> = github
        .lines()
        .filter(|line| line.starts_with("::error"))
        .collect();
    assert_eq!(errors.len(), 2, "{github}");
    for (error, stage) in errors.iter().zip(["dev", "prod"]) {
        let title = format!("::error title={stage}%3A 6 fields%3A unchecked::no usable");
        assert!(error.starts_with(&title), "{error}");
        assert!(
            error.contains(&format!("%0A{fields}%0Ahelp: sign in")),
            "{error}"
        );
    }
    let markdown = run("markdown");
    let row = "| prod | 6 fields | unchecked | no usable credentials";
    assert!(markdown.contains(row), "{markdown}");
    // The table has a header, a line below the header, and four rows for each stage: the stage, the
    // shared cause, and two fields that are not verified.
    let rows = markdown.lines().filter(|line| line.starts_with('|'));
    assert_eq!(rows.count(), 10, "{markdown}");
}

#[test]
fn a_wrong_variable_is_reported_once_for_all_stages() {
    for (name, value) in [
        ("AWS_REGION", "eu-west-1a"),
        ("AWS_ENDPOINT_URL_SSM", "localhost:1"),
        ("AWS_ACCESS_KEY_ID", "a\n"),
        ("HTTPS_PROXY", "http://[proxy"),
    ] {
        for arguments in [
            &["check"][..],
            &["check", "--stage", "dev", "--stage", "prod", "--no-decrypt"],
            &["diff", "dev", "prod"],
            &["exec", "--stage", "prod", "--", "true"],
            &["export", "--stage", "prod", "--format", "json"],
        ] {
            let ran = run(arguments, &[(name, value)]);
            let text = ran.stdout + &ran.stderr;
            // The error and its help name the variable.
            assert!(text.contains(name), "{arguments:?}: {text}");
            assert!(text.matches(name).count() <= 2, "{arguments:?}: {text}");
            assert_eq!(text.matches("help:").count(), 1, "{arguments:?}: {text}");
        }
    }
    let check = run(&["check"], &[("AWS_REGION", "eu-west-1a")]);
    assert!(
        check
            .stdout
            .starts_with("dev, prod: could not be checked\n"),
        "{check:?}"
    );
}
