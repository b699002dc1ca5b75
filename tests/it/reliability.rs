//! What a load does when something around it fails: the rows of `docs/reliability.md`, a test each.
//!
//! Each test looks at the four columns of its row: what the caller gets, how long it took against the deadline, that nothing
//! was lost or half-loaded, and that no secret was shown.

use std::io::Write as _;
use std::time::{Duration, Instant};

use stage_config::{Error, ExposeSecret, FailureKind, Loaded, Loader, Report, SecretString, StageConfig};

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
mod network;
mod stores;
mod witness;

/// A deadline for what is to fail at it. A third of it is the patience with one try.
const SHORT: Duration = Duration::from_millis(900);

/// A deadline for what is to end well before it.
const LONG: Duration = Duration::from_secs(6);

/// Beyond the deadline, for a machine that does other things too: far from a second deadline's worth of work.
const SLACK: Duration = Duration::from_secs(2);

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
            fn values(&self) -> (&str, &str, u16) {
                (stage_config::ExposeSecret::expose_secret(&self.key), &self.table, self.port)
            }
        }
    };
}
use config;

/// Nothing of it is lost.
trait Whole: StageConfig {
    /// The key, the table and the port.
    fn values(&self) -> (&str, &str, u16);

    #[track_caller]
    fn assert_whole(&self) {
        assert!(self.values() == (SECRET, "orders", 8080), "a value is lost or another one");
    }
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

/// The fault befalls the first try: the load ends well, within its deadline, with every value.
async fn passes<C: Whole>(fault: Answer) -> Report {
    let endpoint = Endpoint::start(move |request| if request.index == 0 { fault.clone() } else { good(request) });
    let report = ends_well::<C>(loader(endpoint.url())).await;
    assert_eq!((report.calls[0].retries, endpoint.requests().len()), (1, 2), "{report}");
    report
}

/// A load that ends well, within [`LONG`], and shows nothing.
async fn ends_well<C: Whole>(loader: Loader<C>) -> Report {
    let logs = Logs::start();
    let start = Instant::now();
    let loaded = loader.deadline(LONG).resolve().await.unwrap_or_else(|error| panic!("it passes: {error}"));
    assert!(start.elapsed() < LONG, "it took {:?}", start.elapsed());
    loaded.config.assert_whole();
    assert!(loaded.report.is_complete());
    assert_report_clean("the report", &loaded.report);
    assert_clean("the events", &logs.text());
    let Loaded { report, .. } = loaded;
    report
}

/// The fault stays: the load ends at its deadline with an error of every field, and leaves nothing behind.
async fn lasts<C: Whole>(fault: Answer, kind: FailureKind, words: &[&str]) -> Error {
    let endpoint = Endpoint::start(move |_| fault.clone());
    let error = ends_badly::<C>(loader(endpoint.url()), SHORT, kind, words).await;
    let asked = endpoint.requests().len();
    assert!(asked > 1, "it is tried again, not {asked} times in all");
    // The last try may have been cut short before it arrived.
    let said = [asked, asked + 1].map(|times| format!("asked {times} times until the deadline"));
    assert!(said.iter().any(|times| error.to_string().contains(times)), "{said:?} is not in: {error}");
    endpoint.idle().await;
    assert_eq!(endpoint.requests().len(), asked, "nothing is asked after the load");
    error
}

/// A load that ends with an error of every field, by its deadline; nothing is half-loaded, and nothing is shown.
async fn ends_badly<C: Whole>(loader: Loader<C>, deadline: Duration, kind: FailureKind, words: &[&str]) -> Error {
    let logs = Logs::start();
    let start = Instant::now();
    let error = error(loader.deadline(deadline).load().await);
    let elapsed = start.elapsed();
    assert!(elapsed < deadline + SLACK, "it took {elapsed:?}: {error}");
    for (failure, field) in error.failures().iter().zip(["key", "table", "port"]) {
        assert_failure(failure, field, kind, words);
    }
    assert_eq!(error.failures().len(), 3, "every field is listed: {error}");
    assert!(C::try_get().is_none(), "nothing is half-loaded");
    assert_error_clean("the error", &error);
    assert_clean("the events", &logs.own());
    error
}
