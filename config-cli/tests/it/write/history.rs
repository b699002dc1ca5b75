//! The versions that `history` lists.

use serde_json::Value;

use super::{WriteTest, new_at_all_servers};
use crate::support::peers::moto;
use crate::support::planted::{DIGITS, SECRET, assert_clean};

fn json(place: &WriteTest, field: &str) -> Value {
    let ran = place.run(&["history", field, "--json"]).assert_code(0);
    assert_clean("history --json", &ran.stdout);
    serde_json::from_str(&ran.stdout).expect("the text is JSON")
}

#[test]
fn versions_are_listed_without_values() {
    for place in new_at_all_servers("history") {
        place.set("name", SECRET).assert_code(0);
        place.replace("name", DIGITS).assert_code(0);
        place.set("token", SECRET).assert_code(0);
        let listed = json(&place, "name");
        assert_eq!(listed["version"], 2);
        let versions = listed["sources"][0]["versions"].as_array().expect("a list");
        let numbers: Vec<_> = versions.iter().map(|version| version["version"].as_str().unwrap()).collect();
        assert_eq!(numbers, ["2", "1"]);
        assert!(versions.iter().all(|version| version["date"].as_str().is_some_and(|date| date.ends_with('Z'))));
        assert_eq!(json(&place, "token")["sources"][0]["versions"][0]["type"], "SecureString");
        let ran = place.run(&["history", "name"]).assert_code(0);
        assert_clean("history", &ran.stdout);
        assert_eq!(ran.stdout.lines().count(), 3, "{}", ran.stdout);
        assert!(ran.stdout.starts_with("VERSION"), "{}", ran.stdout);
    }
}

#[test]
fn the_current_version_of_a_secret_comes_first() {
    for place in new_at_all_servers("history-secret") {
        place.set("db_password", SECRET).assert_code(0);
        place.replace("db_password", DIGITS).assert_code(0);
        let listed = json(&place, "db_password");
        let versions = listed["sources"][0]["versions"].as_array().expect("a list");
        assert_eq!(versions[0]["labels"], serde_json::json!(["AWSCURRENT"]));
        assert_eq!(versions[1]["labels"], serde_json::json!(["AWSPREVIOUS"]));
    }
}

#[test]
fn a_chain_has_a_history_for_each_candidate() {
    let place = WriteTest::new(moto(), "history-chain");
    place.set("chain", "x").assert_code(0);
    let listed = json(&place, "chain");
    assert_eq!(listed["sources"][0]["versions"].as_array().map(Vec::len), Some(1));
    assert_eq!(listed["sources"][1], serde_json::json!({ "source": "/write/common/second", "versions": null }));
    place.run(&["history", "name"]).assert_code(1).assert_stderr("does not exist");
    place.run(&["history", "level"]).assert_code(1).assert_stderr("env:LOG_LEVEL keeps no versions");
}

#[test]
fn a_pinned_source_has_the_whole_history() {
    let place = WriteTest::new(moto(), "history-pin");
    place.set("name", "x").assert_code(0);
    place.replace("name", "y").assert_code(0);
    assert_eq!(json(&place, "pinned")["sources"][0]["versions"].as_array().map(Vec::len), Some(2));
}
