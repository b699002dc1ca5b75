//! What the stores of one load share: one configuration of AWS, with credentials at hand.

use super::{
    http_client::{ClientOwner, wrap_http_client},
    load_from_environment,
};
use crate::{failure::FailureKind, outcome::Failed};
use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, SharedCredentialsProvider, error::CredentialsError},
};
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_smithy_types::{retry::RetryConfig, timeout::TimeoutConfig};
use aws_types::{SdkConfig, region::Region};
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};
use tokio::sync::OnceCell;

/// What all stores of one load share. It is made when the first store asks for it.
pub(crate) struct SharedAwsConfig {
    custom_config: Option<SdkConfig>,
    /// What came of it; a failure too, which would be the same for each store that asks.
    config: OnceCell<Result<SdkConfig, Failed>>,
}

impl SharedAwsConfig {
    /// `given` is the program's own configuration, if it has one.
    pub(crate) fn new(custom_config: Option<SdkConfig>) -> Self {
        Self { custom_config, config: OnceCell::new() }
    }

    /// The configuration for a load: credentials at hand; no retries, timeouts or watchdogs of the SDK's, since the load has its
    /// own deadline.
    pub(crate) async fn config(&self) -> Result<&SdkConfig, Failed> {
        self.config.get_or_init(|| self.build_config()).await.as_ref().map_err(Failed::clone)
    }

    async fn build_config(&self) -> Result<SdkConfig, Failed> {
        let (config, owner) = match &self.custom_config {
            Some(config) => (config.clone(), ClientOwner::Program),
            None => (load_from_environment().await?, ClientOwner::Load),
        };
        // Asked once, here: a client of its own for each region would ask again, and bury the error in a failed dispatch.
        let credentials = fetch_credentials(&config).await?;
        Ok(wrap_http_client(&config, owner, config.clone().into_builder())
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .retry_config(RetryConfig::disabled())
            .timeout_config(TimeoutConfig::disabled())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .build())
    }
}

/// Asks for the credentials, to say clearly where there are none.
pub(crate) async fn fetch_credentials(config: &SdkConfig) -> Result<Credentials, Failed> {
    let provider = config.credentials_provider().ok_or_else(|| no_credentials("were found"))?;
    provider.provide_credentials().await.map_err(|error| match error {
        CredentialsError::ProviderTimedOut(_) => no_credentials("came in time"),
        CredentialsError::CredentialsNotLoaded(_) => no_credentials("were found"),
        _ => no_credentials("could be read or fetched"),
    })
}

/// The clients of one service for one load, by their regions. All attempts share a client, because the SDK corrects a wrong clock
/// between two calls of one client.
pub(crate) struct RegionClients<C>(Mutex<BTreeMap<String, C>>);

impl<C> Default for RegionClients<C> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<C: Clone> RegionClients<C> {
    /// The client for the region of a source, else for the program's own.
    pub(crate) fn get_or_build(
        &self,
        config: &SdkConfig,
        source_region: Option<&str>,
        build: impl FnOnce(Region) -> C,
    ) -> Result<C, Failed> {
        let region = choose_region(config, source_region)?;
        let mut clients = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(clients.entry(region.to_string()).or_insert_with(|| build(region)).clone())
    }
}

/// The region of a source, else the program's own.
pub(crate) fn choose_region(config: &SdkConfig, source_region: Option<&str>) -> Result<Region, Failed> {
    source_region
        .map(|region| Region::new(region.to_owned()))
        .or_else(|| config.region().cloned())
        .ok_or_else(|| Failed::new(FailureKind::Credentials, "no AWS region is set"))
}

/// Says what it can without the provider's own words, which may quote a profile's lines.
fn no_credentials(what: &str) -> Failed {
    let profile = std::env::var("AWS_PROFILE").ok().filter(|name| !name.is_empty());
    let profile = profile.map(|name| format!(" for the profile `{name}`")).unwrap_or_default();
    let hint = if cfg!(feature = "developer-credentials") {
        ""
    } else if cfg!(feature = "aws-config") {
        "; SSO and `credential_process` need the cargo feature `developer-credentials`"
    } else {
        "; without the cargo feature `aws-config` only environment variables are read"
    };
    Failed::new(FailureKind::Credentials, format!("no AWS credentials {what}{profile}{hint}"))
}
