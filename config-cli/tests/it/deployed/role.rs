//! The permissions of a function's role, as IAM simulates them.

use std::collections::BTreeMap;

use stage_config::StageConfig;

use super::{Aws, Checked, VARIABLES, build_zip, digest, run_check};
use crate::support::endpoint::{Answer, secrets};
use crate::support::functions::{Function, Simulated, query_error};

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
    let other = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:it-deployed/dev-AbCdEf";
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
fn names_of_another_stage_and_unused_names_are_surplus() {
    let mut aws = Aws::new();
    aws.decide = |_, _| "allowed";
    let checked = aws.check(&["--strict"]);
    assert_eq!(checked.code, Some(0), "a surplus is a warning");
    let detail = "surplus: allowed by the role's policies, and not needed in `prod`";
    let parameter = |name: &str| {
        let arn = TABLE.replace("prod/table", name);
        format!("ssm:GetParameters: {detail}: {arn}")
    };
    assert_eq!(
        checked.with_result("warning"),
        [
            format!(
                "secretsmanager:GetSecretValue: {detail}: \
                 arn:aws:secretsmanager:eu-west-1:123456789012:secret:it-deployed/dev-AbCdEf"
            ),
            parameter("dev/stage-config-unused-field"),
            parameter("dev/table"),
            parameter("prod/stage-config-unused-field"),
        ]
    );
}

#[derive(StageConfig)]
#[stage(
    dev = "/it-deployed/refunds/dev/{field}",
    prod = "/it-deployed/refunds/prod/{field}"
)]
#[allow(dead_code, reason = "only its schema is used")]
struct Refunds {
    currency: String,
}

#[test]
fn a_failed_lookup_of_a_kms_key_is_reported_for_each_function_that_needs_the_key() {
    let zip = build_zip(&[Refunds::__manifest()]);
    let mut aws = Aws::new();
    let payments = aws.functions["payments"].clone();
    aws.functions.insert("payouts".to_owned(), payments);
    let refunds = Function::new("refunds", &digest(&zip), "refunds").with_variables(VARIABLES);
    aws.functions.insert("refunds".to_owned(), refunds);
    let endpoint = aws.start_with_code(("refunds", zip), |request| {
        let is_denied = request.operation == "GetParameterHistory"
            && request.body["Name"] == "/it-deployed/prod/table";
        is_denied.then(|| Answer::not_authorized("ssm:GetParameterHistory", TABLE))
    });

    let mut arguments = vec!["--stage", "prod", "--json"];
    let functions = ["payments", "refunds", "payouts"];
    arguments.extend(functions.iter().flat_map(|name| ["--function", *name]));
    let ran = run_check(&endpoint, &arguments);
    let json: serde_json::Value = serde_json::from_str(&ran.stdout).expect("the output is JSON");
    let count_keys = |function: &serde_json::Value| {
        let findings = function["findings"].as_array().expect("a list").iter();
        let keys = findings.filter(|finding| finding["subject"] == "key");
        keys.count()
    };
    let counts: Vec<(&str, usize)> = json["functions"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|function| {
            (
                function["function"].as_str().unwrap_or_default(),
                count_keys(function),
            )
        })
        .collect();
    assert_eq!(
        counts,
        [("payments", 1), ("refunds", 0), ("payouts", 1)],
        "{json}"
    );
}

#[test]
fn a_decryption_is_simulated_with_its_context_and_a_denial_is_unverified() {
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
            "kms:Decrypt: the role's policies do not allow it; the policy of the key may allow it: {key}"
        )]
    );
    let requests = endpoint.requests();
    let simulated = requests.iter().filter_map(Simulated::from_request);
    let decrypt = simulated.filter(|one| one.action == "kms:Decrypt");
    let contexts: Vec<BTreeMap<String, String>> = decrypt.map(|one| one.context).collect();
    let expected = [
        ("aws:RequestedRegion", "eu-west-1"),
        ("aws:SecureTransport", "true"),
        ("kms:EncryptionContext:PARAMETER_ARN", TABLE),
        ("kms:ViaService", "ssm.eu-west-1.amazonaws.com"),
    ];
    let expected = expected.map(|(key, value)| (key.to_owned(), value.to_owned()));
    assert_eq!(contexts, [BTreeMap::from(expected)]);
}

#[test]
fn the_key_of_a_value_that_does_not_exist_is_not_verified() {
    let endpoint = Aws::new().start_with(|request| {
        let missing = || Answer::error(400, "ParameterNotFound", "4f2a");
        (request.operation == "GetParameterHistory").then(missing)
    });
    let checked = Checked::new(&endpoint, &[]);
    assert_eq!(
        checked.with_result("unverified"),
        [
            "kms:Decrypt: these values do not exist yet, so their keys are not known: \
             /it-deployed/prod/table"
        ]
    );
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
fn a_throttled_simulation_waits_and_prints_a_note() {
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

/// Runs a check. The answer to each simulation has `decision` for each resource, the XML elements
/// `in_each` in the result of each resource, and the XML elements `in_all` in the result of the
/// action.
fn check_with(decision: &'static str, in_each: &'static str, in_all: &'static str) -> Checked {
    let endpoint = Aws::new().start_with(move |request| {
        let simulated = Simulated::from_request(request)?;
        Some(simulated.answer_with(|_, _| decision, in_each, in_all))
    });
    Checked::new(&endpoint, &[])
}

#[test]
fn condition_keys_that_are_not_known_are_not_verified() {
    let keys = "<MissingContextValues><member>aws:SourceVpce</member></MissingContextValues>";
    for decision in ["implicitDeny", "explicitDeny"] {
        let checked = check_with(decision, keys, "");
        checked.assert_wrong(&[]);
        let unverified = checked.with_result("unverified").join("\n");
        assert!(
            unverified.contains("not known here: aws:SourceVpce"),
            "{unverified}"
        );
    }
}

#[test]
fn the_policy_that_denies_a_request_is_named() {
    let boundary = "<PermissionsBoundaryDecisionDetail><AllowedByPermissionsBoundary>false\
                    </AllowedByPermissionsBoundary></PermissionsBoundaryDecisionDetail>";
    let checked = check_with("implicitDeny", boundary, "");
    let wrong = checked.with_result("wrong").join("\n");
    let expected = "the permissions boundary of the role does not allow it";
    assert!(wrong.contains(expected), "{wrong}");

    let organization = "<OrganizationsDecisionDetail><AllowedByOrganizations>false\
                        </AllowedByOrganizations></OrganizationsDecisionDetail>";
    let checked = check_with("explicitDeny", "", organization);
    checked.assert_wrong(&[]);
    let unverified = checked.with_result("unverified").join("\n");
    let expected = "a policy of the organization denies it explicitly";
    assert!(unverified.contains(expected), "{unverified}");
}

#[test]
fn each_simulated_request_names_its_region() {
    for simulated in list_simulated(Aws::new()) {
        assert_eq!(simulated.context["aws:RequestedRegion"], "eu-west-1");
        assert_eq!(simulated.context["aws:SecureTransport"], "true");
    }
}

/// Sources whose permissions a simulation of the role covers only partly or not at all, and two
/// secrets with the same name in two regions.
mod others {
    use stage_config::{SecretString, StageConfig};

    #[derive(StageConfig)]
    #[config(schemes("vault"))]
    #[allow(dead_code, reason = "only its schema is used")]
    pub(super) struct Others {
        #[stage(prod = "/shared/table?role=arn:aws:iam::210987654321:role/central")]
        shared: String,
        #[stage(prod = "arn:aws:ssm:eu-west-1:210987654321:parameter/foreign")]
        foreign: String,
        #[stage(prod = "kms-env:KEY")]
        key: SecretString,
        #[stage(prod = "vault:token")]
        token: SecretString,
        #[stage(prod = "secret:it-deployed/far?region=us-east-1")]
        far: SecretString,
        #[stage(prod = "secret:it-deployed/far")]
        near: SecretString,
    }
}

#[test]
fn permissions_that_the_simulation_does_not_know_are_not_verified() {
    let mut aws = Aws::new()
        .with_code(build_zip(&[others::Others::__manifest()]))
        .with_variables([("stage", "prod"), ("KEY", "AQICAHg=")]);
    aws.decide = |_, _| "allowed";
    let checked = aws.clone().check(&[]);
    checked.assert_wrong(&[]);
    let account =
        "the role's policies allow it, and the policies of account 210987654321 must allow it too";
    let parameter = "arn:aws:ssm:eu-west-1:210987654321:parameter/foreign";
    let central = "arn:aws:iam::210987654321:role/central";
    let unverified = checked.with_result("unverified");
    for expected in [
        format!("ssm:GetParameters: {account}: {parameter}"),
        format!("sts:AssumeRole: {account}: {central}"),
        format!(
            "sts:AssumeRole: the permissions of a role in `?role=` are not simulated: {central}"
        ),
        "kms:Decrypt: the program decrypts these values, and their key is not known: kms-env:KEY"
            .to_owned(),
        "the program's own store: its permissions are not known: vault:token".to_owned(),
    ] {
        assert!(
            unverified.contains(&expected),
            "{expected}: {unverified:#?}"
        );
    }

    // Each of the two regions has its own secret with this name.
    let simulated = list_simulated(aws);
    let resources = simulated
        .iter()
        .filter(|one| one.action == "secretsmanager:GetSecretValue")
        .flat_map(|one| one.resources.clone());
    let mut regions: Vec<String> = resources
        .filter_map(|arn| arn.split(':').nth(3).map(str::to_owned))
        .collect();
    regions.sort();
    assert_eq!(regions, ["eu-west-1", "us-east-1"]);
}
