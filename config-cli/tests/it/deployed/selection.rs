//! The functions of a stack, of a tag, and of a workspace.

use serde_json::{Value, json};

use super::{Aws, run_check, run_in};
use crate::support::endpoint::{Answer, Endpoint, Request};
use crate::support::functions::{
    Function, list_stack, list_tagged, query_error, requested_function,
};
use crate::support::package::{Package, RunOutput};

/// AWS with two functions of a configuration, and one without.
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
        .assert_stderr("there is no such stack");
}

#[test]
fn five_hundred_functions_of_a_tag_are_read_page_by_page() {
    let endpoint = Aws::new().start_with(|request| {
        if request.operation != "GetResources" {
            // The other functions have been deleted.
            let (name, _) = requested_function(request)?;
            let gone = || Answer::error(404, "ResourceNotFoundException", "gone");
            return (name != "payments").then(gone);
        }
        let page: usize = request.body["PaginationToken"]
            .as_str()
            .and_then(|token| token.parse().ok())
            .unwrap_or_default();
        let arns: Vec<String> = (page * 100..page * 100 + 100)
            .map(|index| {
                let name = if index == 499 {
                    "payments".to_owned()
                } else {
                    format!("other-{index}")
                };
                format!("arn:aws:lambda:eu-west-1:123456789012:function:{name}")
            })
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
        .assert_stderr("note: skipped, because they no longer exist");
    assert_eq!(names(&ran), ["payments"]);
    let pages = endpoint.requests();
    let pages = pages.iter().filter(|one| one.operation == "GetResources");
    assert_eq!(pages.count(), 5);
}

#[test]
fn the_function_of_each_binary_is_checked_against_its_build() {
    let package = Package::new("[package.metadata.stage]\nfunction = \"payments-{stage}\"\n");
    let mut aws = Aws::new();
    let function = aws.functions["payments"].clone();
    aws.functions.insert("payments-prod".to_owned(), function);
    let endpoint = aws.start();
    // The package has no binary.
    let ran = run_in(
        &package,
        &endpoint,
        "check",
        &["--workspace", "--deployed", "--stage", "prod"],
    );
    ran.assert_code(2)
        .assert_stderr("no binary of the workspace has a deployed function");
}
