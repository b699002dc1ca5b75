//! `set`, `history`, `rollback` and `rm` for a field whose source is a sealed file.

use stage_config::manifest::{encode, encoded_len};
use stage_config::{Schema, StageConfig};

use super::Config;
use crate::support::artifact;
use crate::support::kms;
use crate::support::package::{Package, RunOutput, open_sealed, run_command};
use crate::support::planted::{SECRET, assert_clean};
use crate::support::schema::{in_stage, secret_field};

/// The schema that the derive creates for `#[stage(prod = "sealed:stripe_key")] stripe_key:
/// SecretString`. The tests cannot use the derive itself: it needs the sealed file at compile time,
/// and the tests create this file only when they run.
const SCHEMA: Schema = Schema {
    name: "Sealed",
    package: "payments",
    app: "payments",
    stages: &["prod"],
    fallback: false,
    preview: None,
    accounts: &[],
    schemes: &[],
    templates: &[],
    fields: &[secret_field(
        "stripe_key",
        &[in_stage("prod", &["sealed:stripe_key"])],
    )],
    ..<Config as StageConfig>::SCHEMA
};
static RECORD: [u8; encoded_len(&SCHEMA)] = encode(&SCHEMA);

fn run(package: &Package, verb: &[&str], input: &[u8]) -> RunOutput {
    package.write("artifact", artifact::build_elf(&[&RECORD]));
    run_command(
        &mut package.verb_command(&[verb, &["--stage", "prod", "--artifact", "artifact"]].concat()),
        input,
    )
}

#[test]
fn a_sealed_file_is_set_without_aws_and_removed() {
    let package = Package::with_stage("set-sealed");
    package.write("artifact", artifact::build_elf(&[&RECORD]));
    let set = [
        "set",
        "stripe_key",
        "--stage",
        "prod",
        "--artifact",
        "artifact",
    ];
    let mut command = package.verb_command(&set);
    command.env("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    let ran = run_command(&mut command, SECRET.as_bytes())
        .assert_code(0)
        .assert_stderr("commit sealed/prod/stripe_key, and build the program");
    assert_clean("set", &ran.stderr);
    assert_eq!(
        open_sealed(&package, "prod", "stripe_key"),
        SECRET.as_bytes()
    );
    run(&package, &["set", "stripe_key"], b"two")
        .assert_code(1)
        .assert_stderr("exists (sealed file)");
    run(&package, &["set", "stripe_key", "--overwrite"], b"two").assert_code(0);
    assert_eq!(open_sealed(&package, "prod", "stripe_key"), b"two");
    let generated = run(
        &package,
        &["set", "stripe_key", "--generate", "--overwrite"],
        b"",
    )
    .assert_code(0)
    .assert_stderr("32 random characters");
    let value = open_sealed(&package, "prod", "stripe_key");
    assert!(value.len() == 32 && value.iter().all(u8::is_ascii_alphanumeric));
    // Git keeps the older versions of a sealed file, so the output names no `rollback` command.
    assert!(
        !generated.stderr.contains("rollback"),
        "{}",
        generated.stderr
    );
    run(&package, &["history", "stripe_key"], b"")
        .assert_code(1)
        .assert_stderr("git log -- sealed/prod/stripe_key");
    run(&package, &["rollback", "stripe_key", "--yes"], b"")
        .assert_code(1)
        .assert_stderr("git restore --source COMMIT -- sealed/prod/stripe_key");
    run(&package, &["rm", "stripe_key", "--yes"], b"")
        .assert_code(0)
        .assert_stderr("git checkout -- sealed/prod/stripe_key");
    assert_eq!(package.read_sealed().len(), 1, "only the stage key is left");
    run(&package, &["rm", "stripe_key", "--yes"], b"")
        .assert_code(1)
        .assert_stderr("nothing was removed");
}

#[test]
fn a_missing_package_or_stage_key_is_reported() {
    let package = Package::new("");
    run(&package, &["set", "stripe_key"], b"x")
        .assert_code(1)
        .assert_stderr("cargo stage seal --init --stage prod");
    std::fs::remove_file(package.path().join("Cargo.toml")).expect("the file can be removed");
    let elsewhere = tempfile::tempdir().expect("a temporary folder can be created");
    let artifact = package.path().join("artifact");
    let mut command = package.verb_command(&["set", "stripe_key", "--stage", "prod", "--artifact"]);
    command
        .arg(artifact)
        .current_dir(elsewhere.path())
        .envs(kms::env_variables(crate::support::peers::moto()));
    run_command(&mut command, b"x")
        .assert_code(1)
        .assert_stderr("no Cargo.toml was found");
}
