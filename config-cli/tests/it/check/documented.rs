//! The examples of `docs/ci.md`: the workflows are valid YAML, the step that uses the GitHub action
//! of this repository sets only inputs that `action.yml` declares, the command accepts the
//! documented arguments, and the policy matches the plan of the stage `prod`.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;
use stage_config::{Plan, Stage};

use crate::support::package::{Package, run_command};
use crate::support::{payments, python};

fn code_blocks(language: &str) -> Vec<&'static str> {
    const TEXT: &str = include_str!("../../../../docs/ci.md");
    let start = format!("\n```{language}\n");
    TEXT.split(start.as_str())
        .skip(1)
        .filter_map(|rest| rest.split("\n```").next())
        .collect()
}

/// Parses YAML with PyYAML, which is installed with moto, one of the servers that replace AWS.
fn parse_yaml(text: &str) -> Value {
    let script = "import json, sys, yaml; print(json.dumps(yaml.safe_load(sys.stdin)))";
    let mut command = Command::new(python::find_program("python"));
    let read = run_command(command.args(["-c", script]), text.as_bytes()).assert_code(0);
    serde_json::from_str(&read.stdout).expect("Python writes JSON")
}

#[test]
fn workflows_are_valid_yaml_and_deploy_after_the_check() {
    let workflows: Vec<Value> = code_blocks("yaml").into_iter().map(parse_yaml).collect();
    let [github, _, gitlab] = workflows.as_slice() else {
        panic!("expected two workflows and a step: {workflows:?}")
    };
    assert_eq!(github["jobs"]["check"]["needs"], "build");
    assert_eq!(github["jobs"]["deploy"]["needs"], "check");
    for (name, job) in github["jobs"].as_object().expect("jobs") {
        let asks_aws = job["steps"]
            .to_string()
            .contains("configure-aws-credentials");
        assert_eq!(
            job["permissions"]["id-token"] == "write",
            asks_aws,
            "{name}"
        );
    }
    assert!(
        gitlab["check"]["script"]
            .as_array()
            .is_some_and(|script| script.len() == 3)
    );
}

#[test]
fn the_step_uses_only_inputs_that_the_action_has() {
    let action = parse_yaml(include_str!("../../../../action.yml"));
    let inputs = action["inputs"].as_object().expect("the action has inputs");
    let step = parse_yaml(code_blocks("yaml")[1]);
    let used = step[0]["with"].as_object().expect("the step has inputs");
    assert!(!used.is_empty());
    for name in used.keys() {
        assert!(inputs.contains_key(name), "{name}");
    }
}

/// The command line accepts each documented command, which then fails only because the files that
/// it names do not exist.
#[test]
fn documented_commands_are_accepted() {
    let package = Package::new("");
    let texts = [code_blocks("yaml"), code_blocks("sh")].concat().join("\n");
    let commands: Vec<&str> = texts
        .lines()
        .filter_map(|line| Some(&line[line.find("cargo stage check")?..]))
        .collect();
    assert_eq!(commands.len(), 4, "{commands:?}");
    for command in commands {
        let words = command
            .split(['|', '>'])
            .next()
            .expect("a part")
            .split_whitespace()
            .skip(2);
        let arguments: Vec<&str> = words.collect();
        run_command(&mut package.verb_command(&arguments), b"")
            .assert_code(2)
            .assert_stderr("cannot be read");
    }
}

#[test]
fn the_documented_policy_matches_the_configuration() {
    let policies: Vec<Value> = code_blocks("json")
        .into_iter()
        .map(|text| serde_json::from_str(text).expect("the text is JSON"))
        .collect();
    let statements = policies[0]["Statement"].as_array().expect("statements");
    let resources: BTreeSet<&str> = statements
        .iter()
        .flat_map(|statement| {
            statement["Resource"]
                .as_array()
                .cloned()
                .unwrap_or_else(|| vec![statement["Resource"].clone()])
        })
        .map(|arn| {
            arn.as_str()
                .expect("a text")
                .rsplit(':')
                .next()
                .expect("a part")
                .to_owned()
                .leak() as &str
        })
        .collect();
    let stage = Stage::choose(payments::payments_schema(), "prod").expect("the stage is declared");
    let plan =
        Plan::new(payments::payments_schema(), stage, |_| false).expect("the stage has a plan");
    let planned = plan
        .calls()
        .into_iter()
        .flat_map(|call| call.requests)
        .map(|request| {
            let address = request.address();
            match address.strip_prefix("secret:") {
                Some(name) => format!("{name}-??????"),
                None => format!("parameter{address}"),
            }
        });
    let planned: BTreeSet<String> = planned.collect();
    assert_eq!(resources, planned.iter().map(String::as_str).collect());
    let actions: Vec<&str> = statements
        .iter()
        .filter_map(|statement| statement["Action"].as_str())
        .collect();
    assert_eq!(
        actions,
        ["ssm:GetParameters", "secretsmanager:DescribeSecret"]
    );
}
