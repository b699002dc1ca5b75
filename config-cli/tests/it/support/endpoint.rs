//! A scripted AWS endpoint that runs on plain threads, without an async runtime. A test chooses the
//! answers and can read the requests.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use serde_json::json;

use stage_config_test_support::scripted::Record;
pub(crate) use stage_config_test_support::scripted::secrets;
pub(crate) use stage_config_test_support::scripted::{
    Answer, Parameter, Parameters, Request, Secret, Secrets, accept_role, is_role_request,
    refuse_role,
};

/// An endpoint on a free port of 127.0.0.1. Its thread accepts requests until the process ends.
pub(crate) struct Endpoint {
    pub(crate) url: String,
    record: Arc<Record>,
}

impl Endpoint {
    /// Starts an endpoint that answers each request with the script.
    pub(crate) fn start(script: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Self {
        let listener =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("127.0.0.1 has a free port");
        let url = format!(
            "http://{}",
            listener.local_addr().expect("a listener has an address")
        );
        let record = Arc::new(Record::new(Duration::ZERO));
        let (recorded, script) = (Arc::clone(&record), Arc::new(script));
        thread::spawn(move || {
            while let Ok((stream, _)) = listener.accept() {
                let (record, script) = (Arc::clone(&recorded), Arc::clone(&script));
                // A client that disconnects does not fail the test.
                thread::spawn(move || serve(&stream, &record, &*script));
            }
        });
        Self { url, record }
    }

    /// Starts an endpoint that serves these values and decrypts for every caller.
    pub(crate) fn start_with(parameters: Parameters, secrets: Secrets) -> Self {
        Self::start(move |request| answer(request, &parameters, &secrets))
    }

    /// Returns the requests with the header `authorization`, in which a call to AWS has its
    /// signature. The command sends only one kind of request without this header: the download of a
    /// function's code. Any other request without the header comes from another test process, which
    /// has chosen the same free port for its own server and sends requests until its server
    /// answers.
    pub(crate) fn signed_requests(&self) -> Vec<Request> {
        let mut requests = self.requests();
        requests.retain(|request| request.header("authorization").is_some());
        requests
    }

    /// Returns every request, in the order of arrival.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.record.requests()
    }
}

/// Returns the answer of Parameter Store or Secrets Manager, if they store these values.
pub(crate) fn answer(request: &Request, parameters: &Parameters, secrets: &Secrets) -> Answer {
    match (
        request.service.as_str(),
        request.operation.as_str(),
        request.names.as_slice(),
    ) {
        ("AmazonSSM", _, _) => parameters.answer(request),
        ("secretsmanager", "DescribeSecret", [name]) => {
            match secrets.answer(&to_read_request(request)) {
                Answer::Whole { status: 200, .. } => Answer::json(&json!({
                    "ARN": secrets::arn(name),
                    "Name": name,
                    "VersionIdsToStages": { secrets::VERSION: ["AWSCURRENT"] },
                })),
                refused => refused,
            }
        }
        _ => secrets.answer(request),
    }
}

/// Returns the answer of STS to a caller that is a user of this account.
pub(crate) fn caller(account: &str) -> Answer {
    let body = format!(
        "<GetCallerIdentityResponse><GetCallerIdentityResult>\
         <Arn>arn:aws:iam::{account}:user/operator</Arn><UserId>AIDA</UserId>\
         <Account>{account}</Account>\
         </GetCallerIdentityResult></GetCallerIdentityResponse>"
    );
    Answer::Whole { status: 200, body }
}

/// Returns whether the request asks STS for the caller's identity.
pub(crate) fn is_caller_request(request: &Request) -> bool {
    request.operation == "GetCallerIdentity"
}

/// Turns a `DescribeSecret` request into the request that reads the value of the same secret.
fn to_read_request(request: &Request) -> Request {
    Request {
        operation: "GetSecretValue".to_owned(),
        ..request.clone()
    }
}

fn serve(stream: &TcpStream, record: &Record, script: &dyn Fn(&Request) -> Answer) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut headers = Vec::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(':') else {
            break;
        };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length.map_or(Ok(0), |(_, length)| length.parse()).ok()?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let (request, _in_flight) =
        record.start_request(Request::new(line.trim_end().to_owned(), headers, &body));
    let (status, body) = match script(&request) {
        Answer::Whole { status, body } => (status, body.into_bytes()),
        Answer::File { body } => (200, body),
        // The client gets no answer, and its connection stays open.
        Answer::Hangs => loop {
            thread::park();
        },
        _ => panic!("this endpoint sends whole answers only"),
    };
    let head = format!(
        "HTTP/1.1 {status} As scripted\r\nContent-Type: \
         application/x-amz-json-1.1\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let mut stream = stream;
    stream
        .write_all(head.as_bytes())
        .and_then(|()| stream.write_all(&body))
        .ok()
}
