//! The credentials of a stage are loaded once, for the command and for the program.

use std::fs;

use super::{Check, count_caller_requests, start_endpoint_of};
use crate::support::package::run_command;
use crate::support::peers::ACCOUNT;

#[test]
fn the_caller_identity_of_each_stage_is_requested_once() {
    let options = ["--stage", "dev", "--account", ACCOUNT];
    let mut check = Check::with_options("load", &[], &options);
    let endpoint = start_endpoint_of(ACCOUNT);
    check.command.env("AWS_ENDPOINT_URL", &endpoint.url);
    let ran = run_command(check.command.arg("--json"), b"").assert_code(1);
    let report = super::parse_json(&ran);
    for stage in report["stages"].as_array().expect("a list") {
        assert_eq!(stage["run"]["kind"], "verified", "{report}");
    }
    assert_eq!(count_caller_requests(&endpoint), 2);
}

/// A credential process may ask the user for a one-time code each time it runs.
#[cfg(unix)]
#[test]
fn a_credential_process_runs_once_for_each_stage() {
    let options = ["--stage", "dev", "--account", ACCOUNT, "--profile", "shop"];
    let mut check = Check::with_options("load", &[], &options);
    let endpoint = start_endpoint_of(ACCOUNT);
    let calls = check.package.path().join("calls");
    let keys = r#"{"Version":1,"AccessKeyId":"AKIASHOP","SecretAccessKey":"shop-secret"}"#;
    let script = format!("echo call >> '{}'\necho '{keys}'\n", calls.display());
    let script = check.package.write("credentials.sh", script);
    let config = format!(
        "[profile shop]\nregion = eu-north-1\ncredential_process = sh {}\n",
        script.display()
    );
    let file = check.package.write("config", config);
    check
        .command
        .env("AWS_CONFIG_FILE", file)
        .env("AWS_ENDPOINT_URL", &endpoint.url);
    run_command(&mut check.command, b"").assert_code(1);
    let calls = fs::read_to_string(calls).expect("the process has run");
    assert_eq!(calls.lines().count(), 2);
    assert_eq!(count_caller_requests(&endpoint), 2);
}
