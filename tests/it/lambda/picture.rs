//! Draws the timeline of a cold start for `docs/performance.md`. A function runs in its own process
//! on the real `lambda_runtime`, against an endpoint that answers each call after some
//! milliseconds.

mod draw;
mod recorder;

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use lambda_runtime::{Runtime, service_fn};
use serde_json::json;

use super::*;
use crate::support::scripted::{Answer, Request, Secrets, cipher};
use recorder::{Recorder, Recording};

/// The variable with the path of the file to which the function writes its recording.
const RECORDING: &str = "RECORDING";

#[derive(StageConfig)]
#[stage(dev = "/checkout/dev/{field}")]
#[expect(dead_code, reason = "only the calls matter")]
struct Checkout {
    orders: String,
    carts: String,
    customers: String,
    invoices: String,
    refunds: String,
    events: String,
    queue: String,
    bucket: String,
    sender: String,
    currency: String,
    port: u16,
    timeout_s: u64,
    #[stage(dev = "secret:checkout/dev/db#password")]
    db_password: SecretString,
    #[stage(dev = "secret:checkout/dev/mail#password")]
    mail_password: SecretString,
    #[stage(dev = "kms-env:CHECKOUT_TOKEN")]
    token: SecretString,
}

/// A cold start. All times are milliseconds since the start of the process.
struct Timeline {
    /// The first line of the program.
    main: f64,
    calls: Vec<CallLane>,
    /// The end of the load.
    loaded: f64,
    /// The arrival of the request for the first event, which ends INIT.
    ready: f64,
    /// The arrival of the answer to the first event.
    answered: f64,
    /// The report of the load.
    report: Value,
}

/// A call of the report.
struct CallLane {
    report: Value,
    start: f64,
    attempts: Vec<AttemptBar>,
}

/// An attempt, as the endpoint has seen it.
struct AttemptBar {
    start: f64,
    end: f64,
    is_throttled: bool,
}

/// A request to the endpoint.
struct Attempt {
    request: Request,
    at_us: u64,
    /// The time until the answer. A throttled attempt has none.
    latency: Option<Duration>,
}

fn now_us() -> u64 {
    let now = SystemTime::UNIX_EPOCH.elapsed();
    let now = now.expect("the clock is later than 1970").as_micros();
    u64::try_from(now).expect("microseconds have 64 bits")
}

#[tokio::test(flavor = "multi_thread")]
async fn inner_function() {
    if !child::is_inner("lambda::picture::inner_function") {
        return;
    }
    let main_us = now_us();
    let recorder = Recorder::install();
    let handler =
        |_: LambdaEvent<Value>| async { Ok::<_, HandlerError>(usize::from(Checkout::get().port)) };
    let create = || Runtime::new(service_fn(handler));
    let load_us = now_us();
    let runtime = stage_config::lambda::load::<Checkout, _>(create).await;
    let runtime = runtime.unwrap_or_else(|error| panic!("{error}"));
    let recording = Recording {
        main_us,
        load_us,
        loaded_us: now_us(),
        report: recorder.report(),
    };

    let path = std::env::var_os(RECORDING).expect("the outer test sets it");
    std::fs::write(path, json!(recording).to_string()).expect("the file can be written");
    runtime
        .run()
        .await
        .expect("the outer test ends this process");
}

/// Writes the picture. Run this test with `--release` to repeat the measurement, because a load
/// takes much longer without optimization.
#[test]
#[ignore = "it writes into the repository"]
fn write_the_picture() {
    let attempts = Arc::<Mutex<Vec<Attempt>>>::default();
    let answered = Arc::clone(&attempts);
    let endpoint = Endpoint::start(move |request| answer_late(request, &answered));
    let api = RuntimeApi::start(0);
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    let mut variables = variables(&endpoint, api.address(), "on-demand");
    let path = file.path().to_str().expect("the path is text").to_owned();
    variables.extend([
        (RECORDING, path),
        ("CHECKOUT_TOKEN", cipher::to_ciphertext(SECRET)),
    ]);

    let start_us = now_us();
    let function = Function::start("picture::inner_function", &variables);
    api.wait_for("/invocation/next", 1);
    let ready_us = now_us();
    api.send_events(1);
    api.wait_for("/response", 1);
    let answered_us = now_us();
    drop(function);

    let recording = std::fs::read(file.path()).expect("the function has written it");
    let recording: Recording = serde_json::from_slice(&recording).expect("it is JSON");
    let attempts = attempts.lock().expect("no thread panicked");
    let since = |us: u64| us.saturating_sub(start_us) as f64 / 1e3;
    let timeline = Timeline {
        main: since(recording.main_us),
        loaded: since(recording.loaded_us),
        ready: since(ready_us),
        answered: since(answered_us),
        calls: list_calls(&recording, &attempts, since),
        report: recording.report,
    };
    let svg = draw::draw_timeline(&timeline);
    std::fs::write("../docs/pictures/cold-start.svg", svg).expect("the file can be written");
}

/// Answers after some milliseconds. Throttles the first attempt of one call.
fn answer_late(request: &Request, attempts: &Mutex<Vec<Attempt>>) -> Answer {
    let mut attempts = attempts.lock().expect("no thread panicked");
    let (answer, milliseconds) = match request.operation.as_str() {
        "GetParameters" => {
            let texts = request.names.iter().map(|name| (name.as_str(), "42"));
            (
                Parameters::texts(texts).answer(request),
                12 + request.names.len() as u64,
            )
        }
        "GetSecretValue" => {
            let texts = request
                .names
                .iter()
                .map(|name| (name.as_str(), r#"{"password":"42"}"#));
            (
                Secrets::texts(texts).answer(request),
                24 + request.names[0].len() as u64 % 8,
            )
        }
        _ => (cipher::answer_decrypt(request), 10),
    };
    let is_throttled =
        request.names.len() == 2 && attempts.iter().all(|attempt| attempt.latency.is_some());
    let latency = (!is_throttled).then(|| Duration::from_millis(milliseconds));
    attempts.push(Attempt {
        request: request.clone(),
        at_us: now_us(),
        latency,
    });

    match (answer, latency) {
        (_, None) => Answer::throttled(),
        (Answer::Whole { body, .. }, Some(pause)) => Answer::Drips {
            body,
            pieces: 1,
            pause,
        },
        (other, Some(_)) => panic!("an answer of another kind: {other:?}"),
    }
}

/// Returns the calls of the report, each with its attempts.
fn list_calls(
    recording: &Recording,
    attempts: &[Attempt],
    since: impl Fn(u64) -> f64,
) -> Vec<CallLane> {
    let calls = recording.report["calls"].as_array().expect("a list");
    let lanes = calls.iter().map(|report| CallLane {
        report: report.clone(),
        start: since(recording.load_us) + report["start_ms"].as_f64().expect("a number"),
        attempts: list_attempts(report, attempts, &since),
    });
    lanes.collect()
}

fn list_attempts(
    report: &Value,
    attempts: &[Attempt],
    since: impl Fn(u64) -> f64,
) -> Vec<AttemptBar> {
    let names = report["names"].as_array().expect("a list");
    let belongs = |request: &Request| {
        let is_same = request.operation == report["operation"];
        // The report has the name of a secret with its scheme. A request to decrypt has no name.
        let has_name = |name: &String| {
            let reported = names.iter().filter_map(Value::as_str);
            reported.into_iter().any(|one| one.ends_with(name.as_str()))
        };
        is_same && request.names.iter().all(has_name)
    };
    let own = attempts.iter().filter(|attempt| belongs(&attempt.request));
    let bars = own.map(|attempt| {
        let latency = attempt.latency.unwrap_or_default();
        let start = since(attempt.at_us);
        AttemptBar {
            start,
            end: start + latency.as_secs_f64() * 1e3,
            is_throttled: attempt.latency.is_none(),
        }
    });
    bars.collect()
}
