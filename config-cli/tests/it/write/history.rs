//! The versions that `history` lists.

use serde_json::Value;

use super::{WriteTest, new_at_all_servers};
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
        assert_eq!(versions[0]["labels"], serde_json::json!(["AWSCURRENT"]));
        assert_eq!(versions[1]["labels"], serde_json::json!(["AWSPREVIOUS"]));
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
        serde_json::json!({ "source": "/write/common/second", "versions": null })
    );
    test.run(&["history", "name"])
        .assert_code(1)
        .assert_stderr("does not exist");
    test.run(&["history", "level"])
        .assert_code(1)
        .assert_stderr("no source keeps versions: env:LOG_LEVEL");
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
