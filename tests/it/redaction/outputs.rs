//! The output of a process whose load fails: a panic, an error that a test returns, or events. The
//! test harness prints the error that a test returns in the same form in which the standard library
//! prints the error that `main` returns.

use stage_config::{Error, SecretString, StageConfig};

use crate::support::child::{self, ChildOutput};
use crate::support::planted::{SECRET, assert_clean};
use crate::support::scripted::{Endpoint, Parameter, Parameters};
use crate::support::{aws, logs::Logs};

#[derive(StageConfig)]
#[stage(dev = "/outputs/{field}")]
#[allow(dead_code)]
struct Config {
    key: SecretString,
    port: u16,
}

#[track_caller]
fn assert_port_undecodable(error: Option<Error>) {
    let error = error.expect("the port is not a number");
    let failed: Vec<_> = error
        .failures()
        .iter()
        .map(|failure| failure.field())
        .collect();
    assert_eq!(failed, ["port"], "{error}");
}

/// Runs an inner test with a server whose parameter `port` is not a number, and asserts that the
/// output of the test is clean. The credentials in the variables are planted secrets too.
fn run(inner: &str) -> ChildOutput {
    let secrets = Parameters::default().with("/outputs/key", Parameter::secure(SECRET));
    let endpoint =
        Endpoint::with_parameters(secrets.with("/outputs/port", Parameter::text(SECRET)));
    let mut variables = aws::variables(endpoint.url());
    let planted = |name: &'static str| (name, SECRET.to_owned());
    variables.extend([
        planted("AWS_SECRET_ACCESS_KEY"),
        planted("AWS_SESSION_TOKEN"),
        ("RUST_BACKTRACE", "full".to_owned()),
    ]);
    let output = child::run(&format!("redaction::outputs::{inner}"), &variables);
    assert_clean("the whole output", &output.text());

    output
}

#[test]
fn an_unwrapped_error_shows_no_secret() {
    let output = run("inner_unwrap").assert_failed();
    assert!(
        output.stderr.contains("a whole number from 0 to 65535"),
        "the panic does not show the error: {}",
        output.text()
    );
}

#[tokio::test]
async fn inner_unwrap() {
    if child::is_inner("redaction::outputs::inner_unwrap") {
        Config::load()
            .await
            .map(drop)
            .expect("the test checks the output of this panic");
    }
}

#[test]
fn a_returned_error_shows_no_secret() {
    let output = run("inner_return").assert_failed();
    assert!(
        output.text().contains("a whole number from 0 to 65535"),
        "the harness does not show the error: {}",
        output.text()
    );
}

#[tokio::test]
async fn inner_return() -> Result<(), Error> {
    if child::is_inner("redaction::outputs::inner_return") {
        Config::load().await?;
    }
    Ok(())
}

#[test]
fn a_panic_of_get_shows_no_secret() {
    let output = run("inner_get").assert_failed();
    assert!(
        output.stderr.contains("Config::load().await"),
        "{}",
        output.text()
    );
}

#[tokio::test]
async fn inner_get() {
    if child::is_inner("redaction::outputs::inner_get") {
        assert_port_undecodable(Config::load().await.err());
        let _ = Config::get();
    }
}

#[test]
fn events_show_no_credentials() {
    let output = run("inner_events").assert_passed();
    assert!(
        output.stderr.contains("GetParameters"),
        "the events are not printed: {}",
        output.text()
    );
}

#[tokio::test]
#[allow(clippy::print_stderr)]
async fn inner_events() {
    if child::is_inner("redaction::outputs::inner_events") {
        let logs = Logs::start();
        assert_port_undecodable(Config::load().await.err());
        eprintln!("{}", logs.text());
    }
}
