//! Servers that replace AWS. Each is started once per process, on a free port of 127.0.0.1.
//!
//! All tests of a process share these servers, so the parameters, secrets and other resources of
//! each test have names that no other test uses. Only [`start_ministack`] starts a separate server
//! at each call.

use std::fs::File;
use std::io::{Read, Seek, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::{environment, python, target};

/// A server that runs until it is dropped or this process ends.
#[derive(Debug)]
pub struct Peer {
    /// The name of the server, for messages of a test that runs against several servers.
    pub name: &'static str,
    /// The URL of its endpoint, without a trailing slash.
    pub url: String,
    /// The process that runs the server. Its standard input is a pipe, and the server ends when the
    /// pipe closes.
    supervisor: Child,
    /// The folder of the temporary files of a server that may end before this process.
    _files: Option<TempDir>,
}

impl Drop for Peer {
    /// Ends the server before its files are removed.
    fn drop(&mut self) {
        drop(self.supervisor.stdin.take());
        let _ = self.supervisor.wait();
    }
}

/// The account of the credentials `test` on all servers.
pub const ACCOUNT: &str = "123456789012";

/// How to start one kind of server, and how to recognize it.
struct PeerKind {
    name: &'static str,
    program: &'static str,
    arguments: fn(port: u16) -> Vec<String>,
    variables: fn(port: u16) -> Vec<(&'static str, String)>,
    /// A path that only this server answers with 200. Another program may have taken the port.
    probe: &'static str,
}

const ROTO: PeerKind = PeerKind {
    name: "roto",
    program: "roto-server",
    arguments: |port| {
        let port = port.to_string();
        [
            "--ephemeral",
            "--host",
            "127.0.0.1",
            "--account-id",
            ACCOUNT,
            "--port",
            &port,
        ]
        .map(str::to_owned)
        .to_vec()
    },
    variables: |_| Vec::new(),
    probe: "/roto-api/health",
};

const MOTO: PeerKind = PeerKind {
    name: "moto",
    program: "moto_server",
    arguments: |port| {
        ["-H", "127.0.0.1", "-p", &port.to_string()]
            .map(str::to_owned)
            .to_vec()
    },
    variables: |_| Vec::new(),
    probe: "/moto-api/data.json",
};

/// A server that enforces IAM policies, except for the credentials `test`.
const MINISTACK: PeerKind = PeerKind {
    name: "ministack",
    program: "ministack",
    arguments: |_| Vec::new(),
    variables: |port| {
        let port = port.to_string();
        let variables = [
            ("AUTH", "true"),
            ("BIND_HOST", "127.0.0.1"),
            ("GATEWAY_PORT", port.as_str()),
            // The IoT listener would listen on all addresses.
            ("IOT_MTLS_ENABLED", "0"),
            ("MINISTACK_ACCOUNT_ID", ACCOUNT),
            ("MINISTACK_REGION", "eu-west-1"),
        ];
        variables
            .map(|(name, value)| (name, value.to_owned()))
            .to_vec()
    },
    probe: "/_ministack/health",
};

/// A proxy in front of moto that injects faults by rules.
const MICROBURST: PeerKind = PeerKind {
    name: "microburst",
    program: "microburst",
    arguments: |port| {
        [
            "--host",
            "127.0.0.1",
            "--port",
            &port.to_string(),
            "--upstream",
            &moto().url,
        ]
        .map(str::to_owned)
        .to_vec()
    },
    variables: |_| Vec::new(),
    probe: "/_microburst/health",
};

/// Returns roto-server, ready to answer.
pub fn roto() -> &'static Peer {
    static PEER: OnceLock<Peer> = OnceLock::new();
    PEER.get_or_init(|| start(&ROTO))
}

/// Returns `moto_server`, ready to answer.
pub fn moto() -> &'static Peer {
    static PEER: OnceLock<Peer> = OnceLock::new();
    PEER.get_or_init(|| start(&MOTO))
}

/// Returns microburst in front of [`moto`], ready to answer.
pub fn microburst() -> &'static Peer {
    static PEER: OnceLock<Peer> = OnceLock::new();
    PEER.get_or_init(|| start(&MICROBURST))
}

/// Returns ministack, ready to answer.
pub fn ministack() -> &'static Peer {
    static PEER: OnceLock<Peer> = OnceLock::new();
    PEER.get_or_init(|| start(&MINISTACK))
}

/// Starts a separate ministack, for a test whose resources have names that other tests use too.
pub fn start_ministack() -> Peer {
    let files = tempfile::tempdir().expect("a temporary folder can be created");
    start_with(&MINISTACK, Some(files))
}

const ATTEMPTS: u32 = 5;
const START_TIMEOUT: Duration = Duration::from_secs(30);

fn start(kind: &PeerKind) -> Peer {
    start_with(kind, None)
}

/// Starts a server on a free port. The servers do not report a port that the system chooses, so
/// this function chooses one. If the server does not start, for example because another program has
/// taken the port in the meantime, the function tries again with another port.
fn start_with(kind: &PeerKind, files: Option<TempDir>) -> Peer {
    let mut last_reason = String::new();
    for _ in 0..ATTEMPTS {
        let port = find_free_port();
        match try_start(kind, port, files.as_ref().map(TempDir::path)) {
            Ok(supervisor) => {
                return Peer {
                    name: kind.name,
                    url: format!("http://127.0.0.1:{port}"),
                    supervisor,
                    _files: files,
                };
            }
            Err(reason) => last_reason = reason,
        }
    }
    panic!(
        "{} did not start in {ATTEMPTS} attempts. The last attempt: {last_reason}",
        kind.name
    )
}

fn find_free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("127.0.0.1 has a free port");
    listener
        .local_addr()
        .expect("a listener has an address")
        .port()
}

fn try_start(kind: &PeerKind, port: u16, files: Option<&Path>) -> Result<Child, String> {
    let mut output = tempfile::tempfile().expect("a temporary file can be created");
    let mut supervisor = supervise(kind, port, files, &output);
    let deadline = Instant::now() + START_TIMEOUT;
    loop {
        if is_answering(port, kind.probe) {
            return Ok(supervisor);
        }
        let status = supervisor.try_wait().expect("a child has a status");
        if status.is_some() || Instant::now() > deadline {
            drop(supervisor.stdin.take());
            let status = supervisor.wait().expect("a child can be waited for");
            return Err(format!(
                "on port {port} it ended with {status} and printed:\n{}",
                read_output(&mut output)
            ));
        }
        thread::yield_now();
    }
}

fn supervise(kind: &PeerKind, port: u16, files: Option<&Path>, output: &File) -> Child {
    let output = || output.try_clone().expect("a file can be opened twice");
    let mut command = Command::new(python::find_program("python"));
    command
        .arg("-c")
        .arg(include_str!("supervise.py"))
        .arg(python::find_program(kind.program));
    command
        .args((kind.arguments)(port))
        .stdin(Stdio::piped())
        .stdout(output())
        .stderr(output());
    command.current_dir(target::directory());
    environment::clear(&mut command);
    // Without these variables, boto3 inside moto looks for credentials.
    command.envs([
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ]);
    // ministack unpacks functions in this folder.
    command.envs(files.map(|files| ("TMPDIR", files)));
    command.envs((kind.variables)(port));
    command.spawn().expect("the environment's Python starts")
}

fn read_output(output: &mut File) -> String {
    let mut text = String::new();
    let read = output
        .rewind()
        .and_then(|()| output.read_to_string(&mut text));
    read.map_or_else(
        |error| format!("(its output cannot be read: {error})"),
        |_| text,
    )
}

/// Returns whether the port answers `path` with 200. If the connection is refused, pauses before it
/// returns: a refusal on loopback takes microseconds, so a loop without a pause would take the
/// processor from the server that is starting.
fn is_answering(port: u16, path: &str) -> bool {
    const PAUSE: Duration = Duration::from_millis(5);
    const TIMEOUT: Duration = Duration::from_secs(5);

    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let Ok(mut stream) = TcpStream::connect_timeout(&address, TIMEOUT) else {
        thread::park_timeout(PAUSE);
        return false;
    };
    let request = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
    let mut head = [0; 12];
    let sent = stream
        .set_read_timeout(Some(TIMEOUT))
        .and_then(|()| stream.write_all(request.as_bytes()));
    sent.and_then(|()| stream.read_exact(&mut head)).is_ok() && &head == b"HTTP/1.1 200"
}

impl Peer {
    /// Adds a rule to [`microburst`], as JSON.
    pub fn add_rule(&self, rule: &serde_json::Value) {
        let address = self.url.trim_start_matches("http://");
        let body = serde_json::json!([rule]).to_string();
        let head = format!(
            "PATCH /_microburst/rules HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let mut stream = TcpStream::connect(address).expect("the server listens");
        stream
            .write_all([head, body].concat().as_bytes())
            .expect("the server reads the request");
        let mut answer = String::new();
        stream
            .read_to_string(&mut answer)
            .expect("the server answers");
        assert!(
            answer.starts_with("HTTP/1.1 200"),
            "the rule was refused: {answer}"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_start_once_and_answer() {
        let peers = [
            (roto(), roto(), ROTO),
            (moto(), moto(), MOTO),
            (microburst(), microburst(), MICROBURST),
            (ministack(), ministack(), MINISTACK),
        ];
        for (peer, second, kind) in peers {
            assert_eq!(peer.url, second.url);
            let port = peer
                .url
                .rsplit(':')
                .next()
                .and_then(|port| port.parse().ok())
                .expect("a port");
            assert!(
                is_answering(port, kind.probe),
                "{} does not answer its probe",
                peer.name
            );
            assert!(
                !is_answering(port, "/no/such/path/anywhere"),
                "{} answers another path than its probe",
                peer.name
            );
        }
    }

    #[test]
    fn the_error_of_a_failed_start_states_the_reason() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = taken
            .local_addr()
            .expect("a listener has an address")
            .port();
        // The listener accepts connections, so that the probe does not wait in the backlog.
        thread::spawn(move || while taken.accept().is_ok() {});
        let reason = try_start(&ROTO, port, None).expect_err("the port is taken");
        assert!(
            reason.contains("Address already in use") || reason.contains("in use"),
            "{reason}"
        );
    }

    #[test]
    fn a_server_ends_when_the_pipe_closes() {
        let port = find_free_port();
        let mut supervisor = try_start(&ROTO, port, None).expect("roto starts");
        drop(supervisor.stdin.take());
        assert!(supervisor.wait().expect("the supervisor ends").success());
        assert!(!is_answering(port, ROTO.probe));
    }
}
