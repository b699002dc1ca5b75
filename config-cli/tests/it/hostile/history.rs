//! Hostile texts in the data of a version, such as its author, its key and its labels. The store
//! returns them in a successful answer.

use serde_json::{Value, json};

use crate::hostile::{FORGED, LINES, RECORD, assert_output_plain, command};
use crate::support::artifact;
use crate::support::endpoint::{Answer, Endpoint};
use crate::support::package::{Package, run_command};

const AUTHOR: &str = "arn:aws:iam::111122223333:user/anna";

fn new_parameter(author: &str) -> Value {
    json!({
        "Name": "/key",
        "Type": format!("Secure{LINES}"),
        "KeyId": format!("alias/{LINES}"),
        "LastModifiedDate": 1_700_000_000,
        "LastModifiedUser": author,
        "Version": 3,
        "Labels": [format!("label{LINES}")],
    })
}

/// Returns the output of `history`. If the source is a parameter, its version has this author.
fn run_history(author: String, arguments: &[&str]) -> String {
    let endpoint = Endpoint::start(move |request| match request.operation.as_str() {
        "GetParameterHistory" => Answer::json(&json!({ "Parameters": [new_parameter(&author)] })),
        _ => Answer::json(&json!({ "Versions": [{
            "VersionId": format!("id{LINES}"),
            "VersionStages": [format!("AWSCURRENT{LINES}")],
            "KmsKeyIds": [format!("key{LINES}")],
            "CreatedDate": 1_700_000_000,
        }] })),
    });
    let package = Package::new("");
    let artifact = package.write("artifact", artifact::build_elf(&[&RECORD]));
    let arguments = [
        &[
            "history",
            "--artifact",
            artifact.to_str().expect("the path is text"),
        ],
        arguments,
    ]
    .concat();
    let ran = run_command(&mut command(&package, &arguments, &endpoint.url), b"").assert_code(0);
    assert_output_plain(&ran, "history")
}

#[test]
fn hostile_version_data_stays_in_its_cell() {
    for arguments in [["key", "--stage", "dev"], ["name", "--stage", "prod"]] {
        let output = run_history(AUTHOR.to_owned(), &arguments);
        assert!(output.contains(FORGED), "{output}");
        assert_eq!(output.lines().count(), 2, "{output}");
    }
}

#[test]
fn an_author_that_is_not_an_arn_is_not_shown() {
    let arguments = ["key", "--stage", "dev", "--json"];
    let author_in_json = |author: &str| {
        let answer: Value = serde_json::from_str(&run_history(author.to_owned(), &arguments))
            .expect("the text is JSON");
        answer["sources"][0]["versions"][0]["author"].clone()
    };
    assert_eq!(author_in_json(AUTHOR), AUTHOR);
    for author in [
        "",
        "N/A",
        "arn:hunter2",
        &format!("{AUTHOR}{LINES}"),
        &format!("{AUTHOR} complete"),
    ] {
        assert_eq!(author_in_json(author), Value::Null, "{author:?}");
    }
}

/// The labels and the IDs of versions come from the store, so they are untrusted.
#[test]
fn hostile_version_data_does_not_leave_its_line_in_a_rollback() {
    let endpoint = Endpoint::start(|request| match request.operation.as_str() {
        "ListSecretVersionIds" => Answer::json(&json!({ "Versions": [
            { "VersionId": format!("new{LINES}"), "VersionStages": ["AWSCURRENT"] },
            { "VersionId": format!("old{LINES}"), "VersionStages": [format!("AWSPREVIOUS"), format!("l{LINES}")] },
        ] })),
        "GetSecretValue" => Answer::json(&json!({
            "SecretString": "{\"name\": \"x\"}", "VersionId": format!("old{LINES}"),
            "ARN": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:pq-AbCdEf", "Name": "pq",
        })),
        _ => Answer::json(&json!({})),
    });
    let package = Package::new("");
    let artifact = package.write("artifact", artifact::build_elf(&[&RECORD]));
    let artifact = artifact.to_str().expect("the path is text");
    let arguments = [
        "rollback",
        "name",
        "--stage",
        "prod",
        "--yes",
        "--artifact",
        artifact,
    ];
    let ran = run_command(&mut command(&package, &arguments, &endpoint.url), b"");
    let output = assert_output_plain(&ran, "rollback");
    assert!(output.contains(FORGED), "{output}");
}
