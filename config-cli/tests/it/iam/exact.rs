//! The ARNs of the policy equal the ARNs that the servers have for the names that a load requests.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use stage_config::{SecretString, StageConfig};

use super::{LOCATION, policy, prepare_stage, resources};
use crate::support::kms::{block_on, sdk_config_for};
use crate::support::peers::{Peer, moto, roto};

#[derive(StageConfig)]
#[stage(dev = "/exact/dev/{field}")]
#[allow(dead_code, reason = "the test does not read the values of the secrets")]
struct Exact {
    table: String,
    #[stage(dev = "/exact/a/b/c/d.e_f-g")]
    deep: String,
    #[stage(dev = "ssm:exact-without-slash")]
    flat: String,
    #[stage(dev = "/exact/pinned:1")]
    pinned: String,
    #[stage(dev = ["/exact/absent", "/exact/present"])]
    chain: String,
    #[stage(dev = "secret:exact/db+x=1@y#password")]
    password: SecretString,
    #[stage(dev = "secret:exact-plain")]
    plain: SecretString,
}

/// Asserts that the policy allows exactly the ARNs that the server has for the values of a load.
fn assert_same_arns(peer: &Peer) {
    let plan = Exact::loader()
        .stage("dev")
        .plan()
        .expect("the stage has a plan");
    let calls = plan.calls();
    let requested_names = |scheme: &str| -> Vec<String> {
        let requests = calls
            .iter()
            .filter(|call| call.scheme == scheme)
            .flat_map(|call| &call.requests);
        let name = |text: String| {
            text.trim_start_matches("ssm:")
                .trim_start_matches("secret:")
                .to_owned()
        };
        requests.map(|request| name(request.to_string())).collect()
    };
    let without_selector = |name: &String| name.split(':').next().unwrap_or_default().to_owned();
    let names: BTreeSet<String> = requested_names("ssm")
        .iter()
        .map(without_selector)
        .collect();
    let parameters: BTreeMap<&String, &str> = names.iter().map(|name| (name, "value")).collect();
    let secrets: BTreeMap<String, &str> = requested_names("secret")
        .into_iter()
        .map(|name| (name, r#"{"password":"value"}"#))
        .collect();
    assert_eq!((names.len(), secrets.len()), (6, 2));
    let answer = prepare_stage(
        peer,
        &json!({ "parameters": parameters, "secrets": secrets, "names": names }),
    );
    let arn = |name: &String| {
        answer["arns"][name]
            .as_str()
            .unwrap_or_else(|| panic!("{name}: {answer}"))
            .to_owned()
    };

    let policy = policy::<Exact>(&[&["--stage", "dev"], LOCATION.as_slice()].concat());
    let expected: BTreeSet<String> = names.iter().map(arn).collect();
    assert_eq!(
        resources(&policy, "ReadParameters")
            .into_iter()
            .collect::<BTreeSet<_>>(),
        expected,
        "{}",
        peer.name
    );
    let without_suffix = |arn: String| {
        let (name, suffix) = arn.split_at(arn.len() - 7);
        assert!(suffix.starts_with('-'), "{arn}");
        format!("{name}-??????")
    };
    let expected: BTreeSet<String> = secrets.keys().map(arn).map(without_suffix).collect();
    assert_eq!(
        resources(&policy, "ReadSecrets")
            .into_iter()
            .collect::<BTreeSet<_>>(),
        expected,
        "{}",
        peer.name
    );

    // A load reads the same names.
    let loader = Exact::loader()
        .stage("dev")
        .aws(&sdk_config_for(peer, "test", "test"));
    let loaded =
        block_on(loader.resolve()).unwrap_or_else(|error| panic!("{}: {error}", peer.name));
    let Exact {
        table,
        deep,
        flat,
        pinned,
        chain,
        ..
    } = loaded.config;
    assert_eq!([table, deep, flat, pinned, chain], ["value"; 5]);
}

#[test]
fn resources_equal_the_arns_of_roto() {
    assert_same_arns(roto());
}

#[test]
fn resources_equal_the_arns_of_moto() {
    assert_same_arns(moto());
}
