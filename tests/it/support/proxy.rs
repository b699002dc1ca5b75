//! A proxy in front of an endpoint. The proxy controls each new connection, or records what the
//! client sends. This file also has the certificates of the proxy, and a port that accepts no new
//! connection.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener as StdListener};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer};

use super::scripted::Endpoint;
use super::tape::Tape;

/// The behaviour of a proxy on a new connection.
#[derive(Clone)]
pub(crate) enum ProxyMode {
    /// Resets (RST) this number of connections immediately, and forwards the later ones.
    Resets(usize),
    /// Uses TLS with this certificate, and forwards the content.
    Tls(Arc<ServerConfig>),
    /// Accepts connections and stays silent.
    Silent,
    /// Records the head of the first request of each connection. Refuses a tunnel (`CONNECT`) with
    /// this status, and forwards every other request.
    Recording(Arc<Mutex<Vec<String>>>, &'static str),
    /// Forwards every connection, and records what the client sends.
    Taping(Arc<Tape>),
}

/// A proxy on a free port of 127.0.0.1, on its own thread. It ends when it is dropped.
pub(crate) struct Proxy {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Proxy {
    /// Starts a proxy in front of this endpoint.
    pub(crate) fn start(mode: ProxyMode, upstream: &Endpoint) -> Self {
        Self::start_before(mode, upstream.url())
    }

    /// Starts a proxy in front of the server at this URL.
    pub(crate) fn start_before(mode: ProxyMode, url: &str) -> Self {
        let upstream: SocketAddr = url
            .trim_start_matches("http://")
            .parse()
            .expect("an endpoint's address");
        let listener =
            StdListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("127.0.0.1 has a free port");
        listener
            .set_nonblocking(true)
            .expect("the listener can be non-blocking");
        let address = listener.local_addr().expect("a listener has an address");
        let (stop, stopped) = oneshot::channel();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime");
            runtime.block_on(async {
                let listener =
                    TcpListener::from_std(listener).expect("a listener within the runtime");
                tokio::select! {
                    _ = stopped => {}
                    () = accept(listener, mode, upstream) => {}
                }
            });
        });
        Self {
            address,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// Returns the address on which the proxy listens, without a scheme.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        drop(self.stop.take());
        let result = self.thread.take().map(JoinHandle::join);
        assert!(
            thread::panicking() || matches!(result, Some(Ok(()))),
            "the proxy panicked: see above"
        );
    }
}

async fn accept(listener: TcpListener, mode: ProxyMode, upstream: SocketAddr) {
    for number in 0.. {
        let (stream, _) = listener.accept().await.expect("a listener accepts");
        match &mode {
            ProxyMode::Resets(first) if number < *first => {
                stream
                    .set_zero_linger()
                    .expect("a socket takes its options");
                drop(stream);
            }
            ProxyMode::Resets(_) => drop(tokio::spawn(forward(stream, upstream))),
            ProxyMode::Silent => drop(tokio::spawn(async move {
                let _open = stream;
                std::future::pending::<()>().await;
            })),
            ProxyMode::Recording(heads, status) => {
                drop(tokio::spawn(record(
                    stream,
                    upstream,
                    Arc::clone(heads),
                    status,
                )));
            }
            ProxyMode::Taping(tape) => {
                let tape = Arc::clone(tape);
                tokio::spawn(async move { tape.forward(stream, upstream).await });
            }
            ProxyMode::Tls(config) => {
                let acceptor = TlsAcceptor::from(Arc::clone(config));
                // A client that does not trust the certificate ends the handshake. This is not a
                // failure of the proxy.
                tokio::spawn(
                    async move { forward(acceptor.accept(stream).await?, upstream).await },
                );
            }
        }
    }
}

/// Records the head of the first request. Refuses a tunnel, and forwards every other connection.
async fn record(
    mut stream: TcpStream,
    upstream: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
    status: &str,
) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        if stream.read_buf(&mut head).await? == 0 {
            return Ok(());
        }
    }
    let text = String::from_utf8_lossy(&head).into_owned();
    let is_tunnel = text.starts_with("CONNECT ");
    heads.lock().expect("no thread panicked").push(text);

    if is_tunnel {
        let refusal = format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n");
        return stream.write_all(refusal.as_bytes()).await;
    }
    let mut upstream = TcpStream::connect(upstream).await?;
    upstream.write_all(&head).await?;
    copy_bidirectional(&mut stream, &mut upstream)
        .await
        .map(drop)
}

/// Connects to the endpoint, and copies in both directions until both sides have ended.
async fn forward(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    upstream: SocketAddr,
) -> io::Result<()> {
    let mut upstream = TcpStream::connect(upstream).await?;
    copy_bidirectional(&mut stream, &mut upstream)
        .await
        .map(drop)
}

/// A certificate authority that only its own clients trust.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// The certificate of the authority.
    pub(crate) pem: String,
}

impl Authority {
    /// Creates an authority with this name. Use different names: a client finds an authority by its
    /// name, and notices a second authority of the same name only when it checks the signature of a
    /// certificate.
    pub(crate) fn named(name: &str) -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params =
            CertificateParams::new(Vec::new()).expect("an empty list of names is valid");
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).expect("a certificate").pem();
        Self {
            issuer: Issuer::new(params, key),
            pem,
        }
    }

    /// Returns the mode that uses TLS with a certificate for this name or address.
    pub(crate) fn tls_for(&self, name: &str) -> ProxyMode {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        let key = PrivateKeyDer::Pkcs8(key.serialize_der().into());
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring supports these versions")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key);
        ProxyMode::Tls(Arc::new(
            config.expect("the key belongs to the certificate"),
        ))
    }
}

/// A port whose queue of connections is full: a new connection is neither established nor refused.
pub(crate) struct FullPort {
    address: SocketAddr,
    _listener: TcpListener,
    _waiting: Vec<TcpStream>,
}

impl FullPort {
    pub(crate) async fn new() -> Self {
        use std::time::Duration;

        let socket = TcpSocket::new_v4().expect("a socket");
        socket
            .bind((Ipv4Addr::LOCALHOST, 0).into())
            .expect("127.0.0.1 has a free port");
        let listener = socket.listen(1).expect("the socket listens");
        let address = listener.local_addr().expect("a listener has an address");
        let mut waiting = Vec::new();
        // The kernel decides the length of the queue. On loopback, a connection is established at
        // once or not at all.
        while let Ok(connected) =
            tokio::time::timeout(Duration::from_millis(100), TcpStream::connect(address)).await
        {
            waiting.push(connected.expect("the connection is not refused"));
        }
        Self {
            address,
            _listener: listener,
            _waiting: waiting,
        }
    }

    /// Returns the address of the port.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}
