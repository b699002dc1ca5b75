//! The SDK's own environment variables, for builds without `aws-config`.

use aws_credential_types::Credentials;
use aws_types::{
    region::Region,
    service_config::{LoadServiceConfig, ServiceConfigKey},
};

/// Returns the text of a variable, or `None` if it is unset, empty or not UTF-8.
fn read_text(name: &str) -> Option<String> {
    std::env::var(name)
        .ok()
        .filter(|text| !text.trim().is_empty())
}

pub(super) fn read_credentials() -> Option<Credentials> {
    let (key, secret) = (
        read_text("AWS_ACCESS_KEY_ID")?,
        read_text("AWS_SECRET_ACCESS_KEY")?,
    );
    Some(Credentials::from_keys(
        key,
        secret,
        read_text("AWS_SESSION_TOKEN"),
    ))
}

pub(super) fn read_region() -> Option<Region> {
    read_text("AWS_REGION")
        .or_else(|| read_text("AWS_DEFAULT_REGION"))
        .map(Region::new)
}

pub(super) fn read_flag(name: &str) -> Option<bool> {
    read_text(name).map(|text| text.trim().eq_ignore_ascii_case("true"))
}

pub(super) fn read_endpoint_url() -> Option<String> {
    if read_flag("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") == Some(true) {
        None
    } else {
        read_text("AWS_ENDPOINT_URL")
    }
}

/// The endpoint of a service: `AWS_ENDPOINT_URL_SSM`, `AWS_ENDPOINT_URL_SECRETS_MANAGER`.
#[derive(Debug)]
pub(super) struct Endpoints;

impl LoadServiceConfig for Endpoints {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        let service = key
            .service_id()
            .to_ascii_uppercase()
            .replace([' ', '-'], "_");
        if read_flag("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") == Some(true) {
            return None;
        }
        read_text(&format!("{}_{service}", key.env()))
    }
}
