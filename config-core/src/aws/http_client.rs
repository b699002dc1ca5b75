//! The HTTP client of a load: hyper-util with hyper-rustls, behind the SDK's trait [`HttpClient`].
//!
//! The client uses HTTP/1.1, so each concurrent call has its own connection. All connections share
//! one TLS configuration, and the certificates of the roots are parsed at most once.

mod chain_verifier;
mod connector;
mod error;
mod resolver;
mod route;
mod tls;

use super::proxy::read_proxies;
use crate::outcome::Failed;
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        connection::{CaptureSmithyConnection, ConnectionMetadata},
        connector_metadata::ConnectorMetadata,
        http::{
            HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings,
            SharedHttpClient, SharedHttpConnector,
        },
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
        runtime_components::RuntimeComponents,
    },
};
use aws_smithy_types::body::SdkBody;
use connector::Connector;
use error::{TimedOut, to_connector_error};
use http::{Extensions, Request, Response, header::PROXY_AUTHORIZATION, uri::Scheme};
use hyper::body::Incoming;
use hyper_util::{
    client::{
        legacy::{
            Client,
            connect::{CaptureConnection, HttpInfo, capture_connection},
        },
        proxy::matcher::Matcher,
    },
    rt::{TokioExecutor, TokioTimer},
};
use rustls::ClientConfig;
use std::{
    borrow::Cow,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// Creates an HTTP client. The environment variables of this process can name the trusted roots and
/// the proxies.
///
/// # Errors
///
/// Returns a permanent failure if a variable names roots or a proxy that cannot be used.
pub(crate) fn new_http_client() -> Result<HyperClient, Failed> {
    let proxies = read_proxies()?.map(Arc::new);
    let tls_config = Arc::new(tls::build_tls_config()?);
    Ok(HyperClient(Arc::new(ClientInner {
        connector: Connector::new(tls_config.clone(), proxies.clone()),
        tls_config,
        proxies,
        pools: Mutex::default(),
    })))
}

/// A client of hyper, which pools its connections.
type Pool = Client<Connector, SdkBody>;

/// The HTTP client. Its copies share the TLS configuration and the connections.
#[derive(Clone)]
pub(crate) struct HyperClient(Arc<ClientInner>);

struct ClientInner {
    connector: Connector,
    tls_config: Arc<ClientConfig>,
    proxies: Option<Arc<Matcher>>,
    /// One pool for each connect timeout: a pool has one connector, and a connector has one connect
    /// timeout. A load sets no connect timeout, and the SDK has one default, so there are rarely
    /// more than two pools.
    pools: Mutex<Vec<(Option<Duration>, Pool)>>,
}

impl HyperClient {
    fn get_or_build_pool(&self, connect_timeout: Option<Duration>) -> Pool {
        let mut pools = self.0.pools.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, pool)) = pools.iter().find(|(known, _)| *known == connect_timeout) {
            return pool.clone();
        }

        let pool = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .build(self.0.connector.clone().with_timeout(connect_timeout));
        pools.push((connect_timeout, pool.clone()));
        pool
    }

    /// Sends a request on a new connection, which does not go through a proxy, also if a variable
    /// names one.
    pub(super) async fn send_directly(
        &self,
        request: Request<SdkBody>,
    ) -> Result<Response<Incoming>, BoxError> {
        let connector = Connector::new(self.0.tls_config.clone(), None);
        let client: Pool = Client::builder(TokioExecutor::new())
            .pool_max_idle_per_host(0)
            .build(connector);
        client.request(request).await.map_err(Into::into)
    }

    /// Sends a request that the SDK did not create, through the proxies that the variables name.
    #[cfg(feature = "manage")]
    pub(crate) async fn send(
        &self,
        request: Request<SdkBody>,
    ) -> Result<Response<Incoming>, BoxError> {
        let response = self.get_or_build_pool(None).request(request).await;
        response.map_err(Into::into)
    }

    /// Returns the client for the SDK.
    pub(crate) fn into_shared(self) -> SharedHttpClient {
        SharedHttpClient::new(self)
    }
}

impl HttpClient for HyperClient {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(PooledConnector {
            pool: self.get_or_build_pool(settings.connect_timeout()),
            proxies: self.0.proxies.clone(),
            read_timeout: settings.read_timeout(),
        })
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        Some(ConnectorMetadata::new("hyper", Some(Cow::Borrowed("1.x"))))
    }
}

/// Shows no field, because the address of a proxy may contain a password.
impl fmt::Debug for HyperClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HyperClient").finish_non_exhaustive()
    }
}

/// Sends the requests of one client of the SDK.
struct PooledConnector {
    pool: Pool,
    proxies: Option<Arc<Matcher>>,
    /// The time limit from the request to the head of the response.
    read_timeout: Option<Duration>,
}

impl HttpConnector for PooledConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let mut request = match request.try_into_http1x() {
            Ok(request) => request,
            Err(error) => {
                return HttpConnectorFuture::ready(Err(ConnectorError::user(error.into())));
            }
        };

        self.authorize_at_proxy(&mut request);
        let connection = capture_connection(&mut request);
        if let Some(capture) = request.extensions().get::<CaptureSmithyConnection>() {
            capture.set_connection_retriever(move || describe_connection(&connection));
        }
        let answer = self.pool.request(request);
        let read_timeout = self.read_timeout;
        HttpConnectorFuture::new(async move {
            let response = match read_timeout {
                Some(limit) => tokio::time::timeout(limit, answer).await.map_err(|_| {
                    let phase = "read";
                    ConnectorError::timeout(TimedOut { phase, limit }.into())
                })?,
                None => answer.await,
            };
            let response = response.map_err(|error| to_connector_error(error.into()))?;
            HttpResponse::try_from(response.map(SdkBody::from_body_1_x))
                .map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

impl PooledConnector {
    /// Adds the credentials of the proxy to a request without TLS. A request with TLS reaches the
    /// proxy only through a tunnel, and the credentials belong to the request that opens the
    /// tunnel.
    fn authorize_at_proxy(&self, request: &mut Request<SdkBody>) {
        if request.uri().scheme() != Some(&Scheme::HTTP) {
            return;
        }
        let proxy = self.proxies.as_ref();
        if let Some(proxy) = proxy.and_then(|proxies| proxies.intercept(request.uri()))
            && let Some(credentials) = proxy.basic_auth()
        {
            let headers = request.headers_mut();
            headers
                .entry(PROXY_AUTHORIZATION)
                .or_insert_with(|| credentials.clone());
        }
    }
}

impl fmt::Debug for PooledConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PooledConnector").finish_non_exhaustive()
    }
}

/// Returns the metadata of a request's connection. With the metadata, the SDK can prevent the reuse
/// of a broken connection.
fn describe_connection(connection: &CaptureConnection) -> Option<ConnectionMetadata> {
    let metadata = connection.connection_metadata();
    let connected = metadata.as_ref()?;
    let mut extensions = Extensions::new();
    connected.get_extras(&mut extensions);
    let addresses = extensions.get::<HttpInfo>();

    let connection = connection.clone();
    let mut builder = ConnectionMetadata::builder()
        .proxied(connected.is_proxied())
        .poison_fn(move || {
            if let Some(connected) = connection.connection_metadata().as_ref() {
                connected.poison();
            }
        });
    builder
        .set_local_addr(addresses.map(HttpInfo::local_addr))
        .set_remote_addr(addresses.map(HttpInfo::remote_addr));
    Some(builder.build())
}
