//! Invocations of a function whose INIT succeeds.

use std::fs;
use std::thread;

use serde_json::{Value, json};

use super::build::artifacts;
use super::function::{FIRST_PASSWORD, Server};
use crate::support::secrets_and_keys::Secrets;

/// The requests of one load of the stage `prod`.
const LOAD: [&str; 2] = ["GetParameters", "GetSecretValue"];

#[tokio::test]
async fn a_warm_function_asks_no_store_until_its_secret_may_have_rotated() {
    let server = Server::start("prod").await;
    let folder = tempfile::tempdir().expect("a temporary folder can be created");
    let clock = folder.path().join("moved");
    let variables = [
        ("stage", "prod"),
        ("CLOCK_FILE", clock.to_str().expect("the path is text")),
        (
            "LD_PRELOAD",
            artifacts().clock.to_str().expect("the path is text"),
        ),
    ];
    server.create_function("warm", "prod", &variables);

    let cold = server.invoke("warm").assert_charged().assert_clean();
    assert_eq!(server.stores.operations(), LOAD, "{cold:?}");
    server.invoke("warm").assert_charged();
    assert_eq!(server.stores.operations(), LOAD);

    let rotated = json!({ "password": "planted-second" }).to_string();
    Secrets::new(&server.peer)
        .add_version(
            "payments/prod/db",
            "00000000-0000-0000-0000-000000000002",
            &rotated,
        )
        .await;
    server.invoke("warm").assert_charged();
    assert_eq!(server.stores.operations(), LOAD);
    assert_eq!(server.apis.passwords(), [FIRST_PASSWORD; 3]);

    // This file moves the clocks of the function six minutes ahead. The secret is now due for a
    // refresh, so the function requests only the secret. On a busy machine, the refresh may take
    // longer than a caller waits for it, so several invocations may be needed.
    fs::write(&clock, "").expect("the file can be written");
    let mut invocations = 0;
    while server
        .apis
        .passwords()
        .last()
        .is_none_or(|last| last == FIRST_PASSWORD)
    {
        assert!(
            invocations < 100,
            "the function does not see the new password"
        );
        server.invoke("warm").assert_charged().assert_clean();
        invocations += 1;
    }
    assert_eq!(
        server.apis.passwords().last().expect("there are payments"),
        "planted-second"
    );
    let operations = server.stores.operations();
    let count = |name: &str| {
        operations
            .iter()
            .filter(|operation| *operation == name)
            .count()
    };
    assert_eq!(count("GetParameters"), 1, "{operations:?}");
    assert!(count("GetSecretValue") > 1, "{operations:?}");
}

#[tokio::test]
async fn a_preview_stage_uses_the_values_of_dev_with_one_warning() {
    let server = Server::start("dev").await;
    server.create_function("preview", "featureX", &[("stage", "featureX")]);
    let log = server.invoke("preview").assert_charged().assert_clean().log;

    let events = log.lines().map(|line| -> Value {
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))
    });
    let warnings: Vec<_> = events
        .map(|event| event.to_string())
        .filter(|event| event.contains("\"WARN\""))
        .collect();
    let [warning] = warnings.as_slice() else {
        panic!("{log}")
    };
    assert!(
        warning.contains("featureX") && warning.contains("fallback"),
        "{warning}"
    );
}

/// Lambda starts an execution environment for each concurrent invocation, and each of them loads
/// once. The payment API answers only when all invocations wait for it.
#[tokio::test]
async fn ten_invocations_at_once_load_once_each() {
    const INVOCATIONS: usize = 10;

    let server = Server::start_together("prod", INVOCATIONS).await;
    server.create_function("together", "prod", &[("stage", "prod")]);
    thread::scope(|scope| {
        let invocations = [(); INVOCATIONS].map(|()| scope.spawn(|| server.invoke("together")));
        for invocation in invocations {
            let invocation = invocation.join().expect("the server answers");
            invocation.assert_charged().assert_clean();
        }
    });
    assert_eq!(server.apis.passwords(), [FIRST_PASSWORD; INVOCATIONS]);

    let expected = LOAD.map(|operation| [operation; INVOCATIONS]).concat();
    assert_eq!(server.stores.operations(), expected);
}
