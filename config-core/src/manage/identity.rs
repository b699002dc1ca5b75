//! The credentials and the region for the management of a stage.

use super::{ManageError, cached_credentials::CachedCredentials, call_timeout::timeout_config};
use crate::{
    aws::{
        self, CallerOptions, CredentialOrigin, ProviderChainOptions, classify,
        grammar::is_principal,
    },
    failure::FailureKind,
    sealed::KmsClient,
};
use aws_config::{
    profile::ProfileFileCredentialsProvider, provider_config::ProviderConfig,
    sts::AssumeRoleProvider,
};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_types::{SdkConfig, region::Region};
use stage_config_grammar::arn::{Arn, is_account};

/// The identity to use for a stage. A region or profile that is not set comes from the environment,
/// as in other AWS tools.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// The region.
    pub region: Option<String>,
    /// A profile of `~/.aws/config`. It takes precedence over credentials in the environment.
    pub profile: Option<String>,
    /// A role to assume with the credentials of the profile or the environment.
    pub role_arn: Option<String>,
}

/// The identity that AWS associates with the credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallerIdentity {
    /// The account ID.
    pub account: String,
    /// The ARN of the user or of the role's session.
    pub arn: String,
}

/// A connection to AWS: credentials, region, HTTP client. `Debug` shows only the region.
#[derive(Clone)]
pub struct AwsContext(pub(super) SdkConfig);

impl AwsContext {
    /// Returns the region of sources that name no region.
    #[must_use]
    pub fn region(&self) -> Option<&str> {
        self.0.region().map(Region::as_ref)
    }

    /// Returns the configuration of these credentials, for clients of other services of AWS.
    #[must_use]
    pub fn sdk_config(&self) -> &SdkConfig {
        &self.0
    }

    /// Returns a KMS client, for the keys of sealed files.
    #[must_use]
    pub fn kms_client(&self) -> KmsClient {
        KmsClient::new(&self.0)
    }

    /// Returns the identity of the credentials. This call needs no permission.
    ///
    /// # Errors
    ///
    /// Returns the errors of AWS and of the network.
    pub async fn fetch_caller(&self) -> Result<CallerIdentity, ManageError> {
        const ACTION: &str = "sts:GetCallerIdentity";
        let config = aws_sdk_sts::config::Builder::from(&self.0).timeout_config(timeout_config());
        let client = aws_sdk_sts::Client::from_conf(config.build());
        let answer = client.get_caller_identity().send().await;
        let answer = answer.map_err(|error| {
            ManageError::from_outcome(ACTION, "the credentials", classify(&error))
        })?;
        match (answer.account, answer.arn) {
            (Some(account), Some(arn)) if is_account(&account) && is_principal(&arn) => {
                Ok(CallerIdentity { account, arn })
            }
            _ => {
                let detail = format!("the answer of {ACTION} contains no valid account and ARN");
                Err(ManageError::new(
                    FailureKind::InvalidAnswer,
                    "",
                    detail,
                    "try again",
                ))
            }
        }
    }
}

impl std::fmt::Debug for AwsContext {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AwsContext")
            .field("region", &self.region())
            .finish_non_exhaustive()
    }
}

impl CallerIdentity {
    /// Returns the partition, such as `aws`, `aws-cn` or `aws-us-gov`.
    #[must_use]
    pub fn partition(&self) -> &str {
        Arn::parse(&self.arn).map_or("aws", |arn| arn.partition)
    }
}

impl Identity {
    /// Resolves the credentials of this identity, and returns a connection that uses them.
    ///
    /// # Errors
    ///
    /// Returns an error if a variable of AWS is invalid, if there are no credentials, if the
    /// profile does not exist, or if the role cannot be assumed.
    pub async fn connect(&self) -> Result<AwsContext, ManageError> {
        let subject = self.to_string();
        let failed = |failed: crate::outcome::Failed| {
            ManageError::from_credentials_failure(&subject, &failed)
        };
        let origin = match &self.profile {
            Some(profile) => CredentialOrigin::Profile(profile),
            None => CredentialOrigin::Environment,
        };
        let base = cache_credentials(self.load_base_config().await.map_err(failed)?);
        aws::fetch_credentials(&base, origin)
            .await
            .map_err(failed)?;
        let Some(role) = &self.role_arn else {
            return Ok(AwsContext(base));
        };
        let assumed = AssumeRoleProvider::builder(role)
            .session_name("cargo-stage")
            .configure(&base)
            .build()
            .await;
        let config = base
            .into_builder()
            .credentials_provider(SharedCredentialsProvider::new(assumed))
            .build();
        let config = cache_credentials(config);
        match aws::fetch_credentials(&config, CredentialOrigin::Program).await {
            Ok(_) => Ok(AwsContext(config)),
            Err(_) => Err(ManageError::new(
                FailureKind::Credentials,
                "",
                format!("the role {role} cannot be assumed"),
                "let the role trust this identity, and allow it `sts:AssumeRole` on the role",
            )),
        }
    }

    /// Loads the configuration of the profile or of the environment, without the role.
    async fn load_base_config(&self) -> Result<SdkConfig, crate::outcome::Failed> {
        let region = self.region.clone().map(Region::new);
        let Some(profile) = &self.profile else {
            return aws::load_for_tool(region).await;
        };
        aws::check_variables(CallerOptions {
            has_region: region.is_some(),
            has_profile: true,
        })?;
        let http_client = aws::new_http_client()?.into_shared();
        let options = ProviderChainOptions {
            profile: Some(profile),
            credentials: None,
            region,
        };
        let config = aws::load_provider_chain(http_client.clone(), options).await?;
        let provider_config = ProviderConfig::without_region()
            .with_http_client(http_client)
            .with_region(config.region().cloned());
        let credentials = ProfileFileCredentialsProvider::builder()
            .profile_name(profile)
            .configure(&provider_config)
            .build();
        Ok(config
            .into_builder()
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .build())
    }
}

/// Returns the configuration with a provider that keeps its credentials.
fn cache_credentials(config: SdkConfig) -> SdkConfig {
    let Some(provider) = config.credentials_provider() else {
        return config;
    };
    let cached = CachedCredentials::new(provider);
    config
        .into_builder()
        .credentials_provider(SharedCredentialsProvider::new(cached))
        .build()
}

/// Formats the identity for messages: `profile prod, role arn:…, region eu-west-1`, or
/// `the environment` if no option is set.
impl std::fmt::Display for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts = [
            ("profile", &self.profile),
            ("role", &self.role_arn),
            ("region", &self.region),
        ];
        let parts: Vec<String> = parts
            .into_iter()
            .filter_map(|(name, value)| Some(format!("{name} {}", value.as_ref()?)))
            .collect();
        f.write_str(if parts.is_empty() {
            "the environment"
        } else {
            ""
        })?;
        f.write_str(&parts.join(", "))
    }
}
