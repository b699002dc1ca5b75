//! Refreshes that fail, hang or are dropped, and values that get too old.

mod expired;
mod waiting;

use std::time::Duration;

use futures_util::FutureExt;
use stage_config::{FailureKind, Live, StageConfig};
use tokio::time::{Instant, advance, timeout};

use super::store::{ChangingStore, Mode};
use crate::support::logs::Logs;
use crate::support::planted::{SECRET, assert_clean, assert_error_clean, assert_report_clean};

const TTL: Duration = Duration::from_secs(300);

#[derive(StageConfig)]
#[stage(dev = "/failing/{field}")]
struct Config {
    #[config(secret, refresh = "5m")]
    key: String,
    #[config(refresh = "5m")]
    port: u16,
}

fn create_store() -> ChangingStore {
    ChangingStore::with_values([("/failing/key", "k1"), ("/failing/port", "1")])
}

async fn load_live(store: &ChangingStore) -> Live<Config> {
    let live = store
        .loader::<Config>()
        .live(TTL)
        .await
        .expect("the configuration loads");
    store.take_calls();
    live
}

/// Reads once a second for this time, and returns the number of calls to the store.
async fn count_calls(store: &ChangingStore, live: &Live<Config>, seconds: u64) -> usize {
    store.take_calls();
    for _ in 0..seconds {
        advance(Duration::from_secs(1)).await;
        live.current()
            .await
            .expect("the values have no maximum age");
    }
    store.take_calls().len()
}

#[tokio::test(start_paused = true)]
async fn a_failed_refresh_keeps_the_last_good_values() {
    let logs = Logs::start();
    let store = create_store();
    let live = load_live(&store).await;
    store.set_mode(Mode::Failing(FailureKind::Denied));
    store.put("/failing/key", "k2");
    advance(TTL * 2).await;
    assert_eq!(
        live.current()
            .await
            .expect("the values have no maximum age")
            .key,
        "k1"
    );

    let report = live.report();
    let refresh = report.refresh.as_ref().expect("a refresh was attempted");
    assert_eq!((refresh.succeeded, refresh.failed), (0, 1));
    let failed: Vec<_> = refresh
        .failures
        .iter()
        .map(|failure| (failure.field(), failure.kind()))
        .collect();
    assert_eq!(
        failed,
        [("key", FailureKind::Denied), ("port", FailureKind::Denied)]
    );
    assert!(
        report
            .to_string()
            .contains("NOT REFRESHED, failed once: the last good values are served"),
        "{report}"
    );
    assert!(
        report.is_complete(),
        "the report of the load stays complete"
    );
    assert!(
        logs.own_events()
            .contains("WARN stage_config: the configuration could not be refreshed"),
        "{}",
        logs.own_events()
    );

    store.set_mode(Mode::Answering);
    advance(Duration::from_secs(2)).await;
    assert_eq!(
        live.current()
            .await
            .expect("the values have no maximum age")
            .key,
        "k2",
        "the next refresh succeeds"
    );
    let report = live.report();
    let refresh = report.refresh.as_ref().expect("a refresh was attempted");
    assert_eq!(
        (refresh.succeeded, refresh.failed, refresh.failures.len()),
        (1, 0, 0)
    );
    assert!(report.to_string().contains("refreshed once"), "{report}");
}

#[tokio::test(start_paused = true)]
async fn failed_refreshes_back_off_exponentially() {
    let store = create_store();
    let live = load_live(&store).await;
    store.set_mode(Mode::Failing(FailureKind::Unavailable));
    advance(TTL * 2).await;
    // The pauses are 1, 2, 4, 8, 16, 32 s, then a minute each, plus or minus a fifth.
    let first_minute_calls = count_calls(&store, &live, 60).await;
    assert!(
        (5..=7).contains(&first_minute_calls),
        "{first_minute_calls}"
    );
    let next_ten_minutes_calls = count_calls(&store, &live, 600).await;
    assert!(
        (8..=14).contains(&next_ten_minutes_calls),
        "{next_ten_minutes_calls}"
    );
}

/// If one value of a refresh does not decode, the refresh replaces no value.
#[tokio::test(start_paused = true)]
async fn one_undecodable_value_keeps_all_old_values() {
    let store = create_store();
    let live = load_live(&store).await;
    store.put("/failing/key", "k2");
    store.put("/failing/port", "not a number");
    advance(TTL * 2).await;
    let config = live
        .current()
        .await
        .expect("the values have no maximum age");
    assert_eq!((config.key.as_str(), config.port), ("k1", 1));
    let error = live
        .refresh()
        .await
        .err()
        .expect("the value does not decode");
    assert_eq!(error.failures().len(), 1, "{error}");
    assert_eq!(error.failures()[0].kind(), FailureKind::Undecodable);

    store.put("/failing/port", "2");
    let config = live.refresh().await.expect("the value decodes");
    assert_eq!((config.key.as_str(), config.port), ("k2", 2));
}

#[tokio::test(start_paused = true)]
async fn a_refresh_without_a_runtime_stays_pending() {
    let store = create_store();
    let live = load_live(&store).await;
    store.put("/failing/key", "k2");
    let outside = live.clone();
    let result = std::thread::spawn(move || {
        outside
            .refresh()
            .now_or_never()
            .expect("the call does not wait")
            .map(drop)
    });
    result
        .join()
        .expect("the thread does not panic")
        .expect_err("a refresh needs a runtime");
    advance(Duration::from_secs(2)).await;
    assert_eq!(
        live.current()
            .await
            .expect("the values have no maximum age")
            .key,
        "k2"
    );
}

/// The program's own types and validations may panic.
#[tokio::test(start_paused = true)]
async fn a_panic_in_user_code_keeps_the_old_values() {
    fn panic_if_large(port: &u16) -> Result<(), &'static str> {
        assert!(*port < 10, "the test needs a panic");
        Ok(())
    }
    #[derive(StageConfig)]
    #[stage(dev = "/failing/{field}")]
    struct Config {
        #[config(refresh = "5m", validate = panic_if_large)]
        port: u16,
    }

    let store = create_store();
    let live = store
        .loader::<Config>()
        .live(TTL)
        .await
        .expect("the configuration loads");
    store.put("/failing/port", "10");
    let refreshing = live.clone();
    let refresh = tokio::spawn(async move { refreshing.refresh().await.map(drop) });
    assert!(refresh.await.expect_err("the refresh panics").is_panic());

    let report = live.report();
    let refresh = report.refresh.as_ref().expect("a refresh was attempted");
    assert_eq!(
        (refresh.failed, refresh.failures[0].kind()),
        (1, FailureKind::Invalid),
        "{report}"
    );
    assert!(
        report
            .to_string()
            .contains("code of the program panicked while it decoded or validated a value"),
        "{report}"
    );

    store.put("/failing/port", "2");
    advance(Duration::from_secs(2)).await;
    assert_eq!(
        live.current()
            .await
            .expect("the values have no maximum age")
            .port,
        2
    );
}

/// The caller knew of a rotation, so the refresh stays pending although the values are not due.
#[tokio::test(start_paused = true)]
async fn a_failed_explicit_refresh_stays_pending() {
    let store = create_store();
    let live = load_live(&store).await;
    store.put("/failing/key", "k2");
    store.set_mode(Mode::Failing(FailureKind::Unavailable));
    live.refresh()
        .await
        .map(drop)
        .expect_err("the store is down");
    store.set_mode(Mode::Answering);
    assert_eq!(
        live.current()
            .await
            .expect("the values have no maximum age")
            .key,
        "k1",
        "no refresh starts before the pause is over"
    );

    advance(Duration::from_secs(2)).await;
    assert_eq!(
        live.current()
            .await
            .expect("the values have no maximum age")
            .key,
        "k2"
    );
    assert_eq!(
        live.report()
            .refresh
            .as_ref()
            .map(|refresh| (refresh.succeeded, refresh.failed)),
        Some((1, 0))
    );

    store.take_calls();
    advance(Duration::from_secs(2)).await;
    live.current()
        .await
        .expect("the values have no maximum age");
    assert_eq!(
        store.take_calls().len(),
        0,
        "the next read needs no refresh"
    );
}

/// The error, the report and the log of a refresh contain no secret.
#[tokio::test(start_paused = true)]
async fn no_refresh_shows_a_secret() {
    #[derive(StageConfig)]
    #[stage(dev = "/planted/{field}")]
    struct Planted {
        #[config(secret, refresh = "5m")]
        number: u64,
        #[config(secret, refresh = "5m")]
        #[allow(dead_code, reason = "only its error is read")]
        json: std::collections::BTreeMap<String, u8>,
    }

    let logs = Logs::start();
    let store = ChangingStore::with_values([
        ("/planted/number", "7391826450917364"),
        ("/planted/json", "{}"),
    ]);
    let live = store
        .loader::<Planted>()
        .live(TTL)
        .await
        .expect("the configuration loads");
    let mapped = live.map(|config| config.number.to_string());
    mapped
        .current()
        .await
        .expect("the values have no maximum age");
    store.put("/planted/number", SECRET);
    store.put("/planted/json", &format!("{{\"{SECRET}\": \"{SECRET}\"}}"));
    let error = live.refresh().await.err().expect("neither value decodes");
    assert_eq!(error.failures().len(), 2, "{error}");
    assert_error_clean("the error of a refresh", &error);
    assert_report_clean("the report after a failed refresh", &live.report());
    assert_clean(
        "Debug",
        &format!("{live:?} {live:#?} {mapped:?} {mapped:#?}"),
    );

    store.put("/planted/number", "7391826450917365");
    store.put("/planted/json", "{}");
    live.refresh().await.expect("both values decode");
    assert_report_clean("the report after a successful refresh", &live.report());
    assert!(logs.own_events().contains("configuration refreshed"));
    assert_clean("the log", &logs.text());
}
