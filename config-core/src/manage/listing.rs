//! The names of stored values, without the values.

use super::{AwsContext, ManageError, call_timeout::timeout_config};
use crate::{aws, diagnostic::Help, failure::FailureKind, outcome::Failed};
use aws_sdk_secretsmanager::types::{Filter, FilterNameStringType};
use aws_sdk_ssm::types::ParameterStringFilter;
use aws_smithy_runtime_api::client::{orchestrator::HttpResponse, result::SdkError};
use aws_smithy_types::{error::metadata::ProvideErrorMetadata, retry::RetryConfig};

/// The largest pages that the services accept (API references, `DescribeParameters` and
/// `ListSecrets`).
const PARAMETERS_PER_PAGE: i32 = 50;
const SECRETS_PER_PAGE: i32 = 100;

/// The maximum number of attempts to read one page of parameters. AWS accepts few
/// `DescribeParameters` calls per second.
const MAX_ATTEMPTS: u32 = 8;

impl AwsContext {
    /// Lists the names of the parameters that begin with `prefix`, with
    /// `ssm:DescribeParameters`, which returns no value.
    ///
    /// # Errors
    ///
    /// Returns the errors of AWS and of the network.
    pub async fn list_parameter_names(
        &self,
        prefix: &str,
        region: Option<&str>,
    ) -> Result<Vec<String>, ManageError> {
        const ACTION: &str = "ssm:DescribeParameters";
        let filter = ParameterStringFilter::builder()
            .key("Name")
            .option("BeginsWith")
            .values(prefix)
            .build();
        let filter = filter.map_err(|_| invalid_prefix(ACTION, prefix))?;
        let region = aws::choose_region(&self.0, region)
            .map_err(|failed| ManageError::from_failure("region", "AWS", &failed))?;
        let config = aws_sdk_ssm::config::Builder::from(&self.0)
            .region(region)
            .retry_config(RetryConfig::standard().with_max_attempts(MAX_ATTEMPTS))
            .timeout_config(timeout_config());
        let client = aws_sdk_ssm::Client::from_conf(config.build());
        let (mut names, mut page) = (Vec::new(), None);
        loop {
            let answer = client
                .describe_parameters()
                .parameter_filters(filter.clone())
                .max_results(PARAMETERS_PER_PAGE)
                .set_next_token(page)
                .send()
                .await
                .map_err(|error| list_error(ACTION, prefix, &error))?;
            let listed = answer.parameters.unwrap_or_default().into_iter();
            names.extend(listed.filter_map(|parameter| parameter.name));
            page = answer.next_token.filter(|token| !token.is_empty());
            if page.is_none() {
                return Ok(names);
            }
        }
    }

    /// Lists the names of the secrets that begin with `prefix`, with
    /// `secretsmanager:ListSecrets`, which returns no value.
    ///
    /// # Errors
    ///
    /// Returns the errors of AWS and of the network.
    pub async fn list_secret_names(
        &self,
        prefix: &str,
        region: Option<&str>,
    ) -> Result<Vec<String>, ManageError> {
        const ACTION: &str = "secretsmanager:ListSecrets";
        let filter = Filter::builder()
            .key(FilterNameStringType::Name)
            .values(prefix)
            .build();
        let client = self.secrets_manager_client(region)?;
        let (mut names, mut page) = (Vec::new(), None);
        loop {
            let answer = client
                .list_secrets()
                .filters(filter.clone())
                .max_results(SECRETS_PER_PAGE)
                .set_next_token(page)
                .send()
                .await
                .map_err(|error| list_error(ACTION, prefix, &error))?;
            let listed = answer.secret_list.unwrap_or_default().into_iter();
            names.extend(listed.filter_map(|secret| secret.name));
            page = answer.next_token.filter(|token| !token.is_empty());
            if page.is_none() {
                // Some servers match more than the beginning of the name.
                names.retain(|name| name.starts_with(prefix));
                return Ok(names);
            }
        }
    }
}

/// Returns the error of a call that lists names. IAM can allow such an action only on all
/// resources, so the help for a denied call names the resource `*`.
fn list_error<E: ProvideErrorMetadata>(
    action: &str,
    prefix: &str,
    error: &SdkError<E, HttpResponse>,
) -> ManageError {
    let error = ManageError::from_call(action, prefix, error);
    if error.kind != FailureKind::Denied {
        return error;
    }
    let help = Help::Grant {
        action: action.to_owned(),
        resource: "*".to_owned(),
        or_decrypt: false,
    };
    ManageError { help, ..error }
}

fn invalid_prefix(action: &str, prefix: &str) -> ManageError {
    let failed = Failed::new(FailureKind::InvalidRequest, "the prefix is not valid");
    ManageError::from_failure(action, prefix, &failed)
}
