//! Checks the templates in `examples/lambda/deploy`. `CHECKS` names the tool of each check. A
//! template is checked by the tool that it is written for, if this tool can run in a test, and
//! otherwise by another tool or by a replacement. `cargo test --workspace` builds `cargo-stage`,
//! which these tests run.
#![cfg(unix)]

mod cloud_formation;
mod generated;
mod programs;
mod stage;
mod templates;

use std::collections::BTreeSet;
use std::fs;

/// A folder of templates, the tool that checks it, and the check.
type Check = (&'static str, &'static str, fn());

const CHECKS: [Check; 8] = [
    ("sam", "aws-sam-translator", templates::sam_translates),
    (
        "sam",
        "cfn-lint",
        templates::cfn_lint_finds_no_problem_in_sam,
    ),
    ("cdk", "cdk synth", programs::cdk_synthesizes),
    ("terraform", "python-hcl2", templates::terraform_parses),
    (
        "terraform",
        "terraform fmt",
        templates::terraform_is_formatted,
    ),
    (
        "serverless",
        "serverless package",
        templates::serverless_packages,
    ),
    ("sst", "node, with replacements for SST", programs::sst_runs),
    (
        "cargo-lambda",
        "bash, with a replacement for the AWS CLI",
        programs::cargo_lambda_deploys,
    ),
];

/// Runs all checks, and prints which ones run. The checks install their tools from PyPI and npm,
/// and fail if an installation fails. Neither of the two has `terraform`, so its check runs only
/// where `terraform` is installed.
#[test]
#[allow(
    clippy::print_stdout,
    reason = "the output of the test says which checks ran"
)]
fn every_template_is_checked() {
    for (folder, tool, check) in CHECKS {
        println!("{folder}: {tool}");
        check();
    }

    let checked: BTreeSet<String> = CHECKS.map(|(folder, ..)| folder.to_owned()).into();
    let entries = fs::read_dir(templates::folder("")).expect("the folder can be read");
    let folders: BTreeSet<String> = entries
        .map(|entry| entry.expect("the folder can be read"))
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().expect("a name is text"))
        .collect();
    assert_eq!(checked, folders, "a template is not checked");
}
