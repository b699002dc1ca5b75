//! The answer of the container endpoint.

use aws_credential_types::{Credentials, attributes::AccountId};
use aws_smithy_types::date_time::{DateTime, Format};
use serde::Deserialize;
use std::time::SystemTime;
use zeroize::Zeroizing;

/// The maximum size of an answer.
pub(super) const MAX_SIZE: usize = 64 * 1024;

/// The name in the credentials, which the SDK logs.
const PROVIDER: &str = "ContainerEndpoint";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    code: Option<String>,
    access_key_id: Option<String>,
    secret_access_key: Option<String>,
    token: Option<String>,
    expiration: Option<String>,
    account_id: Option<String>,
}

/// Returns the credentials with the time at which they expire, or what the endpoint sent instead,
/// without a part of the answer.
pub(super) fn parse_answer(body: &[u8]) -> Result<Credentials, String> {
    let answer: Answer = serde_json::from_slice(body).map_err(|error| {
        // The text of the error may quote the answer.
        if error.is_data() {
            "JSON that is not a set of credentials".to_owned()
        } else {
            "no JSON".to_owned()
        }
    })?;
    if answer.code.is_some_and(|code| code != "Success") {
        return Err("an error code instead of credentials".to_owned());
    }

    let mut missing = Vec::new();
    let mut require = |name: &'static str, text: Option<String>| {
        let text = text
            .map(Zeroizing::new)
            .filter(|text| !text.trim().is_empty());
        if text.is_none() {
            missing.push(format!("`{name}`"));
        }
        text.unwrap_or_default()
    };
    let key = require("AccessKeyId", answer.access_key_id);
    let secret = require("SecretAccessKey", answer.secret_access_key);
    let token = require("Token", answer.token);
    let expiration = require("Expiration", answer.expiration);
    if !missing.is_empty() {
        return Err(format!("credentials without {}", missing.join(", ")));
    }

    let expiry = DateTime::from_str(&expiration, Format::DateTimeWithOffset)
        .ok()
        .and_then(|time| SystemTime::try_from(time).ok())
        .ok_or("credentials with an `Expiration` that is not a time")?;
    let mut credentials = Credentials::builder()
        .access_key_id(key.as_str())
        .secret_access_key(secret.as_str())
        .session_token(token.as_str())
        .expiry(expiry)
        .provider_name(PROVIDER);
    credentials.set_account_id(answer.account_id.map(AccountId::from));
    Ok(credentials.build())
}
