//! Tests of the options that a suggested command gets, and of the quoting of these options.

use clap::{CommandFactory as _, FromArgMatches as _};

use super::*;
use crate::cli::Arguments;

/// Completes the command with the options of an earlier run of `cargo stage`. `run` contains the
/// arguments of that run.
fn complete_after(run: &[&str], command: &str) -> String {
    complete_in(run, command, None)
}

fn complete_in(run: &[&str], command: &str, package: Option<&str>) -> String {
    let words = ["cargo-stage"].iter().chain(run);
    let matches = Arguments::command()
        .try_get_matches_from(words)
        .unwrap_or_else(|error| panic!("{run:?}: {error}"));
    Invocation::new(Arguments::command(), &matches).complete_line(command, package)
}

/// Options of `check`: shared ones, and `--json` and `--offline`, which are not shared.
const CHECK_OPTIONS: &[&str] = &[
    "check",
    "--package=payments",
    "--bin",
    "api",
    "--config",
    "settings::Config",
    "--manifest-path",
    "../Cargo.toml",
    "--features",
    "a",
    "-F",
    "b",
    "--release",
    "--target",
    "aarch64-unknown-linux-gnu",
    "--region",
    "eu-west-1",
    "--profile",
    "prod",
    "--json",
    "--offline",
];

#[test]
fn a_command_gets_the_shared_options_that_its_verb_has() {
    assert_eq!(
        complete_after(CHECK_OPTIONS, "cargo stage set table --stage prod"),
        "cargo stage set table --stage prod --config settings::Config --manifest-path \
         ../Cargo.toml -p payments --bin api --release --target aarch64-unknown-linux-gnu \
         --features a --features b --region eu-west-1 --profile prod"
    );
    // `seal` has only the options of a package. `copy` has no options of an identity: it uses the
    // identity of each stage.
    assert_eq!(
        complete_after(CHECK_OPTIONS, "cargo stage seal key --stage prod"),
        "cargo stage seal key --stage prod --manifest-path ../Cargo.toml -p payments"
    );
    assert!(
        !complete_after(CHECK_OPTIONS, "cargo stage copy dev prod").contains("--region"),
        "copy has no --region"
    );
    for command in [
        "cargo stage completions bash",
        "cargo stage man",
        "cargo stage unknown",
        "cargo stage",
        "aws ssm put-parameter --name /a",
    ] {
        assert_eq!(complete_after(CHECK_OPTIONS, command), command);
    }
}

#[test]
fn a_run_without_shared_options_changes_no_command() {
    let command = "cargo stage set table --stage prod";
    assert_eq!(complete_after(&["check", "--offline"], command), command);
    assert_eq!(
        complete_after(&["check", "--stage", "prod"], command),
        command
    );
}

#[test]
fn an_option_is_not_added_twice() {
    let run = &["check", "-p", "payments", "--region", "eu-west-1"];
    let once = complete_after(
        run,
        "cargo stage set table --stage prod --region eu-north-1",
    );
    assert_eq!(
        once,
        "cargo stage set table --stage prod --region eu-north-1 -p payments"
    );
    assert_eq!(complete_after(run, &once), once);
    for given in ["-p mail", "--package mail", "--package=mail"] {
        let command = format!("cargo stage seal key --stage prod {given}");
        assert_eq!(complete_after(run, &command), command);
    }
}

#[test]
fn options_precede_the_operators_and_comments_of_a_shell() {
    let complete = |command| complete_after(&["set", "key", "--stage", "dev", "-p", "a"], command);
    for (command, completed) in [
        (
            "cargo stage set key --stage dev --overwrite  # a number | 5 && more",
            "cargo stage set key --stage dev --overwrite -p a  # a number | 5 && more",
        ),
        (
            "base64 FILE | cargo stage set key --stage dev",
            "base64 FILE | cargo stage set key --stage dev -p a",
        ),
        (
            "cargo stage seal key --stage dev --overwrite < FILE",
            "cargo stage seal key --stage dev --overwrite -p a < FILE",
        ),
        (
            "cargo stage rm key --stage dev && cargo stage set key --stage dev",
            "cargo stage rm key --stage dev -p a && cargo stage set key --stage dev -p a",
        ),
        (
            "cargo stage set 'a | b' --stage dev",
            "cargo stage set 'a | b' --stage dev -p a",
        ),
    ] {
        assert_eq!(complete(command), completed);
    }
}

/// Neither the working directory nor `check --artifact` selects a package here. So a verb that
/// needs no artifact finds the package of the configuration only if the command names the package.
#[test]
fn a_verb_without_the_option_artifact_gets_the_package_of_the_configuration() {
    let complete = |run: &[&str], command| complete_in(run, command, Some("payments"));
    let run = &["check", "--artifact", "app.zip"];
    assert_eq!(
        complete(run, "cargo stage seal key --stage prod"),
        "cargo stage seal key --stage prod -p payments"
    );
    assert_eq!(
        complete(run, "cargo stage set key --stage prod"),
        "cargo stage set key --stage prod --artifact app.zip"
    );
    assert_eq!(
        complete(
            &["check", "-p", "mail"],
            "cargo stage seal key --stage prod"
        ),
        "cargo stage seal key --stage prod -p mail"
    );
}

#[test]
fn a_value_that_does_not_look_like_a_name_is_not_repeated() {
    let secret = "Zx9kQ7Wv3Lp5";
    for option in [
        "--package",
        "--bin",
        "--target",
        "--features",
        "--profile",
        "--role-arn",
    ] {
        let command = complete_after(&["check", option, secret], "cargo stage set a --stage dev");
        assert!(!command.contains("Zx9"), "{command}");
        assert!(command.ends_with(&format!("{option} NAME")), "{command}");
    }
}

#[test]
fn a_shell_reads_the_values_as_they_were_given() {
    for value in [
        "plain",
        "with space",
        "it's",
        "a\"b",
        "$HOME",
        "`id`",
        "a;b|c&d<e>f#g",
        "*?[x]",
        "~/x",
        "a\\b",
        "!history",
        "a^b",
        "ä",
        "",
        "-x",
        "--bin",
    ] {
        let config = format!("--config={value}");
        let artifact = format!("--artifact={value}");
        // clap refuses an empty path, but not an empty name.
        let run = match value {
            "" => vec!["check", config.as_str()],
            _ => vec!["check", config.as_str(), artifact.as_str()],
        };
        let command = complete_after(&run, "cargo stage set table --stage prod  # a | b");
        let words = shlex::split(&command).unwrap_or_else(|| panic!("{command}"));
        let words = words.iter().skip(1).take_while(|word| *word != "#");
        let matches = Arguments::command()
            .try_get_matches_from(words)
            .unwrap_or_else(|error| panic!("{command}: {error}"));
        let arguments = Arguments::from_arg_matches(&matches).unwrap();
        let crate::cli::Verb::Set(arguments) = arguments.verb else {
            panic!("{command}")
        };
        assert_eq!(
            arguments.artifact.config.as_deref(),
            Some(value),
            "{command}"
        );
        if !value.is_empty() {
            let artifact = arguments.artifact.artifact.expect("`--artifact` is set");
            assert_eq!(artifact.to_str(), Some(value), "{command}");
        }
    }
}

#[test]
fn a_command_names_a_program_of_the_workspace_only_in_the_report_of_the_program() {
    let run = [
        "check",
        "--workspace",
        "--exclude",
        "old",
        "--features",
        "a",
    ];
    let command = "cargo stage set table --stage prod";
    let program = [
        ("package", "orders"),
        ("bin", "api"),
        ("config", "app::Config"),
    ];
    let in_report = for_program(&program, || complete_after(&run, command));
    assert_eq!(
        in_report,
        format!("{command} --features a -p orders --bin api --config app::Config")
    );
    assert_eq!(
        complete_after(&run, command),
        format!("{command} --features a")
    );
}
