//! The variables that give a program the credentials, the region and the endpoints of this process.

use super::{AwsContext, ManageError};
use crate::aws;
use aws_types::service_config::ServiceConfigKey;
use zeroize::Zeroizing;

/// A variable for a program: its name and its value. `None` removes an inherited variable.
pub type ProgramVariable = (String, Option<Zeroizing<String>>);

const ENDPOINT: &str = "AWS_ENDPOINT_URL";

/// The IDs of the services that a load calls, each with its endpoint variable.
const SERVICE_ENDPOINTS: [(&str, &str); 5] = [
    ("SSM", "AWS_ENDPOINT_URL_SSM"),
    ("Secrets Manager", "AWS_ENDPOINT_URL_SECRETS_MANAGER"),
    ("AppConfigData", "AWS_ENDPOINT_URL_APPCONFIGDATA"),
    ("KMS", "AWS_ENDPOINT_URL_KMS"),
    ("STS", "AWS_ENDPOINT_URL_STS"),
];

impl AwsContext {
    /// Returns the variables with which a program uses the credentials, the region and the
    /// endpoints of this connection. The program may inherit every variable that is not in the
    /// result: the variable has the same effect on the program as on this connection.
    ///
    /// # Errors
    ///
    /// Returns an error if the credentials cannot be resolved again.
    pub async fn program_variables(&self) -> Result<Vec<ProgramVariable>, ManageError> {
        let credentials = aws::fetch_credentials(&self.0, aws::CredentialOrigin::Program)
            .await
            .map_err(|failed| ManageError::from_credentials_failure("the credentials", &failed))?;
        let token = credentials.session_token().map(str::to_owned);
        let mut variables: Vec<ProgramVariable> = [
            (
                "AWS_ACCESS_KEY_ID",
                Some(credentials.access_key_id().to_owned()),
            ),
            (
                "AWS_SECRET_ACCESS_KEY",
                Some(credentials.secret_access_key().to_owned()),
            ),
            ("AWS_SESSION_TOKEN", token),
            ("AWS_CREDENTIAL_EXPIRATION", None),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.map(Zeroizing::new)))
        .collect();

        let mut set = |name: &str, value: Option<&str>| {
            let value = value.map(|value| Zeroizing::new(value.to_owned()));
            variables.push((name.to_owned(), value));
        };
        if let Some(region) = self.region() {
            set("AWS_REGION", Some(region));
        }
        // A variable that this connection ignores, for example because of its profile, is removed:
        // a program without the cargo feature `aws-config` would use it.
        set(ENDPOINT, self.0.endpoint_url());
        for (service, variable) in SERVICE_ENDPOINTS {
            set(variable, self.find_service_endpoint(service).as_deref());
        }
        for (name, is_on) in [
            ("AWS_USE_FIPS_ENDPOINT", self.0.use_fips()),
            ("AWS_USE_DUALSTACK_ENDPOINT", self.0.use_dual_stack()),
        ] {
            if let Some(is_on) = is_on {
                set(name, Some(if is_on { "true" } else { "false" }));
            }
        }
        Ok(variables)
    }

    /// Returns the endpoint of one service in the variables or in the profile.
    fn find_service_endpoint(&self, service: &str) -> Option<String> {
        let key = ServiceConfigKey::builder()
            .service_id(service)
            .env(ENDPOINT)
            .profile("endpoint_url")
            .build()
            .ok()?;
        self.0.service_config()?.load_config(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
    use aws_types::SdkConfig;

    async fn endpoints(url: Option<&str>) -> Vec<(String, Option<String>)> {
        let keys = Credentials::from_keys("AKIA", "secret", None);
        let mut config =
            SdkConfig::builder().credentials_provider(SharedCredentialsProvider::new(keys));
        config.set_endpoint_url(url.map(str::to_owned));
        let context = AwsContext(config.build());
        let variables = context.program_variables().await.unwrap();
        variables
            .into_iter()
            .filter(|(name, _)| name.starts_with(ENDPOINT))
            .map(|(name, value)| (name, value.map(|value| value.to_string())))
            .collect()
    }

    #[tokio::test]
    async fn an_endpoint_that_this_connection_does_not_use_is_removed() {
        let names = [
            "AWS_ENDPOINT_URL",
            "AWS_ENDPOINT_URL_SSM",
            "AWS_ENDPOINT_URL_SECRETS_MANAGER",
            "AWS_ENDPOINT_URL_APPCONFIGDATA",
            "AWS_ENDPOINT_URL_KMS",
            "AWS_ENDPOINT_URL_STS",
        ];
        assert_eq!(
            endpoints(None).await,
            names.map(|name| (name.to_owned(), None))
        );
        let url = "http://localhost:4566";
        let mut set = endpoints(Some(url)).await;
        assert_eq!(set.remove(0), (names[0].to_owned(), Some(url.to_owned())));
        assert!(set.iter().all(|(_, url)| url.is_none()), "{set:?}");
    }
}
