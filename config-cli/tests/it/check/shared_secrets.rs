//! A warning for secrets that two stages share.

use serde_json::{Value, json};
use stage_config::manifest::{encode, encoded_len};
use stage_config::{Schema, SecretString, StageConfig};

use super::{parse_json as parsed, run};
use crate::support::artifact;
use crate::support::endpoint::{Endpoint, Parameter, Parameters, Secrets};
use crate::support::package::{Package, run_command};
use crate::support::schema::{in_stage, secret_field};

#[derive(StageConfig)]
#[stage(
    dev = "/it-same/dev/{field}",
    staging = "/it-same/staging/{field}",
    prod = "/it-same/prod/{field}"
)]
#[allow(dead_code, reason = "only its schema is used")]
struct Shared {
    /// Two stages have the same value in two sources.
    copied: SecretString,
    /// Two stages read the same source.
    #[stage(dev = "/it-same/shared", staging, prod = "/it-same/shared")]
    shared: SecretString,
    /// This field is not a secret.
    #[stage(all = "/it-same/table")]
    table: String,
    /// Each deployment sets its own value.
    #[stage(all = "env:TOKEN?plaintext=allow")]
    token: Option<SecretString>,
}

fn start_endpoint() -> Endpoint {
    let secure = |parameters: Parameters, (name, value): (&str, &str)| {
        parameters.with(name, Parameter::secure(value))
    };
    let parameters = [
        ("/it-same/dev/copied", "one"),
        ("/it-same/staging/copied", "two"),
        ("/it-same/prod/copied", "one"),
        ("/it-same/shared", "three"),
        ("/it-same/staging/shared", "four"),
    ];
    let parameters = parameters.into_iter().fold(Parameters::default(), secure);
    Endpoint::start_with(
        parameters.with("/it-same/table", Parameter::text("t")),
        Secrets::default(),
    )
}

fn check_shared(metadata: &str, arguments: &[&str]) -> Value {
    let ran = run::<Shared>(
        &Package::new(metadata),
        "check",
        &start_endpoint().url,
        &[&["--json"], arguments].concat(),
    );
    parsed(&ran.assert_code(0))["shared_secrets"].clone()
}

#[test]
fn values_of_all_checked_stages_are_compared() {
    let expected = json!([
        { "field": "copied", "stages": ["dev", "prod"], "by": "value" },
        { "field": "shared", "stages": ["dev", "prod"], "by": "value" },
    ]);
    assert_eq!(check_shared("", &[]), expected);
}

#[test]
fn sources_of_all_declared_stages_are_compared() {
    let expected = json!([{ "field": "shared", "stages": ["dev", "prod"], "by": "source" }]);
    for arguments in [
        &["--stage", "staging"][..],
        &["--no-decrypt"],
        &["--offline"],
    ] {
        assert_eq!(check_shared("", arguments), expected, "{arguments:?}");
    }
}

/// In two accounts or two regions, the same name means two different parameters. Two profiles may
/// belong to two accounts.
#[test]
fn the_same_name_in_another_account_is_another_secret() {
    let settings = |key: &str, dev: &str, prod: &str| {
        format!(
            "[package.metadata.stage]\ndev = {{ {key} = \"{dev}\" }}\nprod = {{ {key} = \"{prod}\" \
             }}\n"
        )
    };
    for (key, dev, prod) in [
        ("account", "111122223333", "444455556666"),
        ("region", "eu-west-1", "us-east-1"),
        ("profile", "dev", "prod"),
    ] {
        assert_eq!(
            check_shared(&settings(key, dev, prod), &["--offline"]),
            json!([]),
            "{key}"
        );
    }
    assert_eq!(
        check_shared(
            &settings("region", "eu-west-1", "eu-west-1"),
            &["--offline"]
        )[0]["by"],
        "source"
    );
}

#[derive(StageConfig)]
#[stage(dev = "/it-same/dev/{field}", prod = "/it-same/prod/{field}")]
#[config(account(prod = "444455556666"))]
#[allow(dead_code, reason = "only its schema is used")]
struct Accounts {
    copied: SecretString,
}

/// The search for shared secrets plans all declared stages, but `--account` is only for `dev`.
#[test]
fn the_account_of_a_stage_that_is_not_checked_causes_no_error() {
    let arguments = ["--offline", "--stage", "dev", "--account", "111122223333"];
    let url = start_endpoint().url;
    run::<Accounts>(&Package::new(""), "check", &url, &arguments).assert_code(0);
}

/// The file has the variables of one deployment, but all stages of the check read it.
#[test]
fn a_variable_of_an_env_file_is_not_a_shared_secret() {
    let package = Package::new("");
    package.write("dev.env", "TOKEN=same\n");
    let arguments = ["--json", "--env-file", "dev.env"];
    let ran = run::<Shared>(&package, "check", &start_endpoint().url, &arguments);
    let json = parsed(&ran.assert_code(0));
    let fields = &json["stages"][0]["fields"];
    assert_eq!(fields[3]["result"], "ok", "the token was read: {fields}");
    let shared = json["shared_secrets"].as_array().expect("a list");
    let fields: Vec<_> = shared.iter().map(|shared| &shared["field"]).collect();
    assert_eq!(fields, ["copied", "shared"]);
}

#[test]
fn the_text_output_warns_of_shared_secrets() {
    let ran = run::<Shared>(&Package::new(""), "check", &start_endpoint().url, &[])
        .assert_code(0)
        .assert_stderr("warnings: 2");
    assert!(
        ran.stdout
            .contains("warning: secrets that several stages share"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.contains("copied  dev, prod  value"),
        "{}",
        ran.stdout
    );
}

/// A schema that is written without the derive, because the derive would need the sealed files.
const SEALED: Schema = Schema {
    name: "Sealed",
    templates: &[],
    fields: &[secret_field(
        "key",
        &[
            in_stage("dev", &["sealed:key"]),
            in_stage("staging", &["sealed:key"]),
            in_stage("prod", &["sealed:dev/key"]),
        ],
    )],
    ..<Shared as StageConfig>::SCHEMA
};
static SEALED_RECORD: [u8; encoded_len(&SEALED)] = encode(&SEALED);

/// A `sealed:` source that names no stage reads a different file in each stage. A file belongs to
/// no account, so the accounts of the stages make no difference.
#[test]
fn two_stages_share_a_sealed_file_only_if_both_sources_name_the_same_file() {
    let package = Package::new(
        "[package.metadata.stage]\ndev = { account = \"111122223333\" }\nprod = { account = \
         \"444455556666\" }\n",
    );
    package.write("artifact", artifact::build_elf(&[&SEALED_RECORD]));
    let check = ["check", "--json", "--offline", "--artifact", "artifact"];
    let ran = run_command(&mut package.verb_command(&check), b"").assert_code(1);
    assert_eq!(
        parsed(&ran)["shared_secrets"],
        json!([{ "field": "key", "stages": ["dev", "prod"], "by": "source" }])
    );
}
