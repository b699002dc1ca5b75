//! Fields that read all parameters below a path, in the verbs that only read.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use stage_config::{SecretString, StageConfig};

use crate::check::{fields_by_name, parse_json, run};
use crate::support::endpoint::{Endpoint, Parameter, Parameters, Secrets};
use crate::support::package::{Package, RunOutput};

const PLANTED: &str = "planted-4f2a";

#[derive(StageConfig)]
#[allow(dead_code, reason = "only its schema is used")]
struct Config {
    #[stage(dev = "/it-path/dev/limits/*", prod = "/it-path/prod/limits/*")]
    limits: BTreeMap<String, u16>,
    #[stage(dev = "/it-path/dev/keys/*", prod = "/it-path/prod/keys/*")]
    keys: BTreeMap<String, SecretString>,
}

fn parameters(stage: &str) -> Parameters {
    let name = |rest: &str| format!("/it-path/{stage}/{rest}");
    Parameters::default()
        .with(&name("limits/max"), Parameter::text("5"))
        .with(&name("limits/min"), Parameter::text("1"))
        .with(&name("keys/stripe"), Parameter::secure(PLANTED))
}

fn run_verb(parameters: Parameters, verb: &str, arguments: &[&str]) -> RunOutput {
    let endpoint = Endpoint::start_with(parameters, Secrets::default());
    run::<Config>(&Package::new(""), verb, &endpoint.url, arguments)
}

fn assert_clean(ran: &RunOutput) {
    let text = format!("{}{}", ran.stdout, ran.stderr);
    assert!(!text.contains("4f2a"), "{text}");
}

fn check(parameters: Parameters, code: i32) -> BTreeMap<String, Value> {
    let ran = run_verb(parameters, "check", &["--stage", "prod", "--json"]).assert_code(code);
    assert_clean(&ran);
    fields_by_name(&parse_json(&ran))
}

#[test]
fn check_verifies_each_parameter() {
    let fields = check(parameters("prod"), 0);
    assert_eq!(fields["limits"]["result"], "ok");
    assert_eq!(fields["keys"]["result"], "ok");
    assert_eq!(fields["keys"]["source"], "/it-path/prod/keys/*");

    let wrong = parameters("prod").with("/it-path/prod/limits/per/user", Parameter::text(PLANTED));
    let failure = &check(wrong, 1)["limits"]["failure"];
    assert_eq!(failure["kind"], "undecodable");
    let detail = "expected a whole number from 0 to 65535 (the parameter `per/user` of the path)";
    assert_eq!(failure["detail"], detail);
    let help = failure["help"].as_str().expect("a text");
    let command = "cargo stage set limits per/user --stage prod";
    assert!(
        help.contains(command) && help.contains("--overwrite"),
        "{help}"
    );
}

#[test]
fn check_reports_a_path_without_parameters() {
    let failure = &check(Parameters::default(), 1)["keys"]["failure"];
    assert_eq!(failure["kind"], "missing");
    let help = failure["help"].as_str().expect("a text");
    let command = "cargo stage set keys '<KEY>' --stage prod";
    assert!(help.contains(command), "{help}");
}

#[test]
fn check_refuses_one_secret_that_is_not_encrypted() {
    let plain = parameters("prod").with("/it-path/prod/keys/other", Parameter::text(PLANTED));
    let keys = &check(plain, 1)["keys"];
    let text = keys.to_string();
    assert!(text.contains("not encrypted"), "{text}");
    for verb in ["rm", "set"] {
        let command = format!("cargo stage {verb} keys '<KEY>' --stage prod");
        assert!(text.contains(&command), "{text}");
    }
}

#[test]
fn check_finds_one_value_that_two_stages_share() {
    let both = [
        ("dev/keys/a", "dev"),
        ("dev/keys/shared", PLANTED),
        ("prod/keys/a", "prod"),
        ("prod/keys/shared", PLANTED),
    ];
    let both = both
        .into_iter()
        .fold(Parameters::default(), |all, (name, value)| {
            all.with(&format!("/it-path/{name}"), Parameter::secure(value))
        });
    let both = both
        .with("/it-path/dev/limits/max", Parameter::text("1"))
        .with("/it-path/prod/limits/max", Parameter::text("1"));
    let ran = run_verb(both, "check", &["--json"]).assert_code(0);
    assert_clean(&ran);
    let expected = json!([{ "field": "keys", "stages": ["dev", "prod"], "by": "value" }]);
    assert_eq!(parse_json(&ran)["shared_secrets"], expected);
}

#[test]
fn check_without_decryption_asks_only_for_the_first_page() {
    let numbered = (0..25).fold(parameters("prod"), |all, number| {
        all.with(
            &format!("/it-path/prod/limits/n{number}"),
            Parameter::text(PLANTED),
        )
    });
    let endpoint = Endpoint::start_with(numbered, Secrets::default());
    let arguments = ["--stage", "prod", "--json", "--no-decrypt"];
    let ran = run::<Config>(&Package::new(""), "check", &endpoint.url, &arguments);
    assert_clean(&ran.assert_code(0));
    let requests = endpoint.requests();
    assert_eq!(requests.len(), 2, "{requests:?}");
    for request in requests {
        assert_eq!(request.operation, "GetParametersByPath");
        assert_eq!(request.body["WithDecryption"], false);
    }
}

#[test]
fn diff_compares_the_maps() {
    let both = || {
        parameters("dev")
            .with("/it-path/prod/limits/min", Parameter::text("01"))
            .with("/it-path/prod/limits/max", Parameter::text("5\n"))
            .with("/it-path/prod/keys/stripe", Parameter::secure("another"))
    };
    let results = |parameters| {
        let ran = run_verb(parameters, "diff", &["dev", "prod", "--json"]);
        assert_clean(&ran);
        let json = parse_json(&ran);
        let rows = json["fields"].as_array().expect("a list").iter();
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let rows = rows.map(|row| (text(&row["field"]), text(&row["result"])));
        rows.collect::<BTreeMap<String, String>>()
    };
    assert_eq!(results(both())["limits"], "same");
    assert_eq!(results(both())["keys"], "different");
    let more = both().with("/it-path/prod/limits/more", Parameter::text("1"));
    assert_eq!(results(more)["limits"], "different");
}

#[test]
fn export_and_get_print_the_map_as_json() {
    let ran = run_verb(parameters("dev"), "get", &["limits", "--stage", "dev"]).assert_code(0);
    assert_eq!(ran.stdout, r#"{"max":"5","min":"1"}"#);
    let arguments = ["--stage", "dev", "--format", "json"];
    let ran = run_verb(parameters("dev"), "export", &arguments).assert_code(0);
    let json: Value = parse_json(&ran);
    let text = json.to_string();
    assert!(text.contains(r#"{\"max\":\"5\",\"min\":\"1\"}"#), "{text}");
}

#[test]
fn iam_grants_the_path_and_says_what_the_grant_includes() {
    let arguments = ["--stage", "prod", "--offline", "--account", "123456789012"];
    let arguments = [
        &arguments[..],
        &["--region", "eu-west-1", "--kms-key", "alias/shop"],
    ]
    .concat();
    let ran = run_verb(Parameters::default(), "iam", &arguments).assert_code(0);
    let policy: Value = parse_json(&ran);
    let statements = policy["Statement"].as_array().expect("a list");
    let find = |sid: &str| {
        statements
            .iter()
            .find(|one| one["Sid"] == sid)
            .expect("a statement")
    };
    let arn =
        |rest: &str| format!("arn:aws:ssm:eu-west-1:123456789012:parameter/it-path/prod/{rest}");
    let paths = find("ReadPaths");
    assert_eq!(paths["Action"], json!(["ssm:GetParametersByPath"]));
    assert_eq!(paths["Resource"], json!([arn("keys"), arn("limits")]));
    let context = "kms:EncryptionContext:PARAMETER_ARN";
    let decrypt = find("DecryptParameters")["Condition"].to_string();
    assert!(
        decrypt.contains(context) && decrypt.contains(&arn("keys/*")),
        "{decrypt}"
    );
    let note = "reads all parameters below this path, even if another statement denies the name of a parameter";
    assert!(ran.stderr.contains(note), "{}", ran.stderr);

    let arguments = [&arguments[..], &["--for", "write"]].concat();
    let ran = run_verb(Parameters::default(), "iam", &arguments).assert_code(0);
    assert!(ran.stdout.contains(&arn("limits/*")), "{}", ran.stdout);
}
