//! `cargo stage diff`, against two servers and against scripted answers.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use stage_config::{SecretString, StageConfig};

use crate::check::run;
use crate::support::endpoint::{Answer, Endpoint, Parameter, Parameters, Secrets, answer};
use crate::support::package::{Package, RunOutput};
use crate::support::peers::{moto, roto};
use crate::support::store_clients::StoreClients;

#[derive(StageConfig)]
#[stage(dev = "/it-diff/dev/{field}", prod = "/it-diff/prod/{field}")]
#[allow(dead_code, reason = "only its schema is used")]
struct Config {
    key: SecretString,
    own: SecretString,
    table: String,
    #[config(default = 30)]
    timeout_s: u64,
    #[config(default = 3)]
    retries: u64,
    only_dev: String,
    region: String,
    #[stage(all = "env:LOG_LEVEL")]
    log_level: Option<String>,
    #[stage(dev = "secret:it-diff/dev", prod = "secret:it-diff/prod")]
    blob: Option<Vec<u8>>,
}

fn diff(url: &str, arguments: &[&str]) -> RunOutput {
    let arguments = [&["dev", "prod"], arguments].concat();
    run::<Config>(&Package::new(""), "diff", url, &arguments)
}

fn results(ran: &RunOutput) -> BTreeMap<String, String> {
    let json: Value =
        serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    assert_eq!(
        (&json["version"], &json["a"], &json["b"]),
        (&json!(2), &json!("dev"), &json!("prod"))
    );
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    json["fields"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|row| (text(&row["field"]), text(&row["result"])))
        .collect()
}

const SECURE: [(&str, &str); 4] = [
    ("dev/key", "one"),
    ("prod/key", "one"),
    ("dev/own", "dev's own"),
    ("prod/own", "prod's own"),
];
const PLAIN: [(&str, &str); 6] = [
    ("dev/table", "orders"),
    ("prod/table", "orders-live"),
    ("prod/timeout_s", "5"),
    ("dev/only_dev", "x"),
    ("dev/region", "eu"),
    ("prod/region", "eu"),
];

fn parameters() -> Parameters {
    let add =
        |all: Parameters, name: &str, parameter| all.with(&format!("/it-diff/{name}"), parameter);
    let secure = SECURE
        .into_iter()
        .fold(Parameters::default(), |all, (name, value)| {
            add(all, name, Parameter::secure(value))
        });
    PLAIN.into_iter().fold(secure, |all, (name, value)| {
        add(all, name, Parameter::text(value))
    })
}

#[test]
fn each_field_is_compared_on_both_servers() {
    for peer in [moto(), roto()] {
        let clients = StoreClients::new(peer);
        SECURE.into_iter().for_each(|(name, value)| {
            clients.put_secure_string(&format!("/it-diff/{name}"), value)
        });
        PLAIN
            .into_iter()
            .for_each(|(name, value)| clients.put_string(&format!("/it-diff/{name}"), value));
        clients.create_binary_secret("it-diff/dev", b"\x00\xff");
        clients.create_binary_secret("it-diff/prod", b"\x00\xfe");
        let expected = [
            ("blob", "different"),
            ("key", "same"),
            ("log_level", "unknown"),
            ("only_dev", "missing_in_b"),
            ("own", "different"),
            ("region", "same"),
            ("retries", "missing_in_both"),
            ("table", "different"),
            ("timeout_s", "missing_in_a"),
        ];
        let expected = expected.map(|(field, result)| (field.to_owned(), result.to_owned()));
        assert_eq!(
            results(&diff(&peer.url, &["--json"]).assert_code(0)),
            BTreeMap::from(expected),
            "{}",
            peer.name
        );
    }
}

#[test]
fn differences_come_first_and_equal_secrets_are_always_shown() {
    let endpoint = Endpoint::start_with(parameters(), Secrets::default());
    let ran = diff(&endpoint.url, &[])
        .assert_code(0)
        .assert_stderr("missing in one: 2, different: 2, same: 4, not compared: 1, warnings: 1");
    let position = |text: &str| {
        ran.stdout
            .find(text)
            .unwrap_or_else(|| panic!("{text} is not in:\n{}", ran.stdout))
    };
    assert!(
        position("timeout_s     missing in dev") < position("only_dev      missing in prod"),
        "{}",
        ran.stdout
    );
    assert!(
        position("missing in prod") < position("table         different"),
        "{}",
        ran.stdout
    );
    assert!(
        position("different") < position("key (secret)  same, warning"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.contains("help: give each stage its own secret"),
        "{}",
        ran.stdout
    );
    assert!(!ran.stdout.contains("region"), "{}", ran.stdout);
    assert!(
        diff(&endpoint.url, &["--all"])
            .assert_code(0)
            .stdout
            .contains("region         same")
    );
}

#[test]
fn exit_code_reports_a_difference_when_requested() {
    let endpoint = Endpoint::start_with(parameters(), Secrets::default());
    diff(&endpoint.url, &[]).assert_code(0);
    diff(&endpoint.url, &["--exit-code"]).assert_code(1);
    let equal = Parameters::texts([]);
    let equal = ["table", "only_dev", "region"]
        .iter()
        .fold(equal, |all, name| {
            let text = || Parameter::text("x");
            all.with(&format!("/it-diff/dev/{name}"), text())
                .with(&format!("/it-diff/prod/{name}"), text())
        });
    diff(
        &Endpoint::start_with(equal, Secrets::default()).url,
        &["--exit-code"],
    )
    .assert_code(0);
}

#[test]
fn unreadable_values_are_not_compared() {
    let endpoint = Endpoint::start(|request| {
        if request.asks_for("/it-diff/prod/table") {
            Answer::denied("/it-diff/prod/table")
        } else {
            answer(request, &parameters(), &Secrets::default())
        }
    });
    let ran = diff(&endpoint.url, &["--json", "--exit-code"]).assert_code(2);
    assert_eq!(results(&ran)["table"], "unread");
    assert_eq!(results(&ran)["own"], "different");
    let ran = diff(&endpoint.url, &[]).assert_code(2);
    assert!(ran.stdout.contains("COULD NOT BE READ"), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("help: allow `ssm:GetParameters` on"),
        "{}",
        ran.stdout
    );
}

/// The error for credentials of another account names the stage. The parameters of a stage are
/// requested in the region of this stage.
#[test]
fn each_stage_has_its_own_account_and_region() {
    let package = Package::new("[package.metadata.stage.prod]\naccount = \"999988887777\"\n");
    run::<Config>(&package, "diff", &moto().url, &["dev", "prod"])
        .assert_code(2)
        .assert_stderr("stage `prod`: ")
        .assert_stderr("999988887777");
    let package = Package::new("[package.metadata.stage.dev]\nregion = \"us-east-1\"\n");
    let endpoint = Endpoint::start_with(parameters(), Secrets::default());
    run::<Config>(&package, "diff", &endpoint.url, &["dev", "prod"]).assert_code(0);
    let scope = |region: &str| format!("/{region}/ssm/");
    for (name, region) in [
        ("/it-diff/dev/table", "us-east-1"),
        ("/it-diff/prod/table", "eu-west-1"),
    ] {
        let requests = endpoint.requests();
        let asking = requests
            .iter()
            .find(|request| request.asks_for(name))
            .expect("the parameter is requested");
        assert!(
            asking
                .header("authorization")
                .is_some_and(|signed| signed.contains(&scope(region))),
            "{name}"
        );
    }
}

#[test]
fn variables_of_both_deployments_are_compared() {
    let package = Package::new("");
    package.write("dev.env", "LOG_LEVEL=debug\n");
    package.write("prod.env", "LOG_LEVEL=info\n");
    let endpoint = Endpoint::start_with(parameters(), Secrets::default());
    let arguments = [
        "dev",
        "prod",
        "--json",
        "--env-file-a",
        "dev.env",
        "--env-file-b",
        "prod.env",
    ];
    let ran = run::<Config>(&package, "diff", &endpoint.url, &arguments).assert_code(0);
    assert_eq!(results(&ran)["log_level"], "different");
    diff(&endpoint.url, &["--stage"]).assert_code(2);
    run::<Config>(&package, "diff", &endpoint.url, &["dev", "dev"])
        .assert_code(2)
        .assert_stderr("both stages are `dev`");
}
