//! Policies in the format of each deployment tool: a parser of the format reads back the content of
//! the JSON policy, and linters find no problem.

use std::fs;
use std::process::Command;

use serde_json::Value;
use stage_config::{SecretString, StageConfig};
use tempfile::TempDir;

use super::{LOCATION, policy, run_iam, script};
use crate::support::package::run_command;
use crate::support::{node, python};

const KEY: &str = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";

#[derive(StageConfig)]
#[stage(dev = "/all/dev/{field}", fallback = ["/all/{stage}/{field}", "/all/dev/{field}"])]
#[config(preview("pr-*"), secrets = "batch")]
#[allow(dead_code, reason = "only its schema is used")]
struct All {
    table: String,
    token: SecretString,
    #[stage(all = "ssm:flat")]
    flat: String,
    #[stage(all = "/all/far:3?region=eu-central-1")]
    far: String,
    #[stage(all = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64")]
    public: String,
    #[stage(all = "/aws/reference/secretsmanager/bridge")]
    bridge: SecretString,
    #[stage(dev = "secret:dev/db#password", fallback = ["secret:{stage}/db#password", "secret:dev/db#password"])]
    password: SecretString,
    #[stage(all = "secret:all-other")]
    other: SecretString,
    #[stage(all = "secret:arn:aws:secretsmanager:eu-west-1:123456789012:secret:whole-AbCd12")]
    whole: SecretString,
    #[stage(all = "/all/json#key")]
    member: SecretString,
    #[stage(
        all = "kms-env:VARIABLE?key=arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    )]
    variable: SecretString,
    #[stage(all = "kms-env:CONSOLE?context=lambda&key=1234abcd-12ab-34cd-56ef-1234567890ab")]
    console: SecretString,
    #[stage(
        dev = "appconfig:shop/dev/flags#on",
        fallback = "appconfig:shop/{stage}/flags#on"
    )]
    flag: bool,
    #[stage(all = "appconfig:a1b2c3d/e5f6g7h/i9j0k1l")]
    settings: String,
    #[stage(all = "env:LEVEL")]
    level: String,
}

/// The stage and the purpose of each policy.
const CASES: [[&str; 4]; 6] = [
    ["--stage", "dev", "--for", "read"],
    ["--stage", "dev", "--for", "write"],
    ["--stage", "dev", "--for", "check"],
    ["--stage", "pr-*", "--for", "read"],
    ["--stage", "pr-*", "--for", "write"],
    ["--stage", "pr-*", "--for", "check"],
];

/// Adds the options for the facts that would otherwise be placeholders in the policy.
fn add_fact_options(case: [&'static str; 4]) -> Vec<&'static str> {
    [
        case.as_slice(),
        LOCATION.as_slice(),
        &["--kms-key", KEY, "--function", "payments"],
    ]
    .concat()
}

#[test]
fn parliament_finds_no_problem() {
    let lint = |policy: &Value| {
        let linted = run_command(
            &mut Command::new(python::find_program("parliament")),
            policy.to_string().as_bytes(),
        );
        (linted.code, linted.stdout + &linted.stderr)
    };
    for case in CASES {
        let policy = policy::<All>(&add_fact_options(case));
        assert_eq!(lint(&policy), (Some(0), String::new()), "{policy:#}");
        // parliament would accept a resource with `parameter//`, which matches no parameter.
        assert!(!policy.to_string().contains("parameter//"), "{policy:#}");
    }
    let mut wrong = policy::<All>(&add_fact_options(CASES[0]));
    wrong["Statement"][0]["Action"] = "ssm:GetParametersOfAll".into();
    assert!(
        lint(&wrong).1.contains("Unknown action"),
        "the linter does not find the wrong action"
    );
}

#[test]
fn each_tool_format_equals_the_json_policy() {
    let unknown: &[&str] = &["--offline"];
    for case in CASES {
        for arguments in [add_fact_options(case), [case.as_slice(), unknown].concat()] {
            let expected = policy::<All>(&arguments);
            for format in ["sam", "serverless", "terraform"] {
                let written =
                    run_iam::<All>(&[arguments.as_slice(), &["--format", format]].concat())
                        .assert_code(0)
                        .stdout;
                let read = read_format(format, &written);
                assert_eq!(read, expected, "{format}: {written}");
            }
        }
    }
}

/// A replacement for `aws-cdk-lib`. A statement keeps the arguments of its constructor, and each
/// constant of `Aws` has the text that the JSON policy contains in its place.
const CDK: &str = "
export const Aws = { PARTITION: 'aws', REGION: 'REGION', ACCOUNT_ID: 'ACCOUNT' };
class PolicyStatement {
  constructor({ sid, effect, actions, resources, conditions }) {
    Object.assign(this, { Sid: sid, Effect: effect, Action: actions, Resource: resources, Condition: conditions });
  }
}
export const aws_iam = { PolicyStatement, Effect: { ALLOW: 'Allow' } };
";

/// Runs a TypeScript file in the format `cdk`, and returns the value of `expression` as JSON.
pub(super) fn run_cdk(written: &str, expression: &str) -> Value {
    let folder = TempDir::new().expect("a temporary folder can be created");
    let put = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a file has a folder"))
            .expect("the folder can be created");
        fs::write(path, text).expect("the file can be written");
    };
    put(
        "node_modules/aws-cdk-lib/package.json",
        r#"{"name":"aws-cdk-lib","type":"module","main":"index.js"}"#,
    );
    put("node_modules/aws-cdk-lib/index.js", CDK);
    let run = format!(
        "import {{ statements }} from './policy.mts'; console.log(JSON.stringify({expression}));"
    );
    put("run.mjs", &run);
    put("policy.mts", written);
    let read = run_command(
        node::command("node")
            .arg("run.mjs")
            .current_dir(folder.path()),
        b"",
    )
    .assert_code(0)
    .stdout;
    serde_json::from_str(&read).expect("the script prints JSON")
}

/// Reads a file in this format, and returns its policy in the JSON format of IAM.
pub(super) fn read_format(format: &str, written: &str) -> Value {
    let read = run_command(&mut script("read_back.py", &[format]), written.as_bytes())
        .assert_code(0)
        .stdout;
    serde_json::from_str(&read).expect("the script answers in JSON")
}

#[test]
fn the_cdk_typescript_equals_the_json_policy() {
    for arguments in [
        add_fact_options(CASES[2]),
        [CASES[0].as_slice(), &["--offline"]].concat(),
    ] {
        let expected = policy::<All>(&arguments);
        let written = run_iam::<All>(&[arguments.as_slice(), &["--format", "cdk"]].concat())
            .assert_code(0)
            .stdout;
        assert_eq!(
            run_cdk(&written, "statements"),
            expected["Statement"],
            "{written}"
        );
    }
}

/// cfn-lint checks a policy of CloudFormation more deeply than a policy of a SAM function. So the
/// test puts the policy into one template of each kind, and cfn-lint checks both templates.
#[test]
fn cfn_lint_finds_no_problem_in_whole_templates() {
    for arguments in [
        add_fact_options(CASES[0]),
        [CASES[3].as_slice(), &["--offline"]].concat(),
    ] {
        let sam = run_iam::<All>(&[arguments.as_slice(), &["--format", "sam"]].concat())
            .assert_code(0)
            .stdout;
        assert_eq!(lint(&sam), (Some(0), String::new()), "{sam}");
        let (_, output) = lint(&sam.replace("'ssm:", "'ssm:No"));
        assert!(
            output.contains("is not one of"),
            "the linter does not find the wrong action: {output}"
        );
    }
}

pub(super) fn lint(sam: &str) -> (Option<i32>, String) {
    let folder = TempDir::new().expect("a temporary folder can be created");
    let mut command = Command::new(python::find_program("cfn-lint"));
    command.args(["--regions", "eu-west-1", "--template"]);
    for (name, template) in [
        ("function.yaml", build_function_template(sam)),
        ("policy.yaml", build_policy_template(sam)),
    ] {
        let path = folder.path().join(name);
        fs::write(&path, template).expect("the file can be written");
        command.arg(path);
    }
    let linted = run_command(&mut command, b"");
    (linted.code, linted.stdout + &linted.stderr)
}

fn indent(lines: &str, by: usize) -> String {
    lines
        .lines()
        .map(|line| format!("{}{line}\n", " ".repeat(by)))
        .collect()
}

fn build_function_template(sam: &str) -> String {
    let start = "Transform: AWS::Serverless-2016-10-31\nResources:\n  Function:\n    Type: \
                 AWS::Serverless::Function\n    Properties:\n      InlineCode: '-'\n      Handler: \
                 index.handler\n      Runtime: nodejs22.x\n";
    start.to_owned() + &indent(sam, 6)
}

fn build_policy_template(sam: &str) -> String {
    let (_, document) = sam
        .split_once("Policies:\n")
        .expect("the template begins with `Policies:`");
    let start = "Resources:\n  Policy:\n    Type: AWS::IAM::ManagedPolicy\n    Properties:\n      \
                 PolicyDocument:\n";
    start.to_owned() + &indent(&document.replacen("  - ", "    ", 1), 4)
}
