//! The variables of AWS: an error names the variable whose value cannot be used. An option replaces
//! such a variable. A wrong region in the option `--region` is an error too. A variable that
//! contains only white space counts as unset.

use std::process::Command;

use stage_config::StageConfig;

use crate::support::artifact;
use crate::support::package::{Package, RunOutput, run_command};

#[derive(StageConfig)]
#[stage(dev = "/variables/{field}")]
#[allow(dead_code, reason = "only its schema is used")]
struct Config {
    table: String,
}

fn new_command(package: &Package, arguments: &[&str]) -> Command {
    let path = artifact::write_artifact::<Config>();
    let artifact = ["--artifact", path.to_str().expect("the path is text")];
    package.verb_command(&[arguments, &artifact].concat())
}

fn run(package: &Package, arguments: &[&str], input: &str) -> RunOutput {
    run_command(&mut new_command(package, arguments), input.as_bytes())
}

#[test]
fn a_wrong_variable_is_named() {
    let package = Package::new("");
    for (name, value, words) in [
        ("AWS_ACCESS_KEY_ID", "hunter2\r", "ends with a line end"),
        ("AWS_SECRET_ACCESS_KEY", "hunter2\n", "ends with a line end"),
        ("AWS_SESSION_TOKEN", "hun ter2", "contains a space"),
        ("AWS_REGION", "eu-west-1a", "did you mean `eu-west-1`?"),
        ("AWS_ENDPOINT_URL", "u:hunter2@localhost", "has no scheme"),
        (
            "AWS_ENDPOINT_URL_SSM",
            "localhost:1",
            "did you mean `http://localhost:1`?",
        ),
        ("AWS_MAX_ATTEMPTS", "0", "is not a whole number"),
    ] {
        for verb_arguments in [
            &["get", "table", "--stage", "dev"][..],
            &["check", "--stage", "dev"],
            &["set", "table", "--stage", "dev"],
        ] {
            let mut command = new_command(&package, verb_arguments);
            command.env(name, value);
            let output = run_command(&mut command, b"1").assert_code(2);
            let text = output.stdout + &output.stderr;
            for expected in [&*format!("`{name}` "), words, &format!("set `{name}` ")] {
                assert!(text.contains(expected), "{expected:?} is not in: {text}");
            }
            for hidden in ["ter2", "panicked"] {
                assert!(!text.contains(hidden), "{text}");
            }
        }
    }
}

#[test]
fn an_option_replaces_a_wrong_variable() {
    let package = Package::new("");
    run(&package, &["set", "table", "--stage", "dev"], "1").assert_code(0);
    let mut command = new_command(
        &package,
        &["get", "table", "--stage", "dev", "--region", "us-east-1"],
    );
    command.env("AWS_REGION", "eu-west-1a");
    let output = run_command(&mut command, b"");
    assert!(!output.stderr.contains("AWS_REGION"), "{}", output.stderr);

    let files = [
        ("AWS_CONFIG_FILE", package.write("aws/config", "")),
        ("AWS_SHARED_CREDENTIALS_FILE", {
            package.write(
                "aws/credentials",
                "[base]\naws_access_key_id = test\naws_secret_access_key = test\n",
            )
        }),
    ];
    let mut command = new_command(
        &package,
        &["get", "table", "--stage", "dev", "--profile", "base"],
    );
    command.envs(files).env("AWS_ACCESS_KEY_ID", "a\n");
    assert_eq!(run_command(&mut command, b"").assert_code(0).stdout, "1");

    for (option, value) in [("--region", "eu-west-1a"), ("--region", "EU-WEST-1")] {
        run(
            &package,
            &["get", "table", "--stage", "dev", option, value],
            "",
        )
        .assert_code(2)
        .assert_stderr("did you mean `eu-west-1`?");
    }
}

#[test]
fn a_key_of_only_white_space_counts_as_unset() {
    let package = Package::new("");
    let mut command = new_command(&package, &["get", "table", "--stage", "dev"]);
    command
        .env("AWS_ACCESS_KEY_ID", "\n")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_CONFIG_FILE", package.write("aws/config", ""))
        .env("AWS_SHARED_CREDENTIALS_FILE", package.write("aws/none", ""));
    run_command(&mut command, b"")
        .assert_code(2)
        .assert_stderr("`AWS_ACCESS_KEY_ID` is empty");
}
