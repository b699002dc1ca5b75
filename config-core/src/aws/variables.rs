//! The SDK's own environment variables, for the way that goes without `aws-config`.

use aws_credential_types::Credentials;
use aws_types::{
    region::Region,
    service_config::{LoadServiceConfig, ServiceConfigKey},
};

/// A variable's text; unset, empty and not UTF-8 count as nothing.
fn text(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.trim().is_empty())
}

pub(super) fn credentials() -> Option<Credentials> {
    let (key, secret) = (text("AWS_ACCESS_KEY_ID")?, text("AWS_SECRET_ACCESS_KEY")?);
    Some(Credentials::from_keys(key, secret, text("AWS_SESSION_TOKEN")))
}

pub(super) fn region() -> Option<Region> {
    text("AWS_REGION").or_else(|| text("AWS_DEFAULT_REGION")).map(Region::new)
}

pub(super) fn flag(name: &str) -> Option<bool> {
    text(name).map(|text| text.trim().eq_ignore_ascii_case("true"))
}

pub(super) fn endpoint_url() -> Option<String> {
    if flag("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") == Some(true) { None } else { text("AWS_ENDPOINT_URL") }
}

/// A service's own endpoint: `AWS_ENDPOINT_URL_SSM`, `AWS_ENDPOINT_URL_SECRETS_MANAGER`.
#[derive(Debug)]
pub(super) struct Endpoints;

impl LoadServiceConfig for Endpoints {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let service = key.service_id().to_ascii_uppercase().replace([' ', '-'], "_");
        if flag("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") == Some(true) {
            return None;
        }
        text(&format!("{}_{service}", key.env()))
    }
}
