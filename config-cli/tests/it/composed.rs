//! Composed fields in the verbs.

use serde_json::json;
use stage_config::{SecretString, StageConfig};

use crate::check::{fields_by_name, parse_json, run};
use crate::support::endpoint::{Endpoint, Parameter, Parameters, Secrets};
use crate::support::package::{Package, RunOutput};

const PLANTED: &str = "planted:4f2a/@";
const ENCODED: &str = "planted%3A4f2a%2F%40";
const TEMPLATE: &str = "postgres://{user}:{password}@{host}:{port}/orders";

#[derive(StageConfig)]
#[stage(dev = "/it-composed/dev/{field}", prod = "/it-composed/prod/{field}")]
#[allow(dead_code, reason = "only its schema is used")]
struct Config {
    user: String,
    password: SecretString,
    host: String,
    #[config(default = 5432)]
    port: u16,
    cache: Option<String>,
    #[config(compose = "postgres://{user}:{password}@{host}:{port}/orders")]
    url: SecretString,
    #[config(compose = "redis://{cache}")]
    cache_url: Option<String>,
}

fn parameters(stage: &str) -> Parameters {
    let name = |field: &str| format!("/it-composed/{stage}/{field}");
    Parameters::default()
        .with(&name("user"), Parameter::text("app"))
        .with(&name("password"), Parameter::secure(PLANTED))
        .with(&name("host"), Parameter::text("db.example.com"))
}

fn run_verb(parameters: Parameters, verb: &str, arguments: &[&str]) -> RunOutput {
    let endpoint = Endpoint::start_with(parameters, Secrets::default());
    let ran = run::<Config>(&Package::new(""), verb, &endpoint.url, arguments);
    let requests = endpoint.requests();
    assert!(
        requests
            .iter()
            .all(|request| !format!("{request:?}").contains("url")),
        "a composed field needs no request: {requests:?}"
    );
    ran
}

fn assert_clean(ran: &RunOutput) {
    let text = format!("{}{}", ran.stdout, ran.stderr);
    assert!(!text.contains("4f2a"), "{text}");
}

#[test]
fn show_names_the_template() {
    let ran = run_verb(Parameters::default(), "show", &["--json"]).assert_code(0);
    let fields = fields_by_name_of_show(&parse_json(&ran));
    assert_eq!(fields["url"]["compose"], TEMPLATE);
    assert_eq!(fields["url"]["sources"], json!({ "dev": [], "prod": [] }));
    assert_eq!(fields["user"]["compose"], json!(null));
    let ran = run_verb(Parameters::default(), "show", &[]).assert_code(0);
    let row = ran
        .stdout
        .lines()
        .find(|line| line.starts_with("url (secret)"));
    let row = row.unwrap_or_else(|| panic!("{}", ran.stdout));
    assert_eq!(row.matches("composed").count(), 2, "{row}");
}

fn fields_by_name_of_show(
    json: &serde_json::Value,
) -> std::collections::BTreeMap<String, serde_json::Value> {
    let fields = json["fields"].as_array().expect("a list").iter();
    let name = |field: &serde_json::Value| field["field"].as_str().expect("a text").to_owned();
    fields.map(|field| (name(field), field.clone())).collect()
}

#[test]
fn check_verifies_the_composed_value() {
    let ran = run_verb(parameters("prod"), "check", &["--stage", "prod", "--json"]).assert_code(0);
    assert_clean(&ran);
    let fields = fields_by_name(&parse_json(&ran));
    assert_eq!(fields["url"]["result"], "ok");
    assert_eq!(fields["url"]["source"], TEMPLATE);
    assert_eq!(fields["cache_url"]["result"], "absent");

    let wrong = parameters("prod").with("/it-composed/prod/host", Parameter::text("a b"));
    let ran = run_verb(wrong, "check", &["--stage", "prod", "--json"]).assert_code(1);
    let fields = fields_by_name(&parse_json(&ran));
    assert_eq!(fields["host"]["result"], "ok");
    let failure = &fields["url"]["failure"];
    assert_eq!(failure["kind"], "undecodable", "{failure}");
    assert_eq!(failure["detail"], "`host` does not fit the host of a URL");
    let help = failure["help"].as_str().expect("a text");
    assert!(help.contains("/it-composed/prod/host"), "{help}");
}

#[test]
fn check_reports_a_missing_part_once() {
    let missing = Parameters::texts([("/it-composed/prod/user", "app")])
        .with("/it-composed/prod/password", Parameter::secure(PLANTED));
    let ran = run_verb(missing, "check", &["--stage", "prod", "--json"]).assert_code(1);
    let fields = fields_by_name(&parse_json(&ran));
    assert_eq!(fields["host"]["failure"]["kind"], "missing");
    assert_eq!(fields["url"]["result"], "unknown");
    let unverified = &fields["url"]["unverified"][0];
    assert_eq!(unverified["kind"], "part");
    assert!(
        unverified["detail"]
            .as_str()
            .expect("a text")
            .contains("`host`")
    );
}

#[test]
fn check_without_decryption_reads_no_value() {
    let arguments = ["--stage", "prod", "--json", "--no-decrypt"];
    let ran = run_verb(parameters("prod"), "check", &arguments).assert_code(0);
    let fields = fields_by_name(&parse_json(&ran));
    assert_eq!(fields["url"]["result"], "exists");
}

#[test]
fn get_and_diff_read_the_composed_value() {
    let ran = run_verb(parameters("prod"), "get", &["url", "--stage", "prod"]).assert_code(0);
    let url = format!("postgres://app:{ENCODED}@db.example.com:5432/orders");
    assert_eq!(ran.stdout, url);
    let arguments = ["url", "--stage", "prod", "--json"];
    let ran = run_verb(parameters("prod"), "get", &arguments).assert_code(0);
    assert_clean(&ran);
    assert_eq!(parse_json(&ran)["source"], TEMPLATE);
}
