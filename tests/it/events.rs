//! The `tracing` events of a load that fails, of a check, and of a refresh.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use stage_config::{ErrorKind, StageConfig};
use tokio::time::advance;

use crate::live::store::{ChangingStore, Mode};
use crate::support::child;
use crate::support::held::is_pending;
use crate::support::logs::Logs;

#[derive(StageConfig)]
#[stage(dev = "/events/{field}")]
struct Config {
    table: String,
    port: u16,
    #[stage(dev = "secret:db#user")]
    #[config(refresh = "5m")]
    user: String,
    #[stage(dev = "secret:db#password")]
    #[config(refresh = "5m", secret)]
    password: String,
}

fn create_store() -> ChangingStore {
    ChangingStore::with_values([
        ("/events/table", "orders"),
        ("/events/port", "8080"),
        (
            "secret:db",
            r#"{"user": "u1", "password": "p1", "host": "h1"}"#,
        ),
    ])
}

/// Returns the events of one level, each with the lines that belong to it.
fn list_events(logs: &Logs, level: &str) -> Vec<String> {
    let levels = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR"];
    let mut events: Vec<String> = Vec::new();
    for line in logs.own_events().lines() {
        let first = line.trim_start().split(' ').next().unwrap_or_default();
        if levels.contains(&first) {
            events.push(line.trim_start().to_owned());
        } else if let Some(event) = events.last_mut() {
            event.push('\n');
            event.push_str(line);
        }
    }
    events.retain(|event| event.starts_with(level));
    events
}

/// Returns the failures that an event carries as JSON.
fn read_failures(event: &str) -> Vec<Value> {
    serde_json::from_str(&read_text(event, "failures")).expect("the failures are JSON")
}

/// Returns a text field of an event.
fn read_text(event: &str, field: &str) -> String {
    let (_, text) = event
        .split_once(&format!(" {field}="))
        .unwrap_or_else(|| panic!("the event has no {field}: {event}"));
    // The subscriber writes a text field as a Rust string literal, and a JSON parser can read it.
    serde_json::Deserializer::from_str(text)
        .into_iter()
        .next()
        .expect("the field has a value")
        .expect("the field is a text")
}

#[tokio::test]
async fn a_load_that_fails_emits_one_error_with_all_failures() {
    let store = create_store();
    store.put("/events/port", "80a80");
    store.deny("secret:db");
    let logs = Logs::start();
    let error = store
        .loader::<Config>()
        .resolve()
        .await
        .expect_err("three fields fail");

    let errors = list_events(&logs, "ERROR");
    let [event] = errors.as_slice() else {
        panic!("expected exactly one event: {errors:#?}");
    };
    for part in [
        "stage_config: the configuration could not be loaded",
        r#"config="Config""#,
        r#"stage="dev""#,
        r#"kind="unresolved""#,
    ] {
        assert!(event.contains(part), "no {part}: {event}");
    }
    assert_eq!(event.lines().count(), 1, "{event}");
    assert_eq!(read_text(event, "error"), error.to_string());
    let failures = read_failures(event);
    let kinds: Vec<_> = failures
        .iter()
        .map(|failure| (&failure["field"], &failure["kind"]))
        .collect();
    assert_eq!(
        kinds,
        [
            (&json!("port"), &json!("undecodable")),
            (&json!("user"), &json!("denied")),
            (&json!("password"), &json!("denied")),
        ]
    );
    assert!(
        !logs.text().contains("80a80") && !logs.text().contains("p1"),
        "an event contains a value: {}",
        logs.text()
    );
}

/// The callers that wait for a load get its error, and the load emits one event.
#[tokio::test]
async fn callers_that_share_a_load_share_its_event() {
    #[derive(StageConfig)]
    #[stage(dev = "/events/{field}")]
    struct Shared {
        #[expect(dead_code, reason = "it is missing")]
        table: String,
    }

    let logs = Logs::start();
    let store = ChangingStore::default();
    store.set_mode(Mode::Waiting);
    let loads = (0..3).map(|_| store.loader::<Shared>().load());
    let release = async {
        tokio::task::yield_now().await;
        store.release();
    };
    let (results, ()) = tokio::join!(join_all(loads), release);
    assert!(results.iter().all(Result::is_err));
    assert_eq!(list_events(&logs, "ERROR").len(), 1, "{}", logs.text());
}

/// Asserts that one error with this kind and without failures was emitted.
#[track_caller]
fn assert_one_error(logs: &Logs, kind: &str) {
    let errors = list_events(logs, "ERROR");
    assert_eq!(errors.len(), 1, "{errors:#?}");
    assert!(errors[0].contains(&format!("kind={kind:?}")), "{errors:?}");
    assert!(read_failures(&errors[0]).is_empty(), "{errors:?}");
}

/// The load that a caller waits for may never end, so the caller emits an event of its own timeout.
#[tokio::test(start_paused = true)]
async fn a_caller_that_waits_too_long_emits_its_own_error() {
    #[derive(StageConfig)]
    #[stage(dev = "/events/{field}")]
    struct Held {
        #[expect(dead_code, reason = "it is never loaded")]
        table: String,
    }

    let store = ChangingStore::default();
    store.set_mode(Mode::Waiting);
    let mut held = Box::pin(store.loader::<Held>().load());
    assert!(is_pending(&mut held).await);

    let logs = Logs::start();
    let error = store.loader::<Held>().load().await.err();
    assert_eq!(error.map(|error| error.kind()), Some(ErrorKind::TimedOut));
    assert_one_error(&logs, "timed_out");

    let logs = Logs::start();
    let error = stage_config::load!(Held).await.err();
    assert_eq!(error.map(|error| error.kind()), Some(ErrorKind::TimedOut));
    assert_one_error(&logs, "timed_out");
}

#[tokio::test]
async fn options_after_the_first_load_emit_an_error() {
    #[derive(StageConfig)]
    #[stage(dev = "/events/{field}")]
    struct Late {
        #[expect(dead_code, reason = "only the load matters")]
        table: String,
    }

    let store = create_store();
    let loaded = store.loader::<Late>().load().await;
    assert!(loaded.is_ok(), "the first load failed");
    let logs = Logs::start();
    let error = store.loader::<Late>().load().await.err();
    assert_eq!(
        error.map(|error| error.kind()),
        Some(ErrorKind::AlreadyLoaded)
    );
    assert_one_error(&logs, "already_loaded");
}

#[tokio::test]
async fn a_mistake_before_the_first_request_emits_an_error() {
    for (loader, kind) in [
        (Config::loader().stage("prodd"), "stage"),
        (
            Config::loader().stage("dev").local("/no/such/file"),
            "local",
        ),
    ] {
        let logs = Logs::start();
        let error = loader.live(Duration::from_secs(60)).await.err();
        assert!(error.is_some(), "{kind}");
        assert_one_error(&logs, kind);
    }

    let logs = Logs::start();
    let error = create_store()
        .loader::<Config>()
        .live(Duration::ZERO)
        .await
        .expect_err("the interval is too short");
    assert_eq!(error.kind(), ErrorKind::Options);
    assert_eq!(list_events(&logs, "ERROR").len(), 1, "{}", logs.text());
}

#[tokio::test]
async fn a_blocking_load_inside_of_a_runtime_emits_an_error() {
    let logs = Logs::start();
    let error = Config::load_blocking()
        .err()
        .expect("the runtime would block");
    assert_eq!(error.kind(), ErrorKind::Runtime);
    let errors = list_events(&logs, "ERROR");
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].contains(r#"kind="runtime""#), "{errors:?}");
}

#[test]
fn a_joint_load_emits_one_error() {
    child::run("events::inner_joint_load", &[("stage", "dev")]).assert_passed();
}

#[tokio::test]
async fn inner_joint_load() {
    if !child::is_inner("events::inner_joint_load") {
        return;
    }

    #[derive(StageConfig)]
    struct One {
        #[stage(dev = "env:NO_SUCH_VARIABLE")]
        #[expect(dead_code, reason = "it is missing")]
        a: String,
    }
    #[derive(StageConfig)]
    struct Two {
        #[stage(dev = "env:NO_SUCH_VARIABLE")]
        #[expect(dead_code, reason = "it is missing")]
        b: String,
    }

    let logs = Logs::start();
    let result = stage_config::load!(One, Two).await;
    assert!(
        result.is_err(),
        "the load succeeded, although both fields are missing"
    );
    let errors = list_events(&logs, "ERROR");
    let [event] = errors.as_slice() else {
        panic!("expected exactly one event: {errors:#?}");
    };
    let failures = read_failures(event);
    let fields: Vec<_> = failures.iter().map(|failure| &failure["field"]).collect();
    assert_eq!(fields, [&json!("One.a"), &json!("Two.b")]);
}

/// The variable with which `cargo stage check --run` requests a check.
const CHECK_RUN: &str = "STAGE_CONFIG_CHECK_RUN";

#[test]
fn a_wrong_value_of_the_variable_for_a_check_emits_an_error() {
    child::run("events::inner_wrong_request", &[(CHECK_RUN, "x")]).assert_passed();
}

#[tokio::test]
async fn inner_wrong_request() {
    if !child::is_inner("events::inner_wrong_request") {
        return;
    }
    let logs = Logs::start();
    let error = stage_config::load!(Config).await.err();
    assert_eq!(error.map(|error| error.kind()), Some(ErrorKind::Options));
    assert_one_error(&logs, "options");

    let logs = Logs::start();
    let error = Config::load().await.err();
    assert_eq!(error.map(|error| error.kind()), Some(ErrorKind::Options));
    assert_one_error(&logs, "options");
}

/// `check` returns its failures in the report, so it emits no error.
#[tokio::test]
async fn a_check_emits_no_error() {
    let logs = Logs::start();
    let report = ChangingStore::default()
        .loader::<Config>()
        .check()
        .await
        .expect("every field is tried");
    assert_eq!(report.failures.len(), 4);
    assert!(list_events(&logs, "ERROR").is_empty(), "{}", logs.text());
}

#[tokio::test(start_paused = true)]
async fn a_refresh_names_the_fields_that_changed() {
    let store = create_store();
    let live = store
        .loader::<Config>()
        .live(Duration::from_secs(300))
        .await
        .expect("the configuration loads");
    let first = live.latest();
    assert_eq!(
        (&*first.table, first.port, &*first.user),
        ("orders", 8080, "u1")
    );

    let logs = Logs::start();
    advance(Duration::from_secs(400)).await;
    // A change of another key of the same secret does not change this configuration.
    store.put(
        "secret:db",
        r#"{"user": "u1", "password": "p1", "host": "h2"}"#,
    );
    let second = live.current().await.expect("the values are served");
    assert!(
        Arc::ptr_eq(&first, &second),
        "the `Arc` is new, although no field changed"
    );
    let unchanged = list_events(&logs, "DEBUG");
    let [event] = unchanged.as_slice() else {
        panic!("expected exactly one event: {unchanged:#?}");
    };
    assert!(event.contains("no value changed"), "{event}");
    assert_eq!(event.lines().count(), 1, "{event}");
    assert!(list_events(&logs, "INFO").is_empty(), "{}", logs.text());

    store.put(
        "secret:db",
        r#"{"user": "u1", "password": "p2", "host": "h2"}"#,
    );
    let third = live.refresh().await.expect("the values are served");
    assert_eq!(third.password, "p2");
    let changed = list_events(&logs, "INFO");
    let [event] = changed.as_slice() else {
        panic!("expected exactly one event: {changed:#?}");
    };
    assert!(event.contains(r#"fields="password""#), "{event}");
    assert_eq!(event.lines().count(), 1, "{event}");
    assert!(!event.contains("p2"), "{event}");
}
