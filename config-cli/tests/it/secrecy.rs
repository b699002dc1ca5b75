//! Fields that may be secret: their types contain a secret at any depth, or only the program knows
//! the types.

use std::collections::{BTreeMap, HashMap};
use std::process::Command;

use aws_sdk_ssm::types::ParameterType;
use serde::Deserialize;
use serde_json::Value;
use stage_config::{SecretString, StageConfig};

use crate::support::artifact;
use crate::support::kms::env_variables;
use crate::support::package::{Package, RunOutput, run_command};
use crate::support::peers::moto;
use crate::support::planted::{SECRET, assert_clean};
use crate::support::store_clients::StoreClients;

type Keys = HashMap<String, SecretString>;

/// A type of the program. Only the program can decode its values, and the command does not know its
/// fields.
#[derive(Deserialize)]
#[allow(dead_code, reason = "only its schema is used")]
struct Login {
    password: String,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "only its schema is used")]
enum Mode {
    Fast,
}

#[derive(StageConfig)]
#[stage(
    dev = "/secrecy/{stage}/{field}",
    fallback = "/secrecy/{stage}/{field}"
)]
#[config(preview("t-*"))]
#[allow(dead_code, reason = "only its schema is used")]
struct Config {
    map: Option<HashMap<String, SecretString>>,
    list: Vec<Option<SecretString>>,
    boxed: Box<SecretString>,
    pair: (u16, SecretString),
    alias: Option<Keys>,
    deep: BTreeMap<String, Vec<Option<Keys>>>,
    login: Login,
    logins: Option<Vec<Login>>,
    mode: Mode,
    #[config(plain)]
    limits: Login,
    #[config(secret)]
    marked: Mode,
    names: Vec<(u8, Option<String>)>,
}

/// Returns the fields whose types contain a secret, with a value for each.
fn secrets() -> [(&'static str, String); 6] {
    let object = format!(r#"{{"a":"{SECRET}"}}"#);
    [
        ("map", object.clone()),
        ("list", format!(r#"["{SECRET}"]"#)),
        ("boxed", SECRET.to_owned()),
        ("pair", format!(r#"[1,"{SECRET}"]"#)),
        ("alias", object.clone()),
        ("deep", format!(r#"{{"a":[{object}]}}"#)),
    ]
}

fn login() -> String {
    format!(r#"{{"password":"{SECRET}"}}"#)
}

struct SecrecyTest {
    package: Package,
    clients: StoreClients,
    stage: String,
}

impl SecrecyTest {
    fn new(test: &str) -> Self {
        Self {
            package: Package::new(""),
            clients: StoreClients::new(moto()),
            stage: format!("t-{test}"),
        }
    }

    fn name(&self, field: &str) -> String {
        format!("/secrecy/{}/{field}", self.stage)
    }

    fn kind(&self, field: &str) -> Option<ParameterType> {
        self.clients
            .get_parameter(&self.name(field))
            .map(|(_, kind, _)| kind)
    }

    fn command(&self, verb: &[&str]) -> Command {
        let artifact = artifact::write_artifact::<Config>();
        let artifact = artifact.to_str().expect("the path is text");
        let mut command = self
            .package
            .verb_command(&[verb, &["--artifact", artifact]].concat());
        command.envs(env_variables(moto()));
        command
    }

    fn pipe(&self, verb: &[&str], input: &str) -> RunOutput {
        run_command(
            &mut self.command(&[verb, &["--stage", &self.stage]].concat()),
            input.as_bytes(),
        )
    }

    /// Returns the fields of the first stage of `check --json`, by name.
    fn check_fields(&self) -> BTreeMap<String, Value> {
        let ran = self.pipe(&["check", "--json"], "");
        assert_clean("check", &format!("{}{}", ran.stdout, ran.stderr));
        let json: Value = serde_json::from_str(&ran.stdout).expect("the text is JSON");
        let fields = json["stages"][0]["fields"]
            .as_array()
            .expect("a list")
            .clone();
        fields
            .into_iter()
            .map(|field| (field["field"].as_str().expect("a name").to_owned(), field))
            .collect()
    }
}

#[test]
fn a_field_whose_type_contains_a_secret_is_always_encrypted() {
    let test = SecrecyTest::new("inside");
    for (field, value) in secrets() {
        test.pipe(&["set", field], &value).assert_code(0);
        assert_eq!(
            test.kind(field),
            Some(ParameterType::SecureString),
            "{field}"
        );
    }
    let test = SecrecyTest::new("inside-clear");
    for (field, value) in secrets() {
        test.clients.put_string(&test.name(field), &value);
        test.pipe(&["set", field, "--overwrite"], &value)
            .assert_code(1)
            .assert_stderr("is a String, which is not encrypted");
        assert_eq!(
            test.check_fields()[field]["failure"]["kind"],
            "plaintext",
            "{field}"
        );
    }
}

#[test]
fn a_new_value_of_an_unknown_type_is_encrypted() {
    let test = SecrecyTest::new("new");
    for (field, value) in [
        ("login", login()),
        ("logins", format!("[{}]", login())),
        ("mode", "Fast".to_owned()),
    ] {
        test.pipe(&["set", field], &value)
            .assert_code(0)
            .assert_stderr(&format!(
                "{} becomes a SecureString, since the type of `{field}` may hold a secret",
                test.name(field)
            ))
            .assert_stderr("`#[config(plain)]`");
        assert_eq!(
            test.kind(field),
            Some(ParameterType::SecureString),
            "{field}"
        );
        let ran = test
            .pipe(&["set", field, "--overwrite"], &value)
            .assert_code(0);
        ran.assert_stderr("is a SecureString, and remains a SecureString");
    }
    for (field, value, kind) in [
        ("limits", login(), ParameterType::String),
        ("names", r#"[[1,"a"]]"#.to_owned(), ParameterType::String),
        ("marked", "Fast".to_owned(), ParameterType::SecureString),
    ] {
        let ran = test.pipe(&["set", field], &value).assert_code(0);
        assert!(!ran.stderr.contains("may hold a secret"), "{}", ran.stderr);
        assert_eq!(test.kind(field), Some(kind), "{field}");
    }
}

#[test]
fn an_existing_parameter_keeps_its_type() {
    let test = SecrecyTest::new("keeps");
    for (field, value) in [("login", login()), ("mode", "Fast".to_owned())] {
        test.clients.put_string(&test.name(field), "{}");
        let ran = test
            .pipe(&["set", field, "--overwrite"], &value)
            .assert_code(0);
        ran.assert_stderr(&format!(
            "{} is a String, not encrypted, and remains unencrypted",
            test.name(field)
        ));
        assert_eq!(test.kind(field), Some(ParameterType::String));
    }
    // Import and copy also report whether the parameter is encrypted.
    test.package.write(
        "values.json",
        format!(
            r#"{{"login": {:?}, "mode": "Fast"}}"#,
            login().replace("Zx9", "Zx8")
        ),
    );
    let ran = test
        .pipe(&["import", "values.json", "--yes", "--overwrite"], "")
        .assert_code(0);
    ran.assert_stderr(&format!(
        "{} is a String, not encrypted, and remains unencrypted",
        test.name("login")
    ));
    let ran = run_copy(&test, &["mode", "login", "--secrets"]).assert_code(0);
    ran.assert_stderr("/secrecy/t-keeps-to/login becomes a SecureString");
    let copied = test
        .clients
        .get_parameter("/secrecy/t-keeps-to/login")
        .map(|(_, kind, _)| kind);
    assert_eq!(copied, Some(ParameterType::SecureString));
}

fn run_copy(test: &SecrecyTest, rest: &[&str]) -> RunOutput {
    let to = format!("{}-to", test.stage);
    let ran = run_command(
        &mut test.command(&[&["copy", &test.stage, &to, "--yes"], rest].concat()),
        b"",
    );
    assert_clean("copy", &format!("{}{}", ran.stdout, ran.stderr));
    ran
}

#[test]
fn possible_secrets_are_copied_only_with_the_option_secrets() {
    let test = SecrecyTest::new("copied");
    test.clients.put_secure_string(&test.name("mode"), "Fast");
    test.clients.put_string(&test.name("login"), &login());
    test.clients.put_string(&test.name("logins"), "none");
    let copied = |field: &str| {
        test.clients
            .get_parameter(&format!("/secrecy/t-copied-to/{field}"))
            .is_some()
    };
    let ran = run_copy(&test, &[]).assert_code(0);
    assert_eq!(
        ran.stdout
            .matches("a secret: `--secrets` copies it")
            .count(),
        2,
        "{}",
        ran.stdout
    );
    assert_eq!(
        [copied("mode"), copied("login"), copied("logins")],
        [false, false, true]
    );
    run_copy(&test, &["mode"])
        .assert_code(1)
        .assert_stderr("`mode` is a secret in the stage `t-copied`")
        .assert_stderr("`--secrets`");
    run_copy(&test, &["--secrets"])
        .assert_code(0)
        .assert_stderr("secrets that `t-copied` and `t-copied-to` share");
    assert_eq!([copied("mode"), copied("login")], [true, true]);
}

/// Stores values for five fields. Returns these fields, and whether a terminal may show each value.
fn store_values(test: &SecrecyTest) -> Vec<(&'static str, bool)> {
    let (clients, name) = (&test.clients, |field: &str| test.name(field));
    clients.put_secure_string(&name("mode"), "Fast");
    clients.put_string(&name("login"), &login());
    clients.put_string(&name("logins"), &format!(" [{}]\n", login()));
    clients.put_string(&name("limits"), &login());
    clients.put_string(&name("marked"), "Fast");
    vec![
        ("mode", false),
        ("login", false),
        ("logins", false),
        ("limits", true),
        ("marked", false),
    ]
}

#[cfg(unix)]
#[test]
fn a_terminal_shows_no_possible_secret() {
    use crate::prompt::{start_terminal, wait_for_end};
    let test = SecrecyTest::new("shown");
    let at_terminal = |verb: &[&str]| {
        wait_for_end(start_terminal(
            "exec \"$@\"",
            &test.command(&[verb, &["--stage", &test.stage]].concat()),
        ))
    };
    for (field, is_visible) in store_values(&test) {
        let (text, code) = at_terminal(&["get", field]);
        assert_eq!(code, i32::from(!is_visible), "{field}: {text}");
        assert_eq!(text.contains("--reveal"), !is_visible, "{field}: {text}");
        assert_eq!(at_terminal(&["get", field, "--reveal"]).1, 0, "{field}");
    }
    let (text, code) = at_terminal(&["export", "--incomplete"]);
    assert_eq!(code, 0, "{text}");
    assert!(
        text.contains("LIMITS=") && !text.contains("LOGIN=") && !text.contains("MODE="),
        "{text}"
    );
    // The terminal shows this value: a value of unknown secrecy is a secret only if it is
    // encrypted, or if it is a JSON object or array.
    let test = SecrecyTest::new("shown-plain");
    test.clients.put_string(&test.name("mode"), "Fast");
    let verb = test.command(&["get", "mode", "--stage", &test.stage]);
    assert!(
        wait_for_end(start_terminal("exec \"$@\"", &verb))
            .0
            .contains("Fast\r\n")
    );
}

#[test]
fn check_warns_of_possible_secrets_in_plain_text_json() {
    let test = SecrecyTest::new("warned");
    store_values(&test);
    let fields = test.check_fields();
    let warned = |field: &str| {
        fields[field]["warnings"]
            .as_array()
            .expect("a list")
            .iter()
            .any(|warning| warning["kind"] == "plaintext")
    };
    let all = ["login", "logins", "mode", "limits", "marked"].map(|field| (field, warned(field)));
    assert_eq!(
        all,
        [
            ("login", true),
            ("logins", true),
            ("mode", false),
            ("limits", false),
            ("marked", false)
        ]
    );
    let secrecy = |field: &str| {
        (
            fields[field]["secrecy"].as_str(),
            fields[field]["secret"].as_bool(),
        )
    };
    assert_eq!(secrecy("login"), (Some("unknown"), Some(true)));
    assert_eq!(secrecy("limits"), (Some("no"), Some(false)));
    assert_eq!(secrecy("marked"), (Some("yes"), Some(true)));
    let ran = test.pipe(&["check"], "");
    assert!(
        ran.stdout.contains(
            "`Login`, which may contain a secret, is in a parameter that is not encrypted"
        )
    );
    assert!(
        ran.stdout
            .contains("write `#[config(plain)]` on the field if it contains none"),
        "{}",
        ran.stdout
    );
}

#[test]
fn show_and_get_distinguish_secret_unknown_and_plain() {
    let test = SecrecyTest::new("labels");
    let ran = run_command(&mut test.command(&["show"]), b"").assert_code(0);
    for label in [
        "map (secret)",
        "deep (secret)",
        "login (may be secret)",
        "marked (secret)",
        "limits  ",
        "names  ",
    ] {
        assert!(ran.stdout.contains(label), "{label}: {}", ran.stdout);
    }
    test.clients.put_string(&test.name("mode"), "Fast");
    let ran = test.pipe(&["get", "mode", "--json"], "").assert_code(0);
    let json: Value = serde_json::from_str(&ran.stdout).expect("the text is JSON");
    assert_eq!(
        (&json["secret"], &json["secrecy"]),
        (&Value::from(false), &Value::from("unknown"))
    );
}
