//! Two databases that share a struct: `show`, `iam`, `check`, `diff` and `set` use the template of
//! each nested field.

use serde_json::{Value, json};
use stage_config::{SecretString, StageConfig};

use crate::check::run;
use crate::support::artifact;
use crate::support::endpoint::{Endpoint, Parameters, Secrets};
use crate::support::kms::{self, env_variables};
use crate::support::package::{Package, run_command};
use crate::support::peers::{ACCOUNT, moto};
use crate::support::planted::{SECRET, assert_clean};
use crate::support::store_clients::StoreClients;

#[derive(StageConfig)]
#[stage(dev, prod)]
#[allow(dead_code, reason = "only its schema is used")]
struct Config {
    #[config(nested)]
    #[stage(dev = "secret:it-nested/dev/orders-db#{field}")]
    #[stage(prod = ["secret:rds!db-8d2f6a#{field}", "/it-nested/orders/{field}"])]
    orders: Db,
    #[config(nested)]
    #[stage(all = "secret:it-nested/{stage}/users-db#{field}")]
    users: Db,
}

#[derive(StageConfig)]
#[config(inherit)]
#[allow(dead_code, reason = "only its schema is used")]
struct Db {
    host: String,
    #[config(default = 5432)]
    port: u16,
    password: SecretString,
}

fn run_offline(arguments: &[&str]) -> String {
    let artifact = artifact::write_artifact::<Config>();
    let artifact = artifact.to_str().expect("the path is text");
    let package = Package::new("");
    let arguments = [arguments, &["--artifact", artifact]].concat();
    run_command(&mut package.verb_command(&arguments), b"")
        .assert_code(0)
        .stdout
}

#[test]
fn show_lists_the_sources_of_both_databases() {
    let json: Value = serde_json::from_str(&run_offline(&["show", "--json"])).expect("JSON");
    let fields: Vec<_> = json["fields"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|field| {
            json!([
                field["field"],
                field["sources"]["dev"],
                field["sources"]["prod"],
                field["secret"]
            ])
        })
        .collect();
    let orders = |field: &str| {
        let prod = [
            format!("secret:rds!db-8d2f6a#{field}"),
            format!("/it-nested/orders/{field}"),
        ];
        json!([
            format!("orders.{field}"),
            [format!("secret:it-nested/dev/orders-db#{field}")],
            prod,
            true
        ])
    };
    let users = |field: &str| {
        let source = |stage: &str| [format!("secret:it-nested/{stage}/users-db#{field}")];
        json!([
            format!("users.{field}"),
            source("dev"),
            source("prod"),
            true
        ])
    };
    let names = ["host", "port", "password"];
    assert_eq!(fields, [names.map(orders), names.map(users)].concat());
}

#[test]
fn iam_allows_each_secret_once() {
    let policy = run_offline(&[
        "iam",
        "--stage",
        "prod",
        "--offline",
        "--account",
        ACCOUNT,
        "--region",
        kms::REGION,
        "--format",
        "json",
    ]);
    for (name, count) in [
        ("secret:rds!db-8d2f6a", 1),
        ("secret:it-nested/prod/users-db", 1),
        ("parameter/it-nested/orders/host", 1),
        ("orders-db", 0),
    ] {
        assert_eq!(policy.matches(name).count(), count, "{name}: {policy}");
    }
}

#[test]
fn check_and_diff_read_both_databases() {
    let secrets = Secrets::texts([
        ("it-nested/dev/orders-db", r#"{"host":"o","password":"p"}"#),
        (
            "it-nested/dev/users-db",
            r#"{"host":"u","password":"q","port":1}"#,
        ),
        ("rds!db-8d2f6a", r#"{"password":"p"}"#),
        ("it-nested/prod/users-db", r#"{"host":"u","port":"x"}"#),
    ]);
    let parameters = Parameters::texts([("/it-nested/orders/host", "orders.example")]);
    let endpoint = Endpoint::start_with(parameters, secrets);
    let package = Package::new("");
    run::<Config>(&package, "check", &endpoint.url, &["--stage", "dev"]).assert_code(0);
    let ran = run::<Config>(&package, "check", &endpoint.url, &["--stage", "prod"]).assert_code(1);
    for problem in ["users.port", "users.password"] {
        assert!(ran.stdout.contains(problem), "{problem}: {}", ran.stdout);
    }
    assert!(
        !ran.stdout.contains("orders.password: missing"),
        "{}",
        ran.stdout
    );

    let ran = run::<Config>(&package, "diff", &endpoint.url, &["dev", "prod", "--json"]);
    let json: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let fields = json["fields"].as_array().expect("a list");
    assert_eq!(fields.len(), 6);
    let result = |name: &str| {
        fields
            .iter()
            .find(|field| field["field"] == name)
            .map(|field| field["result"].clone())
    };
    assert_eq!(result("orders.password"), Some(json!("same")), "{json}");
}

#[test]
fn set_writes_the_key_of_the_right_secret() {
    let clients = StoreClients::new(moto());
    clients.create_secret("it-nested/dev/orders-db", r#"{"host":"o"}"#);
    clients.create_secret("it-nested/dev/users-db", r#"{"host":"u"}"#);
    let artifact = artifact::write_artifact::<Config>();
    let artifact = artifact.to_str().expect("the path is text");
    let package = Package::new("");
    let mut command = package.verb_command(&[
        "set",
        "users.password",
        "--stage",
        "dev",
        "--artifact",
        artifact,
    ]);
    let ran = run_command(command.envs(env_variables(moto())), SECRET.as_bytes()).assert_code(0);
    assert_clean("set", &format!("{}{}", ran.stdout, ran.stderr));

    let read = |name: &str| -> Value {
        let text = clients.get_secret_text(name).expect("the secret exists");
        serde_json::from_str(&text).expect("JSON")
    };
    assert_eq!(read("it-nested/dev/orders-db"), json!({"host": "o"}));
    assert_eq!(
        read("it-nested/dev/users-db"),
        json!({"host": "u", "password": SECRET})
    );
}
