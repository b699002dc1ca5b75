//! Wrong defaults: the program cannot decode them, or its `validate` refuses them. A load accepts a
//! wrong default if the field has a value.

use serde_json::{Value, json};

use super::{Check, ENV_FILE, problems};
use crate::check::fields_by_name;

/// Creates a run whose store has a value for each field, with these changes.
fn new_check(changes: &[(&str, &str)], options: &[&str]) -> Check {
    let changes = [&[("limits", "{}")], changes].concat();
    Check::for_config("WrongDefaults", "load of wrong defaults", &changes, options)
}

fn with_level(changes: &[(&str, &str)]) -> Check {
    let check = new_check(changes, &[&ENV_FILE[..], &["--strict"]].concat());
    check.package.write("prod.env", "SELF_CHECK_LEVEL=slow\n");
    check
}

/// Asserts that each of these fields has exactly one warning, which is about its default.
fn assert_warnings(stage: &Value, names: &[&str]) {
    let fields = fields_by_name(&json!({ "stages": [stage] }));
    for name in names {
        let warnings = fields[*name]["warnings"].as_array().expect("a list");
        assert_eq!(warnings.len(), 1, "{name}: {warnings:?}");
        assert_eq!(warnings[0]["kind"], "default", "{name}");
        let detail = warnings[0]["detail"].as_str().expect("a text");
        assert!(detail.starts_with("its default: "), "{name}: {detail}");
        let help = warnings[0]["help"].as_str().expect("a text");
        assert!(help.contains("correct the `default`"), "{name}: {help}");
    }
}

/// The command finds the wrong default of `limits` without the program. The program's report must
/// not add a second warning.
#[test]
fn a_wrong_default_that_does_not_apply_is_a_warning() {
    let stage = with_level(&[]).run_json(0);
    assert_eq!(stage["result"], "complete");
    assert_eq!(problems(&stage), [].into());
    assert_eq!(stage["unverified"], json!([]), "the struct is validated");
    assert_warnings(&stage, &["mode", "port", "limits", "chained"]);
}

#[test]
fn the_program_verifies_a_stored_value_that_a_variable_of_the_deployment_may_replace() {
    let stage = new_check(&[], &[]).run_json(0);
    let exists = (json!("exists"), Value::Null);
    assert_eq!(problems(&stage), [("chained".to_owned(), exists)].into());
    assert_eq!(
        stage["unverified_values"],
        json!({ "program": 0, "deployment": 2, "reading": 0 }),
        "unverified: the field, and `validate` of the struct that contains it"
    );
    assert_warnings(&stage, &["mode", "port", "limits", "chained"]);
}

#[test]
fn a_wrong_value_takes_precedence_over_a_wrong_default() {
    let stage = with_level(&[("port", "83")]).run_json(1);
    let invalid = (json!("wrong"), json!("invalid"));
    assert_eq!(problems(&stage), [("port".to_owned(), invalid)].into());
    let port = &fields_by_name(&json!({ "stages": [stage] }))["port"];
    assert_eq!(port["failure"]["detail"], "it is odd");
    assert_eq!(port["source"], "/self-check/prod/port");
}

#[test]
fn a_struct_with_a_wrong_default_is_validated() {
    let stage = with_level(&[("port", "8082")]).run_json(1);
    let invalid = (json!("wrong"), json!("invalid"));
    assert_eq!(problems(&stage), [(String::new(), invalid)].into());
}
