//! A record of the requests of an endpoint, and of their concurrency.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::watch;

/// One request, as it arrived.
#[derive(Debug, Clone)]
pub struct Request {
    /// The index of the request, from 0.
    pub index: usize,
    /// The method, and the path with its query, as in `POST /`.
    pub line: String,
    /// The service that the header `X-Amz-Target` names, such as `AmazonSSM` in
    /// `AmazonSSM.GetParameters`. Empty without this header.
    pub service: String,
    /// The operation that the same header names, such as `GetParameters`, or that the field
    /// `Action` of a form names. Empty if the request has neither.
    pub operation: String,
    /// The body, or an object with the fields of a form.
    pub body: Value,
    /// The names in the body: its `Names`, its `SecretIdList`, its `SecretId`, or its `Path`.
    pub names: Vec<String>,
    /// All headers, with names in lower case.
    pub headers: Vec<(String, String)>,
    /// The number of requests in flight when this request arrived, including this request.
    pub in_flight: usize,
}

impl Request {
    /// Creates a request with this line, headers and body. [`Record::start_request`] sets its index
    /// and the number of requests in flight.
    pub fn new(line: String, headers: Vec<(String, String)>, body: &[u8]) -> Self {
        let body: Value = serde_json::from_slice(body).unwrap_or_else(|_| parse_form(body));
        let lists = [&body["Names"], &body["SecretIdList"]]
            .into_iter()
            .filter_map(Value::as_array)
            .flatten();
        let names = lists
            .chain([&body["SecretId"], &body["Path"]])
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect();
        let target = headers
            .iter()
            .find(|(header, _)| header == "x-amz-target")
            .map_or("", |(_, value)| value);
        // A request without this header may be a form, whose field `Action` names the operation.
        let action = body["Action"].as_str().unwrap_or_default();
        let (service, operation) = target.split_once('.').unwrap_or(("", action));
        let (service, operation) = (service.to_owned(), operation.to_owned());
        Self {
            index: 0,
            line,
            service,
            operation,
            body,
            names,
            headers,
            in_flight: 0,
        }
    }

    /// Returns the value of the header with this name, which must be in lower case. Returns `None`
    /// if the request has no such header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(header, _)| header == name)
            .map(|(_, value)| value.as_str())
    }

    /// Returns whether the request asks for this name.
    pub fn asks_for(&self, name: &str) -> bool {
        self.names.iter().any(|requested| requested == name)
    }
}

/// Returns the fields of a form, as in `Action=AssumeRole&Version=2011-06-15`. Returns an object
/// without entries if the body has no such fields.
fn parse_form(body: &[u8]) -> Value {
    let text = std::str::from_utf8(body).unwrap_or_default();
    let decode = |text: &str| {
        let text = text.replace('+', " ");
        let decoded = percent_encoding::percent_decode_str(&text).decode_utf8_lossy();
        decoded.into_owned()
    };
    let fields = text.split('&').filter_map(|field| field.split_once('='));
    let fields = fields.map(|(name, value)| (decode(name), Value::from(decode(value))));
    Value::Object(fields.collect())
}

/// The number of requests that arrived, the number of requests in flight, and the largest number of
/// requests that have been in flight at the same time.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    arrived: usize,
    in_flight: usize,
    most_in_flight: usize,
}

/// The record of an endpoint.
#[derive(Debug)]
pub struct Record {
    /// The time that an answer waits for other calls. If they do not arrive in this time, the test
    /// fails.
    pub timeout: Duration,
    requests: Mutex<Vec<Request>>,
    problems: Mutex<Vec<String>>,
    counts: watch::Sender<Counts>,
}

impl Record {
    /// Creates an empty record.
    pub fn new(timeout: Duration) -> Self {
        let (counts, _) = watch::channel(Counts::default());
        Self {
            timeout,
            requests: Mutex::default(),
            problems: Mutex::default(),
            counts,
        }
    }

    /// Records a request, and returns it with its index and the number of requests in flight. The
    /// request is in flight until the returned guard is dropped.
    pub fn start_request(&self, mut request: Request) -> (Request, InFlightGuard<'_>) {
        let mut requests = lock(&self.requests);
        self.counts.send_modify(|counts| {
            counts.arrived += 1;
            counts.in_flight += 1;
            counts.most_in_flight = counts.most_in_flight.max(counts.in_flight);
        });
        request.index = requests.len();
        request.in_flight = self.in_flight();
        requests.push(request.clone());
        (request, InFlightGuard(self))
    }

    /// Returns every request, in the order of arrival.
    pub fn requests(&self) -> Vec<Request> {
        lock(&self.requests).clone()
    }

    /// Returns the largest number of concurrent requests.
    pub fn most_in_flight(&self) -> usize {
        self.counts.borrow().most_in_flight
    }

    /// Returns the number of requests in flight.
    pub fn in_flight(&self) -> usize {
        self.counts.borrow().in_flight
    }

    /// Returns the problems that fail the test when the endpoint ends.
    pub fn problems(&self) -> Vec<String> {
        lock(&self.problems).clone()
    }

    /// Records a problem.
    pub fn add_problem(&self, text: String) {
        lock(&self.problems).push(text);
    }

    /// Waits until this many requests have arrived.
    pub async fn wait_for_requests(&self, requests: usize) {
        self.wait_until(|counts| counts.arrived >= requests).await;
    }

    /// Waits until no request is in flight.
    pub async fn wait_until_idle(&self) {
        self.wait_until(|counts| counts.in_flight == 0).await;
    }

    /// Waits until this many requests have been in flight at the same time.
    pub async fn wait_for_concurrent(&self, calls: usize) {
        self.wait_until(|counts| counts.most_in_flight >= calls)
            .await;
    }

    async fn wait_until(&self, condition: impl FnMut(&Counts) -> bool) {
        let mut counts = self.counts.subscribe();
        counts
            .wait_for(condition)
            .await
            .expect("the sender lives as long as this record");
    }
}

/// A guard of a request in flight. It is dropped when the answer is ready or the client
/// disconnects.
#[derive(Debug)]
pub struct InFlightGuard<'a>(&'a Record);

impl Drop for InFlightGuard<'_> {
    fn drop(&mut self) {
        self.0.counts.send_modify(|counts| counts.in_flight -= 1);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
