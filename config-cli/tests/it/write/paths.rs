//! One parameter of a field that reads a path: `cargo stage set FIELD KEY`, and the same with
//! `get`, `rm`, `history` and `rollback`.

use super::*;
use crate::support::planted::{DIGITS, SECRET, assert_clean};
use crate::support::stores::get_parameter;

#[derive(StageConfig)]
#[stage(prod = "/write/{stage}/{field}", fallback = "/write/{stage}/{field}")]
#[config(preview("t-*"))]
#[allow(dead_code, reason = "only its schema is used")]
struct Paths {
    #[stage(all = "/write/{stage}/limits/*")]
    limits: BTreeMap<String, u32>,
    #[stage(all = "/write/{stage}/keys/*")]
    keys: BTreeMap<String, SecretString>,
    #[stage(all = "/write/{stage}/codes/*")]
    codes: BTreeMap<u8, String>,
    #[stage(all = "/write/{stage}/limits/max")]
    max: u8,
    token: SecretString,
}

impl WriteTest {
    fn run_on_path(&self, verb: &[&str], input: &str) -> RunOutput {
        let ran = run_command(&mut self.command_for::<Paths>(verb), input.as_bytes());
        assert_clean("stderr", &ran.stderr);
        ran
    }
}

#[test]
fn one_parameter_is_written_read_rolled_back_and_removed() {
    for test in new_at_all_servers("path") {
        let name = test.parameter("limits/per/user");
        let stored = || get_parameter(test.peer, &name).map(|stored| stored.value);
        test.run_on_path(&["set", "limits", "per/user"], "5")
            .assert_code(0)
            .assert_stderr(&format!(
                "`limits` of the stage `{}` is written to {name}",
                test.stage
            ));
        assert_eq!(stored().as_deref(), Some("5"));
        test.run_on_path(&["set", "limits", "per/user"], "6")
            .assert_code(1)
            .assert_stderr(&format!("{name} exists"));
        test.run_on_path(&["set", "limits", "per/user", "--overwrite"], "6")
            .assert_code(0);

        let ran = test
            .run_on_path(&["get", "limits", "per/user"], "")
            .assert_code(0);
        assert_eq!(ran.stdout, "6");
        let ran = test.run_on_path(&["get", "limits"], "").assert_code(0);
        assert_eq!(ran.stdout, "{\"per/user\":\"6\"}");
        let history = ["history", "limits", "per/user", "--json"];
        let ran = test.run_on_path(&history, "").assert_code(0);
        let json: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
        let versions = json["sources"][0]["versions"].as_array().expect("a list");
        assert_eq!(
            (&json["sources"][0]["source"], versions.len()),
            (&name.as_str().into(), 2)
        );

        test.run_on_path(&["rollback", "limits", "per/user", "-y"], "")
            .assert_code(0)
            .assert_stderr("is now at version 3, with the value of version 1");
        assert_eq!(stored().as_deref(), Some("5"));
        test.run_on_path(&["rm", "limits", "per/user", "--yes"], "")
            .assert_code(0);
        assert_eq!(stored(), None);
    }
}

#[test]
fn a_secret_of_a_map_becomes_a_secure_string() {
    for test in new_at_all_servers("path-secret") {
        test.run_on_path(&["set", "keys", "stripe"], SECRET)
            .assert_code(0);
        let stored = get_parameter(test.peer, &test.parameter("keys/stripe"));
        let stored = stored.expect("the value exists");
        assert_eq!(
            (stored.value.as_str(), stored.kind.as_str()),
            (SECRET, "SecureString")
        );
        let ran = test
            .run_on_path(&["get", "keys", "stripe"], "")
            .assert_code(0);
        assert_eq!(ran.stdout, SECRET);
    }
}

#[test]
fn a_value_is_generated_for_the_value_type_of_the_map() {
    let test = WriteTest::new(moto(), "path-random");
    let ran = test.run_on_path(&["set", "keys", "session", "--generate"], "");
    ran.assert_code(0)
        .assert_stderr("cargo stage get keys session --stage t-path-random");
    let stored = get_parameter(moto(), &test.parameter("keys/session")).expect("a value");
    assert_eq!(
        (stored.value.len(), stored.kind.as_str()),
        (32, "SecureString")
    );
    test.run_on_path(&["set", "limits", "max", "--generate"], "")
        .assert_code(1)
        .assert_stderr("is neither a text nor bytes")
        .assert_stderr("cargo stage set limits max --stage t-path-random");
}

#[test]
fn the_value_and_the_key_must_fit_the_map_and_the_other_readers() {
    let test = WriteTest::new(moto(), "path-type");
    test.run_on_path(&["set", "limits", "max"], "planted-4f2a")
        .assert_code(1)
        .assert_stderr("the value does not fit `limits` (one value of BTreeMap<String, u32>)")
        .assert_stderr("expected a whole number from 0 to 4294967295");
    // The field `max` also reads this parameter, as a `u8`.
    test.run_on_path(&["set", "limits", "max"], "256")
        .assert_code(1)
        .assert_stderr("`max` of the stage `t-path-type` also reads this source");
    test.run_on_path(&["set", "limits", "max"], "255")
        .assert_code(0)
        .assert_stderr("is also read by `max` of the stage `t-path-type`");
    // The map also reads the parameter of `max`.
    test.run_on_path(&["set", "max", "--overwrite"], "7")
        .assert_code(0)
        .assert_stderr("is also read by `limits` of the stage `t-path-type`");
    test.run_on_path(&["set", "codes", "256"], "x")
        .assert_code(2)
        .assert_stderr("the key does not fit the map: expected a whole number from 0 to 255");
    // `codes/1` and `codes/01` would be the same key of the map.
    test.run_on_path(&["set", "codes", "01"], "x")
        .assert_code(2)
        .assert_stderr("another parameter could have the same key");
    for key in [
        "a b",
        "a//b",
        "/a",
        "a:3",
        "a#b",
        "a?region=x",
        "*",
        "ä",
        "",
    ] {
        test.run_on_path(&["set", "limits", key], "1")
            .assert_code(2)
            .assert_stderr("the path and the key do not form a valid name of a parameter");
    }
}

#[test]
fn a_field_that_reads_a_path_needs_a_key_and_any_other_field_refuses_a_key() {
    let test = WriteTest::new(moto(), "path-key");
    for verb in ["set", "rm"] {
        test.run_on_path(&[verb, "limits"], "1")
            .assert_code(1)
            .assert_stderr("reads all parameters below a path: name the key of one of them")
            .assert_stderr(&format!(
                "cargo stage {verb} limits '<KEY>' --stage t-path-key"
            ));
    }
    test.run_on_path(&["rollback", "limits", "-y"], "")
        .assert_code(1)
        .assert_stderr("name the key of one of them")
        .assert_stderr("cargo stage rollback limits '<KEY>' --stage t-path-key");
    test.run_on_path(&["history", "limits"], "")
        .assert_code(1)
        .assert_stderr("cargo stage history limits '<KEY>' --stage t-path-key");
    test.run_on_path(&["set", "limits", "<KEY>"], "1")
        .assert_code(2)
        .assert_stderr("the path and the key do not form a valid name of a parameter");
    test.run_on_path(&["get", "limits", "none"], "")
        .assert_code(1)
        .assert_stderr("cargo stage set limits none --stage t-path-key");
    // The argument after the field may be a secret that the user meant as the value.
    for field in ["token", "max"] {
        test.run_on_path(&["set", field, DIGITS], "")
            .assert_code(2)
            .assert_stderr("a value is never given as an argument");
    }
    test.run_on_path(&["set", "limits", "max", DIGITS], "")
        .assert_code(2)
        .assert_stderr("a value is never given as an argument");
    for verb in ["get", "rm", "history", "rollback"] {
        test.run_on_path(&[verb, "token", DIGITS], "")
            .assert_code(2)
            .assert_stderr("`token` does not read a path, so no key can follow it");
    }
}
