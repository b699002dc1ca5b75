//! The clients for the services that describe deployed functions: Lambda, IAM, CloudFormation, and
//! the service for the tags of resources.

use std::sync::Mutex;
use std::time::Duration;

use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use stage_config_core::manage::{AwsContext, Downloader};

use super::loopback::is_loopback_url;
use super::simulated::SimulationCache;
use crate::error::CliError;

/// The maximum time of one attempt.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(20);

/// The clients, all with the same credentials and region. They do not retry:
/// [`call`](super::call::call) retries.
pub(crate) struct FunctionClients {
    pub(super) lambda: aws_sdk_lambda::Client,
    pub(super) iam: aws_sdk_iam::Client,
    pub(super) stacks: aws_sdk_cloudformation::Client,
    pub(super) tags: aws_sdk_resourcegroupstagging::Client,
    pub(super) downloader: Downloader,
    pub(super) simulated: Mutex<SimulationCache>,
    /// Whether the endpoint of Lambda is on this machine. In that case, a local server replaces
    /// AWS.
    pub(super) is_local: bool,
}

impl FunctionClients {
    /// Creates the clients.
    pub(crate) fn new(aws: &AwsContext) -> Result<Self, CliError> {
        let timeouts = TimeoutConfig::builder()
            .operation_attempt_timeout(ATTEMPT_TIMEOUT)
            .build();
        let config = aws
            .sdk_config()
            .to_builder()
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts)
            .build();
        Ok(Self {
            lambda: aws_sdk_lambda::Client::new(&config),
            iam: aws_sdk_iam::Client::new(&config),
            stacks: aws_sdk_cloudformation::Client::new(&config),
            tags: aws_sdk_resourcegroupstagging::Client::new(&config),
            downloader: Downloader::new()?,
            simulated: Mutex::default(),
            is_local: has_local_endpoint(&config),
        })
    }
}

/// Returns whether the endpoint of Lambda is on this machine. The endpoint of all services counts
/// only if Lambda has no endpoint of its own.
fn has_local_endpoint(config: &SdkConfig) -> bool {
    let own = std::env::var("AWS_ENDPOINT_URL_LAMBDA").ok();
    let own = own.filter(|url| !url.trim().is_empty());
    let url = own.as_deref().or(config.endpoint_url());
    url.is_some_and(is_loopback_url)
}
