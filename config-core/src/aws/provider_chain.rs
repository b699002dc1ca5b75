//! The provider chain of `aws-config`, with empty variables treated as unset, as in the other SDKs.
//! `aws-config` counts an empty region, profile or endpoint as set, and panics on an empty setting
//! of the retries.

use super::{
    profile::{self, DEFAULT_PROFILE},
    variables,
};
use crate::outcome::Failed;
use aws_config::{BehaviorVersion, ConfigLoader, profile::ProfileFileRegionProvider};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_types::{
    SdkConfig,
    region::Region,
    service_config::{LoadServiceConfig, ServiceConfigKey},
};
use std::fmt;

/// The name of a variable that is never set.
const NO_VARIABLE: &str = "STAGE_CONFIG_NO_VARIABLE";

/// The settings that replace those of the provider chain.
#[derive(Default)]
pub(crate) struct ProviderChainOptions<'a> {
    pub(crate) profile: Option<&'a str>,
    pub(crate) credentials: Option<SharedCredentialsProvider>,
    pub(crate) region: Option<Region>,
}

/// Loads the configuration of the provider chain. Credentials and a region in `options` replace
/// those of the chain; the other settings of the profile still apply.
///
/// # Errors
///
/// Returns a permanent failure if the profile has a setting that cannot be used.
pub(crate) async fn load_provider_chain(
    http_client: SharedHttpClient,
    options: ProviderChainOptions<'_>,
) -> Result<SdkConfig, Failed> {
    profile::check_settings(options.profile).await?;
    let loader = aws_config::defaults(BehaviorVersion::latest()).http_client(http_client);
    let config = set_options(loader, options).load().await;

    let endpoint_url = config.endpoint_url().filter(|url| !url.trim().is_empty());
    let endpoint_url = endpoint_url.map(str::to_owned);
    let endpoints = ChainEndpoints(config.clone());
    let mut builder = config.into_builder().service_config(endpoints);
    builder.set_endpoint_url(endpoint_url);
    Ok(builder.build())
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
        // If a variable of the region is set but empty, do not ask the instance metadata for a
        // region: outside of EC2 the request takes seconds.
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

/// The settings of the services. A variable takes precedence over the profile, but an empty
/// variable counts as unset. `aws-config` itself does not read the profile if a variable is empty.
struct ChainEndpoints(SdkConfig);

impl LoadServiceConfig for ChainEndpoints {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let settings = self.0.service_config()?;
        let has_text = |value: &String| !value.trim().is_empty();
        let set = settings.load_config(key.clone());
        if set.as_ref().is_none_or(has_text) {
            return set;
        }

        let general = variables::read_text(key.env());
        variables::Endpoints
            .load_config(key.clone())
            .or(general)
            .or_else(|| {
                let profile_only = ServiceConfigKey::builder()
                    .service_id(key.service_id())
                    .profile(key.profile())
                    .env(NO_VARIABLE)
                    .build()
                    .ok()?;
                settings.load_config(profile_only).filter(has_text)
            })
    }
}

impl fmt::Debug for ChainEndpoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChainEndpoints").finish_non_exhaustive()
    }
}
