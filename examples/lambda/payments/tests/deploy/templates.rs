//! Checks of the templates that are not programs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use stage_config_test_support::{environment, node, python};

use crate::cloud_formation::assert_payments;
use crate::stage::{PROGRAM, read, run, run_to_end, text};

/// The folder into which `cargo lambda build` writes the function, relative to the folder of a
/// template.
const BUILT: &str = "../../../../target/lambda/payments";

/// Returns the path of a file or folder in the folder of the templates.
pub(crate) fn folder(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../deploy")
        .join(path)
}

/// Asserts that the template deploys the file that `cargo lambda build` writes.
#[track_caller]
fn assert_deploys_the_built_file(template: &str) {
    assert!(
        template.contains(&format!("{BUILT}/bootstrap.zip")),
        "{template}"
    );
    assert!(
        folder("sam/../../../../Cargo.lock").is_file(),
        "the path leads to the workspace"
    );
}

fn run_script(script: &str, input: &str) -> Value {
    let mut command = Command::new(python::find_program("python"));
    environment::clear(&mut command);
    command
        .args(["-c", script])
        .env("AWS_DEFAULT_REGION", "eu-west-1");
    serde_json::from_str(&run(&mut command, input)).expect("the script prints JSON")
}

fn translate_sam(template: &str) -> Value {
    run_script(include_str!("translate_sam.py"), template)
}

pub(crate) fn sam_translates() {
    let template = read(&folder("sam/template.yaml"));
    assert_deploys_the_built_file(&template);
    assert_payments(&translate_sam(&template));
}

/// The linter checks a template of CloudFormation more deeply than one of SAM, so this check runs
/// the linter on the SAM template and on its translation. The check also runs the linter on a wrong
/// template, to show that the linter finds the mistake.
pub(crate) fn cfn_lint_finds_no_problem_in_sam() {
    assert_no_lint(&folder("sam/template.yaml"));

    let template = read(&folder("sam/template.yaml"));
    let write = |name: &str, template: &str| {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::write(&path, translate_sam(template).to_string()).expect("the file can be written");
        path
    };
    assert_no_lint(&write("sam.json", &template));
    let wrong = write("wrong.json", &template.replace("arm64", "arm32"));
    let output = run_to_end(&mut cfn_lint(&wrong), "");
    assert!(
        text(&output).contains("'arm32' is not one of"),
        "{}",
        text(&output)
    );
}

/// Asserts that cfn-lint finds no problem in a template of CloudFormation or SAM.
#[track_caller]
pub(crate) fn assert_no_lint(template: &Path) {
    assert_eq!(run(&mut cfn_lint(template), ""), "");
}

fn cfn_lint(template: &Path) -> Command {
    let mut command = Command::new(python::find_program("cfn-lint"));
    environment::clear(&mut command);
    // W3005 warns of a `DependsOn` that the template does not need. The CDK writes one.
    command
        .args(["--regions", "eu-west-1", "--ignore-checks", "W3005"])
        .arg("--template")
        .arg(template);
    command
}

pub(crate) fn terraform_parses() {
    let template = read(&folder("terraform/main.tf"));
    assert_deploys_the_built_file(&template);
    let function = &run_script(include_str!("read_terraform.py"), &template)["payments"];
    assert_eq!(function["architectures"], json!(["arm64"]));
    assert_eq!(function["runtime"], "provided.al2023");
    assert!(
        function["environment"].to_string().contains("var.stage"),
        "{function:#}"
    );
    for line in [
        "condition     = contains([\"dev\", \"prod\"], var.stage)",
        "policy = data.aws_iam_policy_document.stage.json",
    ] {
        assert!(template.contains(line), "{line} is not in {template}");
    }
}

/// Runs only where `terraform` is installed, because neither PyPI nor npm has it.
#[allow(
    clippy::print_stdout,
    reason = "the output of the test says which checks ran"
)]
pub(crate) fn terraform_is_formatted() {
    let mut command = Command::new("terraform");
    environment::clear(&mut command);
    command
        .args(["fmt", "-check", "-diff"])
        .arg(folder("terraform"));
    if let Err(error) = Command::new("terraform").arg("version").output() {
        println!("  not checked: `terraform` does not start: {error}");
        return;
    }
    assert_eq!(
        run(&mut command, ""),
        "",
        "policy.tf (printed by cargo stage iam) or main.tf is not formatted"
    );
}

/// Packages a copy of the template with version 3 of the framework, because version 4 needs a
/// login. The copy requests version 3 and strict validation.
pub(crate) fn serverless_packages() {
    let serverless = node::install(
        "serverless",
        &[("package.json", include_str!("serverless/package.json"))],
    );
    let template = read(&folder("serverless/serverless.yml"));
    assert_deploys_the_built_file(&template);
    let template = template
        .replace(
            "frameworkVersion: '4'",
            "frameworkVersion: '3'\nconfigValidationMode: error",
        )
        .replace(&format!("{BUILT}/bootstrap.zip"), "bootstrap.zip");

    let service = tempfile::tempdir().expect("a temporary folder can be created");
    let write = |name: &str, content: &[u8]| {
        fs::write(service.path().join(name), content).expect("the file can be written");
    };
    write("serverless.yml", template.as_bytes());
    write(
        "policy.yml",
        read(&folder("serverless/policy.yml")).as_bytes(),
    );
    write(
        "bootstrap.zip",
        &fs::read(PROGRAM).expect("the function is built"),
    );
    let package = |stage: &str| {
        let mut command = Command::new(python::find_program("node"));
        environment::clear(&mut command);
        command
            .arg(serverless.join("node_modules/serverless/bin/serverless.js"))
            .args(["package", "--stage", stage])
            .env("HOME", service.path())
            .env("SLS_NOTIFICATIONS_MODE", "off")
            .env("SLS_TELEMETRY_DISABLED", "1")
            .current_dir(service.path());
        command
    };
    // A preview stage would fall back to sources that the policy does not grant.
    let refused = run_to_end(&mut package("pr-1"), "");
    assert!(
        !refused.status.success() && text(&refused).contains("\"provider.environment.stage\""),
        "{}",
        text(&refused)
    );
    run(&mut package("prod"), "");

    let written = ".serverless/cloudformation-template-update-stack.json";
    let written = read(&service.path().join(written));
    assert_payments(&serde_json::from_str(&written).expect("the template is JSON"));
}
