//! Clients for one call after another, with the SDK's own retries and a time in which an answer must come.

use super::{Access, ManageError};
use crate::{aws, failure::FailureKind, outcome::Outcome};
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::{error::metadata::ProvideErrorMetadata, timeout::TimeoutConfig};
use aws_types::region::Region;
use std::time::Duration;

/// How long one call may take, retries included. A laptop without a network would otherwise wait for minutes.
const PATIENCE: Duration = Duration::from_secs(30);

impl Access {
    pub(super) fn parameter_store(&self, region: Option<&str>) -> Result<aws_sdk_ssm::Client, ManageError> {
        let config = aws_sdk_ssm::config::Builder::from(&self.0).region(self.in_region(region)?);
        Ok(aws_sdk_ssm::Client::from_conf(config.timeout_config(patience()).build()))
    }

    pub(super) fn secrets_manager(&self, region: Option<&str>) -> Result<aws_sdk_secretsmanager::Client, ManageError> {
        let config = aws_sdk_secretsmanager::config::Builder::from(&self.0).region(self.in_region(region)?);
        Ok(aws_sdk_secretsmanager::Client::from_conf(config.timeout_config(patience()).build()))
    }

    fn in_region(&self, region: Option<&str>) -> Result<Region, ManageError> {
        aws::region(&self.0, region).map_err(|failed| ManageError::of_failed("region", "AWS", &failed))
    }
}

fn patience() -> TimeoutConfig {
    TimeoutConfig::builder().operation_timeout(PATIENCE).build()
}

/// What a call that writes says of its failure. Without an answer nobody knows whether it was done.
pub(super) fn of_write<E: ProvideErrorMetadata>(
    action: &str,
    subject: &str,
    error: &SdkError<E, HttpResponse>,
) -> ManageError {
    let of_outcome = |outcome: Outcome| ManageError::of_outcome(action, subject, outcome);
    let mut said = of_outcome(aws::classify(error));
    let unanswered = matches!(error, SdkError::TimeoutError(_) | SdkError::ResponseError(_));
    if unanswered || said.kind == FailureKind::Unavailable && !matches!(error, SdkError::DispatchFailure(_)) {
        said.what.push_str("; whether it was done is not known");
        said.remedy.push_str("; then look: cargo stage history");
    }
    said
}
