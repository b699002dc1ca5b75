//! Tests of the rules for the stage, as tables and as properties.

mod names;

use super::*;
use crate::{
    platform::{Evidence, InitializationType},
    schema::samples::CONFIG,
};
use proptest::prelude::*;

const STRICT: Schema = Schema {
    fallback: false,
    ..CONFIG
};
const PREVIEW: Schema = Schema {
    preview: Some(&["pr-*", "feature*", "prod-mirror"]),
    ..CONFIG
};
const MANY: Schema = Schema {
    stages: &["dev", "staging", "test", "integration", "prod"],
    ..CONFIG
};
const NO_PROD: Schema = Schema {
    stages: &["dev", "qa"],
    ..CONFIG
};

/// The expected result for a name.
#[derive(Debug, PartialEq)]
enum Expected {
    Declared,
    Fallback,
    /// An error that contains this text.
    Error(&'static str),
}
use Expected::{Declared, Error as Refused, Fallback};

#[track_caller]
fn assert_stage(schema: &Schema, name: &str, expected: &Expected) {
    match (Stage::choose(schema, name), expected) {
        (Ok(stage), Declared) => assert!(
            !stage.is_fallback() && stage.name() == name,
            "{name:?} is not declared"
        ),
        (Ok(stage), Fallback) => assert!(
            stage.is_fallback() && stage.name() == name,
            "{name:?} is declared"
        ),
        (Err(error), Refused(words)) => {
            assert_eq!(error.kind(), ErrorKind::Stage);
            let text = error.to_string();
            assert!(
                text.contains(words),
                "{name:?}: {words:?} is not in: {text}"
            );
            assert!(text.contains("Help: "), "{name:?}: no help in: {text}");
            assert!(
                text.contains("`dev`, "),
                "{name:?}: the declared stages are not listed in: {text}"
            );
        }
        (outcome, expected) => panic!("{name:?}: the result is {outcome:?}, not {expected:?}"),
    }
}

#[test]
fn a_schema_with_fallback_accepts_undeclared_stages_but_no_typos_and_no_production() {
    let meant_prod = Refused("did you mean `prod`?");
    let meant_dev = Refused("did you mean `dev`?");
    let like_production = Refused("counts as production");
    let no_name = Refused("is not a valid name for a stage");
    let long = "x".repeat(300);
    let longest = "x".repeat(64);
    let too_long = "x".repeat(65);
    let table: &[(&str, &Expected)] = &[
        ("dev", &Declared),
        ("prod", &Declared),
        ("pr-1", &Fallback),
        ("dev-anna", &Fallback),
        ("qa1", &Fallback),
        ("feature.x", &Fallback),
        ("feature_x", &Fallback),
        ("dev2", &Fallback),
        ("de", &Fallback),
        ("d", &Fallback),
        ("1", &Fallback),
        ("product-search", &Fallback),
        ("alive", &Fallback),
        ("liverpool", &Fallback),
        ("prodigy-team", &Fallback),
        ("staging", &Fallback),
        ("test", &Fallback),
        (&longest, &Fallback),
        ("PROD", &meant_prod),
        ("Prod", &meant_prod),
        ("prdo", &meant_prod),
        ("prod1", &meant_prod),
        ("pord", &meant_prod),
        ("prodd", &meant_prod),
        ("pro", &meant_prod),
        ("rod", &meant_prod),
        ("prodution", &meant_prod),
        ("productoin", &meant_prod),
        ("produktion", &meant_prod),
        ("PRODUCTIO", &meant_prod),
        ("production", &meant_prod),
        ("prd", &meant_prod),
        ("live", &meant_prod),
        ("prod-eu", &like_production),
        ("eu-prod", &like_production),
        ("eu_PROD", &like_production),
        ("live-2", &like_production),
        ("team.live", &like_production),
        ("preprod", &like_production),
        ("preprod-3", &like_production),
        ("prd.1", &like_production),
        ("a-b_production.c", &like_production),
        ("Dev", &meant_dev),
        ("DEV", &meant_dev),
        ("develop", &meant_dev),
        ("devel", &meant_dev),
        ("development", &meant_dev),
        ("developmnet", &meant_dev),
        ("Development", &meant_dev),
        ("../prod", &no_name),
        ("/prod", &no_name),
        ("-prod", &no_name),
        (".prod", &no_name),
        ("_x", &no_name),
        ("prod ", &no_name),
        (" prod", &no_name),
        ("prod\n", &no_name),
        ("dev prod", &no_name),
        ("dev,prod", &no_name),
        ("$stage", &no_name),
        ("{stage}", &no_name),
        ("dév", &no_name),
        ("💥", &no_name),
        ("dev\0", &no_name),
        (&long, &no_name),
        (&too_long, &no_name),
        ("", &Refused("the stage that the program names is empty")),
    ];
    for (name, expected) in table {
        assert_stage(&CONFIG, name, expected);
    }
}

#[test]
fn a_schema_without_fallback_accepts_only_declared_stages() {
    for name in ["qa", "pr-1", "feature.x", "staging"] {
        assert_stage(&STRICT, name, &Refused("has no fallback"));
    }
    assert_stage(&STRICT, "prod", &Declared);
}

#[test]
fn a_schema_with_previews_accepts_no_other_undeclared_stages() {
    for (name, expected) in [
        ("pr-1", Fallback),
        ("feature", Fallback),
        ("featureX", Fallback),
        ("prod-mirror", Fallback),
        ("pr-prod", Refused("counts as production")),
        ("feature-live", Refused("counts as production")),
        ("qa", Refused("no `preview` pattern")),
        ("Feature1", Refused("matches it; names are case-sensitive")),
        ("PR-7", Refused("matches it; names are case-sensitive")),
        ("dev", Declared),
    ] {
        assert_stage(&PREVIEW, name, &expected);
    }
}

#[test]
fn typos_and_common_names_of_declared_stages_are_refused() {
    for (name, expected) in [
        ("stagin", Refused("did you mean `staging`?")),
        ("stage", Refused("did you mean `staging`?")),
        ("stg", Refused("did you mean `staging`?")),
        ("Staging", Refused("did you mean `staging`?")),
        ("tst", Refused("did you mean `test`?")),
        ("testing", Refused("did you mean `test`?")),
        ("tset", Refused("did you mean `test`?")),
        ("integratoin", Refused("did you mean `integration`?")),
        ("integrtaon", Refused("did you mean `integration`?")),
        ("integration-2", Refused("did you mean `integration`?")),
        ("integration-22", Fallback),
        ("uat", Fallback),
        ("demo", Fallback),
    ] {
        assert_stage(&MANY, name, &expected);
    }
}

#[test]
fn an_undeclared_production_is_refused_too() {
    for name in ["prod", "production", "prd", "live"] {
        assert_stage(&NO_PROD, name, &Refused("counts as production"));
    }
    assert_stage(&NO_PROD, "prodution", &Refused("counts as production"));
    assert_stage(&NO_PROD, "qa1", &Fallback);
}

fn resolve_unset_variable(
    schema: &Schema,
    other_case: Option<&str>,
    platform: Platform,
) -> Result<Stage, Error> {
    resolve_stage(
        schema,
        &StageEnv {
            value: None,
            other_case: other_case.map(str::to_owned),
            platform,
        },
    )
}

#[test]
fn a_default_stage_applies_neither_in_lambda_nor_with_a_variable_in_another_case() {
    let schema = Schema {
        default_stage: Some("dev"),
        ..CONFIG
    };
    let emulator = Platform::Emulator(Evidence::RuntimeApiPath);
    for platform in [Platform::Elsewhere, emulator] {
        let stage = resolve_unset_variable(&schema, None, platform).unwrap();
        assert_eq!(stage.name(), "dev", "{platform:?}");
    }
    let lambda = Platform::Lambda(InitializationType::OnDemand);
    let in_lambda = resolve_unset_variable(&schema, None, lambda)
        .unwrap_err()
        .to_string();
    assert!(
        in_lambda.contains("the default stage `dev` does not apply in Lambda"),
        "{in_lambda}"
    );
    let other_case = resolve_unset_variable(&schema, Some("STAGE"), Platform::Elsewhere)
        .unwrap_err()
        .to_string();
    assert!(
        other_case.contains("`stage` is not set, or empty, but `STAGE` is set"),
        "{other_case}"
    );
}

#[test]
fn the_error_for_an_unset_stage_names_the_variable() {
    let schema = Schema {
        stage_var: Some("APP_STAGE"),
        ..CONFIG
    };
    let text = resolve_unset_variable(&schema, None, Platform::Elsewhere)
        .unwrap_err()
        .to_string();
    assert!(text.contains("`APP_STAGE` is not set"), "{text}");
}

proptest! {
    /// For any text: an accepted stage has this text as its name, counts as undeclared if the
    /// schema does not declare it, and has a valid name.
    #[test]
    fn only_a_declared_name_is_accepted_as_declared(name in ".{0,80}") {
        for schema in [CONFIG, STRICT, PREVIEW, MANY] {
            match Stage::choose(&schema, &name) {
                Ok(stage) => {
                    prop_assert_eq!(stage.name(), name.as_str());
                    prop_assert_eq!(stage.is_fallback(), !schema.stages.contains(&name.as_str()));
                    prop_assert!(!stage.is_fallback() || schema.fallback);
                    prop_assert!(name.len() <= 64 && !name.contains('/') && !name.contains(".."));
                }
                Err(error) => prop_assert_eq!(error.kind(), ErrorKind::Stage),
            }
        }
    }

    /// No name for production uses the fallback, unless a preview pattern is exactly that name.
    #[test]
    fn production_never_uses_the_fallback(
        before in "([a-z0-9]{1,6}[-_.])?",
        word in prop::sample::select(&["prod", "production", "prd", "live", "preprod", "PROD", "Live"][..]),
        after in "([-_.][a-z0-9]{1,6})?",
    ) {
        let name = format!("{before}{word}{after}");
        for schema in [CONFIG, MANY, NO_PROD, PREVIEW] {
            match Stage::choose(&schema, &name) {
                Ok(stage) => prop_assert!(!stage.is_fallback() || name == "prod-mirror"),
                Err(error) => prop_assert!(error.to_string().contains("production") || error.to_string().contains("mean")),
            }
        }
    }

    /// One wrong letter in a long declared name never selects the fallback sources.
    #[test]
    fn a_typo_in_a_long_name_never_uses_the_fallback(position in 0usize..11, letter in "[a-z]") {
        let mut name: Vec<char> = "integration".chars().collect();
        name[position] = letter.chars().next().unwrap();
        let name: String = name.into_iter().collect();
        match Stage::choose(&MANY, &name) {
            Ok(stage) => prop_assert!(!stage.is_fallback()),
            Err(error) => prop_assert!(error.to_string().contains("did you mean `integration`?")),
        }
    }
}
