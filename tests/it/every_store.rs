//! One wave to every store except memory and the program's own stores: the number of calls, their
//! concurrency, and their credentials.

use std::collections::BTreeMap;

use serde_json::json;
use stage_config::sealed::{KmsClient, StageKey};
use stage_config::{ExposeSecret, Loaded, SecretString, StageConfig};

use crate::support::scripted::{
    Answer, Configurations, Endpoint, Parameters, Request, Secrets, cipher,
};
use crate::support::{aws, child};

const APP: &str = "every-store";
const STAGE: &str = "every-store";

/// A configuration with twelve parameters, three secrets (one of them has the values of two
/// fields), a feature flag, two KMS variables, three sealed files, an environment variable and a
/// literal.
#[derive(StageConfig)]
#[stage(dev = "/every/{field}")]
#[config(app = "every-store")]
struct Every {
    p1: String,
    p2: String,
    p3: String,
    p4: String,
    p5: String,
    p6: String,
    p7: String,
    p8: String,
    p9: String,
    p10: String,
    p11: String,
    p12: String,
    #[stage(dev = "secret:every/db#user")]
    user: String,
    #[stage(dev = "secret:every/db#password")]
    password: SecretString,
    #[stage(dev = "secret:every/stripe")]
    stripe: SecretString,
    #[stage(dev = "secret:every/mail")]
    mail: SecretString,
    #[stage(dev = "appconfig:every/dev/flags#on")]
    on: bool,
    #[stage(dev = "kms-env:EVERY_A")]
    a: SecretString,
    #[stage(dev = "kms-env:EVERY_B?context=lambda")]
    b: SecretString,
    #[stage(dev = "sealed:every-store/x")]
    x: SecretString,
    #[stage(dev = "sealed:every-store/y")]
    y: SecretString,
    #[stage(dev = "sealed:every-store/z")]
    z: SecretString,
    #[stage(dev = "env:EVERY_LEVEL")]
    level: String,
    #[stage(dev = "value:literal")]
    literal: String,
}

/// The number of concurrent calls: for twelve parameters in batches of ten, three secrets, a
/// session of AppConfig, two variables, and the key pair of the sealed files.
const CALLS: usize = 2 + 3 + 1 + 2 + 1;

/// Each service answers when all calls have arrived. After that, the session of AppConfig needs
/// another call, its first poll.
fn script(configurations: &Configurations, request: &Request) -> Answer {
    let names = (1..=12).map(|number| (format!("/every/p{number}"), format!("p{number}")));
    let names: Vec<_> = names.collect();
    let secrets = [
        ("every/db", r#"{"user":"u","password":"p"}"#),
        ("every/stripe", "s"),
        ("every/mail", "m"),
    ];
    let answer = match request.service.as_str() {
        "AmazonSSM" => Parameters::texts(
            names
                .iter()
                .map(|(name, text)| (name.as_str(), text.as_str())),
        )
        .answer(request),
        "secretsmanager" => Secrets::texts(secrets).answer(request),
        "" => configurations.answer(request),
        _ => cipher::answer_decrypt(request),
    };
    answer.wait_for_calls(CALLS)
}

/// Starts an endpoint of all services.
fn start_services() -> Endpoint {
    let configurations = Configurations::new(60, [("every/dev/flags", r#"{"on":true}"#)]);
    Endpoint::start(move |request| script(&configurations, request))
}

/// Starts an endpoint that returns the credentials of a container.
fn start_container() -> Endpoint {
    Endpoint::start(|_| {
        Answer::json(&json!({
            "AccessKeyId": "CONTAINERKEY",
            "SecretAccessKey": "x",
            "Token": "the-token",
            "Expiration": "2999-01-01T00:00:00Z",
        }))
    })
}

/// Returns the variables of a function that gets its credentials from `container`.
fn variables(endpoint: &str, container: &Endpoint) -> Vec<(&'static str, String)> {
    let mut variables = aws::variables(endpoint);
    variables.retain(|(name, _)| !["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"].contains(name));
    variables.extend([
        (
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            container.url().to_owned(),
        ),
        ("AWS_LAMBDA_FUNCTION_NAME", "payments".to_owned()),
        ("EVERY_A", cipher::to_ciphertext("a")),
        ("EVERY_B", cipher::to_ciphertext("b")),
        ("EVERY_LEVEL", "debug".to_owned()),
    ]);
    variables
}

#[test]
fn all_stores_are_called_at_once_with_the_same_credentials() {
    let (endpoint, container) = (start_services(), start_container());
    child::run(
        "every_store::inner_every",
        &variables(endpoint.url(), &container),
    )
    .assert_passed();
    let requests = endpoint.requests();
    let mut operations = BTreeMap::<&str, usize>::new();
    for request in &requests {
        *operations.entry(&request.operation).or_default() += 1;
        let authorization = request
            .header("authorization")
            .expect("the request is signed");
        assert!(
            authorization.contains("Credential=CONTAINERKEY/"),
            "{authorization}"
        );
        assert_eq!(request.header("x-amz-security-token"), Some("the-token"));
    }
    assert_eq!(
        operations,
        BTreeMap::from([
            ("", 2),
            ("GetParameters", 2),
            ("GetSecretValue", 3),
            ("Decrypt", 3)
        ])
    );
    assert_eq!(
        (requests.len(), endpoint.most_in_flight()),
        (CALLS + 1, CALLS),
        "all calls are in flight at once, and the poll of the session follows"
    );
    assert_eq!(
        container.requests().len(),
        1,
        "credentials are requested once"
    );
}

#[tokio::test]
async fn inner_every() {
    if !child::is_inner("every_store::inner_every") {
        return;
    }
    let Loaded { config, report, .. } = Every::loader()
        .resolve()
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    let Every {
        p1,
        p2,
        p3,
        p4,
        p5,
        p6,
        p7,
        p8,
        p9,
        p10,
        p11,
        p12,
        ..
    } = &config;
    let parameters = [p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12];
    assert_eq!(
        parameters.map(String::as_str).to_vec(),
        (1..=12)
            .map(|number| format!("p{number}"))
            .collect::<Vec<_>>()
    );
    let secrets = [
        &config.password,
        &config.stripe,
        &config.mail,
        &config.a,
        &config.b,
    ]
    .map(ExposeSecret::expose_secret);
    assert_eq!(
        (config.user.as_str(), secrets),
        ("u", ["p", "s", "m", "a", "b"])
    );
    assert!(config.on);
    let sealed = [&config.x, &config.y, &config.z].map(ExposeSecret::expose_secret);
    assert_eq!(
        sealed,
        ["the value of x", "the value of y", "the value of z"]
    );
    assert_eq!(
        (config.level.as_str(), config.literal.as_str()),
        ("debug", "literal")
    );

    let mut calls: Vec<_> = report
        .calls
        .iter()
        .map(|call| (call.operation.as_str(), call.names.len()))
        .collect();
    calls.sort_unstable();
    let [single, ten, two] = [
        ("GetSecretValue", 1),
        ("GetParameters", 10),
        ("GetParameters", 2),
    ];
    assert_eq!(
        calls,
        [
            ("Decrypt", 1),
            ("Decrypt", 1),
            ("Decrypt", 3),
            ("GetLatestConfiguration", 1),
            two,
            ten,
            single,
            single,
            single
        ]
    );
    let (table, json) = (
        report.to_string(),
        serde_json::to_value(&report).expect("a report serializes"),
    );
    assert_eq!(json["calls"].as_array().map(Vec::len), Some(CALLS));
    for call in &report.calls {
        assert!(
            table.contains(&call.operation) && call.names.iter().all(|name| table.contains(name)),
            "{table}"
        );
    }
    assert!(
        json["calls"]
            .as_array()
            .into_iter()
            .flatten()
            .all(|call| call["retries"] == 0),
        "{json}"
    );
}

/// A load that calls no service of AWS requests no credentials. Here a KMS variable is unset, or a
/// local file replaces the stores.
#[test]
fn an_unneeded_store_is_not_called() {
    let (endpoint, container) = (start_services(), start_container());
    let mut variables = variables(endpoint.url(), &container);
    child::run("every_store::inner_plain", &variables).assert_passed();
    let file = tempfile::Builder::new()
        .suffix(".toml")
        .tempfile()
        .expect("a temporary file");
    std::fs::write(file.path(), "[dev]\nlocal = \"x\"\nsecret = \"y\"\n")
        .expect("the file can be written");
    variables.retain(|(name, _)| *name != "AWS_LAMBDA_FUNCTION_NAME");
    variables.push(("STAGE_CONFIG_LOCAL", file.path().display().to_string()));
    child::run("every_store::inner_local", &variables).assert_passed();
    assert_eq!(
        (endpoint.requests().len(), container.requests().len()),
        (0, 0)
    );
}

#[tokio::test]
async fn inner_plain() {
    #[derive(StageConfig)]
    struct Plain {
        #[stage(dev = "env:EVERY_LEVEL")]
        level: String,
        #[stage(dev = ["kms-env:EVERY_UNSET", "value:literal"])]
        literal: String,
    }

    if child::is_inner("every_store::inner_plain") {
        let Loaded { config, .. } = Plain::loader()
            .resolve()
            .await
            .unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(
            (config.level.as_str(), config.literal.as_str()),
            ("debug", "literal")
        );
    }
}

#[tokio::test]
async fn inner_local() {
    #[derive(StageConfig)]
    struct Local {
        #[stage(dev = "/every/p1")]
        local: String,
        #[stage(dev = "secret:every/stripe")]
        secret: SecretString,
        #[stage(dev = "kms-env:EVERY_A")]
        none: Option<SecretString>,
    }

    if child::is_inner("every_store::inner_local") {
        let Loaded { config, report, .. } = Local::loader()
            .resolve()
            .await
            .unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(
            (
                config.local.as_str(),
                config.secret.expose_secret(),
                config.none.is_none()
            ),
            ("x", "y", true)
        );
        assert_eq!(report.calls.len(), 0, "{report}");
    }
}

/// This program uses only one of the services, KMS.
#[test]
fn a_service_that_no_field_uses_is_not_called() {
    let (endpoint, container) = (Endpoint::start(cipher::answer_decrypt), start_container());
    child::run(
        "every_store::inner_variables_alone",
        &variables(endpoint.url(), &container),
    )
    .assert_passed();
    let operations: Vec<_> = endpoint
        .requests()
        .into_iter()
        .map(|request| request.operation)
        .collect();
    assert_eq!(
        (operations, container.requests().len()),
        (vec!["Decrypt".to_owned(); 2], 1)
    );
}

#[tokio::test]
async fn inner_variables_alone() {
    #[derive(StageConfig)]
    struct Variables {
        #[stage(dev = "kms-env:EVERY_A")]
        a: SecretString,
        #[stage(dev = "kms-env:EVERY_B?context=lambda")]
        b: SecretString,
    }

    if child::is_inner("every_store::inner_variables_alone") {
        let config = Variables::load().await.expect("both values exist");
        assert_eq!(
            (config.a.expose_secret(), config.b.expose_secret()),
            ("a", "b")
        );
    }
}

/// Writes the files of `sealed/every-store`. Run this test when their format changes. A scripted
/// endpoint replaces KMS, so the files are not secret.
#[tokio::test]
#[ignore = "it writes into the repository"]
async fn write_the_sealed_files() {
    let endpoint = Endpoint::start(cipher::answer_encrypt);
    let kms = KmsClient::new(&aws::settings(endpoint.url()));
    let key = StageKey::create(&kms, cipher::KEY, APP, STAGE)
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    let write = |name: &str, text: String| {
        std::fs::write(format!("sealed/{STAGE}/{name}"), text).expect("the file can be written")
    };
    write("stage.key", key.to_string());
    for name in ["x", "y", "z"] {
        let text = format!("the value of {name}");
        let sealed = key
            .seal(name, text.as_bytes())
            .unwrap_or_else(|error| panic!("{error}"));
        write(name, sealed.to_string());
    }
}
