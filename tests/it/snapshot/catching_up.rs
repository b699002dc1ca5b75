//! Live configurations after a load that used a snapshot of the stage. A refresh *catches up* when
//! it replaces the values of the snapshot with values from the stores.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use stage_config::report::Origin;
use stage_config::{ExposeSecret, FailureKind, Live, SecretString, StageConfig};

use super::{Fresh, Two, answer_from_stores, list_origins, loader, start_with_one_store};
use crate::support::logs::Logs;
use crate::support::planted::{SECRET, assert_clean, assert_error_clean};
use crate::support::scripted::{Answer, Endpoint, Parameter, Parameters, Request, cipher};

/// The limit for an event that is expected soon.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Starts an endpoint whose KMS works, and whose stores are throttled until `recovered` is set.
fn start_throttled_until(recovered: &Arc<AtomicBool>) -> Endpoint {
    let recovered = recovered.clone();
    Endpoint::start(move |request| {
        let answers = request.service == "TrentService" || recovered.load(Ordering::Relaxed);
        if answers {
            answer_from_stores(request)
        } else {
            Answer::throttled()
        }
    })
}

/// A configuration without marked fields.
#[derive(StageConfig)]
#[stage(snapshots = "/snapshots/{field}")]
#[config(app = "snapshots", snapshot = "it/snapshot/files/good.snapshot")]
struct Unmarked {
    table: String,
}

#[tokio::test]
async fn a_catch_up_without_values_is_a_failed_refresh() {
    let (recovered, logs) = (Arc::new(AtomicBool::new(false)), Logs::start());
    let endpoint = start_throttled_until(&recovered);
    let loader = loader::<Unmarked>(&endpoint)
        .timeout(Duration::from_millis(1500))
        .max_age(Duration::from_secs(3600));
    loader
        .load()
        .await
        .unwrap_or_else(|error| panic!("the load failed: {error}"));
    let live = Unmarked::live().expect("the configuration is loaded");

    let error = live
        .refresh()
        .await
        .err()
        .expect("no value was fetched after the call");
    let failures: Vec<_> = error
        .failures()
        .iter()
        .map(|failure| (failure.field(), failure.kind()))
        .collect();
    assert_eq!(failures, [("table", FailureKind::Throttled)], "{error}");
    let report = live.report();
    let refresh = report.refresh.as_ref().expect("a refresh was attempted");
    assert_eq!(
        (refresh.succeeded, refresh.failed, refresh.failures.len()),
        (0, 1, 1),
        "{report}"
    );
    assert!(
        report
            .snapshot
            .as_ref()
            .is_some_and(|snapshot| snapshot.is_used()),
        "{report}"
    );
    assert!(
        logs.own_events()
            .contains("WARN stage_config: the configuration could not be refreshed"),
        "{}",
        logs.own_events()
    );

    let error = live
        .current()
        .await
        .err()
        .expect("the snapshot is older than an hour");
    assert_error_clean("a catch-up that failed", &error);
    assert_eq!(
        live.latest().table,
        "yesterday",
        "`latest` returns values of any age"
    );

    recovered.store(true, Ordering::Relaxed);
    let config = live
        .current()
        .await
        .unwrap_or_else(|error| panic!("the store answers again: {error}"));
    assert_eq!(config.table, "today");
    let report = live.report();
    assert!(
        report.snapshot.is_none()
            && report
                .refresh
                .as_ref()
                .is_some_and(|refresh| refresh.failed == 0),
        "{report}"
    );
    assert_clean("the log", &logs.text());
}

#[tokio::test]
async fn a_failed_catch_up_does_not_block_other_fields() {
    let endpoint = start_with_one_store("secretsmanager");
    let loader = loader::<Two>(&endpoint).timeout(Duration::from_millis(1500));
    let live = loader
        .live(Duration::from_secs(300))
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    let first = live.latest();
    assert_eq!(first.table, "yesterday");

    let error = live
        .refresh()
        .await
        .err()
        .expect("not all values were fetched after the call");
    let failures: Vec<_> = error
        .failures()
        .iter()
        .map(|failure| (failure.field(), failure.kind()))
        .collect();
    assert_eq!(failures, [("table", FailureKind::Throttled)], "{error}");
    let second = live.latest();
    assert_ne!(first.key.expose_secret(), second.key.expose_secret());
    assert_eq!(second.table, "yesterday", "its store is still throttled");
    let report = live.report();
    assert_eq!(
        list_origins(&report),
        [("table", Origin::Snapshot), ("key", Origin::Source)]
    );
    assert!(
        report
            .snapshot
            .as_ref()
            .is_some_and(|snapshot| snapshot.is_used()),
        "{report}"
    );
    let refresh = report.refresh.as_ref().expect("a refresh was attempted");
    assert_eq!(
        (refresh.succeeded, refresh.failed, refresh.failures.len()),
        (0, 1, 1),
        "{report}"
    );
    live.refresh()
        .await
        .map(drop)
        .expect_err("the store stays throttled");
    let report = live.report();
    assert_eq!(
        report
            .refresh
            .as_ref()
            .map(|refresh| (refresh.succeeded, refresh.failed)),
        Some((0, 2)),
        "{report}"
    );
}

/// Starts an endpoint whose Parameter Store works with these values once `recovered` is set.
/// Secrets Manager stays throttled.
fn start_recovering_with(recovered: &Arc<AtomicBool>, parameters: fn() -> Parameters) -> Endpoint {
    let recovered = recovered.clone();
    Endpoint::start(move |request| match request.service.as_str() {
        "TrentService" => cipher::answer_decrypt(request),
        "AmazonSSM" if recovered.load(Ordering::Relaxed) => parameters().answer(request),
        _ => Answer::throttled(),
    })
}

async fn start_from_snapshot<C: StageConfig>(endpoint: &Endpoint) -> Live<C> {
    let loader = loader::<C>(endpoint).timeout(Duration::from_millis(1500));
    loader
        .load()
        .await
        .unwrap_or_else(|error| panic!("the load failed: {error}"));
    C::live().expect("the configuration is loaded")
}

/// If a value of the snapshot is gone from its store, the next candidate must not come from the
/// snapshot. Otherwise an old value would count as a fetched one.
#[tokio::test]
async fn a_vanished_value_is_not_replaced_from_the_snapshot() {
    #[derive(StageConfig)]
    #[config(app = "snapshots", snapshot = "it/snapshot/files/good.snapshot")]
    struct Chain {
        #[stage(snapshots = ["/snapshots/table", "secret:snapshots/db#password"])]
        key: SecretString,
    }

    let recovered = Arc::new(AtomicBool::new(false));
    let endpoint = start_recovering_with(&recovered, Parameters::default);
    let live = start_from_snapshot::<Chain>(&endpoint).await;
    assert_eq!(live.latest().key.expose_secret(), "yesterday");

    recovered.store(true, Ordering::Relaxed);
    let error = live
        .refresh()
        .await
        .err()
        .expect("the parameter is gone, and the secret is not read");
    let failures: Vec<_> = error
        .failures()
        .iter()
        .map(|failure| (failure.field(), failure.kind()))
        .collect();
    assert_eq!(failures, [("key", FailureKind::Throttled)], "{error}");
    assert!(live.report().snapshot.is_some(), "{}", live.report());
}

#[tokio::test]
async fn a_new_value_needs_no_later_candidate() {
    #[derive(StageConfig)]
    #[config(app = "snapshots", snapshot = "it/snapshot/files/good.snapshot")]
    struct Chain {
        #[stage(snapshots = ["/snapshots/optional", "secret:snapshots/db#password"])]
        key: SecretString,
    }

    let recovered = Arc::new(AtomicBool::new(false));
    let endpoint = start_recovering_with(&recovered, || {
        Parameters::default().with("/snapshots/optional", Parameter::secure("today"))
    });
    let live = start_from_snapshot::<Chain>(&endpoint).await;
    assert_eq!(live.latest().key.expose_secret(), SECRET);

    recovered.store(true, Ordering::Relaxed);
    let config = live
        .refresh()
        .await
        .unwrap_or_else(|error| panic!("the first source serves it: {error}"));
    assert_eq!(config.key.expose_secret(), "today");

    let report = live.report();
    assert_eq!(
        report
            .refresh
            .as_ref()
            .map(|refresh| (refresh.succeeded, refresh.failed)),
        Some((1, 0)),
        "{report}"
    );
    assert!(report.snapshot.is_none(), "{report}");
}

#[tokio::test]
async fn current_serves_the_values_that_arrived() {
    let endpoint = start_with_one_store("secretsmanager");
    let live = loader::<Two>(&endpoint)
        .live(Duration::from_secs(1))
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    let first = live.latest();
    let mut interval = tokio::time::interval(Duration::from_millis(20));
    let start = Instant::now();
    while first.key.expose_secret() == live.latest().key.expose_secret() {
        assert!(
            start.elapsed() < TIMEOUT,
            "the configuration was not refreshed in time"
        );
        interval.tick().await;
        live.current()
            .await
            .unwrap_or_else(|error| panic!("the values have no maximum age: {error}"));
    }
    assert_eq!(live.latest().table, "yesterday");
}

/// An unmarked field that came from the snapshot is fetched once, with the next due refresh.
#[tokio::test]
async fn a_due_refresh_catches_up_too() {
    let endpoint = Endpoint::start(answer_from_stores);
    let loader = loader::<Fresh>(&endpoint)
        .snapshot_first()
        .refresh_timeout(Duration::from_secs(5));
    let live = loader
        .live(Duration::from_secs(1))
        .await
        .unwrap_or_else(|error| panic!("the load failed: {error}"));
    assert_eq!(live.latest().table, "yesterday");
    assert!(live.report().snapshot.is_some());

    let mut interval = tokio::time::interval(Duration::from_millis(20));
    let count_requests = |name: &str| {
        endpoint
            .names()
            .iter()
            .filter(|requested| *requested == name)
            .count()
    };
    // The third fetch of the marked field belongs to the refresh after the one that caught up.
    let start = Instant::now();
    while count_requests("/snapshots/key") < 3 {
        assert!(
            start.elapsed() < TIMEOUT,
            "the configuration was not refreshed twice in time"
        );
        interval.tick().await;
        live.current()
            .await
            .unwrap_or_else(|error| panic!("the values have no maximum age: {error}"));
    }
    assert_eq!(live.latest().table, "today");
    assert_eq!(
        count_requests("/snapshots/table"),
        1,
        "an unmarked field must be fetched once"
    );

    let report = live.report();
    assert!(
        list_origins(&report)
            .iter()
            .all(|(_, origin)| *origin == Origin::Source),
        "{report}"
    );
    assert!(report.snapshot.is_none(), "{report}");
}

#[tokio::test]
async fn a_live_configuration_catches_up_at_its_next_refresh() {
    let recovered = Arc::new(AtomicBool::new(false));
    let (recovered_in_script, is_for_kms) = (recovered.clone(), |request: &Request| {
        request.service == "TrentService"
    });
    let endpoint = Endpoint::start(move |request| {
        let is_marked = request.names == ["/snapshots/key"];
        if recovered_in_script.load(Ordering::Relaxed) || is_marked || is_for_kms(request) {
            answer_from_stores(request)
        } else {
            Answer::throttled()
        }
    });
    let live = loader::<Fresh>(&endpoint)
        .live(Duration::from_secs(300))
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(live.latest().table, "yesterday");

    recovered.store(true, Ordering::Relaxed);
    // `table` is not marked, but its value is from yesterday.
    let config = live
        .refresh()
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(config.table, "today");

    let report = live.report();
    assert!(
        report.snapshot.is_none()
            && report
                .fields
                .iter()
                .all(|field| field.origin == Origin::Source),
        "{report}"
    );

    // After that, `table` is not fetched again.
    let before = endpoint.requests().len();
    live.refresh()
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    let names: Vec<_> = endpoint
        .requests()
        .split_off(before)
        .into_iter()
        .flat_map(|request| request.names)
        .collect();
    assert_eq!(names, ["/snapshots/key"]);
}
