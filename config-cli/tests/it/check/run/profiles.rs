//! The settings of profiles: the program uses those that the check has used, and no others.

use super::environment::run;
use super::{Check, ENV_FILE};

/// An endpoint that refuses every connection.
const DEAD: &str = "http://127.0.0.1:1";

impl Check {
    /// Writes the operator's profile file, and removes the variable `AWS_ENDPOINT_URL`. Sets a
    /// proxy that refuses every connection, so no request leaves this machine.
    fn with_profiles(mut self, config: &str) -> Self {
        self.package.write("home/.aws/config", config);
        let home = self.package.path().join("home");
        self.command
            .env("HOME", &home)
            .env("USERPROFILE", home)
            .env("HTTPS_PROXY", DEAD)
            .env_remove("AWS_ENDPOINT_URL");
        self
    }
}

#[test]
fn the_endpoint_of_the_default_profile_does_not_redirect_another_profile() {
    let keys = "aws_access_key_id = AKIASHOP\naws_secret_access_key = s\nregion = eu-north-1\n";
    let options = ["--profile", "shop"];
    for has_own in [true, false] {
        let mut check = Check::with_options("load", &[], &options);
        let url = check.endpoint.url.clone();
        let own = if has_own {
            format!("endpoint_url = {url}\n")
        } else {
            String::new()
        };
        let config = format!("[default]\nendpoint_url = {DEAD}\n[profile shop]\n{keys}{own}");
        check = check.with_profiles(&config);
        if !has_own {
            check = check.env("AWS_ENDPOINT_URL_SSM", &url);
        }
        let (stage, seen) = run(check, 0);
        let seen = seen.expect("the program has run");
        assert_eq!(stage["run"]["kind"], "verified", "{stage}");
        assert_eq!(stage["result"], "complete", "{stage}");
        assert_eq!(seen["AWS_PROFILE"], "shop");
        assert_eq!(seen.get("AWS_ENDPOINT_URL"), has_own.then_some(&url));
    }
}

/// Variables contain the credentials and the region. The other settings come from the default
/// profile.
#[test]
fn the_program_gets_the_endpoint_of_the_default_profile() {
    // The name of a function may be left over from a local emulator.
    for function in [None, Some("left-over")] {
        let mut check = Check::new("load", &[]);
        let url = check.endpoint.url.clone();
        check = check.with_profiles(&format!("[default]\nendpoint_url = {url}\n"));
        check
            .command
            .envs(function.map(|name| ("AWS_LAMBDA_FUNCTION_NAME", name)));
        let (stage, seen) = run(check, 0);
        let seen = seen.expect("the program has run");
        assert_eq!(stage["run"]["kind"], "verified", "{function:?}: {stage}");
        assert_eq!(stage["result"], "complete", "{function:?}: {stage}");
        assert_eq!(seen["AWS_ENDPOINT_URL"], url);
    }
}

#[test]
fn the_program_gets_the_endpoints_of_services() {
    let mut check = Check::new("load", &[]);
    let url = check.endpoint.url.clone();
    check = check.with_profiles(&format!(
        "[default]\nservices = local\nendpoint_url = {DEAD}\n[services local]\nssm =\n  \
         endpoint_url = {url}\n"
    ));
    let (stage, seen) = run(check, 0);
    let seen = seen.expect("the program has run");
    assert_eq!(stage["run"]["kind"], "verified", "{stage}");
    assert_eq!(
        (
            seen["AWS_ENDPOINT_URL_SSM"].as_str(),
            seen["AWS_ENDPOINT_URL"].as_str()
        ),
        (url.as_str(), DEAD)
    );
}

/// The profile disables all configured endpoints. The program does not read the profile, so the
/// command must not pass on the variable of an endpoint.
#[test]
fn an_endpoint_that_the_profile_ignores_is_not_passed_on() {
    let keys = "aws_access_key_id = AKIASHOP\naws_secret_access_key = s\nregion = eu-north-1\n";
    let config = format!("[profile shop]\n{keys}ignore_configured_endpoint_urls = true\n");
    let options = ["--profile", "shop"];
    let check = Check::for_config("Colours", "load of colours", &[], &options)
        .with_profiles(&config)
        .env("AWS_ENDPOINT_URL_KMS", DEAD);
    let (stage, seen) = run(check, 0);
    let seen = seen.expect("the program has run");
    assert_eq!(stage["run"]["kind"], "verified", "{stage}");
    assert_eq!(seen["AWS_ACCESS_KEY_ID"], "AKIASHOP");
    assert_eq!(seen.get("AWS_ENDPOINT_URL_KMS"), None, "{seen:?}");
}

/// The env file names another home folder, whose profiles the program must not use.
#[test]
fn the_profile_files_are_those_of_the_operator() {
    let check = Check::with_options("load", &[], &ENV_FILE);
    let url = check.endpoint.url.clone();
    let check = check.with_profiles(&format!("[default]\nendpoint_url = {url}\n"));
    let config = format!("[default]\nuse_fips_endpoint = true\nendpoint_url = {DEAD}\n");
    check.package.write("other/.aws/config", config);
    let home = check.package.path().join("home/.aws");
    let other = check.package.path().join("other");
    let other = other.to_str().expect("the path is text").to_owned();
    check.package.write(
        "prod.env",
        format!("SELF_CHECK_LEVEL=info\nHOME={other}\nUSERPROFILE={other}\n"),
    );
    let (stage, seen) = run(check, 0);
    let seen = seen.expect("the program has run");
    assert_eq!(stage["run"]["kind"], "verified", "{stage}");
    assert_eq!(seen["HOME"], other);
    for (name, file) in [
        ("AWS_CONFIG_FILE", "config"),
        ("AWS_SHARED_CREDENTIALS_FILE", "credentials"),
    ] {
        assert_eq!(seen[name], home.join(file).to_str().expect("a text"));
    }
}
