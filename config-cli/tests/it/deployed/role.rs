//! The role of a function, as IAM simulates it.

use std::collections::BTreeMap;

use super::{Aws, Checked, run_check};
use crate::support::endpoint::{Answer, secrets};
use crate::support::functions::{Simulated, query_error};

const TABLE: &str = "arn:aws:ssm:eu-west-1:123456789012:parameter/it-deployed/prod/table";

/// Returns the simulated requests of a check.
fn list_simulated(aws: Aws) -> Vec<Simulated> {
    let endpoint = aws.start();
    Checked::new(&endpoint, &[]);
    let requests = endpoint.requests();
    requests
        .iter()
        .filter_map(Simulated::from_request)
        .collect()
}

#[test]
fn each_action_is_simulated_with_its_own_resources() {
    let simulated = list_simulated(Aws::new());
    let find = |action: &str| {
        let mut found = simulated.iter().filter(|one| one.action == action);
        let one = found
            .next()
            .unwrap_or_else(|| panic!("{action}: {simulated:?}"));
        assert!(found.next().is_none(), "{simulated:?}");
        assert_eq!(one.role, "arn:aws:iam::123456789012:role/payments");
        let mut resources = one.resources.clone();
        resources.sort();
        resources
    };
    let parameter = |name: &str| TABLE.replace("prod/table", name);
    assert_eq!(
        find("ssm:GetParameters"),
        [
            parameter("dev/stage-config-unused-field"),
            parameter("dev/table"),
            parameter("prod/stage-config-unused-field"),
            parameter("prod/table"),
        ]
    );
    let secret = secrets::arn("it-deployed/prod");
    let other = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:it-deployed/dev-000000";
    assert_eq!(
        find("secretsmanager:GetSecretValue"),
        [other.to_owned(), secret]
    );
}

#[test]
fn a_missing_permission_is_wrong() {
    let mut aws = Aws::new();
    aws.decide = |_, _| "implicitDeny";
    let checked = aws.check(&[]);
    let secret = secrets::arn("it-deployed/prod");
    checked.assert_wrong(&[
        &format!("secretsmanager:GetSecretValue: the role's policies do not allow it: {secret}"),
        &format!("ssm:GetParameters: the role's policies do not allow it: {TABLE}"),
    ]);
}

#[test]
fn an_explicit_deny_is_wrong() {
    let mut aws = Aws::new();
    aws.decide = |_, resource| match resource {
        TABLE => "explicitDeny",
        _ if resource.contains("prod-") => "allowed",
        _ => "implicitDeny",
    };
    aws.check(&[]).assert_wrong(&[&format!(
        "ssm:GetParameters: the role's policies deny it explicitly: {TABLE}"
    )]);
}

#[test]
fn what_another_stage_reads_and_unused_names_are_surplus() {
    let mut aws = Aws::new();
    aws.decide = |_, _| "allowed";
    let checked = aws.check(&["--strict"]);
    assert_eq!(checked.code, Some(0), "a surplus is a warning");
    let detail =
        "surplus: the role's policies allow it, and the program does not need it in `prod`";
    let parameter = |name: &str| {
        let arn = TABLE.replace("prod/table", name);
        format!("ssm:GetParameters: {detail}: {arn}")
    };
    assert_eq!(
        checked.with_result("warning"),
        [
            format!(
                "secretsmanager:GetSecretValue: {detail}: \
                 arn:aws:secretsmanager:eu-west-1:123456789012:secret:it-deployed/dev-000000"
            ),
            parameter("dev/stage-config-unused-field"),
            parameter("dev/table"),
            parameter("prod/stage-config-unused-field"),
        ]
    );
}

#[test]
fn a_key_is_simulated_with_its_context_and_a_denial_is_not_verified() {
    let mut aws = Aws::new();
    aws.decide = |simulated, resource| {
        let is_unused = resource.contains("/dev") || resource.contains("unused");
        if simulated.action == "kms:Decrypt" || is_unused {
            "implicitDeny"
        } else {
            "allowed"
        }
    };
    let key = "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000001";
    let history = serde_json::json!({ "Parameters": [{
        "Name": "/it-deployed/prod/table", "Type": "SecureString", "Version": 1, "KeyId": key,
    }]});
    let metadata = serde_json::json!({ "KeyMetadata": {
        "KeyId": "00000000-0000-0000-0000-000000000001", "Arn": key, "KeyManager": "CUSTOMER",
        "KeyState": "Enabled", "Enabled": true, "KeyUsage": "ENCRYPT_DECRYPT",
    }});
    let endpoint = aws.start_with(move |request| match request.operation.as_str() {
        "GetParameterHistory" => Some(Answer::json(&history)),
        "DescribeKey" => Some(Answer::json(&metadata)),
        _ => None,
    });
    let checked = Checked::new(&endpoint, &[]);
    checked.assert_wrong(&[]);
    assert_eq!(
        checked.with_result("unverified"),
        [format!(
            "kms:Decrypt: the role's policies do not allow it; the policy of the key may: {key}"
        )]
    );
    let requests = endpoint.requests();
    let simulated = requests.iter().filter_map(Simulated::from_request);
    let decrypt = simulated.filter(|one| one.action == "kms:Decrypt");
    let contexts: Vec<BTreeMap<String, String>> = decrypt.map(|one| one.context).collect();
    let expected = [
        ("kms:EncryptionContext:PARAMETER_ARN", TABLE),
        ("kms:ViaService", "ssm.eu-west-1.amazonaws.com"),
    ];
    let expected = expected.map(|(key, value)| (key.to_owned(), value.to_owned()));
    assert_eq!(contexts, [BTreeMap::from(expected)]);
}

#[test]
fn a_role_that_does_not_exist_is_wrong_and_a_denied_simulation_is_unchecked() {
    let gone = |request: &_| {
        Simulated::from_request(request)
            .map(|_| query_error(404, "NoSuchEntity", "The role cannot be found."))
    };
    let endpoint = Aws::new().start_with(gone);
    let checked = Checked::new(&endpoint, &[]);
    checked.assert_wrong(&["the role of the function does not exist"]);

    let denied = |request: &_| {
        let message = "User: arn:aws:iam::123456789012:user/ci is not authorized to perform: \
                       iam:SimulatePrincipalPolicy on resource: role payments";
        Simulated::from_request(request).map(|_| query_error(403, "AccessDenied", message))
    };
    let endpoint = Aws::new().start_with(denied);
    let checked = Checked::new(&endpoint, &[]);
    assert_eq!(checked.code, Some(2));
    let unchecked = checked.with_result("unchecked").join("\n");
    assert!(
        unchecked.contains("role/payments") && unchecked.contains("denied"),
        "{unchecked}"
    );
}

#[test]
fn a_throttled_simulation_waits_and_says_so() {
    let throttled = std::sync::atomic::AtomicBool::new(false);
    let endpoint = Aws::new().start_with(move |request| {
        Simulated::from_request(request)?;
        let is_first = !throttled.swap(true, std::sync::atomic::Ordering::SeqCst);
        is_first.then(|| query_error(400, "Throttling", "Rate exceeded"))
    });
    let arguments = ["--function", "payments", "--stage", "prod"];
    let ran = run_check(&endpoint, &arguments).assert_code(0);
    ran.assert_stderr("AWS throttles iam:SimulatePrincipalPolicy: the command waits");
}
