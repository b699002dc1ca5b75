//! A scripted runtime API. It sends numbered events, and holds the restore until a test releases
//! it.

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
    /// The path after the version, as in `/init/error`.
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

struct State {
    calls: Mutex<Vec<Call>>,
    arrived: Condvar,
    /// The number of events that may be sent, and of those that were.
    events: watch::Sender<(usize, usize)>,
    is_restored: watch::Sender<bool>,
    /// Whether the connection breaks, which ends the function, when no event is left.
    ends: bool,
}

pub(super) struct RuntimeApi {
    address: String,
    state: Arc<State>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl RuntimeApi {
    /// Starts a runtime API that sends this number of events. Then the function waits.
    pub(super) fn start(events: usize) -> Self {
        Self::start_with(events, false)
    }

    /// Starts a runtime API that sends this number of events. Then it breaks the connection, so
    /// that the function ends.
    pub(super) fn start_ending(events: usize) -> Self {
        Self::start_with(events, true)
    }

    fn start_with(events: usize, ends: bool) -> Self {
        let listener = StdListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        listener.set_nonblocking(true).expect("a listener");
        let address = listener.local_addr().expect("an address").to_string();
        let state = Arc::new(State {
            calls: Mutex::default(),
            arrived: Condvar::new(),
            events: watch::Sender::new((events, 0)),
            is_restored: watch::Sender::new(false),
            ends,
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

    /// Returns the address, as for `AWS_LAMBDA_RUNTIME_API`.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// Lets the function restore.
    pub(super) fn restore(&self) {
        self.state.is_restored.send_replace(true);
    }

    /// Sends further events.
    pub(super) fn send_events(&self, more: usize) {
        self.state
            .events
            .send_modify(|(allowed, _)| *allowed += more);
    }

    /// Returns every call to this path so far.
    pub(super) fn calls(&self, path: &str) -> Vec<Call> {
        let calls = self.state.calls.lock().expect("no thread panicked");
        select(&calls, path)
    }

    /// Waits until this number of calls to paths with this end has arrived, and returns them.
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
                    // A function that ends breaks off its requests.
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
    let path = head.uri.path().strip_prefix(PREFIX).expect("the version");
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
            response
                .header("lambda-runtime-aws-request-id", format!("request-{number}"))
                .header("lambda-runtime-deadline-ms", "4102444800000")
                .header("lambda-runtime-invoked-function-arn", "arn:aws:lambda:x")
                .body(Full::from(number.to_string()))
        }
        ("GET", "/restore/next") => {
            let mut restored = state.is_restored.subscribe();
            let _ = restored.wait_for(|is_restored| *is_restored).await;
            response.body(Full::default())
        }
        ("POST", _) => response.status(202).body(Full::default()),
        _ => response.status(404).body(Full::default()),
    };
    Ok(response.expect("a response"))
}

/// Waits for an event, and returns its number.
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
        if state.ends {
            return Err(io::ErrorKind::ConnectionAborted.into());
        }
        let _ = events.wait_for(|(allowed, sent)| sent < allowed).await;
    }
}
