//! The behaviour of a load when its environment fails: one test for each row of
//! `docs/reliability.md` that names a test of this module. The other rows name tests of other
//! modules.
//!
//! Most tests use the assertions of the module [`checks`].

use std::io::Write as _;
use std::time::{Duration, Instant};

use stage_config::{
    Error, ExposeSecret, FailureKind, Loaded, Loader, Report, SecretString, StageConfig,
};

use checks::{
    When, assert_fails, assert_fails_after_faults, assert_succeeds, assert_succeeds_after_fault,
};

use crate::support::load::{assert_failure, expect_error, loader};
use crate::support::logs::Logs;
use crate::support::planted::{SECRET, assert_clean, assert_error_clean, assert_report_clean};
use crate::support::proxy::Authority;
use crate::support::scripted::{Answer, Endpoint, Parameter, Parameters, Request};

mod answers;
mod checks;
mod container;
mod credentials;
mod documented;
mod loads;
mod network;
mod stores;
mod third_party;
mod timeouts;

/// The timeout of loads that hang until their timeout. One attempt takes at most a third of it.
const SHORT: Duration = Duration::from_millis(1500);

/// The timeout of loads that retry until no time is left for another attempt. The longest pause is
/// less than half of this timeout.
const RETRYING: Duration = Duration::from_secs(5);

/// The timeout of loads that must end long before their timeout.
const LONG: Duration = Duration::from_secs(6);

/// The tolerance for a machine that does other work too: half of the shortest timeout.
const SLACK: Duration = Duration::from_millis(750);

/// The limit for a load that waits for nothing. Such a load creates a client, which takes long in a
/// build without optimization. The limit is a quarter of [`LONG`], and less than the timeout of one
/// attempt.
const STARTUP: Duration = Duration::from_millis(1500);

/// The maximum of the first pause between two attempts.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// The maximum of every pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Defines a configuration. A load stores a configuration in a static, so only tests that run in
/// different processes can share a configuration.
macro_rules! config {
    ($name:ident) => {
        #[derive(stage_config::StageConfig)]
        #[stage(dev = "/reliability/{field}")]
        struct $name {
            key: stage_config::SecretString,
            table: String,
            #[stage(dev = "/reliability/json#port")]
            port: u16,
        }

        impl crate::reliability::KnownValues for $name {
            fn has_expected_values(&self) -> bool {
                stage_config::ExposeSecret::expose_secret(&self.key)
                    == crate::support::planted::SECRET
                    && (self.table.as_str(), self.port) == ("orders", 8080)
            }
        }
    };
}
use config;

/// A configuration that knows its expected values.
trait KnownValues: StageConfig {
    /// Returns whether each field has the expected value.
    fn has_expected_values(&self) -> bool;
}

fn create_parameters() -> Parameters {
    Parameters::texts([
        ("/reliability/table", "orders"),
        ("/reliability/json", r#"{"port":8080}"#),
    ])
    .with("/reliability/key", Parameter::secure(SECRET))
}

/// Creates a bundle with one root certificate. The bundle replaces the certificates of the system,
/// which each load would read again if the cargo feature `native-roots` were on.
fn create_bundle() -> tempfile::NamedTempFile {
    let mut bundle = tempfile::NamedTempFile::new().expect("a temporary file");
    bundle
        .write_all(Authority::named("trusted").pem.as_bytes())
        .expect("the file can be written");
    bundle
}

fn answer_normally(request: &Request) -> Answer {
    create_parameters().answer(request)
}

/// Returns the body of the normal answer, which contains the secret.
fn create_normal_body() -> String {
    let names = [
        "/reliability/json",
        "/reliability/key",
        "/reliability/table",
    ];
    create_parameters()
        .body(&names.map(str::to_owned))
        .to_string()
}
