//! The SDK's own environment variables. A variable that is empty or contains only white space
//! counts as unset, as in the other SDKs. [`check_variables`](super::check_variables) has refused
//! all other values that cannot be used.

use super::check_variables::REGIONS;
use aws_credential_types::Credentials;
#[cfg(feature = "aws-config")]
use aws_smithy_types::retry::RetryConfig;
use aws_types::{
    region::Region,
    service_config::{LoadServiceConfig, ServiceConfigKey},
};

/// Returns the text of a variable, or `None` if the variable is unset, has no text or is not UTF-8.
pub(super) fn read_text(name: &str) -> Option<String> {
    std::env::var(name)
        .ok()
        .filter(|text| !text.trim().is_empty())
}

/// Returns whether a variable is set, but has no text.
#[cfg(any(feature = "aws-config", feature = "aws-store"))]
pub(super) fn is_empty(name: &str) -> bool {
    std::env::var(name).is_ok_and(|text| text.trim().is_empty())
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
    REGIONS.into_iter().find_map(read_text).map(Region::new)
}

/// Returns whether a variable of the region is set, but none has a text.
#[cfg(feature = "aws-config")]
pub(super) fn has_only_empty_regions() -> bool {
    read_region().is_none() && REGIONS.into_iter().any(is_empty)
}

/// Returns the settings of the retries if one of their variables is empty. Otherwise returns
/// `None`, because `aws-config` reads the variables itself.
#[cfg(feature = "aws-config")]
pub(super) fn read_incomplete_retry_config() -> Option<RetryConfig> {
    const COUNT: &str = "AWS_MAX_ATTEMPTS";
    const MODE: &str = "AWS_RETRY_MODE";
    if !is_empty(COUNT) && !is_empty(MODE) {
        return None;
    }
    let mut config = RetryConfig::standard();
    if let Some(mode) = read_text(MODE).and_then(|text| text.parse().ok()) {
        config = config.with_retry_mode(mode);
    }
    if let Some(count) = read_text(COUNT).and_then(|text| text.parse().ok()) {
        config = config.with_max_attempts(count);
    }
    Some(config)
}

/// Returns the end of the message that no region is set. This end begins with a colon and names the
/// empty variables: "`AWS_REGION` is empty". Returns an empty text if no variable is set and empty.
#[cfg(feature = "aws-store")]
pub(super) fn explain_missing_region() -> String {
    join_reasons(
        REGIONS
            .into_iter()
            .filter(|name| is_empty(name))
            .map(describe_empty),
    )
}

/// Returns the reasons why the variables hold no credentials, as in "`AWS_ACCESS_KEY_ID` is empty".
#[cfg(feature = "aws-store")]
pub(super) fn explain_missing_credentials() -> Vec<String> {
    const KEY: &str = "AWS_ACCESS_KEY_ID";
    const SECRET: &str = "AWS_SECRET_ACCESS_KEY";
    /// The last five are only for the provider chain of `aws-config`.
    const NAMES: [&str; 9] = [
        KEY,
        SECRET,
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_PROFILE",
        "AWS_CONFIG_FILE",
        "AWS_SHARED_CREDENTIALS_FILE",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_ROLE_ARN",
    ];
    let names = if cfg!(feature = "aws-config") {
        &NAMES[..]
    } else {
        &NAMES[..4]
    };
    let empty = names
        .iter()
        .filter(|name| is_empty(name))
        .map(|name| describe_empty(name));

    let is_unset = |name: &str| std::env::var_os(name).is_none();
    let unset = [(KEY, SECRET), (SECRET, KEY)]
        .into_iter()
        .filter(|(set, other)| read_text(set).is_some() && is_unset(other))
        .map(|(set, other)| format!("`{set}` is set, but `{other}` is not"));
    empty.chain(unset).collect()
}

#[cfg(feature = "aws-store")]
fn describe_empty(name: &str) -> String {
    format!("`{name}` is empty")
}

#[cfg(feature = "aws-store")]
fn join_reasons(reasons: impl Iterator<Item = String>) -> String {
    let reasons: Vec<String> = reasons.collect();
    if reasons.is_empty() {
        return String::new();
    }
    format!(": {}", reasons.join(", "))
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

/// Reads the endpoint of a service from its variable, such as `AWS_ENDPOINT_URL_SSM`.
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
