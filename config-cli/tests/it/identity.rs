//! Each stage is accessed with its own identity. moto separates accounts: a command that assumes a
//! role reads and writes the values in the role's account.

use std::process::Command;

use stage_config::StageConfig;

use crate::support::package::{Package, RunOutput, run_command};
use crate::support::peers::{ACCOUNT, moto};
use crate::support::store_clients::StoreClients;
use crate::support::{artifact, package};

const OTHER: &str = "111122223333";

/// Both stages use the same names, so they differ only in the account.
#[derive(StageConfig)]
#[stage(dev = "/identity/{field}", prod = "/identity/{field}")]
#[allow(dead_code, reason = "only its schema is used")]
struct Config {
    table: String,
    queue: String,
    topic: String,
}

fn role() -> String {
    format!("arn:aws:iam::{OTHER}:role/deployer")
}

fn new_command(package: &Package, arguments: &[&str]) -> Command {
    let path = artifact::write_artifact::<Config>();
    package.verb_command(
        &[
            arguments,
            &["--artifact", path.to_str().expect("the path is text")],
        ]
        .concat(),
    )
}

fn run(package: &Package, arguments: &[&str], input: &str) -> RunOutput {
    package::run_command(&mut new_command(package, arguments), input.as_bytes())
}

fn get(mut command: Command) -> String {
    run_command(&mut command, b"").assert_code(0).stdout
}

/// Returns the value in the account of the tests.
fn get_stored(name: &str) -> Option<String> {
    StoreClients::new(moto())
        .get_parameter(name)
        .map(|(text, ..)| text)
}

#[test]
fn a_role_is_assumed_only_for_its_stage() {
    let package = Package::new(&format!(
        "[package.metadata.stage.prod]\nrole_arn = \"{}\"\n",
        role()
    ));
    run(&package, &["set", "table", "--stage", "dev"], "of-dev").assert_code(0);
    run(&package, &["set", "table", "--stage", "prod"], "of-prod").assert_code(0);
    assert_eq!(
        get(new_command(&package, &["get", "table", "--stage", "dev"])),
        "of-dev"
    );
    assert_eq!(
        get(new_command(&package, &["get", "table", "--stage", "prod"])),
        "of-prod"
    );
    assert_eq!(
        get_stored("/identity/table").as_deref(),
        Some("of-dev"),
        "the account of the tests"
    );

    run(&package, &["diff", "dev", "prod", "--exit-code"], "").assert_code(1);
    run(
        &package,
        &["copy", "dev", "prod", "table", "--overwrite", "--yes"],
        "",
    )
    .assert_code(0);
    assert_eq!(
        get(new_command(&package, &["get", "table", "--stage", "prod"])),
        "of-dev"
    );
}

#[test]
fn credentials_of_another_account_are_refused() {
    let package = Package::new(&format!(
        "[package.metadata.stage.\"*\"]\naccount = \"{OTHER}\"\n"
    ));
    let refused = format!(
        "the stage `prod` is in account {OTHER}, and these credentials belong to account {ACCOUNT}"
    );
    for arguments in [
        &["set", "queue", "--stage", "prod"][..],
        &["get", "queue", "--stage", "prod"],
        &["rm", "queue", "--stage", "prod", "--yes", "--shared"],
        &["history", "queue", "--stage", "prod"],
        &["rollback", "queue", "--stage", "prod", "--yes"],
        &["export", "--stage", "prod"],
        &["exec", "--stage", "prod"],
    ] {
        let mut command = new_command(&package, arguments);
        if arguments[0] == "exec" {
            command.args(["--", "true"]);
        }
        run_command(&mut command, b"1")
            .assert_code(2)
            .assert_stderr(&refused);
    }
    assert_eq!(get_stored("/identity/queue"), None);
    // With a role of that account the command succeeds.
    run(
        &package,
        &["set", "queue", "--stage", "prod", "--role-arn", &role()],
        "1",
    )
    .assert_code(0);
}

#[test]
fn credentials_of_the_environment_override_only_the_profile_of_cargo_toml() {
    let package = Package::new("[package.metadata.stage.prod]\nprofile = \"payments-prod\"\n");
    let config = format!(
        "[profile base]\n[profile payments-prod]\nrole_arn = {}\nsource_profile = base\n",
        role()
    );
    let files = [
        ("AWS_CONFIG_FILE", package.write("aws/config", config)),
        ("AWS_SHARED_CREDENTIALS_FILE", {
            package.write(
                "aws/credentials",
                "[base]\naws_access_key_id = test\naws_secret_access_key = test\n",
            )
        }),
    ];
    let topic = |arguments: &[&str], by_environment: bool, input: &str| {
        let mut command = new_command(&package, arguments);
        command.envs(files.clone());
        if !by_environment {
            command
                .env_remove("AWS_ACCESS_KEY_ID")
                .env_remove("AWS_SECRET_ACCESS_KEY");
        }
        run_command(&mut command, input.as_bytes())
            .assert_code(0)
            .stdout
    };
    topic(&["set", "topic", "--stage", "prod"], true, "by environment");
    topic(&["set", "topic", "--stage", "prod"], false, "by profile");
    assert_eq!(
        topic(&["get", "topic", "--stage", "prod"], true, ""),
        "by environment"
    );
    assert_eq!(
        topic(&["get", "topic", "--stage", "prod"], false, ""),
        "by profile"
    );
    assert_eq!(
        topic(
            &[
                "get",
                "topic",
                "--stage",
                "prod",
                "--profile",
                "payments-prod"
            ],
            true,
            ""
        ),
        "by profile"
    );
    assert_eq!(
        get_stored("/identity/topic").as_deref(),
        Some("by environment")
    );

    let mut absent = new_command(
        &package,
        &["get", "topic", "--stage", "prod", "--profile", "missing"],
    );
    run_command(absent.envs(files.clone()), b"")
        .assert_code(2)
        .assert_stderr("profile missing")
        .assert_stderr("the profile `missing` does not exist")
        .assert_stderr("aws configure --profile missing");
}
