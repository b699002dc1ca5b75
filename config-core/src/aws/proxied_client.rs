//! The HTTP client for an environment with proxies.

use super::proxy::Proxies;
use aws_smithy_http_client::{
    Connector, ConnectorBuilder,
    tls::{self, TlsContext},
};
use aws_smithy_runtime_api::client::{
    http::{
        HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
    },
    orchestrator::HttpRequest,
    runtime_components::RuntimeComponents,
};
use std::{
    fmt,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// An HTTP client that sends each request through the proxy of its scheme, unless there is none or
/// the host is called directly.
pub(super) struct ProxiedClient {
    pub(super) proxies: Proxies,
    pub(super) tls_provider: tls::Provider,
    pub(super) tls_context: TlsContext,
    /// One connector for each pair of timeouts. Connectors are kept because they pool connections.
    pub(super) connectors: Mutex<Vec<(Timeouts, SharedHttpConnector)>>,
}

/// The timeouts of a connector: for the connection, and for the answer.
type Timeouts = (Option<Duration>, Option<Duration>);

impl ProxiedClient {
    fn build_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SchemeConnector {
        let builder = |proxy| {
            let mut builder: ConnectorBuilder =
                Connector::builder().connector_settings(settings.clone());
            builder.set_sleep_impl(components.sleep_impl());
            builder.set_proxy_config(proxy);
            builder
        };
        let https = builder(self.proxies.https.clone())
            .tls_provider(self.tls_provider.clone())
            .tls_context(self.tls_context.clone());
        SchemeConnector {
            https: SharedHttpConnector::new(https.build()),
            http: SharedHttpConnector::new(builder(self.proxies.http.clone()).build_http()),
        }
    }
}

/// Shows no field, because the address of a proxy may contain a password.
impl fmt::Debug for ProxiedClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProxiedClient").finish_non_exhaustive()
    }
}

impl HttpClient for ProxiedClient {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let timeouts = (settings.connect_timeout(), settings.read_timeout());
        let mut connectors = self
            .connectors
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some((_, connector)) = connectors.iter().find(|(known, _)| *known == timeouts) {
            return connector.clone();
        }

        let connector = SharedHttpConnector::new(self.build_connector(settings, components));
        connectors.push((timeouts, connector.clone()));
        connector
    }
}

/// A connector for each scheme, because a proxy is configured for one scheme.
struct SchemeConnector {
    https: SharedHttpConnector,
    http: SharedHttpConnector,
}

impl fmt::Debug for SchemeConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SchemeConnector").finish_non_exhaustive()
    }
}

impl HttpConnector for SchemeConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        if request.uri().starts_with("http:") {
            self.http.call(request)
        } else {
            self.https.call(request)
        }
    }
}
