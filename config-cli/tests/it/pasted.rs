//! The commands in help lines, pasted into a shell. Each acts on the configuration, the artifact
//! and the package of the command that printed the help line.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use stage_config::manifest::{encode, encoded_len};
use stage_config::schema::SnapshotSpec;
use stage_config::{Schema, SecretString, StageConfig};

use crate::support::artifact::build_elf;
use crate::support::kms;
use crate::support::package::{COMMAND, Package, RunOutput, run_command};
use crate::support::peers::moto;
use crate::support::store_clients::StoreClients;

#[derive(StageConfig)]
#[stage(prod = "/it-pasted/prod/{field}")]
#[allow(dead_code, reason = "only its schema is used")]
struct Config {
    table: String,
    port: u16,
    key: SecretString,
}

/// The schema of the package `payments`, with a snapshot that has no file yet.
const SCHEMA: Schema = Schema {
    package: "payments",
    module: "payments",
    app: "payments",
    snapshot: Some(SnapshotSpec {
        path: "sealed/{stage}.snapshot",
        max_age_ms: None,
        refreshed: false,
        files: &[],
    }),
    ..<Config as StageConfig>::SCHEMA
};
static RECORD: [u8; encoded_len(&SCHEMA)] = encode(&SCHEMA);

/// The path of the artifact. Without quotes, a shell would split it.
const ARTIFACT: &str = "it's built/boot $strap";

/// Creates a workspace of two packages, `payments` and `mail`, with the artifact of `payments`.
fn new_workspace(test: &str) -> Package {
    let alias = format!("alias/{test}");
    kms::create_key(&alias);
    let workspace = Package::new("");
    workspace.write(
        "Cargo.toml",
        "[workspace]\nmembers = [\"payments\", \"mail\"]\n",
    );
    for name in ["payments", "mail"] {
        workspace.write(
            &format!("{name}/Cargo.toml"),
            format!(
                "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\n\n\
                 [package.metadata.stage.prod]\nkms_key = \"{alias}\"\n"
            ),
        );
        workspace.write(&format!("{name}/src/lib.rs"), "");
    }
    workspace.write(ARTIFACT, build_elf(&[&RECORD]));
    workspace.write("bin/cargo", format!("#!/bin/sh\nexec '{COMMAND}' \"$@\"\n"));
    fs::set_permissions(
        workspace.path().join("bin/cargo"),
        fs::Permissions::from_mode(0o755),
    )
    .expect("the file can be made executable");
    workspace.write("outside/README", "");
    workspace
}

/// Runs the verb in a folder outside of the packages, where it finds the packages and the artifact
/// only through its options.
fn run(workspace: &Package, verb: &str, arguments: &[&str], input: &str) -> RunOutput {
    let options = [
        "--stage",
        "prod",
        "--artifact",
        &format!("../{ARTIFACT}"),
        "--config",
        "payments::Config",
        "--manifest-path",
        "../Cargo.toml",
        "-p",
        "payments",
    ];
    let mut command = workspace.verb_command(&[&[verb], arguments, &options].concat());
    run_command(
        command.current_dir(workspace.path().join("outside")),
        input.as_bytes(),
    )
}

/// Runs a line in a shell, in the same folder as [`run`]. The `cargo` that the shell finds runs the
/// tested command.
fn paste(workspace: &Package, line: &str, input: &str) -> RunOutput {
    let mut shell = Command::new("sh");
    shell
        .args(["-c", line])
        .current_dir(workspace.path().join("outside"))
        .env_clear();
    let template = workspace.verb_command(&[]);
    for (name, value) in template.get_envs() {
        if let Some(value) = value {
            shell.env(name, value);
        }
    }
    let path = std::env::var("PATH").expect("PATH is text");
    let bin = workspace.path().join("bin");
    shell.env("PATH", format!("{}:{path}", bin.display()));
    run_command(&mut shell, input.as_bytes())
}

/// Returns the `cargo stage` commands of the help lines.
fn find_commands(ran: &RunOutput) -> Vec<String> {
    let lines = ran.stdout.lines().chain(ran.stderr.lines());
    lines
        .filter_map(|line| {
            let (_, help) = line.split_once("help: ")?;
            let position = help.find("cargo stage ")?;
            Some(help[position..].to_owned())
        })
        .collect()
}

/// Asserts that the argument parser accepts the line.
#[track_caller]
fn assert_parsed(line: &str, ran: &RunOutput) {
    assert!(!ran.stderr.contains("Usage:"), "{line}: {}", ran.stderr);
    assert!(!ran.stderr.contains("not found"), "{line}: {}", ran.stderr);
}

#[test]
fn the_commands_in_the_help_of_check_complete_the_stage() {
    let workspace = new_workspace("pasted-check");
    StoreClients::new(moto()).put_string("/it-pasted/prod/port", "80a80");

    let checked = run(&workspace, "check", &[], "").assert_code(1);
    let commands = find_commands(&checked);
    for command in [
        "cargo stage set table ",
        "cargo stage set port --stage prod --overwrite ",
        "cargo stage set key ",
    ] {
        let pasted: Vec<&String> = commands
            .iter()
            .filter(|line| line.starts_with(command))
            .collect();
        let [line] = pasted.as_slice() else {
            panic!("{command}: {commands:?}")
        };
        let value = if command.contains(" port ") {
            "8080"
        } else {
            "value"
        };
        let ran = paste(&workspace, line, value);
        assert_eq!(ran.code, Some(0), "{line}: {}", ran.stderr);
    }
    let checked = run(&workspace, "check", &["--json"], "");
    for field in ["table", "port", "key"] {
        let found = format!("\"source\": \"/it-pasted/prod/{field}\"");
        assert!(checked.stdout.contains(&found), "{}", checked.stdout);
    }
}

#[test]
fn the_commands_in_the_help_of_set_and_snapshot_can_be_pasted() {
    let workspace = new_workspace("pasted-set");
    let region = ["--region", "eu-central-2"];
    let in_plain_text = "put it there in plain text";
    let endpoint_region = kms::sdk_config(moto())
        .into_builder()
        .region(aws_types::region::Region::new("eu-central-2"))
        .build();
    kms::block_on(
        aws_sdk_ssm::Client::new(&endpoint_region)
            .put_parameter()
            .name("/it-pasted/prod/key")
            .value(in_plain_text)
            .r#type(aws_sdk_ssm::types::ParameterType::String)
            .send(),
    )
    .expect("the server accepts the parameter");

    let refused = run(
        &workspace,
        "set",
        &[&["key", "--overwrite"], &region[..]].concat(),
        "v",
    );
    let commands = find_commands(&refused.assert_code(1));
    let [replace] = commands.as_slice() else {
        panic!("{commands:?}")
    };
    assert_eq!(
        replace.matches("--region eu-central-2").count(),
        2,
        "{replace}"
    );
    let (command, _) = replace.split_once("; and replace").expect("a further step");
    let ran = paste(&workspace, command, "");
    assert_parsed(command, &ran);
    // Like `import` and `copy`, `rm` is refused if there is neither a terminal nor `--yes`.
    assert!(ran.stderr.contains("`--yes`"), "{}", ran.stderr);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);

    // The stage has no stage key yet. The command in the help creates the key, and then `snapshot`
    // reports the missing values.
    let refused = run(&workspace, "snapshot", &region, "").assert_code(1);
    let commands = find_commands(&refused);
    let [init] = commands.as_slice() else {
        panic!("{commands:?}")
    };
    assert!(
        init.starts_with(
            "cargo stage seal --init --stage prod --manifest-path ../Cargo.toml -p payments"
        ),
        "{init}"
    );
    let ran = paste(&workspace, init, "");
    assert_eq!(ran.code, Some(0), "{init}: {}", ran.stderr);

    let refused = run(&workspace, "snapshot", &region, "").assert_code(1);
    let commands = find_commands(&refused);
    assert!(
        commands
            .iter()
            .any(|line| line.starts_with("cargo stage set table ")),
        "{commands:?}"
    );
    for line in commands {
        let line = line.split("; ").next().unwrap_or(&line);
        assert_parsed(line, &paste(&workspace, line, "value"));
    }
}
