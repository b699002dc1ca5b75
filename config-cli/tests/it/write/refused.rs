//! Errors of the verbs that work on one value, and the note about a check that only the program can
//! make. No message contains a value.

use std::net::IpAddr;
use std::time::Duration;

use aws_sdk_ssm::types::ParameterType;
use stage_config::StageConfig;

use super::{WriteTest, new_at_all_servers};
use crate::support::kms::env_variables;
use crate::support::package::run_command;
use crate::support::peers::moto;
use crate::support::planted::{DIGITS, SECRET, assert_clean};
use crate::support::stores::{create_secret, get_parameter, put_parameter};

#[derive(StageConfig)]
#[stage(prod = "/write/{stage}/{field}", fallback = "/write/{stage}/{field}")]
#[config(preview("t-*"))]
#[allow(dead_code, reason = "only its schema is used")]
struct Forms {
    timeout: Duration,
    allowed: Vec<IpAddr>,
}

#[test]
fn a_value_that_does_not_fit_the_field_is_not_written() {
    for test in new_at_all_servers("wrong") {
        for (field, value, expected) in [
            ("port", DIGITS, "help: give a whole number from 0 to 65535"),
            ("ratio", SECRET, "`ratio` (f64)"),
            ("flag", SECRET, "help: give `true` or `false`"),
            ("limits", SECRET, "help: give a JSON object"),
            ("db_port", SECRET, "a whole number"),
        ] {
            let ran = test
                .set(field, value)
                .assert_code(1)
                .assert_stderr(expected)
                .assert_stderr("Nothing was written");
            assert_clean(field, &ran.stderr);
            assert_eq!(get_parameter(test.peer, &test.parameter(field)), None);
        }
        let ran = test
            .set("name", &format!("{{{{{SECRET}}}}}"))
            .assert_code(1)
            .assert_stderr("does not accept a value that contains `{{…}}`");
        assert_clean("braces", &ran.stderr);
        let bytes = [SECRET.as_bytes(), b"\xff"].concat();
        for field in ["token", "db_password"] {
            assert_clean(
                field,
                &test.pipe(&["set", field], &bytes).assert_code(1).stderr,
            );
        }
        test.set("token", "")
            .assert_code(1)
            .assert_stderr("the value is empty: nothing was written");
        test.set("token", "\n")
            .assert_code(1)
            .assert_stderr("the value is empty");
    }
}

#[test]
fn the_help_for_a_wrong_value_names_the_form_that_the_field_reads() {
    let test = WriteTest::new(moto(), "form");
    let list = format!("10.0.0.1; {SECRET}");
    for (field, value, form) in [
        ("timeout", DIGITS, "a duration with its unit, as in `30s`"),
        ("allowed", &list, "items between commas, or a JSON array"),
    ] {
        let mut command = test.command_for::<Forms>(&["set", field]);
        let ran = run_command(&mut command, value.as_bytes())
            .assert_code(1)
            .assert_stderr(&format!("Nothing was written\n  help: give {form}"));
        assert_clean(field, &ran.stderr);
    }
}

#[test]
fn a_check_left_to_the_program_is_reported() {
    let test = WriteTest::new(moto(), "open");
    test.set("checked", "1000")
        .assert_code(0)
        .assert_stderr("only the program can verify this: cargo stage check --stage ");
}

#[test]
fn an_unwritable_source_is_refused_with_help() {
    let test = WriteTest::new(moto(), "elsewhere");
    for (field, why, help) in [
        (
            "level",
            "`env:LOG_LEVEL` is a variable of the deployment",
            "set LOG_LEVEL where the program is deployed",
        ),
        ("mode", "`value:…` is in the code", "build the program"),
        (
            "ciphertext",
            "is a variable of the deployment",
            "aws kms encrypt --key-id KEY --encryption-context Lambda",
        ),
        ("pinned", "pins `1`", "remove the pin from the source"),
        ("before", "pins a version", "remove the pin from the source"),
        ("of_aws", "belongs to AWS", "another source"),
        (
            "vault",
            "one of the program's own stores",
            "that store's own tools",
        ),
    ] {
        test.set(field, SECRET)
            .assert_code(1)
            .assert_stderr(why)
            .assert_stderr(help);
        test.run(&["rm", field, "--yes"])
            .assert_code(1)
            .assert_stderr(why);
    }
}

#[test]
fn a_misspelt_field_or_stage_gets_a_suggestion() {
    let mut test = WriteTest::new(moto(), "slip");
    test.set("tokn", "x")
        .assert_code(2)
        .assert_stderr("there is no field `tokn`")
        .assert_stderr("did you mean `token`?");
    test.set("mail.pasword", "x")
        .assert_code(2)
        .assert_stderr("did you mean `mail.password`?");
    for verb in ["get", "rm", "history", "rollback"] {
        test.run(&[verb, "tokn"])
            .assert_code(2)
            .assert_stderr("did you mean `token`?");
    }
    for verb in ["set", "get", "rm", "history", "rollback"] {
        test.run(&[verb, "mail"])
            .assert_code(2)
            .assert_stderr("`mail` is a struct: name one of its fields: `mail.password`");
    }
    test.stage = "prdo".to_owned();
    test.set("token", "x")
        .assert_code(2)
        .assert_stderr("did you mean `prod`?");
}

#[test]
fn a_value_as_argument_is_refused_and_not_printed() {
    let test = WriteTest::new(moto(), "argument");
    let (pair, option) = (format!("token={SECRET}"), format!("--value={SECRET}"));
    for arguments in [
        ["set", "token", SECRET],
        ["set", &pair, "--trim"],
        ["set", "token", &option],
    ] {
        let ran = test.run(&arguments).assert_code(2);
        assert_clean(
            &arguments.join(" "),
            &format!("{}{}", ran.stdout, ran.stderr),
        );
    }
    test.run(&["set", "token", SECRET])
        .assert_code(2)
        .assert_stderr("never given as an argument");
    for verb in ["set", "get", "rm", "history", "rollback"] {
        let ran = test
            .run(&[verb, SECRET])
            .assert_code(2)
            .assert_stderr("there is no such field");
        assert_clean(verb, &ran.stderr);
    }
    assert_eq!(get_parameter(moto(), &test.parameter("token")), None);
}

#[test]
fn a_key_of_a_value_that_is_not_a_json_object_is_refused() {
    for test in new_at_all_servers("no-json") {
        create_secret(test.peer, &test.secret("db"), SECRET);
        put_parameter(
            test.peer,
            &test.parameter("json"),
            ParameterType::String,
            &format!("{{\"a\":\"{SECRET}\"}}"),
        );
        for verb in [
            ["set", "db_password", "--overwrite"],
            ["rm", "db_password", "--yes"],
            ["set", "in_json", "--trim"],
        ] {
            let ran = test
                .pipe(&verb, DIGITS.as_bytes())
                .assert_code(1)
                .assert_stderr("needs a JSON object");
            assert_clean(&verb.join(" "), &ran.stderr);
        }
    }
}

#[test]
fn errors_without_network_show_no_value() {
    let test = WriteTest::new(moto(), "offline");
    for verb in [
        ["set", "token"],
        ["get", "token"],
        ["rm", "token"],
        ["history", "token"],
        ["rollback", "token"],
    ] {
        let mut command = test.command(&verb);
        command
            .envs(env_variables(moto()))
            .env("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
        let ran = run_command(&mut command, SECRET.as_bytes())
            .assert_code(2)
            .assert_stderr("help:");
        assert_clean(verb[0], &format!("{}{}", ran.stdout, ran.stderr));
    }
}
