//! Tests with configurations of AppConfig, on ministack and on an endpoint with scripted answers.
//! They test the verbs that read configurations, checks that fail, and the refusals of `set`, `rm`,
//! `rollback` and `history`.

use serde_json::{Value, json};
use stage_config::{SecretString, StageConfig};

use crate::support::app_config::{Application, FREEFORM};
use crate::support::artifact;
use crate::support::endpoint::{Answer, Endpoint};
use crate::support::kms::env_variables;
use crate::support::package::{Package, RunOutput, run_command};
use crate::support::peers::ministack;
use crate::support::planted::{DIGITS, SECRET, assert_clean};

#[derive(StageConfig)]
#[stage(
    dev = "appconfig:{app}/dev/settings#{field}",
    prod = "appconfig:{app}/prod/settings#{field}"
)]
#[config(app = "cli-verbs")]
#[allow(dead_code, reason = "only its schema is used")]
struct Config {
    checkout: bool,
    port: u16,
    token: SecretString,
    #[stage(all = "appconfig:cli-verbs/{stage}/banner")]
    banner: Option<String>,
}

#[derive(StageConfig)]
#[allow(dead_code, reason = "only its schema is used")]
struct Missing {
    #[stage(dev = "appconfig:a1b2c3d/dev/settings#port")]
    port: u16,
}

#[derive(StageConfig)]
#[stage(dev = "appconfig:{app}/dev/settings#{field}")]
#[config(app = "cli-faults")]
#[allow(dead_code, reason = "only its schema is used")]
struct Faulty {
    port: u16,
    token: SecretString,
}

fn run_with<C: StageConfig>(arguments: &[&str], url: Option<&str>) -> RunOutput {
    let package = Package::new("");
    let artifact = artifact::write_artifact::<C>();
    let artifact = artifact.to_str().expect("target/ has a name that is text");
    let (verb, rest) = arguments.split_first().expect("a verb");
    let mut command = package.verb_command(&[&[*verb, "--artifact", artifact], rest].concat());
    command.envs(env_variables(ministack()));
    command.envs(url.map(|url| ("AWS_ENDPOINT_URL", url)));
    run_command(&mut command, b"")
}

fn run(arguments: &[&str]) -> RunOutput {
    run_with::<Config>(arguments, None)
}

fn format_settings(checkout: bool, port: &str, token: &str) -> Vec<u8> {
    json!({ "checkout": checkout, "port": port, "token": token })
        .to_string()
        .into_bytes()
}

fn find_field(json: &Value, field: &str) -> Value {
    let fields = json["stages"][0]["fields"].as_array().expect("a list");
    let found = fields.iter().find(|one| one["field"] == field);
    found
        .unwrap_or_else(|| panic!("no {field} in {json:#}"))
        .clone()
}

#[test]
fn verbs_read_the_deployed_configuration() {
    let dev = Application::create(ministack(), "cli-verbs", "dev");
    let settings = dev.create_profile("settings", FREEFORM);
    dev.deploy(&settings, &format_settings(true, "8080", SECRET), "v7");

    run(&["check", "--stage", "dev"]).assert_code(0);
    let read_check = |options: &[&str]| -> Value {
        let arguments = [&["check", "--stage", "dev", "--json"], options].concat();
        let ran = run(&arguments).assert_code(0);
        assert_clean("check", &(ran.stdout.clone() + &ran.stderr));
        serde_json::from_str(&ran.stdout).expect("it is JSON")
    };
    let json = read_check(&[]);
    let port = find_field(&json, "port");
    assert_eq!(
        (&port["result"], &port["value_version"]),
        (&json!("ok"), &json!("v7"))
    );
    assert_eq!(find_field(&json, "banner")["result"], "absent");

    // AppConfig returns the content at every read. With `--no-decrypt`, the command discards it.
    let json = read_check(&["--no-decrypt"]);
    let kinds = |field: &str| -> Vec<Value> {
        let parts = find_field(&json, field)["unverified"].clone();
        let parts = parts.as_array().cloned().unwrap_or_default();
        parts.iter().map(|part| part["kind"].clone()).collect()
    };
    assert_eq!(kinds("port"), ["value", "json_key"]);
    assert_eq!(find_field(&json, "port")["value_version"], "v7");

    let ran = run(&["get", "token", "--stage", "dev"]).assert_code(0);
    assert_eq!(ran.stdout, SECRET);
    let ran = run(&["export", "--stage", "dev", "--format", "json"]).assert_code(0);
    let exported: Value = serde_json::from_str(&ran.stdout).expect("it is JSON");
    assert_eq!(
        exported,
        json!({ "checkout": "true", "port": "8080", "token": SECRET })
    );
    let ran = run(&["exec", "--stage", "dev", "--", "printenv", "PORT"]).assert_code(0);
    assert_eq!(ran.stdout, "8080\n");
    let ran = run(&["diff", "dev", "prod"]);
    assert_clean("diff", &(ran.stdout.clone() + &ran.stderr));
    assert!(ran.stdout.contains("port"), "{ran:?}");
    let ran = run(&["copy", "dev", "prod", "--yes"]).assert_code(0);
    let skipped = ran.stdout.matches("not writable from the command line");
    assert_eq!(skipped.count(), 2, "{}", ran.stdout);
    run(&["get", "banner", "--stage", "dev"])
        .assert_code(1)
        .assert_stderr("no source has a value");

    let ran = run(&["show"]).assert_code(0);
    assert!(
        ran.stdout
            .contains("appconfig:cli-verbs/prod/settings#port"),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_stage_whose_configuration_is_not_deployed_is_incomplete() {
    let ran = run_with::<Missing>(&["check", "--stage", "dev"], None).assert_code(1);
    for text in [
        "MISSING",
        "aws appconfig start-deployment --application-id a1b2c3d --environment-id ENVIRONMENT_ID",
        "--deployment-strategy-id AppConfig.AllAtOnce",
    ] {
        assert!(
            ran.stdout.contains(text),
            "{text} is not in: {}",
            ran.stdout
        );
    }
}

#[test]
fn set_rm_rollback_and_history_name_the_commands_of_aws() {
    for verb in [
        &["set", "port", "--stage", "dev"][..],
        &["rm", "port", "--stage", "dev", "--yes"],
        &["rollback", "port", "--stage", "dev", "--yes"],
    ] {
        run(verb)
            .assert_code(1)
            .assert_stderr("`appconfig:cli-verbs/dev/settings#port` changes by a deployment")
            .assert_stderr("aws appconfig create-hosted-configuration-version")
            .assert_stderr("aws appconfig start-deployment");
    }
    run(&["history", "port", "--stage", "dev"])
        .assert_code(1)
        .assert_stderr("appconfig:cli-verbs/dev/settings#port")
        .assert_stderr("aws appconfig list-hosted-configuration-versions");
}

/// Neither a value nor a message of the server is shown.
#[test]
fn failing_checks_show_no_value() {
    let app = Application::create(ministack(), "cli-faults", "dev");
    let settings = app.create_profile("settings", FREEFORM);
    let check = |url: Option<&str>| {
        for options in [&[][..], &["--json"], &["--format", "markdown"]] {
            let arguments = [&["check", "--stage", "dev"], options].concat();
            let ran = run_with::<Faulty>(&arguments, url);
            assert_ne!(ran.code, Some(0), "{ran:?}");
            assert_clean("check", &(ran.stdout + &ran.stderr));
        }
    };
    for content in [
        format_settings(true, SECRET, SECRET),
        format_settings(true, DIGITS, DIGITS),
        SECRET.as_bytes().to_vec(),
        format!("{{\"port\": \"{SECRET}").into_bytes(),
        SECRET.as_bytes().iter().map(|byte| byte | 0x80).collect(),
    ] {
        app.deploy(&settings, &content, "");
        check(None);
    }
    for answer in [
        Answer::error(403, "AccessDeniedException", SECRET),
        Answer::error(400, "BadRequestException", SECRET),
        Answer::error(400, SECRET, SECRET),
    ] {
        let endpoint = Endpoint::start(move |_| answer.clone());
        check(Some(&endpoint.url));
    }
}

#[test]
fn the_help_of_a_denied_check_names_both_actions_of_appconfig() {
    let endpoint = Endpoint::start(|_| {
        Answer::not_authorized(
            "appconfig:StartConfigurationSession",
            "arn:aws:appconfig:eu-west-1:123456789012:application/a1b2c3d/environment/e5f6g7h/configuration/i9j0k1l",
        )
    });
    let ran = run_with::<Faulty>(&["check", "--stage", "dev"], Some(&endpoint.url));
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let help = "allow `appconfig:StartConfigurationSession` and \
                `appconfig:GetLatestConfiguration` on \
                `arn:aws:appconfig:eu-west-1:123456789012:application/a1b2c3d";
    assert!(ran.stdout.contains(help), "{}", ran.stdout);
}
