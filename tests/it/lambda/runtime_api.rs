//! A scripted runtime API. It sends numbered events, and holds the restore until a test releases
//! the restore.

use std::io;
use std::net::{Ipv4Addr, TcpListener as StdListener};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};

/// The time after which a test fails if a request does not arrive.
const TIMEOUT: Duration = Duration::from_secs(20);
const PREFIX: &str = "/2018-06-01/runtime";

/// A request to the runtime API.
#[derive(Debug, Clone)]
pub(super) struct Call {
    /// The path after [`PREFIX`], as in `/init/error`.
    pub(super) path: String,
    pub(super) error_type: Option<String>,
    pub(super) body: String,
}

impl Call {
    /// Returns the body, which must be JSON.
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("the body is JSON")
    }
}

/// The behavior of a runtime API.
pub(super) struct Script {
    /// The number of events that the runtime API sends at first.
    pub(super) events: usize,
    /// The bodies of the first events. The body of every further event is its number.
    pub(super) bodies: Vec<Value>,
    /// If set, the connection breaks when no event is left, and the function ends.
    pub(super) ends: bool,
    /// The HTTP status of the answer to `/restore/next`.
    pub(super) restore_status: u16,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            events: 0,
            bodies: Vec::new(),
            ends: false,
            restore_status: 200,
        }
    }
}

struct State {
    calls: Mutex<Vec<Call>>,
    arrived: Condvar,
    /// The number of events that may be sent, and the number of events that were sent.
    events: watch::Sender<(usize, usize)>,
    is_restored: watch::Sender<bool>,
    script: Script,
}

pub(super) struct RuntimeApi {
    address: String,
    state: Arc<State>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl RuntimeApi {
    /// Starts a runtime API that sends this number of events. The function then waits for more.
    pub(super) fn start(events: usize) -> Self {
        Self::start_with(Script {
            events,
            ..Script::default()
        })
    }

    /// Starts a runtime API that sends this number of events. Then it breaks the connection, which
    /// ends the function.
    pub(super) fn start_ending(events: usize) -> Self {
        Self::start_with(Script {
            events,
            ends: true,
            ..Script::default()
        })
    }

    /// Starts a runtime API with this script.
    pub(super) fn start_with(script: Script) -> Self {
        let listener = StdListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        listener.set_nonblocking(true).expect("a listener");
        let address = listener.local_addr().expect("an address").to_string();
        let state = Arc::new(State {
            calls: Mutex::default(),
            arrived: Condvar::new(),
            events: watch::Sender::new((script.events, 0)),
            is_restored: watch::Sender::new(false),
            script,
        });
        let (stop, stopped) = oneshot::channel();
        let served = Arc::clone(&state);
        let thread = thread::spawn(move || serve(listener, served, stopped));
        Self {
            address,
            state,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// Returns the address in the format of `AWS_LAMBDA_RUNTIME_API`.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// Answers `/restore/next`, so that the function continues after the snapshot.
    pub(super) fn restore(&self) {
        self.state.is_restored.send_replace(true);
    }

    /// Sends this number of further events.
    pub(super) fn send_events(&self, more: usize) {
        self.state
            .events
            .send_modify(|(allowed, _)| *allowed += more);
    }

    /// Returns all calls so far whose path ends with `path`.
    pub(super) fn calls(&self, path: &str) -> Vec<Call> {
        let calls = self.state.calls.lock().expect("no thread panicked");
        select(&calls, path)
    }

    /// Waits until `count` calls whose path ends with `path` have arrived, and returns all of them.
    #[track_caller]
    pub(super) fn wait_for(&self, path: &str, count: usize) -> Vec<Call> {
        let end = Instant::now() + TIMEOUT;
        let mut calls = self.state.calls.lock().expect("no thread panicked");
        loop {
            let found = select(&calls, path);
            if found.len() >= count {
                return found;
            }
            let left = end.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero(),
                "{path} was not called {count} times: {calls:?}"
            );
            let waited = self.state.arrived.wait_timeout(calls, left);
            calls = waited.expect("no thread panicked").0;
        }
    }
}

fn select(calls: &[Call], path: &str) -> Vec<Call> {
    let matches = calls.iter().filter(|call| call.path.ends_with(path));
    matches.cloned().collect()
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        drop(self.stop.take());
        let result = self.thread.take().map(JoinHandle::join);
        assert!(
            matches!(result, Some(Ok(()))) || thread::panicking(),
            "the runtime API panicked: see above"
        );
    }
}

fn serve(listener: StdListener, state: Arc<State>, stopped: oneshot::Receiver<()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let listener = TcpListener::from_std(listener).expect("a listener");
        let accept = async {
            loop {
                let (stream, _) = listener.accept().await.expect("a connection");
                let state = Arc::clone(&state);
                tokio::spawn(async move {
                    let service = service_fn(|request| answer(request, &state));
                    let connection = http1::Builder::new();
                    // When a function ends, it aborts its requests, so an error is expected here.
                    let _ = connection
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        };
        tokio::select! {
            _ = stopped => {}
            () = accept => {}
        }
    });
}

async fn answer(
    request: hyper::Request<Incoming>,
    state: &State,
) -> io::Result<hyper::Response<Full<Bytes>>> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let path = head
        .uri
        .path()
        .strip_prefix(PREFIX)
        .expect("the path has the prefix");
    let error_type = head.headers.get("lambda-runtime-function-error-type");
    let call = Call {
        path: path.to_owned(),
        error_type: error_type.map(|text| text.to_str().expect("ASCII").to_owned()),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    state.calls.lock().expect("no thread panicked").push(call);
    state.arrived.notify_all();

    let response = hyper::Response::builder();
    let response = match (head.method.as_str(), path) {
        ("GET", "/invocation/next") => {
            let number = take_event(state).await?;
            let body = state.script.bodies.get(number).map(Value::to_string);
            response
                .header("lambda-runtime-aws-request-id", format!("request-{number}"))
                .header("lambda-runtime-deadline-ms", "4102444800000")
                .header("lambda-runtime-invoked-function-arn", "arn:aws:lambda:x")
                .body(Full::from(body.unwrap_or_else(|| number.to_string())))
        }
        ("GET", "/restore/next") => {
            let mut restored = state.is_restored.subscribe();
            let _ = restored.wait_for(|is_restored| *is_restored).await;
            let status = state.script.restore_status;
            response.status(status).body(Full::default())
        }
        ("POST", _) => response.status(202).body(Full::default()),
        _ => response.status(404).body(Full::default()),
    };
    Ok(response.expect("a response"))
}

/// Waits for an event, and returns its number. Returns an error if no event is left and
/// [`Script::ends`] is set.
async fn take_event(state: &State) -> io::Result<usize> {
    let mut events = state.events.subscribe();
    loop {
        let mut taken = None;
        state.events.send_if_modified(|(allowed, sent)| {
            if *sent < *allowed {
                taken = Some(*sent);
                *sent += 1;
            }
            taken.is_some()
        });
        if let Some(number) = taken {
            return Ok(number);
        }
        if state.script.ends {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        let _ = events.wait_for(|(allowed, sent)| sent < allowed).await;
    }
}
