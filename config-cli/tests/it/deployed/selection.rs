//! The check of all functions of a stack, of a tag, or of a workspace.

use serde_json::{Value, json};
use stage_config::StageConfig as _;

use super::{Aws, Config, digest, run_check, zip_executable};
use crate::support::artifact::build_elf;
use crate::support::endpoint::{Answer, Endpoint, Request};
use crate::support::functions::{
    Function, list_stack, list_tagged, query_error, requested_function,
};
use crate::support::package::{Package, RunOutput, run_command};
use crate::support::scripted_cargo;

/// Starts AWS with two functions that load a configuration, and one that loads none.
fn start(answer: impl Fn(&Request) -> Option<Answer> + Send + Sync + 'static) -> Endpoint {
    let mut aws = Aws::new();
    let payments = aws.functions["payments"].clone();
    aws.functions.insert("refunds".to_owned(), payments);
    let other = Function::new("other", "", "").with("Runtime", json!("nodejs22.x"));
    aws.functions.insert("other".to_owned(), other);
    aws.start_with(answer)
}

fn names(ran: &RunOutput) -> Vec<String> {
    let json: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran:?}"));
    let functions = json["functions"].as_array().expect("a list").iter();
    functions
        .map(|function| function["function"].as_str().unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn the_functions_of_a_stack_and_of_its_nested_stacks_are_checked() {
    let endpoint = start(|request| {
        if request.operation != "ListStackResources" {
            return None;
        }
        let body = &request.body;
        Some(
            match (body["StackName"].as_str()?, body["NextToken"].as_str()) {
                ("shop", None) => list_stack(
                    &[
                        ("AWS::Lambda::Function", "payments"),
                        ("AWS::IAM::Role", "payments-role"),
                        ("AWS::CloudFormation::Stack", "arn:nested"),
                    ],
                    Some("page-2"),
                ),
                ("shop", Some("page-2")) => list_stack(
                    &[(
                        "AWS::Lambda::Alias",
                        "arn:aws:lambda:eu-west-1:123456789012:function:payments:live",
                    )],
                    None,
                ),
                ("arn:nested", None) => list_stack(
                    &[
                        ("AWS::Lambda::Function", "refunds"),
                        ("AWS::Lambda::Function", "other"),
                    ],
                    None,
                ),
                other => panic!("{other:?}"),
            },
        )
    });
    let arguments = ["--stack", "shop", "--stage", "prod", "--json"];
    let ran = run_check(&endpoint, &arguments)
        .assert_code(0)
        .assert_stderr("note: skipped, because they load no configuration: other");
    assert_eq!(names(&ran), ["payments:live", "refunds"]);
    let asked: Vec<String> = endpoint
        .requests()
        .iter()
        .filter_map(|request| {
            let (name, qualifier) = requested_function(request)?;
            Some(format!("{name} {}", qualifier.unwrap_or_default()))
        })
        .collect();
    assert_eq!(asked, ["other ", "payments live", "refunds "]);
}

#[test]
fn a_stack_that_does_not_exist_is_an_error() {
    let endpoint = start(|request| {
        (request.operation == "ListStackResources")
            .then(|| query_error(400, "ValidationError", "Stack with id shp does not exist"))
    });
    run_check(&endpoint, &["--stack", "shp", "--stage", "prod"])
        .assert_code(2)
        .assert_stderr("there is no stack \"shp\"");
}

/// The tag has 500 functions with one role, on five pages. One of the functions has been deleted.
#[test]
fn functions_on_all_pages_of_a_tag_are_checked() {
    let mut aws = Aws::new();
    let function = aws.functions["payments"].clone();
    for index in 0..499 {
        let name = format!("payments-{index}");
        aws.functions.insert(name, function.clone());
    }
    let endpoint = aws.start_with(|request| {
        if request.operation != "GetResources" {
            return None;
        }
        let page: usize = request.body["PaginationToken"]
            .as_str()
            .and_then(|token| token.parse().ok())
            .unwrap_or_default();
        let arns: Vec<String> = (page * 100..page * 100 + 100)
            .map(|index| format!("arn:aws:lambda:eu-west-1:123456789012:function:payments-{index}"))
            .collect();
        let arns: Vec<&str> = arns.iter().map(String::as_str).collect();
        let next = if page < 4 {
            (page + 1).to_string()
        } else {
            String::new()
        };
        Some(list_tagged(&arns, &next))
    });
    let arguments = ["--tag", "app=shop", "--stage", "prod", "--json"];
    let ran = run_check(&endpoint, &arguments)
        .assert_code(0)
        .assert_stderr("note: skipped, because they no longer exist: payments-499");
    assert_eq!(names(&ran).len(), 499);
    let requests = endpoint.signed_requests();
    let count = |operation: &str| {
        let same = requests.iter().filter(|one| one.operation == operation);
        same.count()
    };
    assert_eq!(count("GetResources"), 5);
    // The functions share a role, so each of the two actions is simulated only once.
    assert_eq!(count("SimulatePrincipalPolicy"), 2);
}

/// Creates a workspace with the package `payments`, whose binary `api` loads [`Config`].
fn new_workspace(metadata: &str) -> Package {
    let package = Package::new("[workspace]\nmembers = [\"payments\"]\n");
    let cargo_toml = format!("[package]\nname = \"payments\"\n{metadata}");
    package.write("payments/Cargo.toml", cargo_toml);
    let executable = build_elf(&[Config::__manifest()]);
    scripted_cargo::install(&package, &["payments"], &[("payments", "api", executable)]);
    package
}

fn check_workspace(metadata: &str, aws: Aws, arguments: &[&str]) -> RunOutput {
    let package = new_workspace(metadata);
    let endpoint = aws.start();
    let verb = ["check", "--workspace", "--deployed"];
    let mut command = package.verb_command(&[&verb, arguments].concat());
    command
        .env("AWS_ENDPOINT_URL", &endpoint.url)
        .env("CARGO", scripted_cargo::path(&package));
    run_command(&mut command, b"")
}

#[test]
fn the_function_of_each_binary_is_checked_against_its_build() {
    let metadata = "[package.metadata.stage]\nfunction = \"payments-{bin}-{stage}\"\n";
    let mut aws = Aws::new();
    let function = aws.functions["payments"].clone();
    aws.functions
        .insert("payments-api-prod".to_owned(), function);
    let ran = check_workspace(metadata, aws.clone(), &["--stage", "prod", "--json"]);
    let ran = ran.assert_code(0);
    assert_eq!(names(&ran), ["payments-api-prod"]);
    assert!(ran.stdout.contains("the same executable as"), "{ran:?}");

    // Without `--stage`, the function of each declared stage is checked.
    let ran = check_workspace(metadata, aws, &[]).assert_code(2);
    assert!(
        ran.stdout.contains("there is no function payments-api-dev"),
        "{ran:?}"
    );
    let rows: Vec<&str> = ran.stdout.lines().take(3).collect();
    assert_eq!(
        rows,
        [
            "FUNCTION           STAGE  RESULT",
            "payments-api-dev   dev    could not be checked",
            "payments-api-prod  prod   complete",
        ]
    );
}

#[test]
fn a_workspace_without_names_of_functions_is_an_error() {
    check_workspace("", Aws::new(), &["--stage", "prod"])
        .assert_code(2)
        .assert_stderr("skipped, because Cargo.toml names no function for them: payments/api")
        .assert_stderr("[package.metadata.stage] function = \"payments-{stage}\"");
}

#[test]
fn a_wrong_name_of_a_function_is_an_error() {
    let metadata = "[package.metadata.stage]\nfunction = \"payments {stage}\"\n";
    let ran = check_workspace(metadata, Aws::new(), &["--stage", "prod"]).assert_code(2);
    assert!(ran.stdout.contains("`function` in Cargo.toml"), "{ran:?}");
}

#[test]
fn two_binaries_with_the_same_function_are_refused() {
    let package = Package::new("[workspace]\nmembers = [\"payments\"]\n");
    let metadata = "[package.metadata.stage]\nfunction = \"payments-{stage}\"\n";
    let cargo_toml = format!("[package]\nname = \"payments\"\n{metadata}");
    package.write("payments/Cargo.toml", cargo_toml);
    let executable = build_elf(&[Config::__manifest()]);
    let programs = ["api", "worker"].map(|name| ("payments", name, executable.clone()));
    scripted_cargo::install(&package, &["payments"], &programs);
    let mut command = package.verb_command(&["check", "--workspace", "--deployed"]);
    command.env("CARGO", scripted_cargo::path(&package));
    run_command(&mut command, b"")
        .assert_code(2)
        .assert_stderr("payments/api and payments/worker have the same function in Cargo.toml");
}

/// The stack has a function whose `bootstrap` is a shell script, and one that runs an image.
#[test]
fn a_script_of_a_stack_is_skipped_and_an_image_is_not_verified() {
    let mut aws = Aws::new();
    aws.zip = zip_executable(b"#!/bin/sh\n");
    let script = Function::new("script", &digest(&aws.zip), "");
    aws.functions.insert("script".to_owned(), script);
    let mut image = Function::new("image", "", "").with("PackageType", json!("Image"));
    image.code = json!({ "RepositoryType": "ECR", "ImageUri": "x@sha256:0" });
    aws.functions.insert("image".to_owned(), image);
    let endpoint = aws.start_with(|request| {
        let resources = ["script", "image"].map(|name| ("AWS::Lambda::Function", name));
        (request.operation == "ListStackResources").then(|| list_stack(&resources, None))
    });
    let arguments = ["--stack", "shop", "--stage", "prod", "--json"];
    let ran = run_check(&endpoint, &arguments)
        .assert_code(0)
        .assert_stderr("note: skipped, because they load no configuration: script");
    assert_eq!(names(&ran), ["image"]);
    let arguments = [&arguments[..], &["--strict"]].concat();
    run_check(&endpoint, &arguments).assert_code(1);
}
