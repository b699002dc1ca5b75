//! The variables that `check --run` sets for the program: the stage, the credentials that the check
//! uses, and the variables of the deployment. With credentials of another account, the program does
//! not start.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::Value;

use super::{Check, ENV_FILE};
use crate::support::kms;
use crate::support::package::Package;
use crate::support::peers::{ACCOUNT, moto};

/// Runs the check. Returns the stage in the JSON output and the variables of the program. The
/// variables are `None` if the program was not started.
pub(super) fn run(check: Check, code: i32) -> (Value, Option<BTreeMap<String, String>>) {
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let file: PathBuf = folder.path().join("variables");
    let path = file.to_str().expect("the path is text");
    let stage = check.env("SEEN_VARIABLES", path).run_json(code);
    let variables = std::fs::read(file).ok();
    let variables = variables.map(|json| serde_json::from_slice(&json).expect("it is JSON"));
    (stage, variables)
}

#[test]
fn the_stage_is_set_and_the_operators_overrides_are_removed() {
    let check = Check::new("load", &[])
        .env("stage", "dev")
        .env("STAGE_CONFIG_SET__PORT", "81")
        .env("STAGE_CONFIG_TIMEOUT", "1ms")
        .env("STAGE_CONFIG_LOCAL", "absent.toml")
        .env("AWS_LAMBDA_FUNCTION_NAME", "left-over")
        .env("AWS_SESSION_TOKEN", "")
        .env("UNRELATED", "kept");
    let (stage, seen) = run(check, 0);
    let seen = seen.expect("the program has run");
    assert_eq!(stage["run"]["kind"], "verified", "{stage}");
    assert_eq!(seen["stage"], "prod");
    assert_eq!(seen["UNRELATED"], "kept");
    assert_eq!(seen.get("AWS_LAMBDA_FUNCTION_NAME"), None);
    assert_eq!(seen.get("AWS_SESSION_TOKEN"), None);
    let own: Vec<&String> = seen
        .keys()
        .filter(|name| name.starts_with("STAGE_CONFIG_"))
        .collect();
    assert_eq!(own, ["STAGE_CONFIG_CHECK_RUN"]);
}

#[test]
fn the_env_file_sets_only_variables_that_the_check_does_not_control() {
    let check = Check::with_options("load", &[], &ENV_FILE);
    check.package.write(
        "prod.env",
        "SELF_CHECK_LEVEL=info\nstage=dev\nSTAGE_CONFIG_SET__PORT=81\nAWS_REGION=xx-north-1\n\
         AWS_ENDPOINT_URL_SSM=http://127.0.0.1:1\nAWS_ACCESS_KEY_ID=other\n\
         AWS_LAMBDA_FUNCTION_NAME=payments\n",
    );
    let (stage, seen) = run(check, 0);
    let seen = seen.expect("the program has run");
    assert_eq!(stage["run"]["kind"], "verified", "{stage}");
    assert_eq!(seen["SELF_CHECK_LEVEL"], "info");
    assert_eq!(seen["stage"], "prod");
    assert_eq!(seen["AWS_REGION"], kms::REGION);
    assert_eq!(seen.get("AWS_ENDPOINT_URL_SSM"), None);
    assert_ne!(seen["AWS_ACCESS_KEY_ID"], "other");
    assert_eq!(seen.get("AWS_LAMBDA_FUNCTION_NAME"), None);
    assert_eq!(seen.get("STAGE_CONFIG_SET__PORT"), None);
}

/// The check reads the stores without the proxies and the certificates of the deployment, so the
/// program must load without them too.
#[test]
fn the_program_does_not_use_the_network_settings_of_the_deployment() {
    let check = Check::with_options("load", &[], &ENV_FILE)
        .env("NO_PROXY", "127.0.0.1")
        .env("https_proxy", "http://127.0.0.1:1");
    let names = [
        "HTTPS_PROXY",
        "HTTP_PROXY",
        "ALL_PROXY",
        "NO_PROXY",
        "https_proxy",
        "http_proxy",
        "all_proxy",
        "no_proxy",
        "AWS_CA_BUNDLE",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "AWS_EC2_METADATA_SERVICE_ENDPOINT",
    ];
    let lines: Vec<String> = names.map(|name| format!("{name}=/absent\n")).into();
    let file = format!("SELF_CHECK_LEVEL=info\n{}", lines.concat());
    check.package.write("prod.env", file);
    let (stage, seen) = run(check, 0);
    let seen = seen.expect("the program has run");
    assert_eq!(stage["run"]["kind"], "verified", "{stage}");
    assert_eq!(seen["SELF_CHECK_LEVEL"], "info");
    for name in names {
        assert_ne!(
            seen.get(name).map(String::as_str),
            Some("/absent"),
            "{name}"
        );
    }
    assert_eq!(seen["NO_PROXY"], "127.0.0.1");
    assert_eq!(seen["https_proxy"], "http://127.0.0.1:1");
}

/// The profile in `--profile` takes precedence over the credentials in variables. This is also true
/// for the program.
#[test]
fn the_program_gets_the_credentials_region_and_endpoint_of_the_profile() {
    let mut check = Check::with_options("load", &[], &["--profile", "shop"]);
    let config = format!(
        "[profile shop]\naws_access_key_id = AKIASHOP\naws_secret_access_key = shop-secret\n\
         aws_session_token = shop-token\nregion = eu-north-1\nendpoint_url = {}\n",
        check.endpoint.url
    );
    let file = check.package.write("config", config);
    check
        .command
        .env_remove("AWS_ENDPOINT_URL")
        .env("AWS_CONFIG_FILE", file);
    check.command.env_remove("AWS_REGION");
    let url = check.endpoint.url.clone();
    let (stage, seen) = run(check, 0);
    let seen = seen.expect("the program has run");
    assert_eq!(stage["run"]["kind"], "verified", "{stage}");
    for (name, value) in [
        ("AWS_ACCESS_KEY_ID", "AKIASHOP"),
        ("AWS_SECRET_ACCESS_KEY", "shop-secret"),
        ("AWS_SESSION_TOKEN", "shop-token"),
        ("AWS_REGION", "eu-north-1"),
        ("AWS_PROFILE", "shop"),
        ("AWS_ENDPOINT_URL", &url),
    ] {
        assert_eq!(seen[name], value, "{name}");
    }
}

#[test]
fn the_program_does_not_start_with_credentials_of_another_account() {
    let mut check = Check::with_options("load", &[], &["--account", "999988887777"]);
    check.command.env("AWS_ENDPOINT_URL", &moto().url);
    let (stage, seen) = run(check, 2);
    assert_eq!(seen, None);
    let detail = stage["problem"]["detail"].as_str().expect("a text");
    assert!(detail.contains(ACCOUNT), "{detail}");
}

/// The account in Cargo.toml applies even if the command itself needs no credentials.
#[test]
fn the_account_is_compared_even_if_no_source_is_in_aws() {
    let metadata = "[package.metadata.stage.prod]\naccount = \"999988887777\"\n";
    let package = Package::new(metadata);
    let program = super::program();
    let program = program.to_str().expect("the path is text");
    let options = [
        "check", "--run", "--config", "Colours", "--stage", "prod", "--json",
    ];
    let mut command = package.verb_command(&[&options[..], &["--artifact", program]].concat());
    command.env("BEHAVIOUR", "other first");
    let ran = crate::support::package::run_command(&mut command, b"").assert_code(2);
    let json = super::parse_json(&ran);
    assert_eq!(json["stages"][0]["run"]["kind"], "not_started", "{json}");
    assert_eq!(json["stages"][0]["result"], "unchecked");
}

/// The program runs without the name of the function, so it cannot decrypt the value.
#[test]
fn a_value_that_is_encrypted_for_a_function_stays_unverified() {
    let check = |options: &[&str]| {
        let mut check = Check::for_config("Encrypted", "load of encrypted", &[], options);
        check.command.env("AWS_ENDPOINT_URL", &moto().url);
        check
    };
    let stage = check(&[]).run_json(0);
    let counts = |stage: &Value, kind: &str| stage["unverified_values"][kind].clone();
    assert_eq!(stage["run"]["kind"], "verified", "{stage}");
    assert_eq!(stage["fields"][0]["result"], "unknown");
    assert_eq!(counts(&stage, "deployment"), 1);

    let alias = "alias/check-run-function";
    kms::create_key(alias);
    let ciphertext = kms::encrypt_for_function(alias, "payments", "fast");
    let variables = format!("SELF_CHECK_MODE={ciphertext}\nAWS_LAMBDA_FUNCTION_NAME=payments\n");
    for (options, code) in [
        (&ENV_FILE[..], 0),
        (&[ENV_FILE[0], ENV_FILE[1], "--strict"], 1),
    ] {
        let check = check(options);
        check.package.write("prod.env", &variables);
        let stage = check.run_json(code);
        assert_eq!(stage["run"]["kind"], "verified", "{stage}");
        assert_eq!(stage["fields"][0]["result"], "exists");
        assert_eq!(counts(&stage, "program"), 1);
    }
}
