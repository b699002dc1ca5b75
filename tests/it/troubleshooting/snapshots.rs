//! Unusable snapshots, in the error of a load that is throttled.

use std::time::Duration;

use stage_config::StageConfig;
use stage_config_test_support::guide::Message;

use crate::support::aws;
use crate::support::load::expect_error;
use crate::support::scripted::{Answer, Endpoint, cipher};

/// Defines a configuration with this file, and returns the message of its snapshot.
macro_rules! load {
    ($endpoint:expr, $file:literal $(, $option:ident = $value:literal)?) => {{
        #[derive(StageConfig)]
        #[stage(snapshots = "/payments/prod/{field}")]
        #[config(app = "snapshots", snapshot = $file $(, $option = $value)?)]
        #[allow(dead_code)]
        struct Config {
            table: String,
        }
        load_snapshot::<Config>(&$endpoint, $file)
    }};
}

pub(super) async fn collect() -> Vec<Message> {
    let throttled = Endpoint::start(|request| match request.service.as_str() {
        "TrentService" => cipher::answer_decrypt(request),
        _ => Answer::throttled(),
    });
    let denied = Endpoint::start(|request| match request.service.as_str() {
        "TrentService" => Answer::not_authorized("kms:Decrypt", cipher::KEY),
        _ => Answer::throttled(),
    });
    let messages = tokio::join!(
        load!(throttled, "it/snapshot/files/empty.snapshot"),
        load!(
            throttled,
            "it/snapshot/files/good.snapshot",
            snapshot_max_age = "7d"
        ),
        load!(throttled, "it/snapshot/files/good.snapshot"),
        load!(throttled, "it/snapshot/files/malformed.snapshot"),
        load!(throttled, "it/snapshot/files/tampered.snapshot"),
        load!(denied, "it/snapshot/files/good.snapshot"),
    );
    <[Message; 6]>::from(messages).into()
}

async fn load_snapshot<C: StageConfig>(endpoint: &Endpoint, file: &str) -> Message {
    let result = C::loader()
        .stage("snapshots")
        .aws(&aws::settings(endpoint.url()))
        .timeout(Duration::from_secs(2))
        .snapshot_after(Duration::from_millis(500))
        .resolve()
        .await;
    let error = expect_error(result);
    let [snapshot] = error.snapshots() else {
        panic!("one snapshot is expected: {error}")
    };
    let text = snapshot
        .to_string()
        .replace(file, "sealed/prod.snapshot")
        .replace("it::snapshot::Config", "payments::Config")
        .replace("--stage snapshots", "--stage prod")
        .replace(
            r#"{"app": "snapshots", "stage": "snapshots"}"#,
            r#"{"app": "payments", "stage": "prod"}"#,
        );
    Message {
        name: "Error::snapshots".to_owned(),
        text: replace_age(&text),
    }
}

/// Replaces the age, which differs in each run.
fn replace_age(text: &str) -> String {
    let parts = text.split_once("it is ").and_then(|(start, rest)| {
        let (_, end) = rest.split_once(" old, and")?;
        Some((start, end))
    });
    match parts {
        Some((start, end)) => format!("{start}it is 9 days 3h 5m 20s old, and{end}"),
        None => text.to_owned(),
    }
}
