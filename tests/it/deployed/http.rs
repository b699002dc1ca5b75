//! A small HTTP client, for requests to services for which the tests have no client of the SDK.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;

pub(super) struct Response {
    head: String,
    pub(super) body: String,
}

impl Response {
    #[track_caller]
    pub(super) fn assert_accepted(&self) {
        let is_accepted = self.head.starts_with("HTTP/1.1 2");
        assert!(is_accepted, "{}\n{}", self.head, self.body);
    }

    /// Returns the value of the header with this name.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.head.lines().filter_map(|line| line.split_once(": "));
        headers.find_map(|(header, value)| header.eq_ignore_ascii_case(name).then_some(value))
    }
}

/// Sends a request to the host and port, and returns the answer.
pub(super) fn post(
    address: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> io::Result<Response> {
    let headers = headers.iter();
    let headers: String = headers
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: \
         {}\r\n{headers}\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(address)?;
    stream.write_all([&head, body].concat().as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer
        .split_once("\r\n\r\n")
        .ok_or(io::ErrorKind::UnexpectedEof)?;
    Ok(Response {
        head: head.to_owned(),
        body: body.to_owned(),
    })
}
