//! Sealed files that a load cannot open.
//!
//! [`write_the_damaged_files`] creates the damaged files from `sealed/snapshots/token`.

use stage_config::{SecretString, StageConfig};
use stage_config_test_support::guide::Message;

use super::describe;
use crate::support::aws;
use crate::support::load::expect_error;
use crate::support::scripted::{Answer, Endpoint, cipher};

/// Defines a configuration with one sealed file, and returns the message of its failure.
macro_rules! load {
    ($endpoint:expr, $name:literal) => {{
        #[derive(StageConfig)]
        #[config(app = "snapshots")]
        #[allow(dead_code)]
        struct Config {
            #[stage(snapshots = $name)]
            stripe_key: SecretString,
        }
        load_file::<Config>(&$endpoint, &$name["sealed:".len()..]).await
    }};
}

pub(super) async fn collect() -> Vec<Message> {
    let working = Endpoint::start(cipher::answer_decrypt);
    let denied = Endpoint::start(|_| Answer::not_authorized("kms:Decrypt", cipher::KEY));
    vec![
        load!(working, "sealed:cut_off"),
        load!(working, "sealed:renamed"),
        load!(working, "sealed:damaged"),
        load!(working, "sealed:other_pair"),
        load!(denied, "sealed:token"),
    ]
}

async fn load_file<C: StageConfig>(endpoint: &Endpoint, name: &str) -> Message {
    let settings = aws::settings(endpoint.url());
    let loader = C::loader().stage("snapshots").aws(&settings);
    let mut message = describe(&expect_error(loader.resolve().await));
    message.text = message
        .text
        .replace(&format!("sealed:{name}"), "sealed:stripe_key")
        .replace(
            &format!("sealed/snapshots/{name}"),
            "sealed/prod/stripe_key",
        )
        .replace(&format!("seal {name} "), "seal stripe_key ")
        .replace("sealed/snapshots", "sealed/prod")
        .replace("--stage snapshots", "--stage prod")
        .replace(
            r#"{"app": "snapshots", "stage": "snapshots"}"#,
            r#"{"app": "payments", "stage": "prod"}"#,
        );
    message
}

/// Writes the files. Run this test after the one that writes `sealed/snapshots/token`.
#[test]
#[ignore = "it writes into the repository"]
fn write_the_damaged_files() {
    let folder = std::path::Path::new("sealed/snapshots");
    let token = std::fs::read_to_string(folder.join("token")).expect("the file exists");
    let key = token.lines().find(|line| line.starts_with("key: "));
    let other_key = format!("key: {}=", "A".repeat(43));
    let named = |name: &str| token.replace("name: token", &format!("name: {name}"));
    let lines: Vec<&str> = token.lines().collect();
    for (name, text) in [
        ("cut_off", lines[..lines.len() - 2].join("\n")),
        ("renamed", token.clone()),
        ("damaged", named("damaged")),
        (
            "other_pair",
            named("other_pair").replace(key.expect("the file has a key"), &other_key),
        ),
    ] {
        std::fs::write(folder.join(name), text).expect("the file can be written");
    }
}
