//! Opens a connection, with TLS if the URI says so, and within a time limit if one is set.

use super::{BoxError, error::TimedOut, route::Route};
use http::Uri;
use hyper_rustls::HttpsConnector;
use hyper_util::client::proxy::matcher::Matcher;
use rustls::ClientConfig;
use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tower_service::Service;

#[derive(Clone)]
pub(super) struct Connector {
    https: HttpsConnector<Route>,
    /// The time limit for name resolution, connection and TLS handshake.
    timeout: Option<Duration>,
}

impl Connector {
    pub(super) fn new(tls_config: Arc<ClientConfig>, proxies: Option<Arc<Matcher>>) -> Self {
        let route = Route::new(&tls_config, proxies);
        Self {
            https: HttpsConnector::from((route, tls_config)),
            timeout: None,
        }
    }

    pub(super) fn with_timeout(self, timeout: Option<Duration>) -> Self {
        Self { timeout, ..self }
    }
}

impl Service<Uri> for Connector {
    type Response = <HttpsConnector<Route> as Service<Uri>>::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.https.poll_ready(context)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let connecting = self.https.call(uri);
        match self.timeout {
            Some(limit) => Box::pin(async move {
                let phase = "connect";
                let connected = tokio::time::timeout(limit, connecting).await;
                connected.map_err(|_| TimedOut { phase, limit })?
            }),
            None => connecting,
        }
    }
}
