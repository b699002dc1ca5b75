//! `docs/troubleshooting.md` shows the errors of `cargo stage` as the command prints them.

use std::process::Command;

use stage_config_test_support::guide::{Message, Section, assert_shows, read_sections};

use crate::support::artifact::build_elf;
use crate::support::package::{Package, run_command};
use crate::support::payments;

const PAGE: &str = include_str!("../../../docs/troubleshooting.md");

/// The words that each section with a message of the command must contain.
const NAME: &str = "exit status";

/// Runs a command that fails, and returns its message.
fn run(command: &mut Command, code: i32) -> Message {
    run_with_input(command, b"", code)
}

fn run_with_input(command: &mut Command, input: &[u8], code: i32) -> Message {
    let ran = run_command(command, input).assert_code(code);
    Message {
        name: NAME.to_owned(),
        text: ran.stderr,
    }
}

/// Returns a command that reads the artifact of the transcripts.
fn read_artifact(package: &Package, arguments: &[&str]) -> Command {
    package.verb_command(&[arguments, &["--artifact", payments::PATH]].concat())
}

fn run_without_artifact() -> Vec<Message> {
    let package = Package::new("");
    let check = || read_artifact(&package, &["check", "--stage", "prod"]);
    let mut messages = vec![run(&mut check(), 2)];
    for records in [&[][..], &payments::SAME_NAME_RECORDS] {
        package.write(payments::PATH, build_elf(records));
        messages.push(run(&mut check(), 2));
    }
    messages.push(run(&mut package.verb_command(&["show", "-q"]), 2));
    messages
}

fn run_without_identity() -> Vec<Message> {
    let package = Package::new("[package.metadata.stage.prod]\naccount = \"111122223333\"\n");
    payments::write_artifacts(&package);
    let get = |stage: &str| read_artifact(&package, &["get", "table_name", "--stage", stage]);

    let mut without_keys = get("dev");
    without_keys
        .env_remove("AWS_ACCESS_KEY_ID")
        .env_remove("AWS_SECRET_ACCESS_KEY")
        .env("AWS_EC2_METADATA_DISABLED", "true");
    let mut without_region = get("dev");
    without_region.env_remove("AWS_REGION");
    vec![
        run(&mut without_keys, 2),
        run(&mut without_region, 2),
        run(&mut get("prod"), 2),
    ]
}

fn run_without_stage() -> Vec<Message> {
    let package = Package::new("");
    payments::write_artifacts(&package);
    let check = |stage: &str| read_artifact(&package, &["check", "--stage", stage]);
    vec![
        run(&mut check("prd"), 2),
        run(&mut check("qa"), 2),
        run(
            &mut package.seal_command(&["stripe_key", "--stage", "prod"]),
            1,
        ),
    ]
}

fn run_with_a_wrong_value() -> Vec<Message> {
    let package = Package::new("");
    payments::write_artifacts(&package);
    let mut set = read_artifact(&package, &["set", "timeout_s", "--stage", "prod"]);
    vec![run_with_input(&mut set, b"thirty", 1)]
}

#[test]
fn each_block_is_a_message_of_the_command() {
    let messages = [
        run_with_a_wrong_value(),
        run_without_artifact(),
        run_without_identity(),
        run_without_stage(),
    ]
    .concat();
    let sections = read_sections(PAGE);
    let in_chapter = |section: &&Section| section.chapter == "Command line";
    let selected: Vec<&Section> = sections.iter().filter(in_chapter).collect();
    assert_shows(&selected, &messages);
}
