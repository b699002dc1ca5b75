//! Compares the transcripts in `docs/cli/deployed.md` with the output of the commands.

use std::collections::BTreeMap;

use serde_json::json;

use super::{Aws, build_zip, digest};
use crate::support::endpoint::{Answer, Request};
use crate::support::functions::{Function, is_function_list, list_functions};
use crate::support::payments::RECORD;
use crate::transcripts;

const NAME: &str = "payments-prod";

/// Starts AWS with the function that the page names, and with two parameters of the stage `prod`.
fn start() -> crate::support::endpoint::Endpoint {
    let zip = build_zip(&[&RECORD]);
    let function = Function::new(NAME, &digest(&zip), "")
        .with("Timeout", json!(3))
        .with_variables([("stage", "prod"), ("STAGE_CONFIG_SET__TIMEOUT_S", "60")]);
    let mut aws = Aws::new();
    aws.functions = BTreeMap::from([(NAME.to_owned(), function)]);
    aws.zip = zip;
    aws.decide = |_, resource| {
        if resource.ends_with("/stripeSecretKey/live") {
            "implicitDeny"
        } else if resource.contains("/payments/prod/") || resource.contains("prod/db") {
            "allowed"
        } else {
            "implicitDeny"
        }
    };
    aws.start_with(|request: &Request| {
        if is_function_list(request) {
            return Some(list_functions(&[NAME.to_owned()], None));
        }
        match request.operation.as_str() {
            "DescribeParameters" => Some(Answer::json(&json!({ "Parameters": [
                { "Name": "/payments/prod/table_name" },
                { "Name": "/payments/prod/old_table" },
            ]}))),
            _ => None,
        }
    })
}

#[test]
fn the_page_matches_the_real_output() {
    let endpoint = start();
    let commands = transcripts::check_page("docs/cli/deployed.md", &endpoint.url);
    assert!(commands >= 3, "{commands}");
}
