//! `cargo stage check`, against two servers that replace AWS, and against an endpoint with scripted
//! answers.

mod documented;
mod fallback;
mod formats;
#[cfg(unix)]
mod picture;
mod problems;
mod redaction;
mod run;
mod shared_causes;
mod shared_secrets;
#[cfg(unix)]
mod terminal;
mod unread_sources;
mod verified;
mod without_values;
#[cfg(unix)]
mod workspace;

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde_json::Value;
use stage_config::{SecretString, StageConfig};

use crate::support::artifact;
use crate::support::endpoint::{Endpoint, Parameter, Parameters, Secret, Secrets};
use crate::support::package::{Package, RunOutput, run_command};
use crate::support::peers::{ACCOUNT, moto, roto};
use crate::support::planted::{SECRET, assert_clean};
use crate::support::store_clients::StoreClients;

#[derive(StageConfig)]
#[stage(dev = "/it-check/dev/{field}", prod = "/it-check/prod/{field}")]
#[stage(fallback = ["/it-check/{stage}/{field}", "/it-check/dev/{field}"])]
#[config(preview("pr-*"), schemes("vault"), validate = check_soundness)]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) struct Config {
    key: SecretString,
    #[stage(
        dev = "secret:it-check/dev#password",
        prod = "secret:it-check/prod#password"
    )]
    #[stage(fallback = "secret:it-check/dev#password")]
    password: SecretString,
    table: String,
    port: u16,
    hosts: Vec<IpAddr>,
    #[stage(all = "env:LOG_LEVEL")]
    log_level: Option<String>,
    #[config(default = 30)]
    timeout_s: u64,
    #[stage(dev = "value:red", prod = "value:blue", fallback = "value:red")]
    colour: String,
    #[stage(dev = "vault:a", prod = "vault:a", fallback = "vault:a")]
    motto: Option<String>,
}

fn check_soundness(_: &Config) -> Result<(), &'static str> {
    Ok(())
}

/// Returns all values that `prod` needs.
fn complete_values() -> (Parameters, Secrets) {
    let parameters = Parameters::texts([
        ("/it-check/prod/table", "orders"),
        ("/it-check/prod/port", "8080"),
        ("/it-check/prod/hosts", "10.0.0.1,10.0.0.2"),
    ]);
    let parameters = parameters.with("/it-check/prod/key", Parameter::secure("sk_live"));
    (
        parameters,
        Secrets::texts([("it-check/prod", r#"{"password":"p","user":"u"}"#)]),
    )
}

/// Starts an endpoint that serves these values.
fn start_endpoint((parameters, secrets): (Parameters, Secrets)) -> Endpoint {
    Endpoint::start_with(parameters, secrets)
}

/// Runs `cargo stage VERB …` on the configuration `T`, with AWS at this address.
pub(crate) fn run<T: StageConfig>(
    package: &Package,
    verb: &str,
    url: &str,
    arguments: &[&str],
) -> RunOutput {
    let artifact = artifact::write_artifact::<T>();
    let artifact = artifact.to_str().expect("the path is text");
    let mut command =
        package.verb_command(&[&[verb], arguments, &["--artifact", artifact]].concat());
    command.env("AWS_ENDPOINT_URL", url);
    run_command(&mut command, b"")
}

fn check(url: &str, arguments: &[&str]) -> RunOutput {
    run::<Config>(&Package::new(""), "check", url, arguments)
}

pub(crate) fn parse_json(ran: &RunOutput) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}

/// Returns the fields of the first stage, by name.
pub(crate) fn fields_by_name(json: &Value) -> BTreeMap<String, Value> {
    let fields = json["stages"][0]["fields"]
        .as_array()
        .unwrap_or_else(|| panic!("{json}"));
    fields
        .iter()
        .map(|field| {
            (
                field["field"].as_str().expect("a name").to_owned(),
                field.clone(),
            )
        })
        .collect()
}

#[test]
fn a_complete_stage_is_reported_complete_with_both_servers() {
    for peer in [moto(), roto()] {
        let clients = StoreClients::new(peer);
        clients.put_secure_string("/it-check/prod/key", "sk_live");
        clients.create_secret("it-check/prod", r#"{"password":"p"}"#);
        for (name, value) in [("table", "orders"), ("port", "8080"), ("hosts", "10.0.0.1")] {
            clients.put_string(&format!("/it-check/prod/{name}"), value);
        }
        let ran = check(&peer.url, &["--stage", "prod", "--json"]).assert_code(0);
        let json = parse_json(&ran);
        assert_eq!(
            (&json["version"], &json["result"]),
            (&Value::from(2), &Value::from("complete")),
            "{}",
            peer.name
        );
        let fields = fields_by_name(&json);
        for (field, result) in [
            ("key", "ok"),
            ("password", "ok"),
            ("table", "ok"),
            ("port", "ok"),
            ("hosts", "ok"),
            ("log_level", "unknown"),
            ("timeout_s", "default"),
            ("colour", "ok"),
            ("motto", "unknown"),
        ] {
            assert_eq!(fields[field]["result"], result, "{field}: {}", ran.stdout);
        }
        assert_eq!(fields["timeout_s"]["default"], "30");
        assert_eq!(fields["hosts"]["unverified"], serde_json::json!([]));
        assert_eq!(json["stages"][0]["unverified"][0]["kind"], "validate");
        // The other stage has no values, and a check does not write any.
        let ran = check(&peer.url, &[]).assert_code(1);
        assert!(
            ran.stdout.contains("dev: INCOMPLETE") && ran.stdout.contains("prod: complete"),
            "{}",
            ran.stdout
        );
        assert_eq!(clients.get_parameter("/it-check/dev/table"), None);
        assert_eq!(
            clients
                .get_parameter("/it-check/prod/table")
                .map(|(_, _, version)| version),
            Some(1)
        );
        assert_eq!(
            clients.get_secret_text("it-check/prod").as_deref(),
            Some(r#"{"password":"p"}"#)
        );
    }
}

#[test]
fn another_account_is_refused() {
    let ran = check(
        &moto().url,
        &["--stage", "prod", "--account", "999988887777", "--json"],
    )
    .assert_code(2);
    let json = parse_json(&ran);
    assert_eq!(
        (&json["result"], &json["stages"][0]["fields"]),
        (&Value::from("unchecked"), &serde_json::json!([]))
    );
    let problem = &json["stages"][0]["problem"];
    assert!(
        problem["detail"]
            .as_str()
            .expect("a text")
            .contains(ACCOUNT),
        "{problem}"
    );
    assert!(
        problem["help"]
            .as_str()
            .expect("a text")
            .contains("--profile"),
        "{problem}"
    );
}

#[test]
fn wrong_arguments_are_reported() {
    let unreachable = "http://127.0.0.1:1";
    check(unreachable, &["--stage", "prdo"])
        .assert_code(2)
        .assert_stderr("did you mean `prod`?");
    for stages in ["dev,prod", "dev prod", "dev, prod"] {
        check(unreachable, &["--stage", stages])
            .assert_code(2)
            .assert_stderr("give each stage its own option: --stage dev --stage prod");
    }
    let unknown = check(unreachable, &["--stage", &format!("dev,{SECRET}")]).assert_code(2);
    assert_clean("two stages", &unknown.stderr);
    unknown.assert_stderr("give --stage one of the declared stages: `dev`, `prod`");
    check(
        unreachable,
        &["--stage", "prod", "--env-file", "absent.env"],
    )
    .assert_code(2)
    .assert_stderr("absent.env cannot be read");
    check(unreachable, &["--offline", "--no-decrypt"])
        .assert_code(2)
        .assert_stderr("cannot be used with");
}

#[test]
fn the_check_of_a_preview_names_the_fallback_sources_that_it_uses() {
    let parameters = Parameters::texts([
        ("/it-check/dev/table", "orders"),
        ("/it-check/dev/port", "1"),
        ("/it-check/pr-7/port", "2"),
        ("/it-check/dev/hosts", "::1"),
    ]);
    let parameters = parameters.with("/it-check/dev/key", Parameter::secure("sk"));
    let secrets = Secrets::default().with("it-check/dev", Secret::text(r#"{"password":"p"}"#));
    let endpoint = start_endpoint((parameters, secrets));
    let ran = check(&endpoint.url, &["--stage", "pr-7"]).assert_code(0);
    assert!(
        ran.stdout
            .contains("`pr-7` is not declared: it uses the fallback sources"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout
            .contains("/it-check/dev/table, because no value is in /it-check/pr-7/table"),
        "{}",
        ran.stdout
    );
    // A preview may share the secrets of dev.
    let ran = check(
        &endpoint.url,
        &["--stage", "pr-7", "--stage", "dev", "--json"],
    )
    .assert_code(0);
    assert_eq!(parse_json(&ran)["shared_secrets"], serde_json::json!([]));
    assert_eq!(parse_json(&ran)["stages"][0]["fallback"], true);
}
