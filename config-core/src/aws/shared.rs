//! The AWS configuration that the stores of one load share, with loaded credentials.

#[cfg(feature = "aws-config")]
use super::profile;
use super::{
    choose_region::choose_region,
    container,
    load_client::{ClientOwner, wrap_http_client},
    load_from_environment,
    text_problem::find_word_problem,
    variables::explain_missing_credentials,
};
#[cfg(feature = "role-store")]
use crate::outcome::Outcome;
use crate::{failure::FailureKind, outcome::Failed};
use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, SharedCredentialsProvider, error::CredentialsError},
};
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_smithy_types::{retry::RetryConfig, timeout::TimeoutConfig};
use aws_types::{SdkConfig, region::Region};
#[cfg(feature = "role-store")]
use std::borrow::Cow;
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};
use tokio::sync::OnceCell;

/// The AWS configuration that all stores of one load share. The configuration is created when the
/// first store needs it.
pub(crate) struct SharedAwsConfig {
    custom_config: Option<SdkConfig>,
    /// The configuration, or the failure to create it. The failure is kept because it would be the
    /// same for each store.
    config: OnceCell<Result<SdkConfig, Failed>>,
    #[cfg(feature = "role-store")]
    roles: super::assume_role::AssumedRoles,
}

impl SharedAwsConfig {
    /// Creates the shared configuration. `custom_config` is the program's own configuration, if it
    /// has one.
    pub(crate) fn new(custom_config: Option<SdkConfig>) -> Self {
        Self {
            custom_config,
            config: OnceCell::new(),
            #[cfg(feature = "role-store")]
            roles: super::assume_role::AssumedRoles::default(),
        }
    }

    /// Returns the configuration with the credentials of the role that a source names, or the
    /// configuration of the load if the source names no role.
    #[cfg(feature = "role-store")]
    async fn config_for(
        &self,
        (source_region, role): (Option<&str>, Option<&str>),
    ) -> Result<Cow<'_, SdkConfig>, Outcome> {
        let config = self.config().await.map_err(Outcome::Failed)?;
        match role {
            None => Ok(Cow::Borrowed(config)),
            Some(role) => {
                let assumed = self.roles.config(config, role, source_region);
                assumed.await.map(Cow::Owned)
            }
        }
    }

    /// Returns the configuration of a load. The credentials are loaded. The SDK's retries, timeouts
    /// and watchdogs are off, because the load has its own timeout.
    pub(crate) async fn config(&self) -> Result<&SdkConfig, Failed> {
        self.config
            .get_or_init(|| self.build_config())
            .await
            .as_ref()
            .map_err(Failed::clone)
    }

    async fn build_config(&self) -> Result<SdkConfig, Failed> {
        let (config, owner, origin) = match &self.custom_config {
            Some(config) => (
                config.clone(),
                ClientOwner::Program,
                CredentialOrigin::Program,
            ),
            None => (
                load_from_environment(None).await?,
                ClientOwner::Load,
                CredentialOrigin::Environment,
            ),
        };
        // Load the credentials once, here. Otherwise the client of each region would load them
        // again, and the SDK would report an error of the credentials only as a `DispatchFailure`.
        let credentials = fetch_credentials(&config, origin).await?;
        Ok(
            wrap_http_client(&config, owner, config.clone().into_builder())
                .credentials_provider(SharedCredentialsProvider::new(credentials))
                .retry_config(RetryConfig::disabled())
                .timeout_config(TimeoutConfig::disabled())
                .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
                .build(),
        )
    }
}

/// The origin of the credentials of a configuration.
#[derive(Debug, Clone, Copy)]
pub(crate) enum CredentialOrigin<'a> {
    /// The configuration of the caller: the program passed it, or a tool built it.
    Program,
    /// Variables, or else the container endpoint or the provider chain of `aws-config`.
    Environment,
    /// The profile with this name.
    #[cfg_attr(
        not(feature = "manage"),
        expect(dead_code, reason = "a load cannot name a profile")
    )]
    Profile(&'a str),
}

/// Loads the credentials, so that missing ones cause a clear error, and unusable ones do not make
/// the SDK panic.
pub(crate) async fn fetch_credentials(
    config: &SdkConfig,
    origin: CredentialOrigin<'_>,
) -> Result<Credentials, Failed> {
    let Some(provider) = config.credentials_provider() else {
        return Err(describe_missing_credentials(config, "were found", origin).await);
    };
    let credentials = match provider.provide_credentials().await {
        Ok(credentials) => credentials,
        Err(error) => {
            if let Some(error) = container::find_error(&error) {
                let detail = format!("no AWS credentials could be read or fetched: {error}");
                return Err(Failed::new(FailureKind::Credentials, detail).with_help(error.help()));
            }
            let predicate = match error {
                CredentialsError::ProviderTimedOut(_) => "were received in time",
                CredentialsError::CredentialsNotLoaded(_) => "were found",
                _ => "could be read or fetched",
            };
            return Err(describe_missing_credentials(config, predicate, origin).await);
        }
    };
    check_credentials(&credentials)?;
    Ok(credentials)
}

/// Checks the characters of the credentials. Not only a variable, but also a profile or the program
/// may provide a key with a line end.
fn check_credentials(credentials: &Credentials) -> Result<(), Failed> {
    let parts = [
        ("access key ID", credentials.access_key_id()),
        ("secret access key", credentials.secret_access_key()),
        (
            "session token",
            credentials.session_token().unwrap_or_default(),
        ),
    ];
    let problems: Vec<String> = parts
        .into_iter()
        .filter_map(|(name, text)| {
            let problem = find_word_problem(text)?;
            Some(format!("the {name} {}", problem.description()))
        })
        .collect();
    if problems.is_empty() {
        return Ok(());
    }
    let detail = format!(
        "the AWS credentials cannot be used: {}",
        problems.join(", ")
    );
    let help = "correct them where they come from: the profile, `credential_process`, the program";
    Err(Failed::new(FailureKind::Credentials, detail).with_help(help))
}

/// The clients of one service for one load, by region and role. All attempts with the same region
/// and role share a client, because the SDK corrects a wrong clock between two calls of one client.
pub(crate) struct RegionClients<C>(Mutex<BTreeMap<ClientKey, C>>);

/// The region and the role of a client.
type ClientKey = (String, Option<String>);

impl<C> Default for RegionClients<C> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<C: Clone> RegionClients<C> {
    /// Returns the client for the region and the role of a source, with the credentials of the
    /// role.
    #[cfg(feature = "role-store")]
    pub(crate) async fn find(
        &self,
        aws: &SharedAwsConfig,
        region_and_role: (Option<&str>, Option<&str>),
        build: impl FnOnce(&SdkConfig, Region) -> C,
    ) -> Result<C, Outcome> {
        let config = aws.config_for(region_and_role).await?;
        self.get_or_build(&config, region_and_role, |region| build(&config, region))
            .map_err(Outcome::Failed)
    }

    /// Returns the client for the region and the role of a source. If the source names no region,
    /// the client is for the program's own region. If the source names a role, `config` has the
    /// credentials of the role.
    pub(crate) fn get_or_build(
        &self,
        config: &SdkConfig,
        (source_region, role): (Option<&str>, Option<&str>),
        build: impl FnOnce(Region) -> C,
    ) -> Result<C, Failed> {
        let region = choose_region(config, source_region)?;
        let key = (region.to_string(), role.map(str::to_owned));
        let mut clients = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(clients.entry(key).or_insert_with(|| build(region)).clone())
    }
}

/// Returns a failure without the provider's own text, which may quote lines of a profile.
/// `predicate` completes the sentence "no AWS credentials …".
async fn describe_missing_credentials(
    config: &SdkConfig,
    predicate: &str,
    origin: CredentialOrigin<'_>,
) -> Failed {
    let (reasons, help) = match origin {
        // The reason why a provider of the program failed is known only to the provider.
        CredentialOrigin::Program if config.credentials_provider().is_some() => (Vec::new(), None),
        CredentialOrigin::Program => (
            vec!["the AWS configuration of the program has no credentials provider".to_owned()],
            None,
        ),
        CredentialOrigin::Environment => explain_no_credentials(None).await,
        CredentialOrigin::Profile(profile) => explain_no_credentials(Some(profile)).await,
    };
    let reasons = if reasons.is_empty() {
        String::new()
    } else {
        format!(": {}", reasons.join(", "))
    };
    let failed = Failed::new(
        FailureKind::Credentials,
        format!("no AWS credentials {predicate}{reasons}"),
    );
    match help {
        Some(help) => failed.with_help(help),
        None => failed,
    }
}

/// Returns the reasons why no credentials were found, and the help. The variables are a reason only
/// if the caller names no profile.
#[cfg(feature = "aws-config")]
async fn explain_no_credentials(profile: Option<&str>) -> (Vec<String>, Option<String>) {
    let mut reasons = if profile.is_none() {
        explain_missing_credentials()
    } else {
        Vec::new()
    };
    let reason = profile::explain(profile).await;
    let help = reason.as_ref().and_then(|reason| reason.help.clone());
    reasons.extend(reason.map(|reason| reason.detail));
    (reasons, help)
}

/// Returns the reasons why the variables gave no credentials.
#[cfg(not(feature = "aws-config"))]
async fn explain_no_credentials(_: Option<&str>) -> (Vec<String>, Option<String>) {
    let mut reasons = explain_missing_credentials();
    reasons.push(
        "without the cargo feature `aws-config`, they come only from environment variables and the \
         container endpoint"
            .to_owned(),
    );
    (reasons, None)
}

#[cfg(test)]
mod tests;
