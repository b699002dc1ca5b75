//! How each verb treats composed fields.

use serde_json::json;
use stage_config::{SecretString, StageConfig};

use crate::check::{fields_by_name, parse_json, run};
use crate::support::artifact;
use crate::support::endpoint::{Endpoint, Parameter, Parameters, Request, Secrets};
use crate::support::package::{Package, RunOutput, run_command};

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
fn check_without_decryption_reports_that_the_value_exists() {
    let arguments = ["--stage", "prod", "--json", "--no-decrypt"];
    let ran = run_verb(parameters("prod"), "check", &arguments).assert_code(0);
    let fields = fields_by_name(&parse_json(&ran));
    assert_eq!(fields["url"]["result"], "exists");
}

#[test]
fn set_refuses_a_value_that_does_not_fit_the_template() {
    let endpoint = Endpoint::start_with(parameters("prod"), Secrets::default());
    let set = |field: &str, value: &str| {
        let package = Package::new("");
        let artifact = artifact::write_artifact::<Config>();
        let artifact = artifact.to_str().expect("the path is text");
        let arguments = [
            "set",
            field,
            "--stage",
            "prod",
            "--overwrite",
            "--artifact",
            artifact,
        ];
        let mut command = package.verb_command(&arguments);
        command.env("AWS_ENDPOINT_URL", &endpoint.url);
        run_command(&mut command, value.as_bytes())
    };
    for value in [PLANTED, "a b"] {
        let ran = set("host", value).assert_code(1);
        assert_clean(&ran);
        assert!(
            ran.stderr.contains("the value does not fit `url`: `host`"),
            "{ran:?}"
        );
    }
    let ran = set("url", "postgres://elsewhere").assert_code(1);
    assert!(
        ran.stderr
            .contains("`url` is composed of `user`, `password`"),
        "{ran:?}"
    );
    let is_write = |request: &Request| request.operation.starts_with("Put");
    assert!(!endpoint.requests().iter().any(is_write));
}

#[test]
fn export_leaves_out_a_composed_value_if_a_part_has_failed() {
    let arguments = ["--stage", "prod", "--format", "dotenv", "--prefix", "APP_"];
    let ran = run_verb(parameters("prod"), "export", &arguments).assert_code(0);
    let url = format!("postgres://app:{ENCODED}@db.example.com:5432/orders");
    assert!(ran.stdout.contains(&url), "{}", ran.stdout);

    let port = Parameter::text("80a80");
    let wrong = parameters("prod").with("/it-composed/prod/port", port);
    let ran = run_verb(wrong, "export", &arguments).assert_code(0);
    assert!(!ran.stdout.contains("postgres"), "{}", ran.stdout);
    let note = "a part of the composed field has failed, or has another value in the program: url";
    assert!(ran.stderr.contains(note), "{}", ran.stderr);

    // A part that does not fit its place in the template is an error.
    let wrong = parameters("prod").with("/it-composed/prod/host", Parameter::text("a b"));
    let ran = run_verb(wrong, "export", &arguments).assert_code(1);
    assert!(
        ran.stderr.contains("does not fit the host"),
        "{}",
        ran.stderr
    );
}

#[derive(StageConfig)]
#[stage(prod = "/it-composed/{field}")]
#[allow(dead_code, reason = "only its schema is used")]
struct Optional {
    #[config(nested)]
    mail: Option<Mail>,
    #[config(compose = "port://h:{mail.port}")]
    port: Option<String>,
}

#[derive(StageConfig)]
#[config(inherit)]
#[allow(dead_code, reason = "only its schema is used")]
struct Mail {
    host: String,
    #[config(default = 25)]
    port: u16,
}

/// The default of a part in an optional struct applies only if another field of the struct has a
/// value.
#[test]
fn get_reads_the_fields_that_decide_whether_an_optional_struct_exists() {
    for (parameters, code) in [
        (Parameters::texts([("/it-composed/mail/host", "h")]), 0),
        (Parameters::default(), 1),
    ] {
        let endpoint = Endpoint::start_with(parameters, Secrets::default());
        let arguments = ["port", "--stage", "prod"];
        let ran = run::<Optional>(&Package::new(""), "get", &endpoint.url, &arguments);
        let ran = ran.assert_code(code);
        assert_eq!(ran.stdout, if code == 0 { "port://h:25" } else { "" });
    }
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

    let both = |host: &str| {
        let dev = [("user", "app"), ("host", host)];
        let dev = dev.map(|(field, text)| (format!("/it-composed/dev/{field}"), text));
        let password = Parameter::secure(PLANTED);
        let all = parameters("prod").with("/it-composed/dev/password", password);
        dev.into_iter().fold(all, |all, (name, text)| {
            all.with(&name, Parameter::text(text))
        })
    };
    for (host, result) in [("db.example.com", "same"), ("dev.example.com", "different")] {
        let ran = run_verb(both(host), "diff", &["dev", "prod", "--json"]);
        assert_clean(&ran);
        let json = parse_json(&ran);
        let fields = json["fields"].as_array().expect("a list");
        let url = fields.iter().find(|field| field["field"] == "url");
        let url = url.unwrap_or_else(|| panic!("{json}"));
        assert_eq!(url["result"], result, "{url}");
        assert_eq!(url["warning"], false, "the password has the warning");
    }
}

/// Runs verbs that print no value, each once with parts that fit and once with a secret that does
/// not fit its place in the template. At the end, runs `get` with this secret.
#[test]
fn no_verb_prints_a_part_or_the_value() {
    let fitting = || {
        let password = Parameter::secure(PLANTED);
        let dev = ["user", "host"].map(|field| format!("/it-composed/dev/{field}"));
        let all = parameters("prod").with("/it-composed/dev/password", password);
        dev.iter()
            .fold(all, |all, name| all.with(name, Parameter::text("x")))
    };
    let wrong = || fitting().with("/it-composed/prod/host", Parameter::secure(PLANTED));
    let prod = ["--stage", "prod"];
    let verbs: [(&str, &[&str]); 11] = [
        ("show", &["url"]),
        ("check", &prod),
        ("check", &["--stage", "prod", "--format", "github"]),
        ("check", &["--stage", "prod", "--format", "markdown"]),
        ("check", &["--stage", "prod", "--strict"]),
        ("diff", &["dev", "prod"]),
        ("iam", &["--stage", "prod", "--region", "eu-west-1"]),
        ("history", &["url", "--stage", "prod"]),
        ("rm", &["url", "--stage", "prod", "--yes"]),
        ("rollback", &["url", "--stage", "prod", "--yes"]),
        ("copy", &["prod", "dev", "--yes"]),
    ];
    for (verb, arguments) in verbs {
        for parameters in [fitting(), wrong()] {
            let endpoint = Endpoint::start_with(parameters, Secrets::default());
            let ran = run::<Config>(&Package::new(""), verb, &endpoint.url, arguments);
            assert!(!ran.stderr.contains("Usage:"), "{verb}: {ran:?}");
            assert_clean(&ran);
        }
    }
    for parameters in [fitting(), wrong()] {
        let endpoint = Endpoint::start_with(parameters, Secrets::default());
        let artifact = artifact::write_artifact::<Config>();
        let artifact = artifact.to_str().expect("the path is text");
        let options = [
            "exec",
            "--stage",
            "prod",
            "--artifact",
            artifact,
            "--prefix",
            "APP_",
        ];
        let package = Package::new("");
        let mut command = package.verb_command(&[&options[..], &["--", "true"]].concat());
        assert_clean(&run_command(
            command.env("AWS_ENDPOINT_URL", &endpoint.url),
            b"",
        ));
    }

    // `get` prints a value. Here it fails, because the parts do not form a value.
    for (verb, arguments) in [
        ("get", &["url", "--stage", "prod"][..]),
        ("get", &["url", "--stage", "prod", "--json"]),
    ] {
        let ran = run_verb(wrong(), verb, arguments).assert_code(2);
        assert_clean(&ran);
    }
}
