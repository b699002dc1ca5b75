//! The simulations of many permissions, and the permissions that the check itself needs.

use stage_config::StageConfig as _;

use super::{Aws, Checked, Config, build_zip, run_check, run_in};
use crate::support::artifact::write_artifact;
use crate::support::endpoint::{Answer, Request};
use crate::support::functions::{Simulated, requested_function};
use crate::support::package::Package;

mod many {
    use stage_config::StageConfig;

    #[derive(StageConfig)]
    #[stage(prod = "/it-many/{field}")]
    #[allow(dead_code, reason = "only its schema is used")]
    pub(super) struct Many {
        p00: String,
        p01: String,
        p02: String,
        p03: String,
        p04: String,
        p05: String,
        p06: String,
        p07: String,
        p08: String,
        p09: String,
        p10: String,
        p11: String,
        p12: String,
        p13: String,
        p14: String,
        p15: String,
        p16: String,
        p17: String,
        p18: String,
        p19: String,
        p20: String,
        p21: String,
        p22: String,
        p23: String,
        p24: String,
        p25: String,
        p26: String,
        p27: String,
        p28: String,
        p29: String,
    }
}

/// The command puts at most 25 resources into one simulation.
#[test]
fn many_resources_are_simulated_in_several_requests() {
    let endpoint = Aws::new()
        .with_code(build_zip(&[many::Many::__manifest()]))
        .start();
    let checked = Checked::new(&endpoint, &[]);
    let ok = checked.with_result("ok").join("\n");
    let expected = "ssm:GetParameters: 30 requests allowed by the role's policies";
    assert!(ok.contains(expected), "{ok}");
    let requests = endpoint.requests();
    let simulated = requests.iter().filter_map(Simulated::from_request);
    let counts: Vec<usize> = simulated.map(|one| one.resources.len()).collect();
    assert_eq!(counts, [25, 6]);
}

/// The policy that `iam --for check` prints contains the action of each request that `check` sends.
#[test]
fn the_printed_policy_covers_the_check() {
    let key = "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000001";
    let history = serde_json::json!({ "Parameters": [{
        "Name": "/it-deployed/prod/table", "Type": "SecureString", "Version": 1, "KeyId": key,
    }]});
    let endpoint = Aws::new().start_with(move |request| {
        (request.operation == "GetParameterHistory").then(|| Answer::json(&history))
    });
    run_check(
        &endpoint,
        &["--function", "payments:live", "--stage", "prod"],
    );
    let artifact = write_artifact::<Config>();
    let artifact = artifact.to_str().expect("the path is text");
    let arguments = [
        "--stage",
        "prod",
        "--for",
        "check",
        "--offline",
        "--artifact",
        artifact,
    ];
    let policy = run_in(&Package::new(""), &endpoint, "iam", &arguments).assert_code(0);
    let policy: serde_json::Value = serde_json::from_str(&policy.stdout).expect("it is JSON");
    let allowed = policy["Statement"].to_string();
    let mut actions: Vec<String> = endpoint.requests().iter().filter_map(find_action).collect();
    actions.sort();
    actions.dedup();
    assert_eq!(actions.len(), 6, "{actions:?}");
    for action in actions {
        assert!(
            allowed.contains(&format!("\"{action}\"")),
            "{action}: {allowed}"
        );
    }
}

/// Returns the IAM action that the request needs, or `None` if it needs none.
fn find_action(request: &Request) -> Option<String> {
    if request.line.contains("/aliases") {
        return Some("lambda:GetAlias".to_owned());
    }
    if requested_function(request).is_some() {
        return Some("lambda:GetFunction".to_owned());
    }
    let service = match (request.service.as_str(), request.operation.as_str()) {
        (_, "" | "GetCallerIdentity") => return None,
        (_, "SimulatePrincipalPolicy") => "iam",
        ("AmazonSSM", _) => "ssm",
        ("TrentService", _) => "kms",
        (service, _) => service,
    };
    Some(format!("{service}:{}", request.operation))
}
