//! `set` and `rm` where the source is a sealed file.

use stage_config::manifest::{encode, length};
use stage_config::schema::{Assignment, Content, Field, Key, Kind, Secrecy, Shape, Sources, Value};
use stage_config::{Schema, StageConfig};

use super::Config;
use crate::support::artifact;
use crate::support::kms;
use crate::support::package::{Package, Ran, open, ran};
use crate::support::planted::{SECRET, assert_clean};

/// What the derive would make of `#[stage(prod = "sealed:stripe_key")] stripe_key: SecretString`, but for the file, which it embeds: these
/// tests are what makes the file.
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
    fields: &[Field {
        name: "stripe_key",
        level: "stripe_key",
        docs: "",
        content: Content::Value(Value {
            shape: Shape { kind: Kind::String, optional: false },
            type_name: "SecretString",
            secrecy: Secrecy::Yes,
            default: None,
            no_fallback: false,
            validated: false,
            with: false,
            refresh_ms: None,
            assignments: &[Assignment { key: Key::Stage("prod"), sources: Sources::Chain(&["sealed:stripe_key"]) }],
        }),
    }],
    ..<Config as StageConfig>::SCHEMA
};
static RECORD: [u8; length(&SCHEMA)] = encode(&SCHEMA);

fn run(package: &Package, verb: &[&str], input: &[u8]) -> Ran {
    package.put("artifact", artifact::elf(&[&RECORD]));
    ran(&mut package.verb(&[verb, &["--stage", "prod", "--artifact", "artifact"]].concat()), input)
}

#[test]
fn it_is_sealed_without_aws_and_removed_again() {
    let package = Package::with_stage("set-sealed");
    package.put("artifact", artifact::elf(&[&RECORD]));
    let set = ["set", "stripe_key", "--stage", "prod", "--artifact", "artifact"];
    let mut command = package.verb(&set);
    command.env("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    let ran = ran(&mut command, SECRET.as_bytes()).ended(0).said("sealed/prod/stripe_key is to be committed");
    assert_clean("set", &ran.stderr);
    assert_eq!(open(&package, "prod", "stripe_key"), SECRET.as_bytes());
    run(&package, &["set", "stripe_key"], b"two").ended(1).said("exists (sealed file)");
    run(&package, &["set", "stripe_key", "--overwrite"], b"two").ended(0);
    assert_eq!(open(&package, "prod", "stripe_key"), b"two");
    run(&package, &["history", "stripe_key"], b"").ended(1).said("git log -- sealed/prod/stripe_key");
    run(&package, &["rm", "stripe_key", "--yes"], b"").ended(0).said("git checkout -- sealed/prod/stripe_key");
    assert_eq!(package.sealed().len(), 1, "the stage's key alone");
    run(&package, &["rm", "stripe_key", "--yes"], b"").ended(1).said("nothing was removed");
}

#[test]
fn without_the_package_or_the_stages_key_it_says_so() {
    let package = Package::new("");
    run(&package, &["set", "stripe_key"], b"x").ended(1).said("cargo stage seal --init --stage prod");
    std::fs::remove_file(package.path().join("Cargo.toml")).expect("the file can be removed");
    let elsewhere = tempfile::tempdir().expect("a temporary folder can be made");
    let artifact = package.path().join("artifact");
    let mut command = package.verb(&["set", "stripe_key", "--stage", "prod", "--artifact"]);
    command.arg(artifact).current_dir(elsewhere.path()).envs(kms::variables(crate::support::peers::moto()));
    ran(&mut command, b"x").ended(1).said("only the artifact is here");
}
