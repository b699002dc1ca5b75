//! The answer of the container endpoint.

use aws_credential_types::{Credentials, attributes::AccountId};
use aws_smithy_types::date_time::{DateTime, Format};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use std::time::SystemTime;

/// The maximum size of an answer.
pub(super) const MAX_SIZE: usize = 64 * 1024;

/// The name of the provider in the credentials. The SDK logs it.
const PROVIDER: &str = "ContainerEndpoint";

/// The parts of an answer. Each `SecretString` is wiped when it is dropped, also if another part is
/// missing.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    code: Option<String>,
    access_key_id: Option<SecretString>,
    secret_access_key: Option<SecretString>,
    token: Option<SecretString>,
    expiration: Option<SecretString>,
    account_id: Option<String>,
}

/// Returns the credentials with the time at which they expire. The error describes what the
/// endpoint sent instead, and contains no part of the answer.
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
    let key = require("AccessKeyId", &answer.access_key_id, &mut missing);
    let secret = require("SecretAccessKey", &answer.secret_access_key, &mut missing);
    let token = require("Token", &answer.token, &mut missing);
    let expiration = require("Expiration", &answer.expiration, &mut missing);
    if !missing.is_empty() {
        return Err(format!("credentials without {}", missing.join(", ")));
    }

    let expiry = DateTime::from_str(expiration, Format::DateTimeWithOffset)
        .ok()
        .and_then(|time| SystemTime::try_from(time).ok())
        .ok_or("credentials with an `Expiration` that is not a time")?;
    let mut credentials = Credentials::builder()
        .access_key_id(key)
        .secret_access_key(secret)
        .session_token(token)
        .expiry(expiry)
        .provider_name(PROVIDER);
    credentials.set_account_id(answer.account_id.map(AccountId::from));
    Ok(credentials.build())
}

/// Returns the text of a part of the answer. Adds the name of the part to `missing` if the part has
/// no text.
fn require<'a>(name: &str, text: &'a Option<SecretString>, missing: &mut Vec<String>) -> &'a str {
    let text = text.as_ref().map_or("", |text| text.expose_secret());
    if text.trim().is_empty() {
        missing.push(format!("`{name}`"));
    }
    text
}
