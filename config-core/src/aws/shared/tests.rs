use super::*;
use aws_credential_types::provider::future;
use std::time::Duration;

/// A provider that fails with the error that the function creates.
#[derive(Debug)]
struct Failing(fn() -> CredentialsError);

impl ProvideCredentials for Failing {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::ready(Err(self.0()))
    }
}

async fn describe_failure(provider: Option<Failing>) -> String {
    let mut config = SdkConfig::builder();
    config.set_credentials_provider(provider.map(SharedCredentialsProvider::new));
    fetch_credentials(&config.build(), CredentialOrigin::Program)
        .await
        .expect_err("there are no credentials")
        .detail
}

#[tokio::test]
async fn the_error_says_that_the_configuration_has_no_provider() {
    assert_eq!(
        describe_failure(None).await,
        "no AWS credentials were found: the AWS configuration of the program has no credentials provider"
    );
}

#[tokio::test]
async fn the_text_of_a_providers_error_is_not_shown() {
    type CreateError = fn() -> CredentialsError;
    let failures: [(CreateError, &str); 5] = [
        (
            || CredentialsError::provider_timed_out(Duration::from_secs(5)),
            "no AWS credentials were received in time",
        ),
        (
            || CredentialsError::not_loaded("no profile"),
            "no AWS credentials were found",
        ),
        (
            || CredentialsError::provider_error("STS denied"),
            "no AWS credentials could be read or fetched",
        ),
        (
            || CredentialsError::invalid_configuration("line 3"),
            "no AWS credentials could be read or fetched",
        ),
        (
            || CredentialsError::unhandled("broken"),
            "no AWS credentials could be read or fetched",
        ),
    ];
    for (create, expected) in failures {
        assert_eq!(describe_failure(Some(Failing(create))).await, expected);
    }
}
