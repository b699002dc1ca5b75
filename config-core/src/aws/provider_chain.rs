//! The provider chain of `aws-config`, with empty variables treated as unset, as in the other SDKs.
//! `aws-config` treats an empty region, profile or endpoint as a name, and panics on an empty
//! setting of the retries.

use super::variables;
use aws_config::{BehaviorVersion, ConfigLoader, profile::ProfileFileRegionProvider};
use aws_credential_types::Credentials;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_types::{
    SdkConfig,
    region::Region,
    service_config::{LoadServiceConfig, ServiceConfigKey},
};
use std::fmt;

const DEFAULT_PROFILE: &str = "default";

/// The settings that replace those of the provider chain.
#[derive(Default)]
pub(crate) struct ProviderChainOptions<'a> {
    pub(crate) profile: Option<&'a str>,
    pub(crate) credentials: Option<Credentials>,
    pub(crate) region: Option<Region>,
}

/// Loads the configuration of the provider chain.
pub(crate) async fn load_provider_chain(
    http_client: SharedHttpClient,
    options: ProviderChainOptions<'_>,
) -> SdkConfig {
    let loader = aws_config::defaults(BehaviorVersion::latest()).http_client(http_client);
    let config = set_options(loader, options).load().await;
    if !variables::has_empty_endpoint() {
        return config;
    }
    let endpoints = WithoutEmpty(config.clone());
    config.into_builder().service_config(endpoints).build()
}

fn set_options(mut loader: ConfigLoader, options: ProviderChainOptions<'_>) -> ConfigLoader {
    let empty_profile = variables::is_empty("AWS_PROFILE").then_some(DEFAULT_PROFILE);
    let profile = options.profile.or(empty_profile);
    if let Some(profile) = profile {
        loader = loader.profile_name(profile);
    }
    if let Some(credentials) = options.credentials {
        loader = loader.credentials_provider(credentials);
    }
    if let Some(retry_config) = variables::read_incomplete_retry_config() {
        loader = loader.retry_config(retry_config);
    }
    match options.region {
        Some(region) => loader.region(region),
        // Do not ask the instance metadata for a region that a variable was to set: outside of EC2
        // this takes seconds.
        None if variables::has_only_empty_regions() => {
            let mut regions = ProfileFileRegionProvider::builder();
            if let Some(profile) = profile {
                regions = regions.profile_name(profile);
            }
            loader.region(regions.build())
        }
        None => loader,
    }
}

/// The settings of the services, without the empty ones.
struct WithoutEmpty(SdkConfig);

impl LoadServiceConfig for WithoutEmpty {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        self.0
            .service_config()?
            .load_config(key)
            .filter(|value| !value.trim().is_empty())
    }
}

impl fmt::Debug for WithoutEmpty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WithoutEmpty").finish_non_exhaustive()
    }
}
