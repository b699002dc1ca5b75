//! The settings that a load takes from a profile, and the errors about wrong settings and about
//! credentials.

use std::sync::{Arc, Mutex};

use stage_config::{FailureKind, StageConfig as _};

use super::{Config, assert_signed, create_file, load, start_endpoint, variables};
use crate::support::child;
use crate::support::load::{assert_failure, expect_failure};
use crate::support::proxy::{Proxy, ProxyMode};
use crate::support::scripted::Endpoint;

#[test]
fn a_profile_provides_what_the_environment_lacks() {
    let endpoint = start_endpoint();
    let config = create_file(&format!(
        "[profile shop]\nregion = eu-north-1\nendpoint_url = {}\n",
        endpoint.url()
    ));
    let credentials =
        create_file("[shop]\naws_access_key_id = PROFILEKEY\naws_secret_access_key = x\n");
    let (config, credentials) = (
        config.path().display().to_string(),
        credentials.path().display().to_string(),
    );
    let profile = [
        ("AWS_CONFIG_FILE", config.as_str()),
        ("AWS_SHARED_CREDENTIALS_FILE", &credentials),
        ("AWS_PROFILE", "shop"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ];
    let removed = [
        "AWS_REGION",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_ENDPOINT_URL",
    ];
    assert_signed(
        &load(&endpoint, &variables(&endpoint, &removed, &profile)),
        "PROFILEKEY",
        "eu-north-1",
    );

    let endpoint = start_endpoint();
    let no_region = ["AWS_REGION"];
    assert_signed(
        &load(&endpoint, &variables(&endpoint, &no_region, &profile)),
        "test",
        "eu-north-1",
    );
}

/// Creates a file of profiles in which the profile `shop` has these settings.
fn create_profile(settings: &str) -> tempfile::NamedTempFile {
    create_file(&format!("[profile shop]\n{settings}\n"))
}

/// Returns the variables for a load with the profile `shop` of this file: those of
/// [`aws::variables`] except the endpoint, then those in `with`, then those that select the
/// profile.
fn profile_variables(
    endpoint: &Endpoint,
    file: &tempfile::NamedTempFile,
    with: &[(&'static str, &str)],
) -> Vec<(&'static str, String)> {
    let mut variables = variables(endpoint, &["AWS_ENDPOINT_URL"], with);
    variables.push(("AWS_CONFIG_FILE", file.path().display().to_string()));
    variables.push(("AWS_PROFILE", "shop".to_owned()));
    variables.push(("AWS_EC2_METADATA_DISABLED", "true".to_owned()));
    variables
}

/// Here the credentials and the region come from variables. Only the endpoint comes from the
/// profile.
#[test]
fn the_endpoint_of_the_profile_applies_with_credentials_in_variables() {
    for settings in [
        "endpoint_url = URL",
        "services = local\n[services local]\nssm =\n  endpoint_url = URL",
        "endpoint_url = http://127.0.0.1:1\nservices = local\n\
         [services local]\nssm =\n  endpoint_url = URL",
    ] {
        let endpoint = start_endpoint();
        let file = create_profile(&settings.replace("URL", endpoint.url()));
        let requests = load(&endpoint, &profile_variables(&endpoint, &file, &[]));
        assert_signed(&requests, "test", "eu-west-1");
    }
}

#[test]
fn the_endpoint_of_a_variable_takes_precedence_over_the_profile() {
    for name in ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SSM"] {
        let (other, endpoint) = (start_endpoint(), start_endpoint());
        let file = create_profile(&format!("endpoint_url = {}", other.url()));
        let with = [(name, endpoint.url())];
        load(&endpoint, &profile_variables(&endpoint, &file, &with));
        assert_eq!((endpoint.requests().len(), other.requests().len()), (1, 0));
    }
}

/// An empty variable counts as unset, so the load uses the endpoint of the profile.
#[test]
fn an_empty_endpoint_does_not_hide_the_profile() {
    for settings in [
        "endpoint_url = URL",
        "services = local\n[services local]\nssm =\n  endpoint_url = URL",
    ] {
        for empty in [
            &[("AWS_ENDPOINT_URL", "")][..],
            &[("AWS_ENDPOINT_URL_SSM", "")],
            &[("AWS_ENDPOINT_URL", ""), ("AWS_ENDPOINT_URL_SSM", " ")],
        ] {
            let endpoint = start_endpoint();
            let file = create_profile(&settings.replace("URL", endpoint.url()));
            load(&endpoint, &profile_variables(&endpoint, &file, empty));
        }
    }
}

/// Returns the host and port that a load with this profile calls. The proxy of this test refuses
/// the call.
fn find_called_host(settings: &str, with: &[(&'static str, &str)]) -> String {
    let (upstream, heads) = (start_endpoint(), Arc::new(Mutex::new(Vec::new())));
    let proxy = Proxy::start(
        ProxyMode::Recording(heads.clone(), "502 Bad Gateway"),
        &upstream,
    );
    let file = create_profile(settings);
    let mut variables = profile_variables(&upstream, &file, with);
    variables.push(("HTTPS_PROXY", format!("http://{}", proxy.address())));
    variables.push(("STAGE_CONFIG_TIMEOUT", "300ms".to_owned()));
    child::run("client::profile::inner_refused", &variables).assert_passed();
    drop(proxy);

    let heads = heads.lock().expect("no thread panicked");
    let head = heads.first().expect("the proxy received a request");
    let target = head.split(' ').nth(1).expect("a CONNECT has a target");
    target.to_owned()
}

#[test]
fn endpoints_of_a_profile_can_be_ignored() {
    assert_eq!(
        find_called_host(
            "endpoint_url = http://127.0.0.1:1",
            &[("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")],
        ),
        "ssm.eu-west-1.amazonaws.com:443"
    );
}

#[test]
fn fips_and_dual_stack_of_the_profile_select_the_host() {
    for (settings, host) in [
        ("region = us-east-1", "ssm.eu-west-1.amazonaws.com:443"),
        (
            "use_fips_endpoint = true",
            "ssm-fips.eu-west-1.amazonaws.com:443",
        ),
        ("use_dualstack_endpoint = true", "ssm.eu-west-1.api.aws:443"),
    ] {
        assert_eq!(find_called_host(settings, &[]), host, "{settings}");
    }
    assert_eq!(
        find_called_host(
            "use_fips_endpoint = true",
            &[("AWS_USE_FIPS_ENDPOINT", "false")]
        ),
        "ssm.eu-west-1.amazonaws.com:443",
        "a variable takes precedence"
    );
}

#[tokio::test]
async fn inner_refused() {
    if child::is_inner("client::profile::inner_refused") {
        assert!(
            Config::load().await.is_err(),
            "the load succeeded, although the proxy refuses its call"
        );
    }
}

/// The SDK would panic on these settings.
#[test]
fn wrong_retry_settings_of_a_profile_are_an_error_unless_variables_replace_them() {
    for settings in [
        "max_attempts = abc",
        "max_attempts = 0",
        "retry_mode = never",
    ] {
        let endpoint = start_endpoint();
        let file = create_profile(settings);
        let wrong = profile_variables(&endpoint, &file, &[]);
        child::run("client::profile::inner_retries", &wrong).assert_passed();
        let with = [("AWS_MAX_ATTEMPTS", "3"), ("AWS_RETRY_MODE", "standard")];
        let mut replaced = wrong;
        replaced.extend(variables(&endpoint, &[], &with));
        load(&endpoint, &replaced);
    }
}

#[tokio::test]
async fn inner_retries() {
    if child::is_inner("client::profile::inner_retries") {
        let failure = expect_failure(Config::load().await);
        let words = ["in the profile `shop`, `", "set `"];
        assert_failure(&failure, "a", FailureKind::Credentials, &words);
        assert!(!failure.to_string().contains("abc"), "{failure}");
    }
}

/// No variable contains an access key, so the load gets the credentials through the profile or
/// another variable. The error names the setting that failed.
#[test]
fn the_error_names_the_setting_whose_credentials_failed() {
    let keys = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
    let endpoint = start_endpoint();
    for (settings, with, words) in [
        (
            "credential_process = echo PLANTED; false",
            None,
            "the `credential_process` of the profile `shop` failed",
        ),
        (
            "sso_session = s\nsso_account_id = 1\nsso_role_name = PLANTED\n[sso-session s]\n\
             sso_region = eu-west-1\nsso_start_url = https://PLANTED",
            None,
            "the SSO token of the profile `shop`",
        ),
        (
            "role_arn = PLANTED\nsource_profile = shp",
            None,
            "the profile `shp` does not exist",
        ),
        (
            "region = eu-west-1",
            Some(("AWS_WEB_IDENTITY_TOKEN_FILE", "/no/such/PLANTED")),
            "`AWS_ROLE_ARN` is not",
        ),
        (
            "region = eu-west-1",
            None,
            "the profile `shop` has no credentials",
        ),
    ] {
        let file = create_profile(settings);
        let mut variables = profile_variables(&endpoint, &file, &[]);
        variables.retain(|(name, _)| !keys.contains(name));
        variables.extend(with.map(|(name, value)| (name, value.to_owned())));
        variables.push(("WORDS", words.to_owned()));
        child::run("client::profile::inner_reason", &variables).assert_passed();
    }
}

#[tokio::test]
async fn inner_reason() {
    if child::is_inner("client::profile::inner_reason") {
        let words = std::env::var("WORDS").expect("the outer test sets the words");
        let failure = expect_failure(Config::load().await);
        assert_failure(&failure, "a", FailureKind::Credentials, &[&words]);
        assert!(!failure.to_string().contains("PLANTED"), "{failure}");
    }
}
