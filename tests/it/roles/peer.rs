//! A role of another account on the server moto, which keeps the values of several accounts
//! separate. With the credentials of a role, a load reads the values of the role's account.

use aws_sdk_ssm::config::{Credentials, SharedCredentialsProvider};
use aws_sdk_ssm::types::ParameterType;

use super::*;
use crate::support::aws;
use crate::support::peers::moto;

#[derive(StageConfig)]
#[config(account(dev = "123456789012"))]
struct TwoAccounts {
    #[stage(dev = "/peer-roles/value")]
    own: String,
    #[stage(dev = "/peer-roles/value?role=arn:aws:iam::210987654321:role/central")]
    central: SecretString,
}

/// Returns a client with credentials of the role.
async fn new_client_of_role(url: &str, role: &str) -> aws_sdk_ssm::Client {
    let settings = aws::settings(url);
    let sts = aws_sdk_sts::Client::new(&settings);
    let call = sts.assume_role().role_arn(role).role_session_name("test");
    let answer = call.send().await.expect("moto lets everyone assume a role");
    let keys = answer.credentials.expect("the answer has credentials");
    let credentials = Credentials::new(
        keys.access_key_id,
        keys.secret_access_key,
        Some(keys.session_token),
        None,
        "test",
    );
    let settings = settings
        .into_builder()
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build();
    aws_sdk_ssm::Client::new(&settings)
}

#[tokio::test]
async fn a_value_is_read_from_the_account_of_the_role() {
    let url = &moto().url;
    let role = "arn:aws:iam::210987654321:role/central";
    let clients = [aws::client(url), new_client_of_role(url, role).await];
    for (client, value) in clients.iter().zip(["own", "central"]) {
        let call = client
            .put_parameter()
            .name("/peer-roles/value")
            .value(value);
        let call = call.r#type(ParameterType::SecureString).overwrite(true);
        call.send().await.expect("moto stores the parameter");
    }
    let config = resolve::<TwoAccounts>(url)
        .await
        .expect("both values exist")
        .config;
    assert_eq!(config.own, "own");
    assert_eq!(config.central.expose_secret(), "central");
}
