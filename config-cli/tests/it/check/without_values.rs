//! Checks without the values of the stores (`--no-decrypt` and `--offline`), and the number of
//! calls that a check sends.

use std::collections::BTreeSet;

use serde_json::json;
use stage_config::{SecretString, StageConfig};

use super::{check, complete_values, fields_by_name, run, start_endpoint};
use crate::support::endpoint::{Answer, Endpoint, Parameters, Secrets, answer};
use crate::support::package::Package;

#[test]
fn no_decrypt_sends_no_decrypting_request() {
    let endpoint = start_endpoint(complete_values());
    let ran = check(
        &endpoint.url,
        &["--stage", "prod", "--no-decrypt", "--json"],
    )
    .assert_code(0);
    let requests = endpoint.requests();
    let operations: BTreeSet<&str> = requests
        .iter()
        .map(|request| request.operation.as_str())
        .collect();
    assert_eq!(
        operations,
        BTreeSet::from(["GetParameters", "DescribeSecret"])
    );
    for request in requests
        .iter()
        .filter(|request| request.operation == "GetParameters")
    {
        assert_eq!(request.body["WithDecryption"], false);
    }
    let fields = fields_by_name(&super::parse_json(&ran));
    let unverified_kinds = |field: &str| -> Vec<String> {
        let parts = fields[field]["unverified"].as_array().expect("a list");
        parts
            .iter()
            .map(|part| part["kind"].as_str().expect("a word").to_owned())
            .collect()
    };
    assert_eq!(unverified_kinds("key"), ["value", "access"]);
    assert_eq!(
        unverified_kinds("password"),
        ["value", "json_key", "access"]
    );
    // A plain parameter needs no further permission, so `access` is not listed as unverified.
    assert_eq!(unverified_kinds("table"), ["value"]);
    assert_eq!(fields["table"]["result"], "exists");
    assert_eq!(fields["colour"]["result"], "ok");
}

#[test]
fn no_decrypt_finds_missing_and_denied_values() {
    let endpoint = Endpoint::start(|request| match request.service.as_str() {
        "AmazonSSM" => Parameters::default().answer(request),
        _ => Answer::not_authorized(
            "secretsmanager:DescribeSecret",
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:it-check/prod-AbCdEf",
        ),
    });
    let json = super::parse_json(
        &check(
            &endpoint.url,
            &["--stage", "prod", "--no-decrypt", "--json"],
        )
        .assert_code(1),
    );
    let fields = fields_by_name(&json);
    assert_eq!(fields["table"]["failure"]["kind"], "missing");
    let help = fields["password"]["failure"]["help"]
        .as_str()
        .expect("a help");
    assert!(
        help.contains("allow `secretsmanager:DescribeSecret` on"),
        "{help}"
    );
    assert!(
        !help.contains("kms:Decrypt") && !help.contains("GetSecretValue"),
        "{help}"
    );
}

#[derive(StageConfig)]
#[stage(prod = "/it-wide/{field}")]
#[allow(dead_code, reason = "only its schema is used")]
struct Wide {
    a: u8,
    b: u8,
    c: u8,
    d: u8,
    e: u8,
    f: u8,
    g: u8,
    h: u8,
    i: u8,
    j: u8,
    k: u8,
    #[stage(prod = "/it-wide/k")]
    again: u8,
}

/// A check, with or without decryption, sends the same two calls for eleven names as a load does.
#[test]
fn a_check_sends_the_same_batches_as_a_load() {
    for arguments in [
        &["--stage", "prod"][..],
        &["--stage", "prod", "--no-decrypt"],
    ] {
        let all: Vec<String> = ('a'..='k').map(|name| format!("/it-wide/{name}")).collect();
        let parameters = Parameters::texts(all.iter().map(|name| (name.as_str(), "1")));
        let endpoint =
            Endpoint::start(move |request| answer(request, &parameters, &Secrets::default()));
        run::<Wide>(&Package::new(""), "check", &endpoint.url, arguments).assert_code(0);
        let requests = endpoint.requests();
        let mut sizes: Vec<usize> = requests.iter().map(|request| request.names.len()).collect();
        sizes.sort_unstable();
        assert_eq!(sizes, [1, 10]);
        let names: BTreeSet<&String> = requests.iter().flat_map(|request| &request.names).collect();
        assert_eq!(
            names.into_iter().collect::<Vec<_>>(),
            all.iter().collect::<Vec<_>>()
        );
    }
}

#[derive(StageConfig)]
#[stage(prod = "/it-offline/{field}")]
#[allow(dead_code, reason = "only its schema is used")]
struct Offline {
    // The compiler does not check JSON in a `value:` source, so this wrong text compiles.
    #[stage(prod = "value:[80a80]")]
    ports: Vec<u16>,
    #[stage(prod = "value:5m")]
    patience: std::time::Duration,
    key: SecretString,
}

#[test]
fn offline_sends_no_requests_and_checks_literals() {
    let endpoint = Endpoint::start(|_| Answer::internal_error());
    let ran = run::<Offline>(
        &Package::new(""),
        "check",
        &endpoint.url,
        &["--offline", "--json"],
    )
    .assert_code(1);
    assert_eq!(endpoint.signed_requests().len(), 0);
    let json = super::parse_json(&ran);
    let fields = fields_by_name(&json);
    assert_eq!(json["depth"], "offline");
    assert_eq!(fields["ports"]["failure"]["kind"], "undecodable");
    assert_eq!(
        fields["ports"]["failure"]["help"],
        "change the text of `value:` in the struct"
    );
    assert_eq!(
        (&fields["patience"]["result"], &fields["key"]["result"]),
        (&json!("ok"), &json!("unknown"))
    );
    assert!(!ran.stdout.contains("80a80"), "{}", ran.stdout);
}
