//! The server accepts connections with TLS, and answers each HTTP/1.1 request on them.

use std::{
    convert::Infallible,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use http_body_util::{BodyExt as _, Full};
use hyper::{
    Request, Response,
    body::{Bytes, Incoming},
    header::{CONTENT_TYPE, HeaderValue},
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use rustls::{HandshakeKind, ServerConfig, crypto::ring};
use tokio::{
    net::{TcpListener, TcpStream},
    runtime::Runtime,
};
use tokio_rustls::TlsAcceptor;

use crate::{Counts, Error, certificates::Certificates, counters::Counters, services};

/// A running endpoint. It stops when it is dropped.
pub struct Endpoint {
    address: SocketAddr,
    root_pem: String,
    shared: Arc<Shared>,
    runtime: Option<Runtime>,
}

#[derive(Default)]
struct Shared {
    counters: Counters,
    latency_ms: AtomicU64,
}

impl Endpoint {
    /// Starts an endpoint with new certificates, on a port that the system chooses. Its latency is
    /// zero.
    pub fn start() -> Result<Self, Error> {
        let certificates = Certificates::generate()?;
        let root_pem = certificates.root_pem.clone();
        let acceptor = TlsAcceptor::from(Arc::new(tls_config(certificates)?));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()?;
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
        let address = listener.local_addr()?;

        let shared = Arc::<Shared>::default();
        runtime.spawn(accept(listener, acceptor, Arc::clone(&shared)));
        Ok(Self {
            address,
            root_pem,
            shared,
            runtime: Some(runtime),
        })
    }

    /// Returns the URL for `AWS_ENDPOINT_URL`.
    pub fn url(&self) -> String {
        format!("https://localhost:{}", self.address.port())
    }

    /// Returns the root certificate that a client must trust.
    pub fn root_pem(&self) -> &str {
        &self.root_pem
    }

    /// Sets the pause before each answer. The timer may prolong it by up to one millisecond.
    pub fn set_latency_ms(&self, latency: u64) {
        self.shared.latency_ms.store(latency, Ordering::Relaxed);
    }

    /// Returns the counts, and sets them to zero.
    pub fn take_counts(&self) -> Counts {
        self.shared.counters.take()
    }
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn tls_config(certificates: Certificates) -> Result<ServerConfig, Error> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(certificates.chain, certificates.key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

async fn accept(listener: TcpListener, acceptor: TlsAcceptor, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        shared.counters.add_connection();
        tokio::spawn(serve(stream, acceptor.clone(), Arc::clone(&shared)));
    }
}

/// Serves one connection until the client closes it. If the handshake fails, the client reports the
/// error, so the server ignores it.
async fn serve(stream: TcpStream, acceptor: TlsAcceptor, shared: Arc<Shared>) {
    let _ = stream.set_nodelay(true);
    let Ok(stream) = acceptor.accept(stream).await else {
        return;
    };
    if stream.get_ref().1.handshake_kind() == Some(HandshakeKind::Resumed) {
        shared.counters.add_resumed();
    }
    let service = service_fn(move |request| answer(request, Arc::clone(&shared)));
    // A measured program exits without closing its connections. hyper returns an error for this,
    // which the server ignores.
    let _ = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn answer(
    request: Request<Incoming>,
    shared: Arc<Shared>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let target = request.headers().get("x-amz-target");
    let target = target.and_then(|target| target.to_str().ok());
    let target = target.unwrap_or_default().to_owned();
    let operation = target.rsplit('.').next().unwrap_or_default();
    let body = request.into_body().collect().await;
    let body = body.map(http_body_util::Collected::to_bytes);
    shared.counters.add_call(operation);

    let latency = shared.latency_ms.load(Ordering::Relaxed);
    if latency > 0 {
        tokio::time::sleep(Duration::from_millis(latency)).await;
    }
    let answer = services::answer(operation, &body.unwrap_or_default());
    let mut response = Response::new(Full::new(Bytes::from(answer.body.to_string())));
    *response.status_mut() = hyper::StatusCode::from_u16(answer.status).unwrap_or_default();
    let json = HeaderValue::from_static("application/x-amz-json-1.1");
    response.headers_mut().insert(CONTENT_TYPE, json);
    Ok(response)
}
