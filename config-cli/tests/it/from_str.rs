//! Fields with `#[config(from_str)]`: only the program can read their texts.

use std::collections::BTreeSet;
use std::str::FromStr;

use serde_json::Value;
use stage_config::{SecretBox, StageConfig};

use crate::check::{fields_by_name, parse_json, run};
use crate::support::artifact;
use crate::support::endpoint::{Endpoint, Parameter, Parameters, Secrets};
use crate::support::kms::env_variables;
use crate::support::package::{Package, RunOutput, run_command};
use crate::support::peers::{Peer, moto, roto};
use crate::support::planted::{SECRET, assert_clean};
use crate::support::store_clients::StoreClients;

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Level;

impl FromStr for Level {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Err(text.to_owned())
    }
}

impl zeroize::Zeroize for Level {
    fn zeroize(&mut self) {}
}

#[derive(StageConfig)]
#[stage(dev = "/it-from-str/dev/{field}", prod = "/it-from-str/prod/{field}")]
#[allow(dead_code, reason = "only its schema is used")]
struct Config {
    #[config(from_str)]
    level: Level,
    #[config(from_str)]
    blank: Level,
    #[config(from_str)]
    list: Vec<Level>,
    #[config(from_str)]
    set: Option<BTreeSet<Level>>,
    #[config(from_str)]
    other_set: BTreeSet<Level>,
    #[config(from_str)]
    secret: SecretBox<Level>,
    #[config(from_str, default = "L1")]
    default: Level,
}

/// Starts an endpoint with these values of `prod`, and with a value of `dev` for each field without
/// a default.
fn start_endpoint(prod: &[(&str, &str)]) -> Endpoint {
    let dev = [
        ("level", "L1"),
        ("blank", "L1"),
        ("list", "L1, L2"),
        ("set", "L1,L2"),
        ("other_set", "L1,L2"),
        ("secret", SECRET),
    ];
    let values = dev.iter().map(|value| ("dev", value));
    let values = values.chain(prod.iter().map(|value| ("prod", value)));
    let parameters = values.fold(Parameters::default(), |all, (stage, (name, text))| {
        let parameter = match *name {
            "secret" => Parameter::secure(text),
            _ => Parameter::text(text),
        };
        all.with(&format!("/it-from-str/{stage}/{name}"), parameter)
    });
    Endpoint::start_with(parameters, Secrets::default())
}

#[test]
fn check_reports_that_only_the_program_can_verify_the_text() {
    let endpoint = start_endpoint(&[]);
    let arguments = ["--stage", "dev", "--json"];
    let ran = run::<Config>(&Package::new(""), "check", &endpoint.url, &arguments).assert_code(0);
    let json = parse_json(&ran);
    for (name, field) in fields_by_name(&json) {
        let result = if name == "default" {
            "default"
        } else {
            "exists"
        };
        assert_eq!(field["result"], result, "{name}");
        assert_eq!(field["unverified"][0]["kind"], "type", "{name}");
    }
    assert_eq!(json["stages"][0]["unverified_values"]["program"], 7);
}

#[test]
fn check_refuses_a_text_that_is_not_a_list() {
    let prod = [("list", r#"["L1", 2"#)];
    let endpoint = start_endpoint(&prod);
    let arguments = ["--stage", "prod", "--json"];
    let ran = run::<Config>(&Package::new(""), "check", &endpoint.url, &arguments).assert_code(1);
    assert_eq!(
        fields_by_name(&parse_json(&ran))["list"]["failure"]["kind"],
        "undecodable"
    );
}

/// Two values are the same if their texts are equal. Two lists are the same even if one is JSON and
/// the other is separated by commas. The order of a set makes no difference.
#[test]
fn diff_compares_the_trimmed_texts() {
    let endpoint = start_endpoint(&[
        ("level", "L2"),
        ("blank", " L1\n"),
        ("list", r#"["L1", "L2"]"#),
        ("set", r#"["L2", "L1"]"#),
        ("other_set", "L3,L1"),
        ("secret", SECRET),
        ("default", "L1"),
    ]);
    let arguments = ["dev", "prod", "--json"];
    let ran = run::<Config>(&Package::new(""), "diff", &endpoint.url, &arguments).assert_code(0);
    assert_clean("diff", &format!("{}{}", ran.stdout, ran.stderr));
    let json: Value = parse_json(&ran);
    let fields = json["fields"].as_array().expect("a list");
    for (name, result) in [
        ("level", "different"),
        ("blank", "same"),
        ("list", "same"),
        ("set", "same"),
        ("other_set", "different"),
        ("secret", "same"),
    ] {
        let field = fields.iter().find(|field| field["field"] == name);
        let field = field.expect("the field is compared");
        assert_eq!(field["result"], result, "{name}");
    }
}

fn run_dev(endpoint: &Endpoint, verb: &[&str], rest: &[&str]) -> RunOutput {
    let artifact = artifact::write_artifact::<Config>();
    let artifact = ["--artifact", artifact.to_str().expect("the path is text")];
    let package = Package::new("");
    let arguments = [verb, &["--stage", "dev"], &artifact, rest].concat();
    let mut command = package.verb_command(&arguments);
    run_command(command.env("AWS_ENDPOINT_URL", &endpoint.url), b"")
}

#[test]
fn exec_and_export_pass_the_stored_text_on() {
    let endpoint = start_endpoint(&[]);
    let script = r#"printf '%s\n' "$LEVEL" "$LIST" "$SECRET" "${DEFAULT-unset}""#;
    let left_out = "left out, since the program uses its default: default\n";
    let ran = run_dev(&endpoint, &["exec"], &["--", "sh", "-c", script])
        .assert_code(0)
        .assert_stderr(left_out);
    assert_eq!(ran.stdout, format!("L1\nL1, L2\n{SECRET}\nunset\n"));

    let ran = run_dev(&endpoint, &["export", "--format", "json"], &[])
        .assert_code(0)
        .assert_stderr(left_out);
    let exported = parse_json(&ran);
    assert_eq!(
        [&exported["level"], &exported["list"], &exported["secret"]],
        ["L1", "L1, L2", SECRET]
    );
    assert_eq!(exported.get("default"), None);
}

#[derive(StageConfig)]
#[stage(fallback = "/it-from-str/{stage}/{field}")]
#[config(preview("t-*"))]
#[allow(dead_code, reason = "only its schema is used")]
struct Written {
    #[config(from_str)]
    level: Level,
    #[config(from_str)]
    list: Vec<Level>,
    #[config(from_str)]
    secret: SecretBox<Level>,
}

fn set(peer: &Peer, field: &str, text: &str) -> RunOutput {
    let artifact = artifact::write_artifact::<Written>();
    let artifact = artifact.to_str().expect("the path is text");
    let package = Package::new("");
    let arguments = ["set", field, "--stage", "t-set", "--artifact", artifact];
    let mut command = package.verb_command(&arguments);
    run_command(command.envs(env_variables(peer)), text.as_bytes())
}

#[test]
fn set_stores_the_text_and_says_what_is_not_verified() {
    for peer in [moto(), roto()] {
        let stored = |field: &str| {
            let parameter =
                StoreClients::new(peer).get_parameter(&format!("/it-from-str/t-set/{field}"));
            parameter.map(|(text, ..)| text)
        };
        for (field, text) in [("level", "L1"), ("list", "L1, L2"), ("secret", SECRET)] {
            let ran = set(peer, field, text)
                .assert_code(0)
                .assert_stderr("is written to")
                .assert_stderr("only the program can verify this");
            assert_clean("set", &format!("{}{}", ran.stdout, ran.stderr));
            assert_eq!(stored(field).as_deref(), Some(text), "{field}");
        }
    }
}

#[test]
fn set_refuses_a_text_that_is_not_a_list() {
    set(moto(), "list", r#"["L1""#)
        .assert_code(1)
        .assert_stderr("expected");
}
