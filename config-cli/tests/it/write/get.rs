//! What `get` prints, and what it keeps to itself.

use serde_json::Value;

use super::{Place, everywhere};
use crate::support::peers::moto;
use crate::support::planted::{SECRET, assert_clean};

#[test]
fn a_value_is_given_to_the_byte() {
    for place in everywhere("get") {
        for (field, value) in [("name", "two words\n"), ("token", SECRET), ("db_password", "p\"w"), ("tags", "a, b")] {
            place.set(field, value).ended(0);
            assert_eq!(place.run(&["get", field]).ended(0).stdout, value);
        }
        assert_eq!(place.run(&["get", "mode"]).ended(0).stdout, "debug");
    }
}

#[test]
fn what_is_missing_is_told_from_what_has_a_default() {
    let place = Place::new(moto(), "missing");
    place.run(&["get", "name"]).ended(1).said("missing").said("cargo stage set name --stage t-missing");
    place.run(&["get", "timeout_s"]).ended(1).said("takes its default: 30");
    place.run(&["get", "level"]).ended(1).said("nothing is needed");
    place.run(&["get", "vault"]).ended(2).said("only the program can ask vault:write");
}

#[test]
fn json_has_the_value_only_when_that_is_said() {
    for place in everywhere("get-json") {
        place.set("token", SECRET).ended(0);
        let ran = place.run(&["get", "token", "--json"]).ended(0);
        assert_clean("get --json", &ran.stdout);
        let json: Value = serde_json::from_str(&ran.stdout).expect("it is JSON");
        assert_eq!(json["version"], 1);
        assert_eq!(json["source"], place.parameter("token"));
        assert_eq!((&json["secret"], &json["encrypted"]), (&Value::Bool(true), &Value::Bool(true)));
        assert_eq!(json["value_version"], "1");
        let ran = place.run(&["get", "token", "--json", "--reveal"]).ended(0);
        let json: Value = serde_json::from_str(&ran.stdout).expect("it is JSON");
        assert_eq!(json["value"], SECRET);
    }
}

#[test]
fn a_variable_is_that_of_the_command() {
    let place = Place::new(moto(), "variable");
    let ran = crate::support::package::ran(place.command(&["get", "level"]).env("LOG_LEVEL", "warn"), b"").ended(0);
    assert_eq!(ran.stdout, "warn");
    assert!(ran.stderr.contains("not of a deployment"), "{}", ran.stderr);
}
