//! The check of a function in the server ministack. The server stores the zip of the function, and
//! simulates the policies of its role. It evaluates only the first resource of a simulation, so the
//! configuration has one parameter.

use aws_sdk_iam::Client as Iam;
use aws_sdk_lambda::Client as Lambda;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{Environment, FunctionCode, Runtime};
use serde_json::{Value, json};
use stage_config::StageConfig;

use super::build_zip;
use crate::support::kms::{block_on, sdk_config};
use crate::support::package::{Package, run_command};
use crate::support::peers::ministack;

#[derive(StageConfig)]
#[allow(dead_code, reason = "only its schema is used")]
struct One {
    #[stage(prod = "/it-deployed-one/table")]
    table: String,
}

/// Creates a role with a policy, and a function that has this role.
fn create_function(name: &str, statement: &Value) {
    let settings = sdk_config(ministack());
    let (iam, lambda) = (Iam::new(&settings), Lambda::new(&settings));
    let policy = |statement: &Value| {
        json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string()
    };
    let role = iam
        .create_role()
        .role_name(name)
        .assume_role_policy_document(policy(&json!({
            "Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": { "Service": "lambda.amazonaws.com" },
        })));
    block_on(role.send()).expect("the role can be created");
    let put = iam
        .put_role_policy()
        .role_name(name)
        .policy_name("read")
        .policy_document(policy(statement));
    block_on(put.send()).expect("the policy can be written");

    let zip = build_zip(&[One::__manifest()]);
    let create = lambda
        .create_function()
        .function_name(name)
        .runtime(Runtime::Providedal2023)
        .handler("bootstrap")
        .role(format!("arn:aws:iam::123456789012:role/{name}"))
        .code(FunctionCode::builder().zip_file(Blob::new(zip)).build())
        .environment(Environment::builder().variables("stage", "prod").build())
        .timeout(15);
    block_on(create.send()).expect("the function can be created");
}

fn check(name: &str) -> (Option<i32>, Value) {
    let package = Package::new("");
    let arguments = ["check", "--function", name, "--stage", "prod", "--json"];
    let mut command = package.verb_command(&arguments);
    command.env("AWS_ENDPOINT_URL", &ministack().url);
    let ran = run_command(&mut command, b"");
    let json = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran:?}"));
    (ran.code, json)
}

#[test]
fn a_function_with_the_permission_is_complete() {
    create_function(
        "it-deployed-allowed",
        &json!({
            "Effect": "Allow", "Action": "ssm:GetParameters",
            "Resource": "arn:aws:ssm:eu-west-1:123456789012:parameter/it-deployed-one/*",
        }),
    );
    let (code, json) = check("it-deployed-allowed");
    assert_eq!(json["functions"][0]["result"], "complete", "{json}");
    assert_eq!(code, Some(0));
    let shown = json.to_string();
    assert!(
        shown.contains("1 request allowed by the role's policies"),
        "{shown}"
    );
}

#[test]
fn a_function_without_the_permission_is_incomplete() {
    create_function(
        "it-deployed-denied",
        &json!({
            "Effect": "Allow", "Action": "ssm:GetParameter",
            "Resource": "arn:aws:ssm:eu-west-1:123456789012:parameter/it-deployed-one/*",
        }),
    );
    let (code, json) = check("it-deployed-denied");
    assert_eq!(code, Some(1), "{json}");
    let shown = json.to_string();
    assert!(
        shown.contains("the role's policies do not allow it"),
        "{shown}"
    );
}
