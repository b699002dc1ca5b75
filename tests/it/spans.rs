//! The `tracing` spans, the one-line events, and the metrics.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use stage_config::store::{Failed, FetchFuture, Found, Outcome, Request, Store};
use stage_config::{FailureKind, StageConfig};
use tokio::time::advance;

use crate::live::store::{ChangingStore, Mode};
use crate::support::child;
use crate::support::logs::Logs;

#[derive(StageConfig)]
#[stage(dev = "/spans/{field}", fallback = "/spans/{field}")]
#[expect(dead_code, reason = "only the telemetry matters")]
struct Config {
    table: String,
    #[stage(dev = "secret:key", fallback = "secret:key")]
    #[config(refresh = "5m", secret)]
    key: String,
}

/// A value that must never be shown.
const VALUE: &str = "planted-value";

/// A store that throttles its first calls, and then answers every request with the value.
struct Throttling {
    refusals: usize,
    calls: Arc<AtomicUsize>,
}

impl Throttling {
    fn times(refusals: usize) -> Self {
        Self {
            refusals,
            calls: Arc::default(),
        }
    }
}

impl Store for Throttling {
    fn fetch<'a>(&'a self, requests: &'a [Request]) -> FetchFuture<'a> {
        let outcome = if self.calls.fetch_add(1, Ordering::Relaxed) < self.refusals {
            Outcome::Failed(Failed::new(FailureKind::Throttled, "busy"))
        } else {
            Outcome::Found(Found::from_text(VALUE))
        };
        Box::pin(async move { vec![outcome; requests.len()] })
    }
}

/// Returns the fields that each span of this name has when it closes.
fn list_ended_spans(logs: &Logs, name: &str) -> Vec<String> {
    let text = logs.text();
    let start = format!("{name}{{");
    let ends = text.lines().filter(|line| line.ends_with(": close"));
    let spans = ends.filter_map(|line| {
        // A line lists its spans from the outermost to the innermost. The innermost span has ended.
        let (spans, _) = line.rsplit_once("}: ")?;
        let (_, fields) = spans.rsplit_once(&start)?;
        (!fields.contains('}')).then(|| fields.to_owned())
    });
    spans.collect()
}

#[tokio::test(start_paused = true)]
async fn a_load_and_each_of_its_calls_are_spans() {
    let logs = Logs::start();
    Config::loader()
        .stage("featureX")
        .store("ssm", Throttling::times(2))
        .store("secret", Throttling::times(0))
        .resolve()
        .await
        .expect("the stores answer");

    assert_eq!(
        list_ended_spans(&logs, "stage_config.load"),
        [
            "config=\"Config\" stage=\"featureX\" fallback=true calls=2 retries=2 throttles=2 \
          snapshot=false"
        ]
    );
    let mut calls = list_ended_spans(&logs, "stage_config.call");
    calls.sort();
    assert_eq!(
        calls,
        [
            "scheme=\"secret\" operation=\"fetch\" names=1 retries=0 throttles=0 failed=0",
            "scheme=\"ssm\" operation=\"fetch\" names=1 retries=2 throttles=2 failed=0",
        ]
    );
    assert!(!logs.text().contains(VALUE), "{}", logs.text());
}

#[tokio::test(start_paused = true)]
async fn a_failed_load_records_its_kind_and_its_failed_requests() {
    let logs = Logs::start();
    let store = ChangingStore::with_values([("/spans/table", VALUE)]);
    store.deny("secret:key");
    let loaded = store.loader::<Config>().resolve().await;
    assert!(loaded.is_err(), "the secret is denied");
    let loads = list_ended_spans(&logs, "stage_config.load");
    assert_eq!(
        loads,
        [
            "config=\"Config\" stage=\"dev\" fallback=false calls=2 retries=0 throttles=0 \
          snapshot=false error=\"unresolved\""
        ]
    );
    let calls = list_ended_spans(&logs, "stage_config.call").join("\n");
    assert!(
        calls.contains("failed=0") && calls.contains("failed=1"),
        "{calls}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_refresh_is_a_span_and_its_failure_is_a_one_line_event() {
    let store = ChangingStore::with_values([("/spans/table", VALUE), ("secret:key", VALUE)]);
    let live = store.loader::<Config>().live(Duration::from_secs(300));
    let live = live.await.expect("the store answers");

    let logs = Logs::start();
    live.refresh().await.expect("the store answers");
    store.set_mode(Mode::Failing(FailureKind::Unavailable));
    advance(Duration::from_secs(400)).await;
    live.current()
        .await
        .expect("the last good values are served");
    assert_eq!(
        list_ended_spans(&logs, "stage_config.refresh"),
        [
            "config=\"Config\" stage=\"dev\" calls=1 retries=0 throttles=0",
            "config=\"Config\" stage=\"dev\" calls=1 retries=0 throttles=0 error=\"unresolved\"",
        ]
    );
    assert_eq!(list_ended_spans(&logs, "stage_config.call").len(), 2);

    let events = logs.own_events();
    let warnings: Vec<&str> = events
        .lines()
        .filter(|line| line.contains("WARN"))
        .collect();
    let [warning] = warnings[..] else {
        panic!("expected exactly one warning: {events}");
    };
    let report = read_json(warning, "report");
    assert_eq!(report["refresh"]["failed"], 1, "{report}");
    assert_eq!(
        events.lines().count(),
        2,
        "a debug event and the warning: {events}"
    );
}

/// Returns the JSON in a text field of an event.
fn read_json(event: &str, field: &str) -> Value {
    let (_, text) = event
        .split_once(&format!(" {field}="))
        .unwrap_or_else(|| panic!("the event has no {field}: {event}"));
    let text: String = serde_json::Deserializer::from_str(text)
        .into_iter()
        .next()
        .expect("the field has a value")
        .expect("the field is a text");
    serde_json::from_str(&text).expect("the text is JSON")
}

#[tokio::test]
async fn the_report_of_a_load_is_a_one_line_event() {
    let logs = Logs::start();
    let loaded = Config::loader()
        .stage("dev")
        .store("ssm", Throttling::times(1))
        .store("secret", Throttling::times(0))
        .resolve()
        .await
        .expect("the stores answer");

    let events = logs.own_events();
    assert_eq!(events.lines().count(), 1, "{events}");
    for field in ["calls=2", "retries=1", "throttles=1", "snapshot=false"] {
        assert!(events.contains(&format!(" {field} ")), "{events}");
    }
    let report = read_json(&events, "report");
    assert_eq!(report, serde_json::to_value(&loaded.report).unwrap());
    assert_eq!(report["fields"][1]["secret"], true);
    assert!(!events.contains(VALUE), "{events}");
}

/// Returns the lines of metrics that an inner test writes.
#[track_caller]
fn run_with_metrics(test: &str, variables: &[(&str, &str)]) -> Vec<Value> {
    let output = child::run(test, variables).assert_passed();
    assert!(!output.text().contains(VALUE), "{}", output.text());
    let lines = output.stdout.lines().filter(|line| line.contains("_aws"));
    // libtest writes the name of the test without a line end.
    let line = |line: &str| line[line.find('{').expect("the line is JSON")..].to_owned();
    lines
        .map(|text| serde_json::from_str(&line(text)).expect("the line is JSON"))
        .collect()
}

#[test]
fn a_load_writes_its_metrics_if_a_variable_requests_them() {
    let stage = ("stage", "dev");
    let metrics = ("STAGE_CONFIG_METRICS", "emf");
    let function = ("AWS_LAMBDA_FUNCTION_NAME", "payments");
    for off in [&[stage][..], &[stage, ("STAGE_CONFIG_METRICS", "")]] {
        assert_eq!(
            run_with_metrics("spans::inner_metrics", off),
            [] as [Value; 0]
        );
    }

    let lines = run_with_metrics("spans::inner_metrics", &[stage, metrics, function]);
    let rows: Vec<_> = lines
        .iter()
        .map(|line| {
            assert!(line["ms"].is_number() && line["_aws"]["Timestamp"].is_u64());
            let names = [
                "config",
                "function",
                "calls",
                "retries",
                "throttles",
                "failed",
            ];
            names.map(|name| line[name].clone())
        })
        .collect();
    let row = |config: &str, [calls, retries, throttles, failed]: [u32; 4]| {
        [
            json!(config),
            json!("payments"),
            json!(calls),
            json!(retries),
            json!(throttles),
            json!(failed),
        ]
    };
    assert_eq!(
        rows,
        [
            row("Config", [2, 3, 3, 0]),
            row("Config", [2, 0, 0, 1]),
            row("One", [0, 0, 0, 0]),
            row("Two", [0, 0, 0, 0]),
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn inner_metrics() {
    if !child::is_inner("spans::inner_metrics") {
        return;
    }
    #[derive(StageConfig)]
    #[stage(dev = "value:x")]
    #[expect(dead_code, reason = "only the metrics matter")]
    struct One {
        a: String,
    }
    #[derive(StageConfig)]
    #[stage(dev = "value:x")]
    #[expect(dead_code, reason = "only the metrics matter")]
    struct Two {
        b: String,
    }

    Config::loader()
        .store("ssm", Throttling::times(3))
        .store("secret", Throttling::times(0))
        .resolve()
        .await
        .expect("the stores answer");
    let failed = ChangingStore::default().loader::<Config>().resolve().await;
    assert!(failed.is_err(), "the store has no value");
    stage_config::load!(One, Two)
        .await
        .expect("a literal needs no store");
    // A check is not a load, so it writes no metrics.
    let store = ChangingStore::default();
    store
        .loader::<Config>()
        .check()
        .await
        .expect("the check runs");
}
