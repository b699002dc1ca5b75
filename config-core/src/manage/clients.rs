//! The clients of Parameter Store and Secrets Manager for the operations in `manage`, with the
//! SDK's own retries and a timeout. Also creates the error of a call that writes.

use super::{AwsContext, ManageError, call_timeout::timeout_config};
use crate::{aws, diagnostic::Help, failure::FailureKind};
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::region::Region;

impl AwsContext {
    pub(super) fn parameter_store_client(
        &self,
        region: Option<&str>,
    ) -> Result<aws_sdk_ssm::Client, ManageError> {
        let config =
            aws_sdk_ssm::config::Builder::from(&self.0).region(self.choose_region(region)?);
        Ok(aws_sdk_ssm::Client::from_conf(
            config.timeout_config(timeout_config()).build(),
        ))
    }

    pub(super) fn secrets_manager_client(
        &self,
        region: Option<&str>,
    ) -> Result<aws_sdk_secretsmanager::Client, ManageError> {
        let config = aws_sdk_secretsmanager::config::Builder::from(&self.0)
            .region(self.choose_region(region)?);
        Ok(aws_sdk_secretsmanager::Client::from_conf(
            config.timeout_config(timeout_config()).build(),
        ))
    }

    fn choose_region(&self, region: Option<&str>) -> Result<Region, ManageError> {
        aws::choose_region(&self.0, region)
            .map_err(|failed| ManageError::from_failure("region", "AWS", &failed))
    }
}

/// Returns the error of a call that writes. If it is unknown whether AWS executed the write
/// (timeout, unreadable answer, AWS unavailable), the error says so.
pub(super) fn new_write_error<E: ProvideErrorMetadata>(
    action: &str,
    subject: &str,
    error: &SdkError<E, HttpResponse>,
) -> ManageError {
    let mut failure = ManageError::from_outcome(action, subject, aws::classify(error));

    let no_valid_answer = matches!(
        error,
        SdkError::TimeoutError(_) | SdkError::ResponseError(_)
    );
    if no_valid_answer
        || failure.kind == FailureKind::Unavailable
            && !matches!(error, SdkError::DispatchFailure(_))
    {
        failure
            .detail
            .push_str("; it is not known whether the write happened");
        failure.help = failure.help.also(Help::run_to(
            "then check the result",
            "cargo stage history FIELD --stage STAGE",
        ));
    }

    failure
}
