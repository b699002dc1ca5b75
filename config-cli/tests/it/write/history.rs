//! The versions that `history` lists, and the errors for sources without versions.

use serde_json::{Value, json};

use super::{WriteTest, new_at_all_servers};
use crate::support::endpoint::{Answer, Endpoint};
use crate::support::package::run_command;
use crate::support::peers::moto;
use crate::support::planted::{DIGITS, SECRET, assert_clean};

fn read_json(test: &WriteTest, field: &str) -> Value {
    let ran = test.run(&["history", field, "--json"]).assert_code(0);
    assert_clean("history --json", &ran.stdout);
    serde_json::from_str(&ran.stdout).expect("the text is JSON")
}

#[test]
fn versions_are_listed_without_values() {
    for test in new_at_all_servers("history") {
        test.set("name", SECRET).assert_code(0);
        test.replace("name", DIGITS).assert_code(0);
        test.set("token", SECRET).assert_code(0);
        let listed = read_json(&test, "name");
        assert_eq!(listed["version"], 2);
        let versions = listed["sources"][0]["versions"].as_array().expect("a list");
        let numbers: Vec<_> = versions
            .iter()
            .map(|version| version["version"].as_str().unwrap())
            .collect();
        assert_eq!(numbers, ["2", "1"]);
        assert!(versions.iter().all(|version| {
            version["date"]
                .as_str()
                .is_some_and(|date| date.ends_with('Z'))
        }));
        assert_eq!(
            read_json(&test, "token")["sources"][0]["versions"][0]["type"],
            "SecureString"
        );
        let ran = test.run(&["history", "name"]).assert_code(0);
        assert_clean("history", &ran.stdout);
        assert_eq!(ran.stdout.lines().count(), 3, "{}", ran.stdout);
        assert!(ran.stdout.starts_with("VERSION"), "{}", ran.stdout);
    }
}

#[test]
fn the_current_version_of_a_secret_comes_first() {
    for test in new_at_all_servers("history-secret") {
        test.set("db_password", SECRET).assert_code(0);
        test.replace("db_password", DIGITS).assert_code(0);
        let listed = read_json(&test, "db_password");
        let versions = listed["sources"][0]["versions"].as_array().expect("a list");
        assert_eq!(versions[0]["labels"], json!(["AWSCURRENT"]));
        assert_eq!(versions[1]["labels"], json!(["AWSPREVIOUS"]));
    }
}

#[test]
fn a_chain_has_a_history_for_each_candidate() {
    let test = WriteTest::new(moto(), "history-chain");
    test.set("chain", "x").assert_code(0);
    let listed = read_json(&test, "chain");
    assert_eq!(
        listed["sources"][0]["versions"].as_array().map(Vec::len),
        Some(1)
    );
    assert_eq!(
        listed["sources"][1],
        json!({ "source": "/write/common/second", "versions": null })
    );
}

#[test]
fn the_help_for_a_source_without_versions_says_what_to_do() {
    let test = WriteTest::new(moto(), "history-none");
    let stage = &test.stage;
    for (field, problem, help) in [
        (
            "name",
            format!("/write/{stage}/name does not exist"),
            format!("cargo stage set name --stage {stage}"),
        ),
        (
            "chain",
            format!("/write/{stage}/first does not exist; /write/common/second does not exist"),
            format!("cargo stage set chain --stage {stage}"),
        ),
        (
            "level",
            "no source has versions that this command lists: env:LOG_LEVEL".to_owned(),
            "look for older values of LOG_LEVEL where the program is deployed".to_owned(),
        ),
        (
            "ciphertext",
            "no source has versions that this command lists: kms-env:STRIPE_KEY".to_owned(),
            "look for older values of STRIPE_KEY where the program is deployed".to_owned(),
        ),
        (
            "mode",
            "no source has versions that this command lists: value:".to_owned(),
            "the value is in the code".to_owned(),
        ),
        (
            "vault",
            "no source has versions that this command lists: vault:write".to_owned(),
            "list the versions with that store's own tools".to_owned(),
        ),
    ] {
        test.run(&["history", field])
            .assert_code(1)
            .assert_stderr(&problem)
            .assert_stderr(&help);
    }
}

#[test]
fn a_secret_without_a_version_has_no_history() {
    let endpoint = Endpoint::start(|request| match request.operation.as_str() {
        "ListSecretVersionIds" => Answer::json(&json!({ "Versions": [] })),
        _ => Answer::internal_error(),
    });
    let test = WriteTest::new(moto(), "history-empty");
    let run = |arguments: &[&str]| {
        let mut command = test.command(arguments);
        run_command(command.env("AWS_ENDPOINT_URL", &endpoint.url), b"").assert_code(1)
    };
    run(&["history", "whole"])
        .assert_stderr("secret:write/t-history-empty/whole has no version")
        .assert_stderr("cargo stage set whole --stage t-history-empty");
    let listed: Value = serde_json::from_str(&run(&["history", "whole", "--json"]).stdout)
        .expect("the text is JSON");
    assert_eq!(listed["sources"][0]["versions"], json!([]));
}

#[test]
fn a_pinned_source_has_the_whole_history() {
    let test = WriteTest::new(moto(), "history-pin");
    test.set("name", "x").assert_code(0);
    test.replace("name", "y").assert_code(0);
    assert_eq!(
        read_json(&test, "pinned")["sources"][0]["versions"]
            .as_array()
            .map(Vec::len),
        Some(2)
    );
}
