//! The tests send calls to ministack, which enforces IAM. With the whole policy of the command, all
//! calls succeed. If a statement or a resource is removed from the policy, ministack denies the
//! calls that need it.
//!
//! The tests cover only secrets: for GetParameters and for conditions of KMS, ministack differs
//! from AWS.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use stage_config::{Error, FailureKind, SecretString, StageConfig};

use super::{LOCATION, policy, prepare_stage};
use crate::support::kms::{block_on, sdk_config_for};
use crate::support::peers::ministack;

#[derive(StageConfig)]
#[stage(dev = "secret:single/{field}")]
#[allow(dead_code, reason = "only the load is tested")]
struct Single {
    a: SecretString,
    b: SecretString,
}

#[derive(StageConfig)]
#[stage(dev = "secret:batched/{field}")]
#[config(secrets = "batch")]
#[allow(dead_code, reason = "only the load is tested")]
struct Batched {
    a: SecretString,
    b: SecretString,
}

/// Creates users with these policies and returns their access keys. The first key belongs to the
/// user with the whole policy.
fn create_users(whole: &Value, others: &[Value]) -> Vec<(String, String)> {
    let policies: Vec<&Value> = std::iter::once(whole).chain(others).collect();
    let answer = prepare_stage(ministack(), &json!({ "policies": policies }));
    let text = |value: &Value| value.as_str().expect("a key is text").to_owned();
    let keys = answer["keys"].as_array().expect("the answer has keys");
    keys.iter()
        .map(|pair| (text(&pair[0]), text(&pair[1])))
        .collect()
}

/// Loads with this key and returns the operations of the load.
fn load<C: StageConfig>((key, secret): &(String, String)) -> Result<Vec<String>, Error> {
    let loader = C::loader()
        .stage("dev")
        .aws(&sdk_config_for(ministack(), key, secret));
    let report = block_on(loader.resolve())?.report;
    Ok(report
        .calls
        .into_iter()
        .map(|call| call.operation)
        .collect())
}

/// Returns the fields that were denied, and asserts that no field failed for another reason.
#[track_caller]
fn denied(result: Result<Vec<String>, Error>) -> BTreeSet<String> {
    let error = result.expect_err("the call is denied");
    for failure in error.failures() {
        assert_eq!(failure.kind(), FailureKind::Denied, "{error}");
    }
    error
        .failures()
        .iter()
        .map(|failure| failure.field().to_owned())
        .collect()
}

/// Returns, for each statement, a copy of the policy without this statement.
fn without_one_statement(policy: &Value) -> Vec<Value> {
    let statements = policy["Statement"]
        .as_array()
        .expect("a policy has statements");
    let without = |index: usize| {
        let mut policy = policy.clone();
        let statements = policy["Statement"].as_array_mut().expect("a list");
        statements.remove(index);
        if statements.is_empty() {
            statements.push(
                json!({ "Effect": "Allow", "Action": "sts:GetCallerIdentity", "Resource": "*" }),
            );
        }
        policy
    };
    (0..statements.len()).map(without).collect()
}

fn both_fields() -> BTreeSet<String> {
    ["a", "b"].map(str::to_owned).into()
}

#[test]
fn a_load_needs_each_secret_of_the_policy() {
    prepare_stage(
        ministack(),
        &json!({ "secrets": { "single/a": "1", "single/b": "2", "single/a-longer": "3" } }),
    );
    let whole = policy::<Single>(&[&["--stage", "dev"], LOCATION.as_slice()].concat());
    let mut without_b = whole.clone();
    without_b["Statement"][0]["Resource"]
        .as_array_mut()
        .expect("a list")
        .pop();
    let keys = create_users(
        &whole,
        &[[without_b].as_slice(), &without_one_statement(&whole)].concat(),
    );
    let [whole, without_b, nothing] = keys.as_slice() else {
        panic!("{}", keys.len())
    };
    load::<Single>(whole).unwrap_or_else(|error| panic!("the load fails: {error}"));
    assert_eq!(denied(load::<Single>(without_b)), ["b".to_owned()].into());
    assert_eq!(denied(load::<Single>(nothing)), both_fields());
}

/// If the batch is denied, the load requests each secret in its own call. The statement for the
/// batch avoids this second round trip.
#[test]
fn a_batch_needs_both_statements() {
    prepare_stage(
        ministack(),
        &json!({ "secrets": { "batched/a": "1", "batched/b": "2" } }),
    );
    let whole = policy::<Batched>(&[&["--stage", "dev"], LOCATION.as_slice()].concat());
    let keys = create_users(&whole, &without_one_statement(&whole));
    let [whole, without_secrets, without_batch] = keys.as_slice() else {
        panic!("{}", keys.len())
    };
    let operations =
        |keys| load::<Batched>(keys).unwrap_or_else(|error| panic!("the load fails: {error}"));
    assert_eq!(operations(whole), ["BatchGetSecretValue"]);
    assert_eq!(denied(load::<Batched>(without_secrets)), both_fields());
    assert_eq!(
        operations(without_batch),
        ["BatchGetSecretValue", "GetSecretValue", "GetSecretValue"]
    );
}

/// The test makes the calls of `set` for an existing secret. It does not make the call
/// `CreateSecret`, for which ministack checks a different ARN than AWS.
#[test]
fn writing_a_secret_needs_the_write_policy() {
    prepare_stage(
        ministack(),
        &json!({ "secrets": { "writes/a": "1", "writes/b": "2" } }),
    );
    let write =
        policy::<Writes>(&[&["--stage", "dev", "--for", "write"], LOCATION.as_slice()].concat());
    let keys = create_users(&write, &without_one_statement(&write));
    let attempts = ["put_secret_value", "describe_secret", "get_secret_value"];
    let allowed = |(key, secret): &(String, String), name: &str| -> Value {
        let request = json!({ "as": [key, secret], "secret": name, "attempts": attempts });
        prepare_stage(ministack(), &request)["allowed"].clone()
    };
    let [whole, without_writing, without_creating] = keys.as_slice() else {
        panic!("{}", keys.len())
    };
    assert_eq!(allowed(whole, "writes/a"), json!(attempts));
    assert_eq!(
        allowed(whole, "writes/b"),
        json!([]),
        "no field has this secret"
    );
    assert_eq!(allowed(without_writing, "writes/a"), json!([]));
    assert_eq!(
        allowed(without_creating, "writes/a"),
        json!(attempts),
        "the secret exists"
    );
}

#[derive(StageConfig)]
#[stage(dev = "secret:writes/{field}")]
#[allow(dead_code, reason = "only its schema is used")]
struct Writes {
    a: SecretString,
}
