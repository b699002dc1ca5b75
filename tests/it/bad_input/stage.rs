//! Errors of the stage (unset, empty, invalid or misspelled), and the default stage.

use std::ffi::OsString;

use stage_config::{ErrorKind, StageConfig};

use crate::support::child;
use crate::support::load::assert_error;

#[derive(StageConfig)]
#[stage(dev = "value:dev", prod = "value:prod", fallback = "value:fallback")]
#[config(preview("pr-*"))]
struct Config {
    where_from: String,
}

/// The name of each case, and the words of its error.
const MISTAKES: [(&str, &[&str]); 6] = [
    ("unset", &["`stage` is not set"]),
    ("empty", &["`stage` is not set, or empty"]),
    (
        "path",
        &["stage `../prod`: it is not a valid name for a stage"],
    ),
    (
        "case",
        &[
            "stage `PROD`: it is not declared",
            "counts as production",
            "did you mean `prod`?",
        ],
    ),
    (
        "typo",
        &[
            "stage `prodution`: it is not declared",
            "did you mean `prod`?",
        ],
    ),
    ("long", &["is not a valid name for a stage", "64"]),
];

fn variables(case: &str) -> Vec<(&'static str, OsString)> {
    let value = match case {
        "unset" => return vec![("CASE", case.into())],
        "empty" => OsString::new(),
        "path" => "../prod".into(),
        "case" => "PROD".into(),
        "typo" => "prodution".into(),
        _ => "x".repeat(300).into(),
    };
    vec![("CASE", case.into()), ("stage", value)]
}

#[test]
fn the_error_of_a_wrong_stage_lists_the_valid_ones() {
    for (case, _) in MISTAKES {
        child::run("bad_input::stage::inner_wrong_stage", &variables(case)).assert_passed();
    }
}

#[tokio::test]
async fn inner_wrong_stage() {
    if !child::is_inner("bad_input::stage::inner_wrong_stage") {
        return;
    }
    let case = std::env::var("CASE").expect("the outer test sets the case");
    let (_, words) = MISTAKES
        .iter()
        .find(|(name, _)| *name == case)
        .expect("the table has the case");
    assert_load_fails(words).await;
}

async fn assert_load_fails(words: &[&str]) {
    let error = Config::load().await.err().expect("the stage is invalid");
    assert_error(&error, ErrorKind::Stage, words);
    assert_error(
        &error,
        ErrorKind::Stage,
        &["`Config`", "Help", "`dev`, `prod`", "previews: `pr-*`"],
    );
    assert!(
        error.to_string().chars().count() < 500,
        "the error is too long: {error}"
    );
    assert!(Config::try_get().is_none());
    let error = Config::loader()
        .plan()
        .expect_err("the stage is invalid for a plan too");
    assert_error(&error, ErrorKind::Stage, words);
}

#[test]
#[cfg(unix)]
fn a_stage_that_is_not_utf_8_is_an_error() {
    use std::os::unix::ffi::OsStringExt as _;
    let value = OsString::from_vec(b"pr\xFFod".to_vec());
    child::run("bad_input::stage::inner_not_utf_8", &[("stage", value)]).assert_passed();
}

#[tokio::test]
async fn inner_not_utf_8() {
    if child::is_inner("bad_input::stage::inner_not_utf_8") {
        assert_load_fails(&["`stage` is not UTF-8"]).await;
    }
}

#[test]
fn a_stage_variable_in_another_case_gets_a_suggestion() {
    child::run("bad_input::stage::inner_other_case", &[("STAGE", "prod")]).assert_passed();
}

#[tokio::test]
async fn inner_other_case() {
    if child::is_inner("bad_input::stage::inner_other_case") {
        assert_load_fails(&[
            "`stage` is not set, or empty, but `STAGE` is set",
            "case-sensitive",
        ])
        .await;
    }
}

#[derive(StageConfig)]
#[stage(dev = "value:dev", prod = "value:prod")]
#[config(stage_var = "APP_STAGE", default_stage = "dev")]
struct Defaulted {
    where_from: String,
}

#[test]
fn a_default_stage_applies_outside_of_lambda_if_no_similar_variable_is_set() {
    let none: [(&str, &str); 0] = [];
    child::run("bad_input::stage::inner_default_stage", &none).assert_passed();
    child::run(
        "bad_input::stage::inner_default_stage",
        &[("stage", "prod"), ("APP_STAGE", "")],
    )
    .assert_passed();
    child::run(
        "bad_input::stage::inner_default_in_lambda",
        &[("AWS_LAMBDA_FUNCTION_NAME", "payments")],
    )
    .assert_passed();
    child::run(
        "bad_input::stage::inner_default_with_other_case",
        &[("app_stage", "prod")],
    )
    .assert_passed();
}

#[tokio::test]
async fn inner_default_stage() {
    if child::is_inner("bad_input::stage::inner_default_stage") {
        assert_eq!(
            Defaulted::load()
                .await
                .expect("the default is declared")
                .where_from,
            "dev"
        );
    }
}

#[tokio::test]
async fn inner_default_in_lambda() {
    if child::is_inner("bad_input::stage::inner_default_in_lambda") {
        let error = Defaulted::load()
            .await
            .err()
            .expect("the default does not apply in Lambda");
        let words = [
            "`APP_STAGE` is not set",
            "default stage `dev` does not apply in Lambda",
            "set `APP_STAGE` to one of",
        ];
        assert_error(&error, ErrorKind::Stage, &words);
    }
}

#[tokio::test]
async fn inner_default_with_other_case() {
    if child::is_inner("bad_input::stage::inner_default_with_other_case") {
        let error = Defaulted::load()
            .await
            .err()
            .expect("only `app_stage` is set");
        assert_error(
            &error,
            ErrorKind::Stage,
            &["`APP_STAGE` is not set, or empty, but `app_stage` is set"],
        );
    }
}

#[tokio::test]
async fn stages_set_on_the_loader_follow_the_same_rules() {
    for (name, words) in [
        ("../prod", "not a valid name for a stage"),
        ("PROD", "counts as production"),
        ("", "the program names is empty"),
    ] {
        let error = Config::loader()
            .stage(name)
            .resolve()
            .await
            .expect_err("the stage is invalid");
        assert_error(&error, ErrorKind::Stage, &[words]);
    }
    let loaded = Config::loader()
        .stage("pr-17")
        .resolve()
        .await
        .expect("the stage is a preview stage");
    assert_eq!(
        (loaded.config.where_from.as_str(), loaded.report.fallback),
        ("fallback", true)
    );
}
