//! Planted secrets in values from Figment providers, local files, memory, the environment and
//! literals.

use std::io::Write as _;

use serde::Deserialize;
use stage_config::figment::value::{Dict, Map};
use stage_config::figment::{
    Error as FigmentError, Figment, Metadata, Profile, Provider, providers::Serialized,
};
use stage_config::testing::Memory;
use stage_config::{SecretString, StageConfig};

use crate::support::child;
use crate::support::load::expect_error;
use crate::support::logs::Logs;
use crate::support::planted::{
    DIGITS, SECRET, assert_clean, assert_error_clean, assert_report_clean,
};

#[derive(StageConfig)]
#[stage(dev = "/layers/{field}")]
#[allow(dead_code)]
struct Config {
    port: u16,
    key: SecretString,
    #[config(secret, validate = check_none)]
    checked: Option<String>,
}

fn check_none(value: &Option<String>) -> Result<(), &'static str> {
    if value.is_some() {
        Err("the check refuses it")
    } else {
        Ok(())
    }
}

/// Returns values for `port` in a figment provider. None of them is a valid `u16`.
fn create_wrong_ports() -> Vec<stage_config::figment::value::Value> {
    use stage_config::figment::value::Value;
    let digits: u64 = DIGITS.parse().expect("a number");
    vec![
        Value::from(SECRET),
        Value::from(digits),
        Value::from(vec![SECRET, SECRET]),
        Value::from(Dict::from([(SECRET.to_owned(), Value::from(digits))])),
    ]
}

#[tokio::test]
async fn figment_values_of_the_wrong_type_are_redacted() {
    let logs = Logs::start();
    for value in create_wrong_ports() {
        let port = || Serialized::global("port", value.clone());
        let local = || Memory::new().set("key", SECRET);
        let with_overrides = Config::loader()
            .stage("dev")
            .local(local())
            .overrides(port())
            .resolve()
            .await;
        assert_error_clean("overrides", &expect_error(with_overrides));
        let with_defaults = Config::loader()
            .stage("dev")
            .local(local())
            .defaults(port())
            .resolve()
            .await;
        assert_error_clean("defaults", &expect_error(with_defaults));
        let key = Serialized::global("checked", value.clone());
        let checked = Config::loader()
            .stage("dev")
            .local(local().set("port", "1"))
            .overrides(key)
            .resolve()
            .await;
        assert_error_clean("validate", &expect_error(checked));
    }
    assert_clean("events", &logs.text());
}

/// A provider that fails with an error that quotes its input.
struct FailingProvider;

impl Provider for FailingProvider {
    fn metadata(&self) -> Metadata {
        Metadata::named("a failing provider")
    }

    fn data(&self) -> Result<Map<Profile, Dict>, FigmentError> {
        Err(FigmentError::from(format!("cannot parse {SECRET}")))
    }
}

#[tokio::test]
async fn the_error_of_a_figment_provider_is_redacted() {
    for loader in [
        Config::loader().overrides(FailingProvider),
        Config::loader().defaults(FailingProvider),
    ] {
        let error = expect_error(loader.stage("dev").local(Memory::new()).resolve().await);
        assert_eq!(error.kind(), stage_config::ErrorKind::Options, "{error}");
        assert!(
            error.to_string().contains("a failing provider"),
            "the provider is not named: {error}"
        );
        assert_error_clean("a provider that fails", &error);
    }
}

#[tokio::test]
async fn invalid_local_files_are_redacted() {
    for text in [
        format!("[dev]\nport = {SECRET}\n"),
        format!("[dev]\nport = \"{SECRET}\"\nkey = \"{SECRET}\"\n"),
        format!("[dev]\nport = {DIGITS}\nkey = \"{SECRET}\"\n"),
        format!("[dev]\nport = [\"{SECRET}\"]\nkey = \"{SECRET}\"\n"),
        format!("[dev.port]\n\"{SECRET}\" = \"{SECRET}\"\n"),
        format!("[dev]\n\"/layers/port\" = \"{SECRET}\"\nkye = \"{SECRET}\"\n"),
        format!("[dev]\nport = 1\nkey = \"{SECRET}\nx"),
        format!("[dev]\nport = 1\nkey = \"{SECRET}\"\nchecked = \"{SECRET}\"\n"),
        format!("dev = \"{SECRET}\"\n"),
        format!("[dev]\n{SECRET}\n"),
    ] {
        let logs = Logs::start();
        let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
        file.write_all(text.as_bytes())
            .expect("the file can be written");
        let error = expect_error(
            Config::loader()
                .stage("dev")
                .local(file.path())
                .resolve()
                .await,
        );
        assert_error_clean("a local file", &error);
        assert_clean("events", &logs.text());
    }
}

#[tokio::test]
async fn debug_output_shows_no_secret() {
    let logs = Logs::start();
    let memory = Memory::new().set("port", "8080").set("key", SECRET);
    assert_clean("Memory", &format!("{memory:?} {memory:#?}"));

    let values = Config::for_tests().set("key", SECRET);
    assert_clean("TestValues", &format!("{values:?} {values:#?}"));

    let loaded = Config::loader()
        .stage("dev")
        .local(memory.clone())
        .resolve()
        .await
        .expect("the configuration loads");
    assert_report_clean("the report", &loaded.report);
    assert_clean("Loaded", &format!("{loaded:?} {loaded:#?}"));
    assert_clean(
        "the secret's own Debug",
        &format!("{:?}", loaded.config.key),
    );

    let figment = Figment::from(&loaded);
    assert_clean(
        "a Figment of the program",
        &format!("{figment:?} {figment:#?}"),
    );

    let checked = Config::loader()
        .stage("dev")
        .local(memory.set("port", SECRET))
        .check()
        .await
        .expect("the check runs");
    assert!(!checked.is_complete());
    assert_report_clean("the report of a check", &checked);
    assert_clean("events", &logs.text());
}

#[tokio::test]
async fn secrets_enter_a_figment_only_when_exposed() {
    let memory = Memory::new().set("port", "8080").set("key", SECRET);
    let loaded = Config::loader()
        .stage("dev")
        .local(memory)
        .resolve()
        .await
        .expect("the configuration loads");
    let hidden = Figment::from(&loaded);
    assert_eq!(
        hidden
            .extract_inner::<u16>("port")
            .expect("the field is not secret"),
        8080
    );
    let error = hidden.extract_inner::<String>("key").unwrap_err();
    assert!(error.missing(), "{error}");
    let exposed = Figment::from(loaded.expose_secrets());
    assert_eq!(
        exposed
            .extract_inner::<String>("key")
            .expect("the secret is exposed"),
        SECRET
    );
}

#[derive(StageConfig)]
#[allow(dead_code)]
struct FromEnvironment {
    #[stage(dev = "env:PLANTED?plaintext=allow")]
    #[config(secret)]
    number: u16,
    #[stage(dev = "env:PLANTED")]
    list: Vec<bool>,
    #[stage(dev = "env:PLANTED#key")]
    key: Option<String>,
}

#[test]
fn undecodable_variables_are_redacted() {
    for value in [
        SECRET.to_owned(),
        DIGITS.to_owned(),
        format!("{{\"key\":\"{SECRET}"),
        format!("{{\"{SECRET}\":1}}"),
    ] {
        let output = child::run(
            "redaction::layers::inner_environment",
            &[("stage", "dev".to_owned()), ("PLANTED", value)],
        );
        assert_clean("the whole output", &output.assert_passed().text());
    }
}

#[test]
#[cfg(unix)]
fn variables_that_are_not_utf_8_are_redacted() {
    use std::os::unix::ffi::OsStringExt as _;
    let value = std::ffi::OsString::from_vec([SECRET.as_bytes(), b"\xFF"].concat());
    let output = child::run(
        "redaction::layers::inner_environment",
        &[("stage", "dev".into()), ("PLANTED", value)],
    );
    assert_clean("the whole output", &output.assert_passed().text());
}

#[tokio::test]
#[allow(clippy::print_stderr)]
async fn inner_environment() {
    if child::is_inner("redaction::layers::inner_environment") {
        let logs = Logs::start();
        let error = expect_error(FromEnvironment::load().await);
        assert_error_clean("a variable", &error);
        assert!(error.failures().len() >= 2, "{error}");
        eprintln!("{error} {error:?} {}", logs.text());
    }
}

/// These fields are secret in every stage, because one stage keeps them in Secrets Manager. The
/// literals equal [`SECRET`].
#[derive(StageConfig)]
#[allow(dead_code)]
struct Literals {
    #[stage(dev = "secret:planted")]
    #[config(default = "Zx9!kQ7~Wv3^Lp5".to_owned())]
    by_default: String,
    #[stage(dev = "value:Zx9!kQ7~Wv3^Lp5", prod = "secret:planted")]
    #[config(validate = refuse)]
    by_value: String,
    #[stage(dev = "value:Zx9!kQ7~Wv3^Lp5", prod = "secret:planted")]
    of_another_type: Option<Mode>,
}

#[derive(Deserialize)]
enum Mode {
    Fast,
}

fn refuse(_: &String) -> Result<(), &'static str> {
    Err("the check refuses it")
}

#[tokio::test]
async fn literals_of_secret_fields_are_redacted() {
    let logs = Logs::start();
    let loader = || Literals::loader().stage("dev").local(Memory::new());
    let plan = loader().plan().expect("a plan");
    assert_clean(
        "the plan",
        &format!("{plan} {plan:?} {:?}", plan.sources("by_value")),
    );

    let error = expect_error(loader().resolve().await);
    assert_error_clean("literals", &error);

    let fields: Vec<&str> = error
        .failures()
        .iter()
        .map(|failure| failure.field())
        .collect();
    assert_eq!(fields, ["by_value", "of_another_type"]);

    let report = loader().check().await.expect("a report");
    assert_report_clean("literals", &report);
    assert_clean("the events", &logs.text());
}

#[derive(StageConfig)]
struct SecretList {
    #[stage(dev = "/planted/list")]
    keys: Vec<SecretString>,
    #[stage(dev = "secret:planted")]
    #[config(default = "Zx9!kQ7~Wv3^Lp5".to_owned())]
    by_default: String,
}

#[tokio::test]
async fn lists_of_secrets_and_literals_stay_out_of_figment() {
    let loader = SecretList::loader()
        .stage("dev")
        .local(Memory::new().set("keys", SECRET));
    let loaded = loader.resolve().await.expect("all values exist");
    assert_report_clean("the report", &loaded.report);
    assert_eq!(
        (loaded.config.keys.len(), loaded.config.by_default.as_str()),
        (1, SECRET)
    );
    assert!(loaded.report.fields.iter().all(|field| field.secret));
    let figment = Figment::from(loaded);
    assert_clean("a Figment with the values", &format!("{figment:?}"));
}

#[tokio::test]
async fn the_longest_timeout_does_not_panic() {
    let loader = SecretList::loader()
        .stage("dev")
        .local(Memory::new().set("keys", SECRET));
    assert!(
        loader
            .timeout(std::time::Duration::MAX)
            .resolve()
            .await
            .is_ok()
    );
}
