//! A proxy that lets a test act between two requests of the command. The proxy passes every request
//! on to the server.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;

use super::peers::Peer;

/// Starts a proxy for `peer` and returns its URL. When the first request for `operation` (such as
/// `AmazonSSM.PutParameter`) has arrived, the proxy calls `meanwhile` and then passes the request
/// on.
pub(crate) fn start_proxy(
    peer: &'static Peer,
    operation: &str,
    meanwhile: impl FnOnce() + Send + 'static,
) -> String {
    start_proxy_with(peer, operation, [Box::new(meanwhile) as Meanwhile])
}

/// An action of the test while a request waits.
pub(crate) type Meanwhile = Box<dyn FnOnce() + Send>;

/// Starts a proxy as [`start_proxy`] does, with one action for each of the first `N` requests for
/// the operation.
pub(crate) fn start_proxy_with<const N: usize>(
    peer: &'static Peer,
    operation: &str,
    meanwhile: [Meanwhile; N],
) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("127.0.0.1 has a free port");
    let url = format!(
        "http://{}",
        listener.local_addr().expect("a listener has an address")
    );
    let (operation, mut meanwhile) = (operation.to_lowercase(), meanwhile.into_iter());
    thread::spawn(move || {
        for client in listener.incoming() {
            let mut client = client.expect("a connection comes");
            // The client may open a connection in advance and never use it.
            let Some(request) = read_request(&client) else {
                continue;
            };
            let head = String::from_utf8_lossy(&request).to_lowercase();
            if head.contains(&format!("x-amz-target: {operation}\r\n"))
                && let Some(meanwhile) = meanwhile.next()
            {
                meanwhile();
            }
            let mut server = TcpStream::connect(peer.url.trim_start_matches("http://"))
                .expect("the server listens");
            server
                .write_all(&request)
                .expect("the server accepts a request");
            let mut answer = Vec::new();
            server.read_to_end(&mut answer).expect("the server answers");
            // The client may have disconnected.
            let _ = client.write_all(&answer);
        }
    });
    url
}

/// Reads a whole request, and sets its header `connection: close`, so that the server closes the
/// connection after its answer.
fn read_request(client: &TcpStream) -> Option<Vec<u8>> {
    let (mut reader, mut request, mut length) = (BufReader::new(client), Vec::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
        let lowercase = line.to_lowercase();
        if let Some(value) = lowercase.strip_prefix("content-length:") {
            length = value.trim().parse().expect("a length is a number");
        }
        if line == "\r\n" {
            request.extend(b"connection: close\r\n\r\n");
            break;
        }
        if !lowercase.starts_with("connection:") {
            request.extend(line.as_bytes());
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    request.extend(body);
    Some(request)
}
