//! What a load does to the HTTP client that it is given: its clock learns from the answers, and no connection is left behind.

use super::clock::{SkewClock, parse_signing_time};
use aws_smithy_async::time::{SharedTimeSource, SystemTimeSource};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        connector_metadata::ConnectorMetadata,
        http::{
            HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
            SharedHttpConnector,
        },
        orchestrator::HttpRequest,
        runtime_components::{RuntimeComponents, RuntimeComponentsBuilder},
    },
    shared::IntoShared,
};
use aws_smithy_types::config_bag::ConfigBag;
use aws_types::sdk_config::{Builder, SdkConfig};

/// Stands at a response to a request whose signature was minutes off. The clock is right from then on.
#[derive(Debug, Clone, Copy)]
pub(super) struct ClockSkewed;

/// Whose the HTTP client is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ClientOwner {
    /// The load's own, which dies with it.
    Load,
    /// The program's, which lives on. A connection that a load left in it would look open to the refresh after a freeze, long after
    /// a gateway has forgotten it. So each request says that it is the last one of its connection.
    Program,
}

/// Gives a configuration a clock of its own, which learns from the answers of its HTTP client.
pub(super) fn wrap_http_client(config: &SdkConfig, owner: ClientOwner, builder: Builder) -> Builder {
    let Some(inner) = config.http_client() else { return builder };
    let time = config.time_source().unwrap_or_else(|| SharedTimeSource::new(SystemTimeSource::new()));
    let clock = SkewClock::new(time);
    builder.time_source(clock.clone()).http_client(SkewAwareClient { inner, clock, owner })
}

#[derive(Debug)]
struct SkewAwareClient {
    inner: SharedHttpClient,
    clock: SkewClock,
    owner: ClientOwner,
}

impl HttpClient for SkewAwareClient {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SkewAwareConnector { inner, clock: self.clock.clone(), owner: self.owner }.into_shared()
    }

    fn validate_base_client_config(
        &self,
        components: &RuntimeComponentsBuilder,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.inner.validate_base_client_config(components, config)
    }

    fn validate_final_config(&self, components: &RuntimeComponents, config: &ConfigBag) -> Result<(), BoxError> {
        self.inner.validate_final_config(components, config)
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.inner.connector_metadata()
    }
}

#[derive(Debug)]
struct SkewAwareConnector {
    inner: SharedHttpConnector,
    clock: SkewClock,
    owner: ClientOwner,
}

impl HttpConnector for SkewAwareConnector {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        let (signed, clock) = (parse_signing_time(&request), self.clock.clone());
        if self.owner == ClientOwner::Program {
            // For one hop, and so no part of what was signed.
            request.headers_mut().insert("connection", "close");
        }
        let answer = self.inner.call(request);
        HttpConnectorFuture::new(async move {
            let mut response = answer.await?;
            if clock.learn(signed, &response) {
                response.add_extension(ClockSkewed);
            }
            Ok(response)
        })
    }
}
