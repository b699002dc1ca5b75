//! A recorder of the requests that pass through a proxy. It can also hold them.

use std::io;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::watch;

/// The time after which a test fails if the request that it waits for does not arrive.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The bytes that clients sent, by connection.
pub(crate) struct Tape {
    connections: Mutex<Vec<Vec<u8>>>,
    state: watch::Sender<State>,
}

#[derive(Default)]
struct State {
    is_held: bool,
    has_arrived: bool,
}

impl Tape {
    pub(crate) fn new() -> Self {
        Self {
            connections: Mutex::default(),
            state: watch::channel(State::default()).0,
        }
    }

    /// Returns the operations of all requests, such as `GetParameters`, sorted.
    pub(crate) fn operations(&self) -> Vec<String> {
        let connections = self.lock();
        let mut operations: Vec<_> = connections
            .iter()
            .flat_map(|bytes| list_operations(&String::from_utf8_lossy(bytes)))
            .collect();
        operations.sort();
        operations
    }

    /// Forwards nothing from clients until [`release`](Self::release). Answers still pass.
    pub(crate) fn hold(&self) {
        self.state.send_modify(|state| state.is_held = true);
    }

    pub(crate) fn release(&self) {
        self.state.send_modify(|state| state.is_held = false);
    }

    /// Waits until a client has sent something. Panics if none does.
    pub(crate) async fn wait_for_arrival(&self) {
        let arrived = self.wait_until(|state| state.has_arrived);
        let result = tokio::time::timeout(TIMEOUT, arrived).await;
        assert!(result.is_ok(), "no request arrived within {TIMEOUT:?}");
    }

    async fn wait_until(&self, condition: impl FnMut(&State) -> bool) {
        let mut states = self.state.subscribe();
        let reached = states.wait_for(condition).await;
        reached.expect("the sender lives as long as the tape");
    }

    /// Forwards a connection to the server, and records what the client sends.
    pub(crate) async fn forward(
        &self,
        mut client: TcpStream,
        server: SocketAddr,
    ) -> io::Result<()> {
        let index = {
            let mut connections = self.lock();
            connections.push(Vec::new());
            connections.len() - 1
        };
        let mut server = TcpStream::connect(server).await?;
        let (mut from_client, mut to_client) = client.split();
        let (mut from_server, mut to_server) = server.split();

        let requests = async {
            let mut buffer = Vec::new();
            while from_client.read_buf(&mut buffer).await? > 0 {
                self.lock()[index].extend(&buffer);
                self.state.send_modify(|state| state.has_arrived = true);
                self.wait_until(|state| !state.is_held).await;
                to_server.write_all(&buffer).await?;
                buffer.clear();
            }
            to_server.shutdown().await
        };
        let answers = async {
            tokio::io::copy(&mut from_server, &mut to_client).await?;
            to_client.shutdown().await
        };
        tokio::try_join!(requests, answers).map(drop)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Vec<u8>>> {
        self.connections
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the operations of the requests: the second part of `X-Amz-Target:
/// AmazonSSM.GetParameters`.
fn list_operations(requests: &str) -> Vec<String> {
    let headers = requests.lines().filter_map(|line| line.split_once(": "));
    headers
        .filter(|(name, _)| name.eq_ignore_ascii_case("x-amz-target"))
        .filter_map(|(_, target)| Some(target.split_once('.')?.1.to_owned()))
        .collect()
}
