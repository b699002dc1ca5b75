//! Tests of the policies for parameters, secrets and variables, and of the addresses whose KMS keys
//! are looked up. The submodules test configurations of AppConfig, KMS keys, patterns of stages,
//! and sealed files.

mod configurations;
mod keys;
mod patterns;
mod sealed;

use serde_json::{Value, json};
use stage_config::{SecretString, StageConfig};
use stage_config_core::{Plan, Schema};

use super::*;

/// Returns a location with a known account and a known region.
fn known_location() -> AwsLocation {
    AwsLocation {
        account: Some("111122223333".to_owned()),
        region: Some("eu-west-1".to_owned()),
        partition: None,
    }
}

/// Returns the needs of a stage or of a pattern.
fn plan_needs(schema: &'static Schema, stage: &str) -> Needs {
    let pattern = StagePattern::choose(schema, stage).unwrap();
    let plan = Plan::new(schema, pattern.stage.clone(), |_| false).unwrap();
    Needs::from_plan(&plan, &pattern)
}

fn to_json(policy: &Policy) -> Value {
    serde_json::from_str(&render(policy, "dev", PolicyFormat::Json)).unwrap()
}

/// Returns the statement with this `Sid`.
#[track_caller]
fn find_statement(policy: &Policy, sid: &str) -> Value {
    let json = to_json(policy);
    let statements = json["Statement"].as_array().unwrap();
    statements
        .iter()
        .find(|one| one["Sid"] == sid)
        .unwrap_or_else(|| panic!("no {sid} in {json:#}"))
        .clone()
}

#[derive(StageConfig)]
#[stage(dev = "/payments/dev/{field}")]
#[config(schemes("vault"))]
#[allow(dead_code)]
struct Every {
    table: String,
    queue: String,
    #[stage(dev = "ssm:flat")]
    without_slash: String,
    #[stage(dev = "/payments/dev/pinned:3")]
    pinned: String,
    #[stage(dev = "/payments/dev/far?region=us-gov-west-1")]
    far: String,
    #[stage(dev = "arn:aws:ssm:eu-central-1:444455556666:parameter/shared/x:label")]
    of_another_account: String,
    #[stage(dev = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64")]
    public: String,
    #[stage(dev = "/aws/reference/secretsmanager/bridge")]
    bridge: SecretString,
    #[stage(dev = "secret:dev/db#password")]
    password: SecretString,
    #[stage(dev = "secret:dev/db#user")]
    user: String,
    #[stage(dev = ["secret:arn:aws:secretsmanager:eu-west-1:111122223333:secret:whole-AbCd12", "env:LAST"])]
    whole: String,
    #[stage(dev = "secret:arn:aws:secretsmanager:eu-west-1:111122223333:secret:dev/part")]
    partial: String,
    #[stage(dev = "secret:arn:aws:secretsmanager:eu-west-1:111122223333:secret:dev/my-secret")]
    either: String,
    #[stage(dev = "kms-env:PLAIN?key=arn:aws:kms:eu-west-1:111122223333:key/k-1")]
    variable: SecretString,
    #[stage(dev = "kms-env:CONSOLE?context=lambda&key=k-2")]
    console: SecretString,
    #[stage(dev = "env:LOG_LEVEL")]
    level: String,
    #[stage(dev = "value:5")]
    literal: u8,
    #[stage(dev = "vault:a/b")]
    vault: String,
}

#[test]
fn the_read_policy_covers_parameters_secrets_and_variables() {
    let policy = build_read_policy(
        &plan_needs(&Every::SCHEMA, "dev"),
        &known_location(),
        &KnownKeys::default(),
        Some("payments"),
    );
    let ssm = |rest: &str| format!("arn:aws:ssm:eu-west-1:111122223333:parameter/{rest}");
    let secret =
        |rest: &str| format!("arn:aws:secretsmanager:eu-west-1:111122223333:secret:{rest}");
    let mut parameters = vec![
        "arn:aws-us-gov:ssm:us-gov-west-1:111122223333:parameter/payments/dev/far".to_owned(),
        "arn:aws:ssm:eu-central-1:444455556666:parameter/shared/x".to_owned(),
        ssm("aws/reference/secretsmanager/bridge"),
        ssm("flat"),
        ssm("payments/dev/pinned"),
        ssm("payments/dev/queue"),
        ssm("payments/dev/table"),
        "arn:aws:ssm:eu-west-1::parameter/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
            .to_owned(),
    ];
    parameters.sort();
    let secrets = [
        secret("bridge-??????"),
        secret("dev/db-??????"),
        secret("dev/my-secret"),
        secret("dev/my-secret-??????"),
        secret("dev/part-??????"),
        secret("whole-AbCd12"),
    ];
    let expected = json!({ "Version": "2012-10-17", "Statement": [
        { "Sid": "ReadParameters", "Effect": "Allow", "Action": ["ssm:GetParameters"], "Resource": parameters },
        { "Sid": "ReadSecrets", "Effect": "Allow", "Action": ["secretsmanager:GetSecretValue"], "Resource": secrets },
        {
            "Sid": "DecryptLambdaVariables", "Effect": "Allow", "Action": ["kms:Decrypt"],
            "Resource": ["arn:aws:kms:eu-west-1:111122223333:key/k-2"],
            "Condition": { "StringEquals": { "kms:EncryptionContext:LambdaFunctionName": "payments" } },
        },
        {
            "Sid": "DecryptVariables", "Effect": "Allow", "Action": ["kms:Decrypt"],
            "Resource": ["arn:aws:kms:eu-west-1:111122223333:key/k-1"],
            "Condition": { "Null": { "kms:EncryptionContextKeys": "true" } },
        },
    ] });
    assert_eq!(to_json(&policy), expected);
    let notes = policy.notes.join("\n");
    assert!(notes.contains("not covered: vault:a/b"), "{notes}");
    assert!(
        notes.contains("assumed, not looked up") && !notes.contains("/aws/service/"),
        "{notes}"
    );
    assert!(!to_json(&policy).to_string().contains("parameter//"));
}

#[test]
fn only_secrets_and_parameters_of_the_account_are_looked_up() {
    let addresses: Vec<String> = plan_needs(&Every::SCHEMA, "dev")
        .list_read_lookups()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(
        addresses.contains(&"secret:bridge".to_owned()),
        "the secret must be looked up, not the parameter that refers to it: {addresses:?}"
    );
    let is_absent = |text: &str| !addresses.iter().any(|address| address.contains(text));
    assert!(
        is_absent("/aws/") && is_absent("env:") && is_absent("vault:") && is_absent("value:"),
        "{addresses:?}"
    );
}

#[test]
fn the_rollback_policy_reads_versions_and_creates_no_secret() {
    let policy = build_write_policy(
        Writer::Rollback,
        &plan_needs(&Every::SCHEMA, "dev"),
        &known_location(),
        &KnownKeys::default(),
    );
    let parameters = find_statement(&policy, "RollBackParameters");
    assert_eq!(
        parameters["Action"],
        json!([
            "ssm:GetParameterHistory",
            "ssm:GetParameters",
            "ssm:PutParameter"
        ])
    );
    let secrets = find_statement(&policy, "RollBackSecrets");
    assert_eq!(
        secrets["Action"],
        json!([
            "secretsmanager:DescribeSecret",
            "secretsmanager:GetSecretValue",
            "secretsmanager:ListSecretVersionIds",
            "secretsmanager:UpdateSecretVersionStage",
        ])
    );
    let text = to_json(&policy).to_string();
    assert!(
        !text.contains("CreateSecret") && !text.contains("pinned"),
        "{text}"
    );
    let notes = policy.notes.join("\n");
    assert!(
        notes.contains("/payments/dev/pinned:3: it pins `3`"),
        "{notes}"
    );
}

#[test]
fn the_write_policy_covers_parameters_and_secrets() {
    let policy = build_write_policy(
        Writer::Set,
        &plan_needs(&Every::SCHEMA, "dev"),
        &known_location(),
        &KnownKeys::default(),
    );
    let actions = [
        "ssm:GetParameterHistory",
        "ssm:GetParameters",
        "ssm:PutParameter",
    ];
    let written = find_statement(&policy, "WriteParameters");
    assert_eq!(written["Action"], json!(actions));
    let parameters = written["Resource"].to_string();
    assert!(
        parameters.contains("parameter/payments/dev/table\"")
            && !parameters.contains("parameter/aws/"),
        "{parameters}"
    );
    assert!(
        !parameters.contains("pinned"),
        "`set` does not write a pinned parameter: {parameters}"
    );
    let written = find_statement(&policy, "WriteSecrets");
    let update_stage = "secretsmanager:UpdateSecretVersionStage";
    let actions = [
        "secretsmanager:DescribeSecret",
        "secretsmanager:GetSecretValue",
        "secretsmanager:PutSecretValue",
        update_stage,
    ];
    assert_eq!(written["Action"], json!(actions));
    assert!(
        written["Resource"]
            .to_string()
            .contains("secret:whole-AbCd12\"")
    );
    let created = find_statement(&policy, "CreateSecrets");
    assert_eq!(created["Action"], json!(["secretsmanager:CreateSecret"]));
    let created = created["Resource"].to_string();
    assert!(
        created.contains("secret:dev/db-??????\"") && !created.contains("whole"),
        "a secret with a complete ARN exists already: {created}"
    );
    assert_eq!(
        to_json(&policy)["Statement"].as_array().unwrap().len(),
        3,
        "the policy must have no statement on a key"
    );
    let notes = policy.notes.join("\n");
    for note in [
        "env:LOG_LEVEL: it is a variable of the deployment",
        "/payments/dev/pinned:3: it pins `3`",
        "kms-env:PLAIN",
        "/aws/service/",
        "/aws/reference/",
        "vault:a/b",
    ] {
        assert!(notes.contains(note), "{note} in {notes}");
    }
}

#[test]
fn an_unknown_fact_has_a_placeholder_and_a_note() {
    let policy = build_read_policy(
        &plan_needs(&Every::SCHEMA, "dev"),
        &AwsLocation::default(),
        &KnownKeys::default(),
        None,
    );
    let parameters = find_statement(&policy, "ReadParameters")["Resource"].to_string();
    for arn in [
        "arn:aws:ssm:REGION:ACCOUNT:parameter/payments/dev/table",
        "arn:aws-us-gov:ssm:us-gov-west-1:ACCOUNT:parameter/payments/dev/far",
        "arn:aws:ssm:eu-central-1:444455556666:parameter/shared/x",
        "arn:aws:ssm:REGION::parameter/aws/service/",
    ] {
        assert!(parameters.contains(arn), "{arn} in {parameters}");
    }
    let lambda = find_statement(&policy, "DecryptLambdaVariables");
    assert_eq!(
        lambda["Condition"]["StringEquals"]["kms:EncryptionContext:LambdaFunctionName"],
        json!("FUNCTION_NAME")
    );
    let notes = list_notes(&policy, PolicyFormat::Json).join("\n");
    for option in ["--region", "--account", "--function"] {
        assert!(notes.contains(option), "{option} in {notes}");
    }
    let sam = render(&policy, "dev", PolicyFormat::Sam);
    assert!(
        sam.contains("# FUNCTION_NAME stands for") && !sam.contains("--region"),
        "SAM must fill in the account and the region: {sam}"
    );
}

#[derive(StageConfig)]
#[stage(dev = "secret:dev/{field}")]
#[config(secrets = "batch")]
#[allow(dead_code)]
struct Batched {
    a: SecretString,
    b: SecretString,
}

#[derive(StageConfig)]
#[stage(dev = "secret:dev/{field}")]
#[config(secrets = "batch")]
#[allow(dead_code)]
struct OneSecret {
    a: SecretString,
}

#[test]
fn a_batch_of_secrets_needs_its_own_action() {
    let policy = build_read_policy(
        &plan_needs(&Batched::SCHEMA, "dev"),
        &known_location(),
        &KnownKeys::default(),
        None,
    );
    let batch = find_statement(&policy, "BatchReadSecrets");
    assert_eq!(
        (&batch["Action"], &batch["Resource"]),
        (
            &json!(["secretsmanager:BatchGetSecretValue"]),
            &json!(["*"])
        )
    );
    assert_eq!(
        find_statement(&policy, "ReadSecrets")["Resource"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    // A single secret is requested with GetSecretValue.
    let policy = build_read_policy(
        &plan_needs(&OneSecret::SCHEMA, "dev"),
        &known_location(),
        &KnownKeys::default(),
        None,
    );
    assert_eq!(to_json(&policy)["Statement"].as_array().unwrap().len(), 1);
}
