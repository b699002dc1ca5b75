//! Defaults that are texts: the commands check them like stored texts, and show only those that are
//! not secret.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use stage_config::StageConfig;

use crate::check::{fields_by_name, parse_json, run};
use crate::support::artifact;
use crate::support::endpoint::{Endpoint, Parameters, Secrets};
use crate::support::package::{Package, RunOutput, run_command};

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    #[allow(dead_code, reason = "only its schema is used")]
    Fast,
}

/// The compiler accepts all of these defaults, also the wrong ones: at compile time, JSON, URLs,
/// UUIDs, and types that only the program can read are not decoded.
#[derive(StageConfig)]
#[stage(prod = "/it-defaults/{field}")]
#[allow(dead_code, reason = "only its schema is used")]
struct Config {
    #[config(default = "eu-west-1")]
    region: String,
    #[config(default = "1h 30m")]
    timeout: Duration,
    #[config(default = r#"{"planted4f2a": "3"#)]
    limits: BTreeMap<String, u8>,
    #[config(default = "planted4f2a without a scheme")]
    endpoint: url::Url,
    #[config(default = r#"{"a": 300}"#)]
    range: BTreeMap<String, u8>,
    #[config(default = "67e55044-10b1-426f-9247-planted4f2a0")]
    id: Option<uuid::Uuid>,
    #[config(default = "medium")]
    mode: Mode,
    #[config(default = "localhost", from_str)]
    parsed: std::net::IpAddr,
    #[config(default = Duration::from_secs(7))]
    code: Duration,
}

/// The fields whose wrong default `check` finds without running the program.
const WRONG: [&str; 4] = ["limits", "endpoint", "range", "id"];

const PLANTED: &str = "planted4f2a";

fn check(parameters: Parameters, arguments: &[&str]) -> RunOutput {
    let endpoint = Endpoint::start_with(parameters, Secrets::default());
    run::<Config>(&Package::new(""), "check", &endpoint.url, arguments)
}

/// Returns a correct value for each field in [`WRONG`].
fn right_values() -> Parameters {
    Parameters::texts([
        ("/it-defaults/limits", r#"{"a": 3}"#),
        ("/it-defaults/endpoint", "https://example.com"),
        ("/it-defaults/range", "{}"),
        ("/it-defaults/id", "67e55044-10b1-426f-9247-bb680e5fe0c8"),
    ])
}

#[test]
fn a_wrong_default_that_applies_is_an_error() {
    let fields = fields_by_name(&parse_json(
        &check(Parameters::default(), &["--json"]).assert_code(1),
    ));
    for field in WRONG {
        let failure = &fields[field]["failure"];
        assert_eq!(fields[field]["result"], "wrong", "{field}");
        assert_eq!(failure["kind"], "undecodable", "{field}");
        let detail = failure["detail"].as_str().expect("a text");
        assert!(
            detail.starts_with("its default: ") && !detail.contains(PLANTED),
            "{detail}"
        );
        let help = failure["help"].as_str().expect("a text");
        assert!(help.contains("correct the `default`"), "{help}");
        assert_eq!(fields[field]["warnings"], json!([]), "{field}");
    }
    for (field, default) in [
        ("region", "eu-west-1"),
        ("timeout", "1h 30m"),
        ("code", "Duration::from_secs(7)"),
    ] {
        assert_eq!(fields[field]["result"], "default", "{field}");
        assert_eq!(fields[field]["default"], default);
        assert_eq!(fields[field]["unverified"], json!([]), "{field}");
    }

    let ran = check(Parameters::default(), &[]).assert_code(1);
    assert!(ran.stdout.starts_with("prod: INCOMPLETE\n"), "{ran:?}");
    assert_eq!(ran.stdout.matches("UNDECODABLE").count(), WRONG.len());
    assert!(
        !format!("{}{}", ran.stdout, ran.stderr).contains(PLANTED),
        "{ran:?}"
    );
}

#[test]
fn a_wrong_default_that_does_not_apply_is_a_warning() {
    let ran = check(right_values(), &["--json"]).assert_code(0);
    let fields = fields_by_name(&parse_json(&ran));
    for (name, field) in &fields {
        let kinds: Vec<&Value> = field["warnings"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|warning| &warning["kind"])
            .collect();
        if WRONG.contains(&name.as_str()) {
            assert_eq!(
                (&field["result"], kinds),
                (&json!("ok"), vec![&json!("default")])
            );
            assert_eq!(field["default"], Value::Null, "{name}");
        } else {
            assert_eq!(kinds, Vec::<&str>::new(), "{name}");
        }
    }

    let ran = check(right_values(), &[])
        .assert_code(0)
        .assert_stderr("warnings: 4\n");
    assert!(!ran.stdout.contains(PLANTED), "{}", ran.stdout);
}

/// Only `Deserialize` or `FromStr` of the type can read the text.
#[test]
fn a_default_that_only_the_program_can_read_is_not_verified() {
    let ran = check(right_values(), &["--json"]).assert_code(0);
    let json = parse_json(&ran);
    let fields = fields_by_name(&json);
    for field in ["mode", "parsed"] {
        assert_eq!(fields[field]["result"], "default");
        let unverified = &fields[field]["unverified"];
        assert_eq!(
            (&unverified[0]["kind"], &unverified[0]["verified_by"]),
            (&json!("type"), &json!("program"))
        );
        assert_eq!(unverified.as_array().map(Vec::len), Some(1));
    }
    assert_eq!(json["stages"][0]["unverified_values"]["program"], 2);
    check(right_values(), &["--strict"]).assert_code(1);
}

/// With `--offline`, it is unknown whether a source has a value, and so whether a default applies.
#[test]
fn a_wrong_default_is_a_warning_offline_too() {
    let ran = check(Parameters::default(), &["--offline", "--json"]).assert_code(0);
    let fields = fields_by_name(&parse_json(&ran));
    for field in WRONG {
        assert_eq!(fields[field]["result"], "unknown");
        assert_eq!(fields[field]["warnings"][0]["kind"], "default", "{field}");
    }
}

/// Runs a verb that reads no values, or that reads an empty store.
fn run_empty<T: StageConfig>(arguments: &[&str]) -> RunOutput {
    let artifact = artifact::write_artifact::<T>();
    let artifact = artifact.to_str().expect("the path is text");
    let endpoint = Endpoint::start_with(Parameters::default(), Secrets::default());
    let package = Package::new("");
    let (verb, rest) = arguments.split_first().expect("a verb is named");
    let arguments = [&[*verb, "--artifact", artifact], rest].concat();
    let mut command = package.verb_command(&arguments);
    run_command(command.env("AWS_ENDPOINT_URL", &endpoint.url), b"")
}

#[test]
fn show_prints_the_text_of_a_default() {
    let shown: Value = parse_json(&run_empty::<Config>(&["show", "--json"]).assert_code(0));
    let defaults: Vec<&Value> = shown["fields"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|field| &field["default"])
        .collect();
    assert_eq!(
        [defaults[0], defaults[1], defaults[8]],
        ["eu-west-1", "1h 30m", "Duration::from_secs(7)"]
    );
    for format in [&["region"][..], &["--markdown"]] {
        let ran = run_empty::<Config>(&[&["show"], format].concat()).assert_code(0);
        assert!(ran.stdout.contains("eu-west-1"), "{}", ran.stdout);
        assert!(!ran.stdout.contains("\"eu-west-1\""), "{}", ran.stdout);
    }
}

#[test]
fn get_prints_no_default_as_a_value() {
    let ran = run_empty::<Config>(&["get", "timeout", "--stage", "prod"])
        .assert_code(1)
        .assert_stderr("uses its default: 1h 30m");
    assert_eq!(ran.stdout, "");
}

/// All fields have the same default. Every field outside `plain` is a secret. The name of a field
/// says what makes it a secret.
#[derive(StageConfig)]
#[stage(dev = "/it-defaults/{field}", prod = "secret:it-defaults/prod#{field}")]
#[allow(dead_code, reason = "only its schema is used")]
struct Hidden {
    #[config(default = "planted4f2a")]
    by_the_struct: String,
    #[config(default = "planted4f2a")]
    #[stage(dev = "/it-defaults/own", prod = "secret:it-defaults/own")]
    by_its_own_source: String,
    #[config(nested)]
    by_the_parent: Inner,
    #[config(nested)]
    #[stage(
        dev = "/it-defaults/in/{field}",
        prod = "secret:it-defaults/in#{field}"
    )]
    by_the_nested_field: Inner,
    #[config(nested)]
    #[stage(all = "/it-defaults/plain/{field}")]
    plain: Inner,
}

/// The derive of this struct does not know the templates of [`Hidden`], so it does not know which
/// defaults are secret.
#[derive(StageConfig)]
#[config(inherit)]
#[allow(dead_code, reason = "only its schema is used")]
struct Inner {
    #[config(default = "planted4f2a")]
    host: String,
    #[config(nested)]
    deep: Deep,
}

#[derive(StageConfig)]
#[config(inherit)]
#[allow(dead_code, reason = "only its schema is used")]
struct Deep {
    #[config(default = "planted4f2a")]
    host: String,
}

#[test]
fn the_default_of_a_secret_is_hidden() {
    let shown = parse_json(&run_empty::<Hidden>(&["show", "--json"]).assert_code(0));
    for field in shown["fields"].as_array().expect("a list") {
        let name = field["field"].as_str().expect("a text");
        let is_plain = name.starts_with("plain.");
        let default = if is_plain {
            json!(PLANTED)
        } else {
            Value::Null
        };
        assert_eq!(field["default"], default, "{name}");
        assert_eq!(field["has_default"], true, "{name}");
        assert_eq!(field["secret"], !is_plain, "{name}");
    }

    // Only the two fields of `plain` may show the default.
    for (arguments, count) in [
        (&["show"][..], 2),
        (&["show", "--markdown"], 2),
        (&["show", "by_the_struct"], 0),
        (&["show", "by_the_parent.host"], 0),
        (&["show", "by_the_nested_field.deep.host"], 0),
        (&["show", "--stage", "prod", "--json"], 2),
        (&["check", "--stage", "prod"], 2),
        (&["check", "--stage", "prod", "--json"], 2),
        (&["check", "--stage", "prod", "--format", "github"], 0),
        (&["check", "--stage", "prod", "--format", "markdown"], 0),
    ] {
        let ran = run_empty::<Hidden>(arguments);
        assert!(ran.code == Some(0), "{arguments:?}: {ran:?}");
        let output = format!("{}{}", ran.stdout, ran.stderr);
        let is_expected = output.matches(PLANTED).count() == count;
        assert!(is_expected, "{arguments:?}: {output}");
    }
    for field in [
        "by_the_struct",
        "by_its_own_source",
        "by_the_parent.host",
        "by_the_nested_field.deep.host",
    ] {
        let ran = run_empty::<Hidden>(&["get", field, "--stage", "prod"]).assert_code(1);
        assert!(!ran.stderr.contains(PLANTED), "{}", ran.stderr);
    }
}
