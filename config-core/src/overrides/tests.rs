//! Tests of environment overrides: parsing, precedence and mistakes.

use super::*;
use crate::schema::{
    AssignmentKey, FieldSpec,
    samples::{self, STRING, chain, nested, value},
};
use proptest::prelude::*;

const PLAIN: FieldSpec = FieldSpec {
    assignments: &[chain(AssignmentKey::All, &["/shop/{stage}/x"])],
    ..STRING
};
const SECRET: FieldSpec = FieldSpec {
    secrecy: Secrecy::Yes,
    ..PLAIN
};
/// A field that is secret because one stage stores it in Secrets Manager.
const STORED_SECRET: FieldSpec = FieldSpec {
    assignments: &[
        chain(AssignmentKey::Stage("dev"), &["value:x"]),
        chain(AssignmentKey::Stage("prod"), &["secret:shop/x"]),
    ],
    ..STRING
};

const MAIL: Schema = Schema {
    name: "Mail",
    schemes: &[],
    fields: &[value("host", PLAIN), value("password", SECRET)],
    ..samples::CONFIG
};
const CONFIG: Schema = Schema {
    fields: &[
        value("timeout_s", PLAIN),
        value("key", SECRET),
        value("token", STORED_SECRET),
        nested("mail", &MAIL),
        value("größe", PLAIN),
    ],
    ..samples::CONFIG
};

/// Returns the overrides from one variable in the stage prod, or its mistake.
fn read_one(schema: &Schema, variable: &str, text: &str) -> Result<EnvOverrides, String> {
    let mut mistakes = Vec::new();
    let stage = Stage::choose(schema, "prod").unwrap();
    let overrides = read(
        std::iter::once((variable, OsStr::new(text))),
        schema,
        &stage,
        &mut mistakes,
    );
    match mistakes.as_slice() {
        [] => Ok(overrides),
        [mistake] => Err(mistake.to_string()),
        several => panic!("one variable has several mistakes: {several:?}"),
    }
}

fn read_source(variable: &str, text: &str, field: &str) -> String {
    let overrides = read_one(&CONFIG, variable, text).unwrap();
    let (source, deciding) = overrides
        .find_source(field)
        .expect("the variable names this field");
    assert_eq!(
        (deciding, overrides.find_deciding_variable(field)),
        (variable, Some(variable))
    );
    assert!(overrides.find_value(field).is_none());
    source.to_string()
}

#[test]
fn a_variable_has_the_path_in_upper_case_with_two_underscores_for_a_dot() {
    assert_eq!(
        read_source("STAGE_CONFIG_SOURCE__TIMEOUT_S", "/a:17", "timeout_s"),
        "/a:17"
    );
    assert_eq!(
        read_source("STAGE_CONFIG_SOURCE__MAIL__HOST", "/a#b", "mail.host"),
        "/a#b"
    );
    assert_eq!(
        read_source("STAGE_CONFIG_SOURCE__GRÖSSE", "/a", "größe"),
        "/a"
    );
}

#[test]
fn a_source_is_parsed_as_in_an_attribute_of_its_stage() {
    assert_eq!(
        read_source("STAGE_CONFIG_SOURCE__KEY", "/shop/{stage}/key:3", "key"),
        "/shop/prod/key:3"
    );
    assert_eq!(
        read_source("STAGE_CONFIG_SOURCE__KEY", "vault:a/b?x=1#c", "key"),
        "vault:a/b?x=1#c"
    );
    assert_eq!(
        read_source("STAGE_CONFIG_SOURCE__KEY", "env:KEY?plaintext=allow", "key"),
        "env:KEY?plaintext=allow"
    );
    assert_eq!(
        read_source(
            "STAGE_CONFIG_SOURCE__MAIL__HOST",
            "value:{host}",
            "mail.host"
        ),
        "value:{host}"
    );
}

#[test]
fn any_text_sets_a_field_even_an_empty_text() {
    for text in ["5", "", " 5 "] {
        let overrides = read_one(&CONFIG, "STAGE_CONFIG_SET__MAIL__HOST", text).unwrap();
        let (found, variable) = overrides.find_value("mail.host").unwrap();
        assert_eq!(
            (found.content.text_or_empty(), variable),
            (text, "STAGE_CONFIG_SET__MAIL__HOST")
        );
        assert!(
            overrides.find_source("mail.host").is_none()
                && overrides.find_value("timeout_s").is_none()
        );
    }
}

#[test]
fn a_set_variable_takes_precedence_over_a_source_variable() {
    let variables = [
        ("STAGE_CONFIG_SET__TIMEOUT_S", "5"),
        ("STAGE_CONFIG_SOURCE__TIMEOUT_S", "/a"),
    ];
    for order in [[0, 1], [1, 0]] {
        let variables = order.map(|index| (variables[index].0, OsStr::new(variables[index].1)));
        let mut mistakes = Vec::new();
        let stage = Stage::choose(&CONFIG, "prod").unwrap();
        let overrides = read(variables.into_iter(), &CONFIG, &stage, &mut mistakes);
        assert_eq!(
            overrides.find_deciding_variable("timeout_s"),
            Some("STAGE_CONFIG_SET__TIMEOUT_S")
        );
        assert!(overrides.find_source("timeout_s").is_none());
        assert_eq!(
            (overrides.as_slice().len(), mistakes.len()),
            (2, 0),
            "both variables must be reported"
        );
    }
}

#[test]
fn mistakes_name_the_variable_and_the_correction() {
    let known = "`ssm`, `secret`, `appconfig`, `kms-env`, `sealed`, `env`, `value`, `vault`";
    let about_key = "`key`, which is a secret";
    for (variable, text, words) in [
        (
            "STAGE_CONFIG_SET__KEY",
            "planted",
            [about_key, "`STAGE_CONFIG_SOURCE__KEY`"],
        ),
        (
            "STAGE_CONFIG_SET__TOKEN",
            "planted",
            ["`token`, which is a secret", "`STAGE_CONFIG_SOURCE__TOKEN`"],
        ),
        (
            "STAGE_CONFIG_SET__MAIL__PASSWORD",
            "planted",
            ["`mail.password`", "`STAGE_CONFIG_SOURCE__MAIL__PASSWORD`"],
        ),
        ("STAGE_CONFIG_SOURCE__KEY", "", ["is empty", "or unset it"]),
        (
            "STAGE_CONFIG_SOURCE__KEY",
            "planted",
            [known, "as in `/payments/prod/key:3`"],
        ),
        (
            "STAGE_CONFIG_SOURCE__KEY",
            "planted:planted",
            [known, "may be a value in the wrong place"],
        ),
        (
            "STAGE_CONFIG_SOURCE__KEY",
            "secret:planted?planted",
            ["after `secret:`", "Help: name a source"],
        ),
        (
            "STAGE_CONFIG_SOURCE__KEY",
            "vault:planted}",
            ["after `vault:`", "Help: name a source"],
        ),
        (
            "STAGE_CONFIG_SOURCE__KEY",
            "/planted/{field}",
            ["not a valid name of a parameter", "Help: name a source"],
        ),
        (
            "STAGE_CONFIG_SOURCE__KEY",
            "/planted planted",
            ["not a valid name of a parameter", "Help: name a source"],
        ),
        (
            "STAGE_CONFIG_SOURCE__KEY",
            "value:planted",
            [about_key, "put the value into a store"],
        ),
        (
            "STAGE_CONFIG_SOURCE__TOKEN",
            "value:planted",
            ["`token`, which is a secret", "put the value into a store"],
        ),
        (
            "STAGE_CONFIG_SOURCE__KEY",
            "env:planted",
            [about_key, "`?plaintext=allow`"],
        ),
    ] {
        let mistake = read_one(&CONFIG, variable, text)
            .err()
            .expect("it is a mistake");
        assert!(
            mistake.starts_with(&format!("`{variable}`: ")) && mistake.contains("Help: "),
            "{mistake}"
        );
        assert!(
            !mistake.contains("planted"),
            "the message repeats the text: {mistake}"
        );
        for word in words {
            assert!(mistake.contains(word), "{word:?} is not in: {mistake}");
        }
    }
}

#[test]
fn a_variable_that_names_two_fields_is_an_error() {
    const INNER: Schema = Schema {
        name: "Inner",
        fields: &[value("b", PLAIN)],
        ..samples::CONFIG
    };
    const TWO: Schema = Schema {
        fields: &[
            value("a__b", PLAIN),
            nested("a", &INNER),
            value("A__B", PLAIN),
        ],
        ..samples::CONFIG
    };
    for variable in ["STAGE_CONFIG_SET__A__B", "STAGE_CONFIG_SOURCE__A__B"] {
        let mistake = read_one(&TWO, variable, "/planted")
            .err()
            .expect("it is ambiguous");
        assert!(
            mistake.contains("`a__b`, `a.b`, `A__B`") && !mistake.contains("planted"),
            "{mistake}"
        );
    }
}

#[test]
fn an_unknown_field_leads_to_a_suggestion() {
    let unknown =
        |variable: &str| describe_unknown(&[&CONFIG], variable).map(|mistake| mistake.to_string());
    let timeout = unknown("STAGE_CONFIG_SET__TIMEOUT").unwrap();
    assert!(timeout.contains("no field of `Config`"), "{timeout}");
    assert!(
        timeout.ends_with("did you mean `STAGE_CONFIG_SET__TIMEOUT_S`?"),
        "{timeout}"
    );
    let host = unknown("STAGE_CONFIG_SOURCE__MAIL_HOST").unwrap();
    assert!(
        host.ends_with("did you mean `STAGE_CONFIG_SOURCE__MAIL__HOST`?"),
        "{host}"
    );
    let lower = unknown("STAGE_CONFIG_SOURCE__key").unwrap();
    assert!(
        lower.ends_with("did you mean `STAGE_CONFIG_SOURCE__KEY`?"),
        "{lower}"
    );
    let far = unknown("STAGE_CONFIG_SET__QUEUE_OF_ORDERS").unwrap();
    assert!(
        far.contains("one of `TIMEOUT_S`, `KEY`, `TOKEN`, `MAIL__HOST`"),
        "{far}"
    );
    assert_eq!(
        unknown("STAGE_CONFIG_TIMEOUT"),
        None,
        "it is not an override"
    );
}

proptest! {
    /// No message repeats any part of the content of an override variable.
    #[test]
    fn no_mistake_repeats_a_text(
        prefix in prop::sample::select(&["", "/", "ssm:", "secret:", "kms-env:", "sealed:", "env:", "value:", "vault:", "arn:", "x:"][..]),
        joint in prop::sample::select(&["", "?", "#", "{", "}", ":", " ", "?a=", "#a?b="][..]),
        variable in prop::sample::select(&["STAGE_CONFIG_SOURCE__KEY", "STAGE_CONFIG_SET__KEY", "STAGE_CONFIG_SOURCE__MAIL__HOST"][..]),
    ) {
        let text = format!("{prefix}pl4nted{joint}pl4nted");
        if let Err(mistake) = read_one(&CONFIG, variable, &text) {
            prop_assert!(!mistake.contains("pl4nted"), "{}", mistake);
        }
    }
}
