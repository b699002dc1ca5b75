//! Environment overrides, `STAGE_CONFIG_SOURCE__FIELD` and `STAGE_CONFIG_SET__FIELD`, which change
//! one field without a build.

use stage_config::report::{FieldReport, Origin};
use stage_config::{
    Error, ErrorKind, ExposeSecret, FailureKind, Loaded, SecretString, StageConfig,
};

use crate::support::child::{self, ChildOutput};
use crate::support::load::{assert_error, assert_failure, expect_error, expect_failure};
use crate::support::logs::Logs;
use crate::support::planted::{SECRET, assert_clean, assert_error_clean, assert_report_clean};
use crate::support::scripted::{Endpoint, Parameter, Parameters};
use crate::support::{aws, load};

mod failures;
mod layers;
mod mistakes;
mod nested;
mod several;

#[derive(StageConfig)]
#[stage(dev = "/overrides/{field}")]
#[config(schemes("vault"), account(dev = "123456789012"))]
struct Config {
    key: SecretString,
    #[config(default = 30)]
    timeout_s: u64,
    #[config(nested)]
    mail: Mail,
    #[config(nested)]
    queue: Option<Queue>,
}

#[derive(StageConfig)]
#[config(inherit)]
struct Mail {
    host: String,
    password: Option<SecretString>,
}

#[derive(StageConfig)]
#[config(inherit)]
#[allow(dead_code)]
struct Queue {
    name: String,
}

fn create_parameters() -> Parameters {
    let texts = [
        ("/overrides/key:17", "the old key"),
        ("/overrides/mail/host", "mail.example"),
    ];
    Parameters::texts(texts)
        .with("/overrides/key", Parameter::secure(SECRET).version(18))
        .with(
            "/elsewhere/dev/mail",
            Parameter::text(r#"{"host":"other.example","password":"p"}"#),
        )
        .with(
            "/elsewhere/foreign",
            Parameter::text("x").in_account("999999999999"),
        )
}

/// Runs an inner test with these variables, against this endpoint.
fn run(endpoint: &Endpoint, inner: &str, variables: &[(&'static str, &str)]) -> ChildOutput {
    let mut all = aws::variables(endpoint.url());
    all.extend(
        variables
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned())),
    );
    child::run(&format!("overrides::{inner}"), &all)
}

fn is_inner(inner: &str) -> bool {
    child::is_inner(&format!("overrides::{inner}"))
}

#[track_caller]
fn find_field<'a, T>(loaded: &'a Loaded<T>, path: &str) -> &'a FieldReport {
    loaded
        .report
        .fields
        .iter()
        .find(|field| field.field == path)
        .expect("every field is reported")
}

#[test]
fn a_source_override_is_fetched_in_the_same_wave() {
    let endpoint = Endpoint::with_parameters(create_parameters());
    let variables = [("STAGE_CONFIG_SOURCE__KEY", "/overrides/key:17")];
    let output = run(&endpoint, "inner_rolled_back", &variables).assert_passed();
    assert_clean("the output", &output.text());
    assert_eq!(
        endpoint.requests().len(),
        1,
        "the override caused another call"
    );
    let names = endpoint.names();
    assert!(names.contains(&"/overrides/key:17".to_owned()), "{names:?}");
    assert!(
        !names.contains(&"/overrides/key".to_owned()),
        "the field's own source is requested: {names:?}"
    );
}

#[tokio::test]
async fn inner_rolled_back() {
    if !is_inner("inner_rolled_back") {
        return;
    }

    let logs = Logs::start();
    let plan = Config::loader().plan().expect("a plan");
    assert_eq!(
        plan.sources("key").expect("the field exists"),
        ["/overrides/key:17"]
    );
    assert!(
        plan.to_string()
            .contains("key: /overrides/key:17 (by STAGE_CONFIG_SOURCE__KEY)"),
        "{plan}"
    );

    let loaded = Config::loader()
        .resolve()
        .await
        .expect("the old version exists");
    assert_eq!(loaded.config.key.expose_secret(), "the old key");
    assert_eq!(
        (loaded.config.timeout_s, loaded.config.mail.host.as_str()),
        (30, "mail.example")
    );
    assert!(loaded.config.queue.is_none());

    let key = find_field(&loaded, "key");
    assert_eq!(
        (key.origin, key.source.as_deref()),
        (Origin::Source, Some("/overrides/key:17"))
    );
    assert_eq!(
        (key.version.as_deref(), key.variable.as_deref()),
        (Some("17"), Some("STAGE_CONFIG_SOURCE__KEY"))
    );

    let report = loaded.report.to_string();
    assert!(
        report.contains("(CHANGED by STAGE_CONFIG_SOURCE__KEY)"),
        "{report}"
    );
    assert!(
        report.contains("/overrides/key:17 (version 17) (by STAGE_CONFIG_SOURCE__KEY)"),
        "{report}"
    );

    let json = serde_json::to_value(&loaded.report).expect("a report serializes");
    assert_eq!(json["overrides"][0]["variable"], "STAGE_CONFIG_SOURCE__KEY");
    assert_eq!(
        json["fields"][1].get("variable"),
        None,
        "another field is marked"
    );

    let own = logs.own_events();
    assert_eq!(own.matches(" WARN ").count(), 1, "{own}");
    assert!(
        own.contains(r#"variable="STAGE_CONFIG_SOURCE__KEY" field="key""#),
        "{own}"
    );
}

#[test]
fn a_field_that_is_set_is_not_fetched() {
    let endpoint = Endpoint::with_parameters(create_parameters());
    let variables = [
        ("STAGE_CONFIG_SET__TIMEOUT_S", " 5 "),
        ("STAGE_CONFIG_SET__MAIL__HOST", ""),
    ];
    run(&endpoint, "inner_set", &variables).assert_passed();
    let names = endpoint.names();
    assert!(
        !names
            .iter()
            .any(|name| name.ends_with("timeout_s") || name.ends_with("host")),
        "{names:?}"
    );
}

#[tokio::test]
async fn inner_set() {
    if !is_inner("inner_set") {
        return;
    }

    let logs = Logs::start();
    let loaded = Config::loader()
        .resolve()
        .await
        .expect("the other values exist");
    assert_eq!(
        (loaded.config.timeout_s, loaded.config.mail.host.as_str()),
        (5, "")
    );

    let timeout = find_field(&loaded, "timeout_s");
    assert_eq!(
        (timeout.origin, timeout.source.as_deref()),
        (Origin::Set, Some("STAGE_CONFIG_SET__TIMEOUT_S"))
    );

    let report = loaded.report.to_string();
    assert!(
        report.contains("(CHANGED by STAGE_CONFIG_SET__MAIL__HOST, STAGE_CONFIG_SET__TIMEOUT_S)"),
        "{report}"
    );
    assert!(
        !report.contains("(by STAGE_CONFIG_SET__TIMEOUT_S)"),
        "the override is named twice: {report}"
    );
    assert_eq!(
        logs.own_events().matches(" WARN ").count(),
        2,
        "{}",
        logs.own_events()
    );

    let figment = stage_config::figment::Figment::from(loaded);
    assert_eq!(
        figment
            .extract_inner::<u64>("timeout_s")
            .expect("the set value"),
        5
    );
}

#[test]
fn source_overrides_take_placeholders_and_json_keys() {
    let endpoint = Endpoint::with_parameters(create_parameters());
    let variables = [
        (
            "STAGE_CONFIG_SOURCE__MAIL__PASSWORD",
            "/elsewhere/{stage}/mail#password",
        ),
        (
            "STAGE_CONFIG_SOURCE__MAIL__HOST",
            "/elsewhere/{stage}/mail#host",
        ),
        ("STAGE_CONFIG_SET__QUEUE__NAME", "orders"),
    ];
    run(&endpoint, "inner_placeholders", &variables).assert_passed();
    assert_eq!(
        endpoint
            .names()
            .iter()
            .filter(|name| *name == "/elsewhere/dev/mail")
            .count(),
        1
    );
}

#[tokio::test]
async fn inner_placeholders() {
    if is_inner("inner_placeholders") {
        let Config { mail, queue, .. } = load::expect_config(Config::loader().resolve().await);
        assert_eq!(mail.host, "other.example");
        assert_eq!(
            mail.password.expect("the value exists").expose_secret(),
            "p"
        );
        assert_eq!(queue.expect("one of its fields has a value").name, "orders");
    }
}

#[test]
fn a_check_reports_overrides() {
    let endpoint = Endpoint::with_parameters(create_parameters());
    run(
        &endpoint,
        "inner_check",
        &[("STAGE_CONFIG_SOURCE__KEY", "/nowhere")],
    )
    .assert_passed();
}

#[tokio::test]
async fn inner_check() {
    if is_inner("inner_check") {
        let report = Config::loader().check().await.expect("the check runs");
        assert_eq!(report.overrides[0].field, "key");
        assert_eq!(
            report.fields[0].origin,
            Origin::Failed(FailureKind::Missing)
        );
        assert_eq!(
            report.fields[0].variable.as_deref(),
            Some("STAGE_CONFIG_SOURCE__KEY")
        );
        assert_report_clean("a check", &report);
    }
}
