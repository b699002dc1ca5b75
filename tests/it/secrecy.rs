//! Types that contain a secret at any depth, and types of the program that may contain one.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use stage_config::figment::Figment;
use stage_config::schema::Secrecy;
use stage_config::testing::Memory;
use stage_config::{ErrorKind, SecretBox, SecretSlice, SecretString, StageConfig};

use crate::support::aws;
use crate::support::child;
use crate::support::load::{assert_error, expect_error, resolve};
use crate::support::logs::Logs;
use crate::support::planted::{SECRET, assert_clean, assert_report_clean};
use crate::support::scripted::{Endpoint, Parameter, Parameters};

type Keys = HashMap<String, SecretString>;
type Ports = Option<Vec<u16>>;

#[derive(Clone, Serialize, Deserialize)]
struct Login {
    password: String,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    Fast,
    Slow,
}

#[derive(Deserialize)]
#[allow(dead_code)]
struct Wrapper<T>(T);

#[derive(StageConfig)]
#[stage(dev = "/secrecy/{field}")]
#[allow(dead_code, clippy::type_complexity)]
struct Types {
    map: Option<HashMap<String, SecretString>>,
    list: Vec<Option<SecretString>>,
    boxed: Box<SecretString>,
    pair: (u16, SecretString),
    array: Option<[SecretString; 2]>,
    alias: Option<Keys>,
    by_mode: HashMap<Mode, SecretString>,
    deep: BTreeMap<String, Vec<(u8, Option<Box<Keys>>)>>,
    generic: Wrapper<Vec<SecretString>>,
    bytes: Option<SecretSlice<u8>>,
    boxed_list: Option<SecretBox<Vec<String>>>,
    #[config(secret)]
    marked: Mode,
    own_enum: Mode,
    own: Option<Vec<Login>>,
    wrapper: Wrapper<String>,
    #[config(plain)]
    marked_plain: HashMap<String, Login>,
    text: String,
    ports: Ports,
    texts: BTreeMap<String, Vec<Option<(String, [u8; 4])>>>,
    json: serde_json::Value,
}

#[test]
fn the_schema_has_the_secrecy_of_each_field() {
    let secrecies: Vec<(String, Secrecy)> = Types::SCHEMA
        .leaves()
        .into_iter()
        .map(|leaf| (leaf.path, leaf.secrecy))
        .collect();
    let fields_with = |secrecy| {
        secrecies
            .iter()
            .filter(move |(_, found)| *found == secrecy)
            .map(|(path, _)| path.as_str())
    };
    let secret_fields = [
        "map",
        "list",
        "boxed",
        "pair",
        "array",
        "alias",
        "by_mode",
        "deep",
        "generic",
        "bytes",
        "boxed_list",
        "marked",
    ];
    assert_eq!(Vec::from_iter(fields_with(Secrecy::Yes)), secret_fields);
    assert_eq!(
        Vec::from_iter(fields_with(Secrecy::Unknown)),
        ["own_enum", "own", "wrapper"]
    );
    assert_eq!(
        Vec::from_iter(fields_with(Secrecy::No)),
        ["marked_plain", "text", "ports", "texts", "json"]
    );
}

#[derive(StageConfig)]
#[stage(dev = "/secrecy/{field}")]
#[allow(dead_code)]
struct Config {
    keys: Option<Vec<Keys>>,
    mode: Mode,
    other: Mode,
    login: Login,
    logins: Option<Vec<Login>>,
    #[config(plain)]
    limits: Login,
    #[config(default = Mode::Slow)]
    by_default: Mode,
    #[stage(dev = "value:fast")]
    in_code: Mode,
}

fn format_login() -> String {
    format!(r#" {{"password":"{SECRET}"}}"#)
}

fn create_parameters() -> Parameters {
    let (login, keys) = (format_login(), format!(r#"[{{"a":"{SECRET}"}}]"#));
    Parameters::texts([
        ("/secrecy/other", "fast"),
        ("/secrecy/login", &login),
        ("/secrecy/limits", &login),
    ])
    .with("/secrecy/keys", Parameter::secure(&keys))
    .with("/secrecy/mode", Parameter::secure("fast"))
}

#[tokio::test]
async fn possible_secrets_are_withheld_from_figment_and_reported() {
    let logs = Logs::start();
    let endpoint = Endpoint::with_parameters(create_parameters());
    let loaded = resolve::<Config>(endpoint.url())
        .await
        .expect("all values exist");
    assert!(loaded.config.mode == Mode::Fast && loaded.config.logins.is_none());
    let secret = loaded
        .report
        .fields
        .iter()
        .filter(|field| field.secret)
        .map(|field| field.field.as_str());
    assert_eq!(Vec::from_iter(secret), ["keys", "mode", "login"]);
    assert_eq!(loaded.report.withheld, ["mode", "login"]);
    assert_report_clean("the report", &loaded.report);
    let line = "not passed to Figment: mode, login (a type of the program's own may hold a secret;";
    assert_eq!(
        loaded.report.to_string().matches(line).count(),
        1,
        "{}",
        loaded.report
    );
    // The event contains the report as an escaped text of JSON.
    let withheld = r#"\"withheld\":[\"mode\",\"login\"]"#;
    assert_eq!(
        logs.own_events().matches(withheld).count(),
        1,
        "{}",
        logs.own_events()
    );
    assert_eq!(
        serde_json::to_value(&loaded.report).expect("JSON")["withheld"],
        serde_json::json!(["mode", "login"])
    );

    let figment = Figment::from(&loaded);
    for (path, is_present) in [
        ("keys", false),
        ("mode", false),
        ("login", false),
        ("other", true),
        ("limits.password", true),
        ("by_default", true),
        ("in_code", true),
    ] {
        assert_eq!(figment.find_value(path).is_ok(), is_present, "{path}");
    }
    let loaded = loaded.expose_secrets();
    assert!(
        loaded.report.withheld.is_empty(),
        "a field is still withheld"
    );
    assert_eq!(
        Figment::from(loaded)
            .extract_inner::<Login>("login")
            .expect("the secret is exposed")
            .password,
        SECRET
    );
}

#[tokio::test]
async fn json_of_unknown_secrecy_in_local_values_or_layers_is_withheld() {
    let values = Memory::new()
        .set("mode", "fast")
        .set("other", "slow")
        .set("login", format_login())
        .set("limits", format_login());
    let logins = format!("[{}]\n", format_login());
    let loaded = Config::loader()
        .stage("dev")
        .local(values.set("logins", logins))
        .resolve()
        .await
        .expect("all values exist");
    assert_eq!(loaded.report.withheld, ["login", "logins"]);
    assert_report_clean("the report", &loaded.report);

    let layer = stage_config::figment::providers::Serialized::default(
        "login",
        Login {
            password: SECRET.to_owned(),
        },
    );
    let values = Memory::new()
        .set("mode", "fast")
        .set("other", "slow")
        .set("limits", format_login());
    let loaded = Config::loader()
        .stage("dev")
        .local(values)
        .overrides(layer)
        .resolve()
        .await
        .expect("all values exist");
    assert_eq!(loaded.report.withheld, ["login"]);
}

#[test]
fn an_override_cannot_set_a_nested_secret() {
    let variables = [
        ("STAGE_CONFIG_SET__KEYS", "[]"),
        ("STAGE_CONFIG_SET__MODE", "fast"),
        (
            "STAGE_CONFIG_SOURCE__LOGIN",
            "value:{\"password\":\"Zx9!kQ7~Wv3^Lp5\"}",
        ),
    ];
    let mut all = aws::variables("http://127.0.0.1:1");
    all.extend(variables.map(|(name, text)| (name, text.to_owned())));
    child::run("secrecy::inner_variables", &all).assert_passed();
    all.retain(|(name, _)| *name != "STAGE_CONFIG_SET__KEYS");
    let output = child::run("secrecy::inner_unknown", &all).assert_passed();
    assert_clean("the output", &output.text());
}

#[tokio::test]
async fn inner_variables() {
    if child::is_inner("secrecy::inner_variables") {
        let error = expect_error(Config::loader().plan());
        assert_error(
            &error,
            ErrorKind::Options,
            &["`STAGE_CONFIG_SET__KEYS`: it would set `keys`, which is a secret"],
        );
        assert_eq!(
            error.to_string().lines().count(),
            1,
            "fields of unknown secrecy can be set: {error}"
        );
    }
}

/// A source override may contain a value, so the text after `value:` is hidden if this text may be
/// a secret.
#[tokio::test]
#[allow(clippy::print_stderr)]
async fn inner_unknown() {
    if child::is_inner("secrecy::inner_unknown") {
        let values = Memory::new()
            .set("other", "slow")
            .set("limits", format_login());
        let plan = Config::loader().plan().expect("a plan");
        assert_eq!(
            plan.sources("login").expect("the field exists"),
            ["value:…"]
        );
        assert_eq!(
            plan.sources("in_code").expect("the field exists"),
            ["value:fast"]
        );
        let loaded = Config::loader()
            .local(values)
            .resolve()
            .await
            .expect("all values exist");
        assert!(loaded.config.mode == Mode::Fast && loaded.config.login.password == SECRET);
        eprintln!("{plan} {}", loaded.report);
    }
}
