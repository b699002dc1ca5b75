//! The AWS configuration of a load: one HTTP client, one set of credentials, one default region. A
//! load creates the configuration only if its plan needs AWS. All stores of the load share it.
//!
//! The client uses ring for TLS. AWS-LC, the SDK's default, uses about 30 ms of CPU time to gather
//! entropy for the first random byte of a process. In a Lambda function with 128 MB this takes 0.4
//! s. The cargo feature `aws-lc` selects AWS-LC for programs that must use it. A program that needs
//! the FIPS build of AWS-LC passes an [`SdkConfig`] with an HTTP client that uses this build.
//!
//! No static holds the client of a load, because a pooled connection closes when the runtime that
//! opened it ends.

#[cfg(feature = "role-store")]
#[cfg_attr(not(feature = "assume-role"), path = "aws/no_roles.rs")]
mod assume_role;
mod check_variables;
#[cfg(feature = "aws-store")]
mod choose_region;
#[cfg(feature = "aws-store")]
mod classify;
#[cfg_attr(
    not(feature = "aws-store"),
    allow(dead_code, reason = "only a store uses the help of a `ContainerError`")
)]
mod container;
#[cfg(feature = "aws-store")]
pub(crate) mod grammar;
mod http_client;
#[cfg(feature = "aws-store")]
mod load_client;
#[cfg(feature = "aws-config")]
#[cfg_attr(
    not(feature = "aws-store"),
    allow(
        dead_code,
        reason = "only a store needs the reason for missing credentials"
    )
)]
mod profile;
#[cfg(feature = "aws-config")]
mod provider_chain;
mod proxy;
#[cfg(feature = "aws-store")]
mod shared;
mod text_problem;
mod url_problem;
mod variables;

#[cfg(feature = "manage")]
pub(crate) use check_variables::{CallerOptions, check_variables};
#[cfg(feature = "manage")]
pub(crate) use choose_region::choose_region;
#[cfg(feature = "aws-store")]
pub(crate) use classify::classify;
#[cfg(feature = "secrets-manager")]
pub(crate) use classify::classify_code;
#[cfg(feature = "manage")]
pub(crate) use http_client::HyperClient;
pub(crate) use http_client::new_http_client;
#[cfg(feature = "manage")]
pub(crate) use provider_chain::{ProviderChainOptions, load_provider_chain};
#[cfg(feature = "kms")]
pub(crate) use shared::{CredentialOrigin, fetch_credentials};
#[cfg(feature = "aws-store")]
pub(crate) use shared::{RegionClients, SharedAwsConfig};

use crate::{one_line::OneLine, outcome::Failed};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::{SharedTimeSource, SystemTimeSource};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_types::{SdkConfig, region::Region};

/// Returns an AWS configuration like the one that a load creates for itself, for the program's
/// other clients.
///
/// It has the same HTTP client (TLS with ring, or with AWS-LC if the cargo feature `aws-lc` is on)
/// and the SDK's own retries. Credentials and region come from the environment, which may name the
/// container endpoint, or from the provider chain of `aws-config` if the cargo feature of that name
/// is on. If you pass the configuration to [`Loader::aws`](crate::Loader::aws), a load uses the
/// same client and credentials.
///
/// Clients of DynamoDB or S3 with this configuration share its TLS configuration and a pool of
/// connections, and resume the TLS sessions of a load. (The connections of a load are in another
/// pool, because a load has other timeouts.) So these clients neither parse the root certificates
/// again, nor use the SDK's default TLS with AWS-LC, whose first handshake takes about 30 ms of CPU
/// time (`docs/builds.md` has the figures). The HTTP client uses HTTP/1.1: a service that needs
/// HTTP/2, for example for streams in both directions, needs its own HTTP client.
///
/// Under SnapStart, call this function after the restore. The credentials and the connections of
/// the configuration would otherwise be older than the restored process.
///
/// Missing credentials or a missing region are not an error here. The first call that needs them
/// fails.
///
/// # Errors
///
/// Returns [`SdkConfigError`] if a variable of AWS or of a proxy has a value that cannot be used,
/// such as a key with a line end or an endpoint without a scheme. Also returns it if
/// `AWS_CA_BUNDLE`, `SSL_CERT_FILE` or `SSL_CERT_DIR` names no usable root, or if the profile has a
/// wrong setting of the retries.
///
/// ```no_run
/// # use stage_config::{StageConfig, aws};
/// # #[derive(StageConfig)]
/// # #[stage(dev = "/shop/dev/{field}")]
/// # struct Config { table: String }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let sdk = aws::load_sdk_config().await?;
/// let config = Config::loader().aws(&sdk).load().await?;
/// // let table = aws_sdk_dynamodb::Client::new(&sdk);
/// # Ok(())
/// # }
/// ```
pub async fn load_sdk_config() -> Result<SdkConfig, SdkConfigError> {
    load_from_environment(None).await.map_err(|failed| {
        SdkConfigError(match failed.help {
            Some(help) => format!("{}. Help: {help}", failed.detail),
            None => failed.detail,
        })
    })
}

/// The error of [`load_sdk_config`]. It contains no key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SdkConfigError(String);

impl std::fmt::Display for SdkConfigError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Write::write_str(&mut OneLine(f), &self.0)
    }
}

impl std::error::Error for SdkConfigError {}

/// Returns the configuration of the environment. With the cargo feature `aws-config`, the provider
/// chain of that crate completes the configuration if the environment lacks credentials or a
/// region, or if a profile may have other settings. `region` replaces the region of the
/// environment.
///
/// # Errors
///
/// Returns a permanent failure if a variable, the roots that it names, or a setting of the profile
/// cannot be used.
pub(crate) async fn load_from_environment(region: Option<Region>) -> Result<SdkConfig, Failed> {
    load_environment(region, crate::platform::Platform::current().is_lambda()).await
}

/// Returns the configuration like [`load_from_environment`], but for a tool, which is never a
/// Lambda function. This function ignores `AWS_LAMBDA_FUNCTION_NAME`, because a program that the
/// tool starts does not inherit this variable, and must find the same profile as the tool.
///
/// # Errors
///
/// Returns the errors of [`load_from_environment`].
#[cfg(feature = "manage")]
pub(crate) async fn load_for_tool(region: Option<Region>) -> Result<SdkConfig, Failed> {
    load_environment(region, false).await
}

async fn load_environment(region: Option<Region>, in_lambda: bool) -> Result<SdkConfig, Failed> {
    check_variables::check_variables(check_variables::CallerOptions {
        has_region: region.is_some(),
        has_profile: false,
    })?;
    let (http_client, credentials) = create_client(in_lambda)?;
    match (credentials, region.or_else(variables::read_region)) {
        (Some(credentials), Some(region)) if !may_have_profile(in_lambda) => Ok(
            build_from_environment(http_client, Some(credentials), Some(region)),
        ),
        (credentials, region) => load_from_provider_chain(http_client, credentials, region).await,
    }
}

/// Returns a new HTTP client, and the credentials of the environment. The function is not async, so
/// that the type of a load's future does not contain the deeply nested types of the client.
fn create_client(
    in_lambda: bool,
) -> Result<(SharedHttpClient, Option<SharedCredentialsProvider>), Failed> {
    let http_client = new_http_client()?;
    let credentials = find_credentials(&http_client, in_lambda);
    Ok((http_client.into_shared(), credentials))
}

/// Returns the credentials that variables hold, or else those of the container endpoint that a
/// variable names. Returns `None` if the provider chain must look for the credentials, or if no
/// variable holds credentials or names the endpoint.
fn find_credentials(
    http_client: &http_client::HyperClient,
    in_lambda: bool,
) -> Option<SharedCredentialsProvider> {
    if let Some(credentials) = variables::read_credentials() {
        return Some(SharedCredentialsProvider::new(credentials));
    }
    // The provider chain has this order: a profile, a web identity, the container endpoint.
    if may_have_profile(in_lambda) || has_web_identity() {
        return None;
    }
    container::find_provider(http_client).map(SharedCredentialsProvider::new)
}

/// Returns whether the provider chain may use a web identity token.
fn has_web_identity() -> bool {
    cfg!(feature = "aws-config") && variables::read_text("AWS_WEB_IDENTITY_TOKEN_FILE").is_some()
}

/// Returns whether the provider chain may read a profile, which may hold an endpoint or another
/// setting.
#[cfg(feature = "aws-config")]
fn may_have_profile(in_lambda: bool) -> bool {
    profile::may_exist(in_lambda)
}

/// Returns `false`: without the cargo feature `aws-config`, no profile is read.
#[cfg(not(feature = "aws-config"))]
fn may_have_profile(_in_lambda: bool) -> bool {
    false
}

#[cfg(feature = "aws-config")]
async fn load_from_provider_chain(
    http_client: SharedHttpClient,
    credentials: Option<SharedCredentialsProvider>,
    region: Option<Region>,
) -> Result<SdkConfig, Failed> {
    let options = provider_chain::ProviderChainOptions {
        profile: None,
        credentials,
        region,
    };
    provider_chain::load_provider_chain(http_client, options).await
}

#[cfg(not(feature = "aws-config"))]
async fn load_from_provider_chain(
    http_client: SharedHttpClient,
    credentials: Option<SharedCredentialsProvider>,
    region: Option<Region>,
) -> Result<SdkConfig, Failed> {
    Ok(build_from_environment(http_client, credentials, region))
}

fn build_from_environment(
    http_client: SharedHttpClient,
    credentials: Option<SharedCredentialsProvider>,
    region: Option<Region>,
) -> SdkConfig {
    let mut builder = SdkConfig::builder()
        .behavior_version(
            aws_smithy_runtime_api::client::behavior_version::BehaviorVersion::latest(),
        )
        .http_client(http_client)
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .time_source(SharedTimeSource::new(SystemTimeSource::new()))
        .region(region)
        .service_config(variables::Endpoints);
    builder.set_credentials_provider(credentials);
    builder.set_endpoint_url(variables::read_endpoint_url());
    builder.set_use_fips(variables::read_flag("AWS_USE_FIPS_ENDPOINT"));
    builder.set_use_dual_stack(variables::read_flag("AWS_USE_DUALSTACK_ENDPOINT"));
    builder.build()
}
