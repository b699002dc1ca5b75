//! The way to a server: direct, or through a proxy.

use super::{BoxError, resolver::SharedResolver};
use http::{Uri, uri::Scheme};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::{
    client::{
        legacy::connect::{Connected, Connection, HttpConnector, proxy::Tunnel},
        proxy::matcher::Matcher,
    },
    rt::TokioIo,
};
use rustls::ClientConfig;
use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};
use tokio::net::TcpStream;
use tower_service::Service;

/// A connector that opens TCP connections.
type TcpConnector = HttpConnector<SharedResolver>;

/// A connector that opens a connection to the server or to its proxy. The `HttpsConnector` around
/// it adds the TLS of the server. The connection to a proxy may also have its own TLS.
#[derive(Clone)]
pub(super) struct Route {
    direct: TcpConnector,
    proxied: Option<Proxied>,
}

#[derive(Clone)]
struct Proxied {
    proxies: Arc<Matcher>,
    connector: HttpsConnector<TcpConnector>,
}

impl Route {
    pub(super) fn new(tls_config: &Arc<ClientConfig>, proxies: Option<Arc<Matcher>>) -> Self {
        let mut direct = HttpConnector::new_with_resolver(SharedResolver::new());
        direct.enforce_http(false);
        // Otherwise the last packet of a request may wait for the confirmation of the first.
        direct.set_nodelay(true);
        let connector = || HttpsConnector::from((direct.clone(), tls_config.clone()));
        let proxied = proxies.map(|proxies| Proxied {
            proxies,
            connector: connector(),
        });
        Self { direct, proxied }
    }
}

impl Service<Uri> for Route {
    type Response = Stream;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Stream, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.direct.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let found = self.proxied.as_ref().and_then(|proxied| {
            let proxy = proxied.proxies.intercept(&uri)?;
            Some((proxy, proxied.connector.clone()))
        });
        let Some((proxy, mut connector)) = found else {
            let connecting = self.direct.call(uri);
            return Box::pin(async move {
                let stream = MaybeHttpsStream::Http(connecting.await?);
                Ok(Stream::new(stream, false))
            });
        };

        if uri.scheme() == Some(&Scheme::HTTPS) {
            let mut tunnel = Tunnel::new(proxy.uri().clone(), connector);
            if let Some(credentials) = proxy.basic_auth() {
                tunnel = tunnel.with_auth(credentials.clone());
            }
            let connecting = tunnel.call(uri);
            Box::pin(async move { Ok(Stream::new(connecting.await?, false)) })
        } else {
            let connecting = connector.call(proxy.uri().clone());
            Box::pin(async move { Ok(Stream::new(connecting.await?, true)) })
        }
    }
}

/// A connection to a server or to a proxy.
pub(super) struct Stream {
    stream: MaybeHttpsStream<TokioIo<TcpStream>>,
    /// Whether a proxy reads and forwards each request, instead of opening a tunnel to the server.
    /// Then each request contains the whole URI.
    is_forwarded: bool,
}

impl Stream {
    fn new(stream: MaybeHttpsStream<TokioIo<TcpStream>>, is_forwarded: bool) -> Self {
        Self {
            stream,
            is_forwarded,
        }
    }
}

impl Connection for Stream {
    fn connected(&self) -> Connected {
        self.stream.connected().proxy(self.is_forwarded)
    }
}

impl Read for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl Write for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, parts)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
