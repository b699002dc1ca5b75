//! The output of `get`, with and without `--reveal`.

use serde_json::Value;

use super::{WriteTest, new_at_all_servers};
use crate::support::peers::moto;
use crate::support::planted::{SECRET, assert_clean};

#[test]
fn get_prints_every_byte_of_a_value() {
    for test in new_at_all_servers("get") {
        for (field, value) in [
            ("name", "two words\n"),
            ("token", SECRET),
            ("db_password", "p\"w"),
            ("tags", "a, b"),
        ] {
            test.set(field, value).assert_code(0);
            assert_eq!(test.run(&["get", field]).assert_code(0).stdout, value);
        }
        assert_eq!(test.run(&["get", "mode"]).assert_code(0).stdout, "debug");
    }
}

#[test]
fn a_missing_value_is_distinguished_from_a_default() {
    let test = WriteTest::new(moto(), "missing");
    test.run(&["get", "name"])
        .assert_code(1)
        .assert_stderr("missing")
        .assert_stderr("cargo stage set name --stage t-missing");
    test.run(&["get", "timeout_s"])
        .assert_code(1)
        .assert_stderr("uses its default: 30");
    test.run(&["get", "level"])
        .assert_code(1)
        .assert_stderr("the field is optional");
    test.run(&["get", "vault"])
        .assert_code(2)
        .assert_stderr("only the program can read vault:write");
}

/// Inside the command, some of these characters mark the styles of its own texts, and are removed
/// when the texts are printed. A value may contain the same characters, which must not be removed.
#[test]
fn json_has_every_character_of_a_value() {
    let test = WriteTest::new(moto(), "get-marks");
    let value: String = ('\u{fdd0}'..='\u{fdd7}')
        .chain(['\u{1b}', '\u{ad}'])
        .collect();
    test.set("token", &value).assert_code(0);
    let ran = test.run(&["get", "token", "--json", "--reveal"]);
    let ran = ran.assert_code(0);
    let is_escaped = ran.stdout.is_ascii();
    let json: Value = serde_json::from_str(&ran.stdout).expect("the text is JSON");
    assert_eq!(json["value"], value);
    assert!(is_escaped, "{}", ran.stdout);
}

#[test]
fn json_has_the_value_only_with_reveal() {
    for test in new_at_all_servers("get-json") {
        test.set("token", SECRET).assert_code(0);
        let ran = test.run(&["get", "token", "--json"]).assert_code(0);
        assert_clean("get --json", &ran.stdout);
        let json: Value = serde_json::from_str(&ran.stdout).expect("the text is JSON");
        assert_eq!(json["version"], 1);
        assert_eq!(json["source"], test.parameter("token"));
        assert_eq!(
            (&json["secret"], &json["encrypted"]),
            (&Value::Bool(true), &Value::Bool(true))
        );
        assert_eq!(json["value_version"], "1");
        let ran = test
            .run(&["get", "token", "--json", "--reveal"])
            .assert_code(0);
        let json: Value = serde_json::from_str(&ran.stdout).expect("the text is JSON");
        assert_eq!(json["value"], SECRET);
    }
}

#[test]
fn a_variable_is_read_from_the_commands_environment() {
    let test = WriteTest::new(moto(), "variable");
    let ran = crate::support::package::run_command(
        test.command(&["get", "level"]).env("LOG_LEVEL", "warn"),
        b"",
    )
    .assert_code(0);
    assert_eq!(ran.stdout, "warn");
    assert!(ran.stderr.contains("not of a deployment"), "{}", ran.stderr);
}
