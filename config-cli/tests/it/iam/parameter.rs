//! One policy for several stages, with the stage as a parameter.

use serde_json::Value;
use stage_config::{SecretString, StageConfig};

use super::read_back::{lint, read_format, run_cdk};
use super::{LOCATION, policy, run_iam, run_iam_in};
use crate::support::package::Package;

/// The sources of the stages differ only in the name of the stage, except for `count`. Other parts
/// of the sources contain such a name too: `device` contains `dev`.
#[derive(StageConfig)]
#[stage(
    dev = "/device/dev/{field}",
    prod = "/device/prod/{field}",
    staging = "/device/staging/{field}"
)]
#[allow(dead_code, reason = "only its schema is used")]
struct Fitting {
    table: String,
    token: SecretString,
    #[stage(dev = "/dev", prod = "/prod", staging = "/staging")]
    whole: String,
    #[stage(all = "/common/devices")]
    common: String,
    #[stage(all = "secret:{stage}/db#{stage}.password")]
    password: SecretString,
    #[stage(all = ["secret:other-{stage}", "env:OTHER?plaintext=allow"])]
    chain: SecretString,
    #[stage(all = "appconfig:shop/{stage}/flags#{stage}.count")]
    flag: u8,
    #[stage(all = "appconfig:a1b2c3d/e5f6g7h/i9j0k1l?region=eu-west-1")]
    settings: String,
    #[stage(dev = "value:1", prod = "value:2", staging = "env:COUNT")]
    count: u8,
    #[stage(
        dev = "kms-env:CONSOLE?context=lambda&key=alias/dev",
        prod = "kms-env:CONSOLE?context=lambda&key=alias/prod",
        staging = "kms-env:CONSOLE?context=lambda&key=alias/staging"
    )]
    console: SecretString,
}

const STAGES: [&str; 3] = ["dev", "prod", "staging"];

/// Replaces the stage parameter of a policy with a stage.
fn fill(policy: &Value, stage: &str) -> Value {
    let text = policy.to_string().replace("STAGE", stage);
    serde_json::from_str(&text).expect("it is JSON")
}

/// Sorts all lists, whose order depends on the stage's name.
fn sort_lists(value: &mut Value) {
    match value {
        Value::Array(items) => {
            items.iter_mut().for_each(sort_lists);
            items.sort_by_key(Value::to_string);
        }
        Value::Object(entries) => entries.values_mut().for_each(sort_lists),
        _ => {}
    }
}

#[test]
fn a_policy_with_a_stage_parameter_equals_the_policy_of_each_stage() {
    for purpose in ["read", "write"] {
        let options = ["--for", purpose, "--kms-key", "alias/k", "--function", "f"];
        let options = [LOCATION.as_slice(), &options].concat();
        let parameter = policy::<Fitting>(&[&["--stage-parameter"], &options[..]].concat());
        for stage in STAGES {
            let mut own = policy::<Fitting>(&[&["--stage", stage], &options[..]].concat());
            let mut filled = fill(&parameter, stage);
            sort_lists(&mut own);
            sort_lists(&mut filled);
            assert_eq!(filled, own, "{purpose} {stage}");
        }
    }
}

#[test]
fn each_format_has_its_own_parameter() {
    let arguments = ["--stage-parameter", "--function", "f"];
    let expected = policy::<Fitting>(&arguments);
    let run = |format: &str| {
        let ran = run_iam::<Fitting>(&[&arguments[..], &["--format", format]].concat());
        ran.assert_code(0).stdout
    };
    for (format, text) in [
        ("sam", "parameter/device/${Stage}/table"),
        ("serverless", "parameter/device/${sls:stage}/table"),
        ("terraform", "parameter/device/${var.stage}/table"),
    ] {
        let written = run(format);
        assert!(written.contains(text), "{written}");
        assert_eq!(read_format(format, &written), expected, "{written}");
    }
    assert!(
        run("sam").contains("# the template needs the parameter Stage of the type String, with AllowedValues: [dev, prod, staging]\n")
    );
    assert!(run("terraform").contains("data \"aws_iam_policy_document\" \"stage\" {"));
    let written = run("cdk");
    assert!(
        written.contains("export const statements = (stage: 'dev' | 'prod' | 'staging') => ["),
        "{written}"
    );
    let read = run_cdk(&written, "statements('prod')");
    assert_eq!(read, fill(&expected, "prod")["Statement"], "{written}");
}

#[test]
fn cfn_lint_accepts_the_parameter() {
    let arguments = ["--stage-parameter", "--function", "f", "--format", "sam"];
    let sam = run_iam::<Fitting>(&arguments).assert_code(0).stdout;
    let (_, output) = lint(&sam);
    // Only the parameter itself, which the fragment does not declare, is missing.
    let problems = output.lines().filter(|line| line.starts_with(['E', 'W']));
    for problem in problems {
        assert!(problem.contains("'Stage'"), "{output}");
    }
}

#[test]
fn accounts_and_keys_of_the_stages_are_parameters_too() {
    let metadata = |key: &str| {
        format!(
            "[package.metadata.stage.dev]\naccount = \"111122223333\"\nregion = \
             \"eu-west-1\"\nkms_key = \"alias/dev\"\n[package.metadata.stage.prod]\naccount = \
             \"444455556666\"\nregion = \"eu-west-1\"\nkms_key = \"{key}\"\n"
        )
    };
    let run = |key: &str| {
        let package = Package::new(&metadata(key));
        let arguments = [
            "--stage-parameter",
            "--stage",
            "dev",
            "--stage",
            "prod",
            "--format",
            "sam",
        ];
        run_iam_in::<Fitting>(&package, &arguments, &[])
    };
    let ran = run("alias/prod").assert_code(0);
    for expected in [
        "ssm:eu-west-1:${AWS::AccountId}:parameter/device/${Stage}/table",
        "'kms:ResourceAliases': !Sub 'alias/${Stage}'",
    ] {
        assert!(ran.stdout.contains(expected), "{expected}: {}", ran.stdout);
    }
    run("alias/live")
        .assert_code(1)
        .assert_stderr("the stages' values of `kms_key` differ in more than the name of the stage")
        .assert_stderr("give --kms-key KEY");
}

#[derive(StageConfig)]
#[stage(
    dev = "/a/dev/{field}",
    test = "/a/test/{field}",
    prod = "/a/prod/{field}"
)]
#[allow(dead_code, reason = "only its schema is used")]
struct Misfit {
    table: String,
    #[stage(dev = "/key/dev", test = "/key/test", prod = ["/live", "/key/prod"])]
    key: SecretString,
}

#[test]
fn a_stage_that_does_not_fit_is_named() {
    let ran = run_iam::<Misfit>(&["--stage-parameter", "--format", "cdk"]).assert_code(1);
    assert_eq!(ran.stdout, "");
    let ran = ran
        .assert_stderr(
            "a stage parameter does not fit `prod`, because more than the stage's name differs:\n",
        )
        .assert_stderr("  `prod`: `key` reads /live, else /key/prod; in `dev` it reads /key/dev\n")
        .assert_stderr("cargo stage iam --stage-parameter --stage dev --stage test --format cdk");
    assert!(!ran.stderr.contains("`table`"), "{}", ran.stderr);
    let fitting = ["--stage-parameter", "--stage", "dev", "--stage", "test"];
    run_iam::<Misfit>(&fitting).assert_code(0);
}

#[test]
fn a_wrong_number_or_kind_of_stages_is_refused() {
    for (arguments, message) in [
        (
            ["--stage", "dev", "--stage", "prod"].as_slice(),
            "only with --stage-parameter",
        ),
        (
            &["--stage-parameter", "--stage", "dev"],
            "needs two or more stages",
        ),
        (
            &["--stage-parameter", "--stage", "pr-*"],
            "`pr-*` is a pattern",
        ),
        (&[], "--stage <STAGE>"),
    ] {
        run_iam::<Misfit>(arguments)
            .assert_code(2)
            .assert_stderr(message);
    }
}
