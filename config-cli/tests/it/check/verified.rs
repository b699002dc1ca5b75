//! The values that a check verifies without the program, and those that it reports as unverified.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::num::NonZeroI8;

use serde::Deserialize;
use serde_json::{Value, json};
use stage_config::{SecretBox, StageConfig};

use super::{fields_by_name, parse_json as parsed, run};
use crate::support::endpoint::{Endpoint, Parameter, Parameters, Secrets};
use crate::support::package::{Package, RunOutput};

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    #[allow(dead_code, reason = "only its schema is used")]
    Fast,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "only its schema is used")]
struct Login {
    user: String,
}

#[derive(StageConfig)]
#[stage(prod = "/it-verified/{field}")]
#[allow(dead_code, reason = "only its schema is used")]
struct Known {
    ip: IpAddr,
    v4: Option<Ipv4Addr>,
    v6: Vec<Ipv6Addr>,
    socket: Option<Vec<SocketAddr>>,
    url: url::Url,
    urls: Vec<Option<url::Url>>,
    uuid: uuid::Uuid,
    offset: NonZeroI8,
    ratio: f32,
    any: serde_json::Value,
    labels: BTreeMap<String, String>,
    pair: (String, [u16; 2]),
    #[config(secret)]
    keys: Vec<Vec<u8>>,
    signing_key: SecretBox<[u8; 3]>,
}

const RIGHT: [(&str, &str); 14] = [
    ("ip", "10.0.0.1\n"),
    ("v4", "10.0.0.1"),
    ("v6", "::1,::2"),
    ("socket", "10.0.0.1:80"),
    ("url", "https://example.com"),
    ("urls", r#"["https://example.com", null]"#),
    ("uuid", "67e55044-10b1-426f-9247-bb680e5fe0c8"),
    ("offset", "-1"),
    ("ratio", "0.5"),
    ("any", r#"{"a": null}"#),
    ("labels", r#"{"a": "b"}"#),
    ("pair", r#"["a", "1,2"]"#),
    ("keys", "AQID,AQ=="),
    ("signing_key", "AQID"),
];

fn start_endpoint<'a>(values: impl IntoIterator<Item = (&'a str, &'a str)>) -> Endpoint {
    let is_secret = |name| matches!(name, "keys" | "signing_key");
    let parameters = values
        .into_iter()
        .fold(Parameters::default(), |parameters, (name, value)| {
            let parameter = if is_secret(name) {
                Parameter::secure(value)
            } else {
                Parameter::text(value)
            };
            parameters.with(&format!("/it-verified/{name}"), parameter)
        });
    Endpoint::start_with(parameters, Secrets::default())
}

fn check<T: StageConfig>(endpoint: &Endpoint, arguments: &[&str]) -> RunOutput {
    run::<T>(
        &Package::new(""),
        "check",
        &endpoint.url,
        &[&["--stage", "prod"], arguments].concat(),
    )
}

#[test]
fn a_stage_of_known_types_is_complete() {
    let endpoint = start_endpoint(RIGHT);
    let ran = check::<Known>(&endpoint, &["--strict"]).assert_code(0);
    assert!(ran.stdout.starts_with("prod: complete\n"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("help:"), "{}", ran.stdout);
    let json = parsed(&check::<Known>(&endpoint, &["--json"]).assert_code(0));
    assert_eq!(
        json["stages"][0]["unverified_values"],
        json!({"program": 0, "deployment": 0, "reading": 0})
    );
}

#[test]
fn values_that_a_load_refuses_are_wrong() {
    const WRONG: [(&str, &[&str]); 14] = [
        ("ip", &["10.0.0.256", "localhost", ""]),
        ("v4", &["::1"]),
        ("v6", &["::1,10.0.0.1", "[null]"]),
        ("socket", &["10.0.0.1"]),
        ("url", &["example.com", "https://a b/"]),
        ("urls", &["https://example.com,x"]),
        ("uuid", &["67e55044"]),
        ("offset", &["0", "128"]),
        ("ratio", &["nan", "inf", "1e39"]),
        ("any", &["hunter2", r#"{"a": 1e400}"#]),
        ("labels", &[r#"{"a": null}"#, "[]"]),
        ("pair", &["a,1", r#"["a", "1,65536"]"#, r#"[null, "1,2"]"#]),
        ("keys", &["1,2", "[[1]]"]),
        ("signing_key", &["AQ==", "1,2,3"]),
    ];
    for (name, texts) in WRONG {
        for text in texts {
            let endpoint = start_endpoint(
                RIGHT
                    .into_iter()
                    .map(|(other, right)| (other, if other == name { *text } else { right })),
            );
            let fields = fields_by_name(&parsed(
                &check::<Known>(&endpoint, &["--json"]).assert_code(1),
            ));
            let wrong: Vec<(&str, &Value)> = fields
                .iter()
                .filter(|(_, field)| field["result"] != "ok")
                .map(|(name, field)| (name.as_str(), &field["failure"]["kind"]))
                .collect();
            assert_eq!(wrong, [(name, &json!("undecodable"))], "{text}");
        }
    }
}

#[derive(StageConfig)]
#[stage(prod = "/it-verified/{field}")]
#[config(schemes("vault"))]
#[allow(dead_code, reason = "only its schema is used")]
struct Open {
    ip: IpAddr,
    mode: Mode,
    modes: Vec<Mode>,
    #[config(object)]
    login: Option<Login>,
    by_name: BTreeMap<String, Mode>,
    #[config(validate = even)]
    port: u16,
    #[stage(prod = "vault:motto")]
    motto: Option<String>,
    #[stage(prod = "env:LOG_LEVEL")]
    level: Option<String>,
}

fn even(port: &u16) -> Result<(), &'static str> {
    if port.is_multiple_of(2) {
        Ok(())
    } else {
        Err("it is odd")
    }
}

#[test]
fn the_headline_counts_unverified_values() {
    let values = [
        ("ip", "::1"),
        ("mode", "fast"),
        ("modes", "fast"),
        ("by_name", "{}"),
        ("port", "80"),
    ];
    let endpoint = start_endpoint(values);
    let headline = "prod: complete, except 5 values that only the program can verify\nand 1 value \
                    that only the deployment knows\n";
    let ran = check::<Open>(&endpoint, &[]).assert_code(0);
    assert!(ran.stdout.starts_with(headline), "{}", ran.stdout);
    assert!(
        ran.stdout
            .contains("\nhelp: the program verifies the rest: cargo stage check --stage prod --run --artifact "),
        "{}",
        ran.stdout
    );

    let json = parsed(&check::<Open>(&endpoint, &["--json"]).assert_code(0));
    assert_eq!(json["result"], "complete");
    assert_eq!(
        json["stages"][0]["unverified_values"],
        json!({"program": 5, "deployment": 1, "reading": 0})
    );
    let fields = fields_by_name(&json);
    for (field, verifier) in [
        ("mode", "program"),
        ("by_name", "program"),
        ("motto", "program"),
        ("level", "deployment"),
    ] {
        assert_eq!(
            fields[field]["unverified"][0]["verified_by"], verifier,
            "{field}"
        );
    }

    let ran = check::<Open>(&endpoint, &["--strict"])
        .assert_code(1)
        .assert_stderr("with --strict, an unverified value is an error");
    assert!(ran.stdout.starts_with(headline), "{}", ran.stdout);
    let json = parsed(&check::<Open>(&endpoint, &["--strict", "--json"]).assert_code(1));
    assert_eq!(
        (&json["result"], &json["stages"][0]["result"]),
        (&json!("unverified"), &json!("unverified"))
    );
}

#[test]
fn a_struct_field_marked_object_must_be_an_object() {
    for (text, result) in [
        ("hunter2", "wrong"),
        ("[]", "wrong"),
        (r#"{"user": 1}"#, "exists"),
    ] {
        let fields = fields_by_name(&parsed(&check::<Open>(
            &start_endpoint([("login", text)]),
            &["--json"],
        )));
        assert_eq!(fields["login"]["result"], result, "{text}");
    }
}

#[test]
fn errors_and_failed_requests_outrank_unverified_values() {
    let json = parsed(
        &check::<Open>(&start_endpoint([("ip", "x")]), &["--strict", "--json"]).assert_code(1),
    );
    assert_eq!(json["result"], "incomplete");
    let expired = Endpoint::start(|_| crate::support::endpoint::Answer::expired_token());
    check::<Open>(&expired, &["--strict"]).assert_code(2);
}

#[test]
fn unread_values_are_not_verified() {
    let endpoint = start_endpoint(RIGHT);
    let ran = check::<Known>(&endpoint, &["--no-decrypt"]).assert_code(0);
    assert!(
        ran.stdout
            .starts_with("prod: complete, as far as can be verified without the values\n"),
        "{}",
        ran.stdout
    );
    let json =
        parsed(&check::<Known>(&endpoint, &["--no-decrypt", "--strict", "--json"]).assert_code(1));
    assert_eq!(
        json["stages"][0]["unverified_values"],
        json!({"program": 0, "deployment": 0, "reading": 14})
    );
    check::<Known>(&endpoint, &["--offline", "--strict"]).assert_code(1);
}

type MaybePort = Option<u16>;

#[derive(StageConfig)]
#[stage(prod = "/it-verified/{field}")]
#[allow(dead_code, reason = "only its schema is used")]
struct WithoutValues {
    ip: IpAddr,
    #[config(validate = is_set)]
    port: MaybePort,
    #[config(default = Some(1), validate = is_set)]
    retries: Option<u16>,
    #[config(with = "one_number")]
    limit: MaybePort,
    #[config(nested)]
    mail: Option<Mail>,
}

#[derive(StageConfig)]
#[config(inherit)]
#[allow(dead_code, reason = "only its schema is used")]
struct Mail {
    host: String,
    #[config(validate = is_set)]
    port: MaybePort,
}

fn is_set(port: &Option<u16>) -> Result<(), &'static str> {
    if port.is_some() {
        Ok(())
    } else {
        Err("it is not set")
    }
}

mod one_number {
    use serde::{Deserialize as _, Deserializer};

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<u16>, D::Error> {
        u16::deserialize(deserializer).map(Some)
    }
}

/// If a field has no value, a load calls its `validate` with `None` or with the default, unless the
/// field's struct is absent.
#[test]
fn the_validation_of_a_field_without_a_value_is_unverified() {
    let find_unverified = |values: &[(&str, &str)]| {
        let json = parsed(
            &check::<WithoutValues>(&start_endpoint(values.iter().copied()), &["--json"])
                .assert_code(0),
        );
        let fields = fields_by_name(&json);
        let names = ["port", "retries", "limit", "mail.port"];
        (
            names.map(|name| fields[name]["unverified"][0]["kind"].clone()),
            json["stages"][0]["unverified_values"].clone(),
        )
    };
    let validate = || json!("validate");
    let counts = |program: u8| json!({"program": program, "deployment": 0, "reading": 0});
    assert_eq!(
        find_unverified(&[("ip", "::1")]),
        (
            [validate(), validate(), Value::Null, Value::Null],
            counts(2)
        )
    );
    let with_mail = find_unverified(&[("ip", "::1"), ("mail/host", "h")]);
    assert_eq!(
        with_mail,
        ([validate(), validate(), Value::Null, validate()], counts(3))
    );

    let ran =
        check::<WithoutValues>(&start_endpoint([("ip", "::1")]), &["--strict"]).assert_code(1);
    assert!(
        ran.stdout
            .contains("not verified: the program's own `validate`"),
        "{}",
        ran.stdout
    );
}
