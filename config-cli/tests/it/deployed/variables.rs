//! The environment variables of a function.

use serde_json::json;
use stage_config::StageConfig as _;

use super::{Aws, Config, VARIABLES, build_zip};
use crate::support::artifact::write_artifact;

#[test]
fn the_stage_variable_must_name_the_stage() {
    for (name, text, expected) in [
        (
            "stage",
            "dev",
            "stage: names the stage `dev`, and not `prod`",
        ),
        ("stage", "prd", "stage: is misspelled: it resembles `prod`"),
        ("stage", "PROD", "stage: is misspelled: it resembles `prod`"),
        (
            "stage",
            "prod ",
            "stage: is misspelled: it resembles `prod`",
        ),
        (
            "stage",
            "4f2a-token",
            "stage: names a stage that the program refuses",
        ),
        ("stage", "", "stage: is not set"),
        ("other", "prod", "stage: is not set"),
        (
            "STAGE",
            "prod",
            "stage: is not set, but `STAGE` is: names of variables are case-sensitive",
        ),
    ] {
        let checked = Aws::new()
            .with_variables([(name, text), ("LOG_LEVEL", "info")])
            .check(&[]);
        checked.assert_wrong(&[expected]);
        let shown = checked.function.to_string();
        assert!(!shown.contains("4f2a"), "{shown}");
    }
}

#[test]
fn variables_of_overrides_and_local_runs_and_unknown_variables_are_wrong() {
    let wrong_variables = [
        ("AWS_SAM_LOCAL", "makes the program act as in a local run"),
        (
            "STAGE_CONFIG_CHECK_RUN",
            "is for `cargo stage check --run`, and makes a load fail in Lambda",
        ),
        (
            "STAGE_CONFIG_LOCAL",
            "is for local values, which would replace the stores",
        ),
        (
            "STAGE_CONFIG_LOCAL_IN_LAMBDA",
            "is for local values, which would replace the stores",
        ),
        ("STAGE_CONFIG_SET__TABLE", "replaces the value of a field"),
        (
            "STAGE_CONFIG_SOURCE__KEY",
            "replaces the sources of a field",
        ),
        (
            "STAGE_CONFIG_TIMOUT",
            "is not known, so a load fails: is it a typo?",
        ),
    ];
    let set = wrong_variables.iter().map(|(name, _)| (*name, "true"));
    let checked = Aws::new()
        .with_variables(VARIABLES.into_iter().chain(set))
        .check(&[]);
    let expected: Vec<String> = wrong_variables
        .iter()
        .map(|(name, detail)| format!("{name}: {detail}"))
        .collect();
    let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    checked.assert_wrong(&expected);
}

#[test]
fn options_of_a_load_must_be_valid() {
    let options = [
        ("STAGE_CONFIG_TIMEOUT", "5"),
        ("STAGE_CONFIG_METRICS", "yes"),
    ];
    let checked = Aws::new()
        .with_variables(VARIABLES.into_iter().chain(options))
        .check(&[]);
    checked.assert_wrong(&[
        "STAGE_CONFIG_TIMEOUT: is not a duration above zero, so a load fails",
        "STAGE_CONFIG_METRICS: is not a format of metrics, so a load fails",
    ]);
    let valid = [
        ("STAGE_CONFIG_TIMEOUT", "5s"),
        ("STAGE_CONFIG_METRICS", "emf"),
    ];
    Aws::new()
        .with_variables(VARIABLES.into_iter().chain(valid))
        .check(&[])
        .assert_wrong(&[]);
}

#[test]
fn a_required_field_without_its_variable_is_wrong() {
    let checked = Aws::new().with_variables([("stage", "prod")]).check(&[]);
    checked.assert_wrong(&["log_level: no value: the function has no variable for env:LOG_LEVEL"]);
}

#[test]
fn a_variable_that_cannot_be_decoded_is_wrong_and_is_not_shown() {
    let variables = VARIABLES.into_iter().chain([("LIMIT", "4f2a77")]);
    let checked = Aws::new().with_variables(variables).check(&[]);
    let wrong = checked.with_result("wrong").join("\n");
    assert!(
        wrong.contains("limit") && wrong.contains("a whole number from 0 to 65535"),
        "{wrong}"
    );
    assert!(!checked.function.to_string().contains("4f2a"));
}

#[test]
fn variables_that_lambda_cannot_decrypt_are_not_verified() {
    let encrypted = json!({ "Error": { "ErrorCode": "AccessDeniedException", "Message": "4f2a" } });
    let aws = Aws::new().with_function(|function| function.with("Environment", encrypted));
    let checked = aws.clone().check(&[]);
    assert_eq!(
        checked.with_result("unverified"),
        ["Lambda could not decrypt them with these credentials"]
    );
    assert_eq!(checked.code, Some(0));
    assert_eq!(aws.check(&["--strict"]).code, Some(1));
    assert!(!checked.function.to_string().contains("4f2a"));
}

/// A struct that is optional, and a variable that Lambda sets itself.
mod mail {
    use stage_config::StageConfig;

    #[derive(StageConfig)]
    #[allow(dead_code, reason = "only its schema is used")]
    pub(super) struct WithMail {
        #[stage(prod = "env:AWS_REGION")]
        region: String,
        #[config(nested)]
        mail: Option<Mail>,
    }

    #[derive(StageConfig)]
    #[allow(dead_code, reason = "only its schema is used")]
    pub(super) struct Mail {
        #[stage(prod = "env:MAIL_HOST")]
        host: String,
        #[stage(prod = "env:MAIL_PORT")]
        port: u16,
    }
}

#[test]
fn the_variables_of_an_optional_struct_and_those_of_lambda_may_be_unset() {
    let zip = build_zip(&[mail::WithMail::__manifest()]);
    let check = |variables: &[(&'static str, &'static str)]| {
        let aws = Aws::new().with_code(zip.clone());
        aws.with_variables(variables.iter().copied()).check(&[])
    };
    check(&[("stage", "prod")]).assert_wrong(&[]);
    let wrong = check(&[("stage", "prod"), ("MAIL_PORT", "25")]).with_result("wrong");
    assert_eq!(
        wrong,
        ["mail.host: no value: the function has no variable for env:MAIL_HOST"]
    );
}

#[test]
fn an_image_may_set_variables_itself() {
    let image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/payments:7";
    let aws = Aws::new().with_variables([]).with_function(|mut function| {
        function.code = json!({ "RepositoryType": "ECR", "ImageUri": image });
        function.with("PackageType", json!("Image"))
    });
    let artifact = write_artifact::<Config>();
    let checked = aws.check(&["--artifact", artifact.to_str().expect("the path is text")]);
    checked.assert_wrong(&[]);
    let unverified = checked.with_result("unverified").join("\n");
    let expected = "stage: is not set in the function; the image may set it";
    assert!(unverified.contains(expected), "{unverified}");
}
