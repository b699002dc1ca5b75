//! What a load does when something around it fails: the rows of `docs/reliability.md`, a test each.
//!
//! Each test looks at its row in the four ways of [`looks`].

use std::io::Write as _;
use std::time::{Duration, Instant};

use stage_config::{Error, ExposeSecret, FailureKind, Loaded, Loader, Report, SecretString, StageConfig};

use looks::{When, ends_badly, ends_well, lasts, passes};

use crate::support::front::Authority;
use crate::support::load::{assert_failure, error, loader};
use crate::support::logs::Logs;
use crate::support::planted::{SECRET, assert_clean, assert_error_clean, assert_report_clean};
use crate::support::scripted::{Answer, Endpoint, Parameter, Parameters, Request};

mod answers;
mod credentials;
mod deadline;
mod documented;
mod loads;
mod looks;
mod network;
mod stores;
mod witness;

/// A deadline for what hangs until it. A third of it is the patience with one try.
const SHORT: Duration = Duration::from_millis(1500);

/// A deadline for what is tried again until it: the longest pause is the smaller part of it.
const ROOMY: Duration = Duration::from_secs(5);

/// A deadline for what is to end well before it.
const LONG: Duration = Duration::from_secs(6);

/// Beyond what a load may take, for a machine that does other things too: half of the shortest deadline.
const SLACK: Duration = Duration::from_millis(750);

/// For what waits for nothing: a client is made, which is much work without optimization. A quarter of the deadline, and less than the
/// patience with one try.
const STARTED: Duration = Duration::from_millis(1500);

/// The longest that the first pause between two tries can be, and any.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// A configuration of its own for each test, since each has a static cell.
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

        impl crate::reliability::Whole for $name {
            fn is_whole(&self) -> bool {
                stage_config::ExposeSecret::expose_secret(&self.key) == crate::support::planted::SECRET
                    && (self.table.as_str(), self.port) == ("orders", 8080)
            }
        }
    };
}
use config;

/// A configuration that knows what should be in it.
trait Whole: StageConfig {
    /// Whether each value is there, and the one that it should be.
    fn is_whole(&self) -> bool;
}

fn parameters() -> Parameters {
    Parameters::texts([("/reliability/table", "orders"), ("/reliability/json", r#"{"port":8080}"#)])
        .with("/reliability/key", Parameter::secure(SECRET))
}

/// One root in place of the system's, which each load would read anew.
fn bundle() -> tempfile::NamedTempFile {
    let mut bundle = tempfile::NamedTempFile::new().expect("a temporary file");
    bundle.write_all(Authority::named("trusted").pem.as_bytes()).expect("it can be written");
    bundle
}

fn good(request: &Request) -> Answer {
    parameters().answer(request)
}

/// The good answer's body, with the secret in it.
fn body() -> String {
    let names = ["/reliability/json", "/reliability/key", "/reliability/table"];
    parameters().body(&names.map(str::to_owned)).to_string()
}
