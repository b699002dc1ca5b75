//! Tests of values that several fields or stages read. A command that would change such a value
//! either names the other readers or is refused. Other tests are about the account of a stage, and
//! about arguments that are refused.

use std::process::Command;

use stage_config::{SecretString, StageConfig};

use crate::support::package::{Package, RunOutput, run_command};
use crate::support::peers::{ACCOUNT, moto};
use crate::support::store_clients::StoreClients;
use crate::support::{artifact, package};

const OTHER: &str = "111122223333";

/// A preview reads dev's token, two fields read one parameter, and two other fields read one
/// secret.
#[derive(StageConfig)]
#[stage(dev = "/shared/dev/{field}", prod = "/shared/prod/{field}")]
#[stage(fallback = ["/shared/{stage}/{field}", "/shared/dev/{field}"])]
#[allow(dead_code, reason = "only its schema is used")]
struct Config {
    table: String,
    #[stage(
        dev = "/shared/token",
        prod = "/shared/prod/token",
        fallback = "/shared/token"
    )]
    token: SecretString,
    #[stage(all = "/shared/number")]
    text: String,
    #[stage(all = "/shared/number")]
    number: u8,
    #[stage(all = "secret:shared/whole")]
    whole: String,
    #[stage(all = "secret:shared/whole#key")]
    key: String,
}

/// The struct names the account of prod.
#[derive(StageConfig)]
#[stage(prod = "/shared-account/{field}")]
#[config(account(prod = "111122223333"))]
#[allow(dead_code, reason = "only its schema is used")]
struct Owned {
    table: String,
}

fn new_command<T: StageConfig>(package: &Package, arguments: &[&str]) -> Command {
    let path = artifact::write_artifact::<T>();
    package.verb_command(
        &[
            arguments,
            &["--artifact", path.to_str().expect("the path is text")],
        ]
        .concat(),
    )
}

fn run(package: &Package, arguments: &[&str], input: &str) -> RunOutput {
    package::run_command(
        &mut new_command::<Config>(package, arguments),
        input.as_bytes(),
    )
}

fn get_stored(name: &str) -> Option<String> {
    StoreClients::new(moto())
        .get_parameter(name)
        .map(|(text, ..)| text)
}

#[test]
fn a_preview_cannot_change_its_fallback_values() {
    let package = Package::new("");
    run(&package, &["set", "token", "--stage", "dev"], "of-dev").assert_code(0);
    for arguments in [
        &["set", "token", "--stage", "pr-1", "--overwrite"][..],
        &["rm", "token", "--stage", "pr-1", "--yes"],
        &["rm", "token", "--stage", "pr-1", "--yes", "--shared"],
    ] {
        let refused = run(&package, arguments, "of-preview").assert_code(1);
        refused
            .assert_stderr("the stage `dev` reads `/shared/token`")
            .assert_stderr("--stage dev");
    }
    assert_eq!(get_stored("/shared/token").as_deref(), Some("of-dev"));
    // A preview can change its own values.
    run(&package, &["set", "table", "--stage", "pr-1"], "of-preview").assert_code(0);
    assert_eq!(
        get_stored("/shared/pr-1/table").as_deref(),
        Some("of-preview")
    );
}

#[test]
fn a_shared_value_must_fit_all_readers_and_is_removed_only_with_the_option_shared() {
    let package = Package::new("");
    let also = "`/shared/number` is also read by `number` of the stage `dev`, `text` of the stage \
                `prod`, `number` of the stage `prod`";
    run(&package, &["set", "text", "--stage", "dev"], "7")
        .assert_code(0)
        .assert_stderr(also);
    let other = "`number` of the stage `dev` also reads this source, and has another type (u8)";
    run(
        &package,
        &["set", "text", "--stage", "dev", "--overwrite"],
        "hello",
    )
    .assert_code(1)
    .assert_stderr(other);
    run(&package, &["rm", "text", "--stage", "dev", "--yes"], "")
        .assert_code(1)
        .assert_stderr("other fields or stages read /shared/number too")
        .assert_stderr("--shared");
    assert_eq!(get_stored("/shared/number").as_deref(), Some("7"));

    run(&package, &["set", "key", "--stage", "dev"], "1").assert_code(0);
    let whole = "also reads the key `key` of this source, and the value is not a JSON object";
    run(
        &package,
        &["set", "whole", "--stage", "dev", "--overwrite"],
        "plain",
    )
    .assert_code(1)
    .assert_stderr(whole);

    run(
        &package,
        &["rm", "text", "--stage", "dev", "--yes", "--shared"],
        "",
    )
    .assert_code(0);
    assert_eq!(get_stored("/shared/number"), None);
}

#[test]
fn a_copy_skips_values_that_the_target_has_by_fallback() {
    let package = Package::new("");
    StoreClients::new(moto()).put_string("/shared/dev/table", "of-dev");
    let ran = run(&package, &["copy", "dev", "pr-9", "--yes"], "").assert_code(0);
    assert!(!ran.stdout.contains("table"), "{}", ran.stdout);
    assert_eq!(get_stored("/shared/pr-9/table"), None);
}

#[test]
fn the_account_in_the_struct_is_enforced() {
    let package = Package::new("");
    let refused = format!(
        "the stage `prod` is in account {OTHER}, and these credentials belong to account {ACCOUNT}"
    );
    for arguments in [
        &["check", "--stage", "prod"][..],
        &["set", "table", "--stage", "prod"],
    ] {
        let ran = run_command(&mut new_command::<Owned>(&package, arguments), b"1").assert_code(2);
        assert!(
            format!("{}{}", ran.stdout, ran.stderr).contains(&refused),
            "{}{}",
            ran.stdout,
            ran.stderr
        );
    }
    let policy = run_command(
        &mut new_command::<Owned>(&package, &["iam", "--stage", "prod", "--offline"]),
        b"",
    )
    .assert_code(0)
    .stdout;
    assert!(
        policy.contains(&format!(":{OTHER}:parameter/shared-account/table")),
        "{policy}"
    );
    let differs = ["get", "table", "--stage", "prod", "--account", ACCOUNT];
    run_command(&mut new_command::<Owned>(&package, &differs), b"")
        .assert_code(2)
        .assert_stderr("the struct's `account(…)` says");
}

/// With `--artifact`, the commands also work on a machine without cargo. They then read Cargo.toml
/// themselves, and apply its settings.
#[test]
fn settings_of_cargo_toml_apply_without_cargo() {
    let package = Package::new(&format!(
        "[package.metadata.stage.prod]\naccount = \"{OTHER}\"\n"
    ));
    let without_cargo = |arguments: &[&str]| {
        let mut command = new_command::<Config>(&package, arguments);
        command.env("CARGO", "/nowhere/cargo");
        run_command(&mut command, b"1")
    };
    let refused = format!("the stage `prod` is in account {OTHER}");
    without_cargo(&["set", "table", "--stage", "prod"])
        .assert_code(2)
        .assert_stderr(&refused);
    package.write(
        "Cargo.toml",
        "[workspace]\nmembers = []\n[workspace.metadata.stage.\"p*\"]\naccount = \"999988887777\"\n",
    );
    without_cargo(&["set", "table", "--stage", "prod"])
        .assert_code(2)
        .assert_stderr("is in account 999988887777");
    // A relative `--manifest-path` may name the Cargo.toml of a member. The settings of the
    // member's workspace then apply.
    package.write(
        "Cargo.toml",
        "[workspace]\nmembers = [\"a\"]\n[workspace.metadata.stage.\"p*\"]\naccount = \"777788889999\"\n",
    );
    package.write("a/Cargo.toml", "[package]\nname = \"a\"\n");
    for (folder, path) in [
        ("a", "Cargo.toml"),
        ("a", "./Cargo.toml"),
        ("a", "../a/Cargo.toml"),
        ("", "a/Cargo.toml"),
    ] {
        let arguments = ["set", "table", "--stage", "prod", "--manifest-path", path];
        let mut command = new_command::<Config>(&package, &arguments);
        command
            .env("CARGO", "/nowhere/cargo")
            .current_dir(package.path().join(folder));
        run_command(&mut command, b"1")
            .assert_code(2)
            .assert_stderr("is in account 777788889999");
    }
    package.write("Cargo.toml", "[package\n");
    without_cargo(&["set", "table", "--stage", "prod"])
        .assert_code(2)
        .assert_stderr("is not valid TOML");
    assert_eq!(get_stored("/shared/prod/table"), None);
}

#[test]
fn an_unknown_field_is_printed_only_if_it_resembles_a_field() {
    let package = Package::new("");
    let ran = run(&package, &["set", "SuperSecretZx9", "--stage", "dev"], "x")
        .assert_code(2)
        .assert_stderr("there is no such field");
    assert!(!ran.stderr.contains("SuperSecret"), "{}", ran.stderr);
    run(&package, &["set", "tabel", "--stage", "dev"], "x")
        .assert_code(2)
        .assert_stderr("there is no field `tabel`")
        .assert_stderr("`table`");
}

#[test]
fn options_with_an_unusable_value_are_refused() {
    let package = Package::new("");
    run(&package, &["check", "--stage", "prdo"], "")
        .assert_code(2)
        .assert_stderr("help: give --stage one of")
        .assert_stderr("did you mean `prod`?");
    run(
        &package,
        &["get", "table", "--stage", "dev", "--region", "EU 1"],
        "",
    )
    .assert_code(2)
    .assert_stderr("is not a region");
    run(
        &package,
        &["set", "table", "--stage", "dev", "--kms-key", ""],
        "x",
    )
    .assert_code(2)
    .assert_stderr("a value is required");
}

/// In an import of many shared values, one note for each value would hide the rest of the output.
#[test]
fn an_import_names_shared_sources_once() {
    let import = |text: &str| {
        let package = Package::new("");
        run(
            &package,
            &["import", "-", "--format", "dotenv", "--stage", "dev"],
            text,
        )
        .assert_code(1)
    };
    let several = import("text=5\nwhole={\"key\":\"v\"}\n");
    assert_eq!(several.stderr.matches("note:").count(), 1, "{several:?}");
    several
        .assert_stderr(
            "note: these sources are also read by other fields: `/shared/number` by `number` of the stage \
             `dev`, ",
        )
        .assert_stderr("; `secret:shared/whole` by `key` of the stage `dev`, ");
    import("text=5\n")
        .assert_stderr("note: `/shared/number` is also read by `number` of the stage `dev`, ");
}
