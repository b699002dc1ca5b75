//! Loads that use the snapshot of a stage: the conditions, the number of calls, and the messages.
//!
//! [`write_files`] writes `stage.key` and `token` in `sealed/snapshots`, and the files in
//! `snapshot/files` except `empty.snapshot`. A scripted endpoint replaces KMS, so the files are not
//! secret.

mod catching_up;
mod unusable;
mod write_files;

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use stage_config::report::{Origin, SnapshotReport, SnapshotState};
use stage_config::sealed::{KmsClient, StageKey};
use stage_config::{
    Error, ErrorKind, ExposeSecret, FailureKind, Loaded, Loader, Report, SecretString, StageConfig,
};

use crate::support::aws;
use crate::support::load::expect_error;
use crate::support::logs::Logs;
use crate::support::planted::{SECRET, assert_clean, assert_error_clean};
use crate::support::scripted::{Answer, Endpoint, Parameter, Parameters, Request, Secrets, cipher};

const APP: &str = "snapshots";
const STAGE: &str = "snapshots";

/// The creation time of the snapshots. It is long ago, so that the clock of no machine shows an
/// earlier time.
const CREATED: u64 = 1_600_000_000;

/// A configuration with two values and a missing value from a snapshot, and a value from a sealed
/// file.
#[derive(StageConfig)]
#[stage(snapshots = "/snapshots/{field}")]
#[config(app = "snapshots", snapshot = "it/snapshot/files/good.snapshot")]
struct Config {
    table: String,
    #[stage(snapshots = "secret:snapshots/db#password")]
    password: SecretString,
    #[stage(snapshots = "sealed:token")]
    token: SecretString,
    #[stage(snapshots = "/snapshots/optional")]
    optional: Option<String>,
}

/// A configuration with one field that is refreshed.
#[derive(StageConfig)]
#[stage(snapshots = "/snapshots/{field}")]
#[config(app = "snapshots", snapshot = "it/snapshot/files/good.snapshot")]
struct Fresh {
    table: String,
    #[config(refresh = "5m")]
    key: SecretString,
}

/// Answers as KMS, and as the stores with today's values.
fn answer_from_stores(request: &Request) -> Answer {
    let parameters = Parameters::default()
        .with("/snapshots/table", Parameter::text("today"))
        .with("/snapshots/added", Parameter::text("added"))
        .with("/snapshots/key", Parameter::secure(SECRET));
    match request.service.as_str() {
        "AmazonSSM" => parameters.answer(request),
        "secretsmanager" => {
            Secrets::texts([("snapshots/db", &*format!(r#"{{"password":"{SECRET}"}}"#))])
                .answer(request)
        }
        _ => cipher::answer_decrypt(request),
    }
}

/// Starts an endpoint whose KMS works and whose stores always give this answer.
fn start_with_stores(answer: Answer) -> Endpoint {
    Endpoint::start(move |request| match request.service.as_str() {
        "TrentService" => cipher::answer_decrypt(request),
        _ => answer.clone(),
    })
}

fn loader<C: StageConfig>(endpoint: &Endpoint) -> Loader<C> {
    let settings = aws::settings(endpoint.url());
    C::loader()
        .stage(STAGE)
        .aws(&settings)
        .timeout(Duration::from_secs(20))
        .snapshot_after(Duration::from_millis(300))
}

/// Returns a loader with a short timeout, for a load that fails.
fn short_loader<C: StageConfig>(endpoint: &Endpoint) -> Loader<C> {
    loader(endpoint).timeout(Duration::from_millis(900))
}

fn expect_loaded<C>(result: Result<Loaded<C>, Error>) -> Loaded<C> {
    result.unwrap_or_else(|error| panic!("the load failed: {error}"))
}

fn count_operations(endpoint: &Endpoint, operation: &str) -> usize {
    endpoint
        .requests()
        .iter()
        .filter(|request| request.operation == operation)
        .count()
}

fn list_origins(report: &Report) -> Vec<(&str, Origin)> {
    report
        .fields
        .iter()
        .map(|field| (field.field.as_str(), field.origin))
        .collect()
}

fn find_used_snapshot(report: &Report) -> &SnapshotReport {
    let snapshot = report
        .snapshot
        .as_ref()
        .unwrap_or_else(|| panic!("no snapshot: {report}"));
    assert!(snapshot.is_used(), "{report}");
    snapshot
}

#[tokio::test]
async fn transient_errors_make_a_load_start_from_the_snapshot() {
    for answer in [
        Answer::throttled(),
        Answer::internal_error(),
        Answer::Reset,
        Answer::Hangs,
    ] {
        let endpoint = start_with_stores(answer.clone());
        let logs = Logs::start();
        let Loaded { config, report, .. } =
            expect_loaded(loader::<Config>(&endpoint).resolve().await);
        assert_eq!(
            (config.table.as_str(), config.password.expose_secret()),
            ("yesterday", SECRET)
        );
        assert_eq!(
            (config.token.expose_secret(), config.optional),
            ("a token", None)
        );
        // The sealed file and the snapshot share one key pair.
        assert_eq!(count_operations(&endpoint, "Decrypt"), 1, "{answer:?}");
        let snapshot = find_used_snapshot(&report);
        assert_eq!(snapshot.created, Some(CREATED));
        let [from_snapshot, from_source] = [Origin::Snapshot, Origin::Source];
        let origins = list_origins(&report);
        assert_eq!(
            origins[..3],
            [
                ("table", from_snapshot),
                ("password", from_snapshot),
                ("token", from_source)
            ],
            "{report}"
        );
        assert_eq!(origins[3], ("optional", Origin::Unset));
        let (text, events) = (report.to_string(), logs.own_events());
        assert!(
            text.contains("STARTED FROM THE SNAPSHOT it/snapshot/files/good.snapshot"),
            "{text}"
        );
        assert_eq!(
            events
                .lines()
                .filter(|line| line.contains(" WARN "))
                .count(),
            1,
            "{events}"
        );
        assert!(
            events.contains("started from the snapshot") && events.contains("age="),
            "{events}"
        );
        let json = serde_json::to_value(&report).expect("a report serializes");
        assert_eq!(
            (&json["snapshot"]["state"], &json["fields"][0]["origin"]),
            (&json!("used"), &json!("snapshot"))
        );
        for text in [text, events, json.to_string()] {
            assert_clean("a load from the snapshot", &text);
        }
        endpoint.wait_until_idle().await;
    }
}

/// A configuration with a field in Parameter Store, whose value is in the snapshot, and a refreshed
/// field in Secrets Manager, whose value is not.
#[derive(StageConfig)]
#[config(app = "snapshots", snapshot = "it/snapshot/files/good.snapshot")]
struct Two {
    #[stage(snapshots = "/snapshots/table")]
    table: String,
    #[stage(snapshots = "secret:snapshots/fresh")]
    #[config(refresh = "5m")]
    key: SecretString,
}

/// Starts an endpoint on which KMS and the store `working` answer, and the other store is
/// throttled. If Secrets Manager is the working store, it answers with the index of the request.
fn start_with_one_store(working: &'static str) -> Endpoint {
    Endpoint::start(move |request| match request.service.as_str() {
        "TrentService" => cipher::answer_decrypt(request),
        service if service != working => Answer::throttled(),
        "AmazonSSM" => answer_from_stores(request),
        _ => Secrets::texts([("snapshots/fresh", &*request.index.to_string())]).answer(request),
    })
}

#[tokio::test]
async fn a_snapshot_without_the_failed_fields_is_not_opened() {
    let endpoint = start_with_one_store("AmazonSSM");
    let error = expect_error(short_loader::<Two>(&endpoint).resolve().await);
    let [failure] = error.failures() else {
        panic!("one failure is expected: {error}")
    };
    assert_eq!(
        (failure.field(), failure.kind()),
        ("key", FailureKind::Throttled),
        "{error}"
    );
    assert_eq!(
        count_operations(&endpoint, "Decrypt"),
        0,
        "the snapshot has none of the failed fields"
    );
}

#[tokio::test]
async fn the_kms_context_is_the_app_and_the_stage() {
    let endpoint = start_with_stores(Answer::throttled());
    // The stores are throttled, and a snapshot has no value for the refreshed field. So the load
    // fails.
    assert_eq!(
        expect_error(
            short_loader::<Fresh>(&endpoint)
                .snapshot_first()
                .resolve()
                .await
        )
        .failures()[0]
            .field(),
        "key"
    );
    let requests = endpoint.requests();
    let decrypt = requests
        .iter()
        .find(|request| request.operation == "Decrypt")
        .expect("the load calls KMS");
    assert_eq!(
        decrypt.body["EncryptionContext"],
        json!({ "app": APP, "stage": STAGE })
    );
    assert_eq!(decrypt.body["KeyId"], json!(cipher::KEY));
}

/// Yesterday's values do not hide a permanent error, even while another store is throttled.
#[tokio::test]
async fn a_load_with_a_denied_or_missing_value_never_uses_the_snapshot() {
    #[derive(StageConfig)]
    #[stage(snapshots = "/snapshots/{field}")]
    #[config(app = "snapshots", snapshot = "it/snapshot/files/good.snapshot")]
    #[allow(dead_code)]
    struct Plain {
        table: String,
        #[stage(snapshots = "secret:snapshots/db#password")]
        password: SecretString,
    }

    let denied = || Answer::denied("/snapshots/table");
    let missing =
        || Answer::json(&json!({ "Parameters": [], "InvalidParameters": ["/snapshots/table"] }));
    for (answer, kind) in [
        (denied(), FailureKind::Denied),
        (missing(), FailureKind::Missing),
    ] {
        for throttled in [false, true] {
            let answer = answer.clone();
            let endpoint = Endpoint::start(move |request| match request.service.as_str() {
                "AmazonSSM" => answer.clone(),
                "secretsmanager" if throttled => Answer::throttled(),
                _ => answer_from_stores(request),
            });
            let error = expect_error(short_loader::<Plain>(&endpoint).resolve().await);
            assert_eq!(
                (error.kind(), error.failures()[0].kind()),
                (ErrorKind::Unresolved, kind),
                "{error}"
            );
            assert_eq!(
                (count_operations(&endpoint, "Decrypt"), error.snapshots()),
                (0, &[][..]),
                "{error}"
            );
            assert!(!error.to_string().contains("snapshot "), "{error}");
        }
    }
}

#[tokio::test]
async fn refreshed_fields_come_from_their_store() {
    let endpoint = Endpoint::start(|request| match request.service.as_str() {
        "AmazonSSM" if request.names == ["/snapshots/key"] => answer_from_stores(request),
        "AmazonSSM" => Answer::throttled(),
        _ => answer_from_stores(request),
    });
    // One call requests both fields, and is throttled. The load then requests only the field that
    // is not in the snapshot.
    let Loaded { config, report, .. } = expect_loaded(loader::<Fresh>(&endpoint).resolve().await);
    assert_eq!(
        (config.table.as_str(), config.key.expose_secret()),
        ("yesterday", SECRET)
    );
    assert_eq!(
        list_origins(&report),
        [("table", Origin::Snapshot), ("key", Origin::Source)]
    );

    find_used_snapshot(&report);
    // If the call for this field never succeeds, the error states that the snapshot does not have
    // the field.
    let endpoint = start_with_stores(Answer::throttled());
    let error = expect_error(short_loader::<Fresh>(&endpoint).resolve().await);
    assert_eq!(
        (error.failures().len(), error.failures()[0].field()),
        (1, "key"),
        "{error}"
    );
    assert!(
        error
            .to_string()
            .contains("does not contain these fields, because a load always requests them"),
        "{error}"
    );
}

#[tokio::test]
async fn snapshot_first_makes_only_one_call_to_kms() {
    #[derive(StageConfig)]
    #[stage(snapshots = "/snapshots/{field}")]
    #[config(app = "snapshots", snapshot = "it/snapshot/files/good.snapshot")]
    struct Plain {
        table: String,
        #[stage(snapshots = "secret:snapshots/db#password")]
        password: SecretString,
    }

    let endpoint = Endpoint::start(answer_from_stores);
    let Loaded { config, report, .. } =
        expect_loaded(loader::<Plain>(&endpoint).snapshot_first().resolve().await);
    assert_eq!(
        (config.table.as_str(), config.password.expose_secret()),
        ("yesterday", SECRET)
    );
    assert_eq!(
        (
            count_operations(&endpoint, "Decrypt"),
            endpoint.requests().len()
        ),
        (1, 1)
    );

    let calls: Vec<_> = report
        .calls
        .iter()
        .map(|call| (call.scheme.as_str(), call.operation.as_str()))
        .collect();
    assert_eq!(
        (calls, find_used_snapshot(&report).reason.as_str()),
        (vec![("snapshot", "Decrypt")], "`snapshot_first`")
    );
}
