//! Refreshes that fail, hang or are given up, and values that get too old.

use std::time::Duration;

use futures_util::FutureExt;
use stage_config::{FailureKind, Live, StageConfig};
use tokio::time::{Instant, advance, timeout};

use super::store::{Changing, Mood};
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

fn store() -> Changing {
    Changing::holding([("/failing/key", "k1"), ("/failing/port", "1")])
}

async fn live(store: &Changing) -> Live<Config> {
    let live = store.loader::<Config>().live(TTL).await.expect("it loads");
    store.calls();
    live
}

/// How often the store is asked by a caller that comes every second.
async fn asked_in(store: &Changing, live: &Live<Config>, seconds: u64) -> usize {
    store.calls();
    for _ in 0..seconds {
        advance(Duration::from_secs(1)).await;
        live.current().await.expect("there is no maximum age");
    }
    store.calls().len()
}

#[tokio::test(start_paused = true)]
async fn a_refresh_that_fails_keeps_the_last_good_values_and_says_so() {
    let logs = Logs::start();
    let store = store();
    let live = live(&store).await;
    store.is(Mood::Failing(FailureKind::Denied));
    store.put("/failing/key", "k2");
    advance(TTL * 2).await;
    assert_eq!(live.current().await.expect("there is no maximum age").key, "k1");

    let report = live.report();
    let refresh = report.refresh.as_ref().expect("one was tried");
    assert_eq!((refresh.succeeded, refresh.failed), (0, 1));
    let failed: Vec<_> = refresh.failures.iter().map(|failure| (failure.field(), failure.kind())).collect();
    assert_eq!(failed, [("key", FailureKind::Denied), ("port", FailureKind::Denied)]);
    assert!(report.to_string().contains("NOT REFRESHED, failed once: the last good values are served"), "{report}");
    assert!(report.is_complete(), "the load itself was complete");
    assert!(logs.own().contains("WARN stage_config: the configuration could not be refreshed"), "{}", logs.own());

    store.is(Mood::Answering);
    advance(Duration::from_secs(2)).await;
    assert_eq!(live.current().await.expect("there is no maximum age").key, "k2", "an error is not kept");
    let report = live.report();
    let refresh = report.refresh.as_ref().expect("two were tried");
    assert_eq!((refresh.succeeded, refresh.failed, refresh.failures.len()), (1, 0, 0));
    assert!(report.to_string().contains("refreshed once"), "{report}");
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_down_is_left_alone_for_longer_and_longer() {
    let store = store();
    let live = live(&store).await;
    store.is(Mood::Failing(FailureKind::Unavailable));
    advance(TTL * 2).await;
    // 1, 2, 4, 8, 16, 32 s, then a minute each, a fifth more or less.
    let in_the_first_minute = asked_in(&store, &live, 60).await;
    assert!((5..=7).contains(&in_the_first_minute), "{in_the_first_minute}");
    let in_the_next_ten = asked_in(&store, &live, 600).await;
    assert!((8..=14).contains(&in_the_next_ten), "{in_the_next_ten}");
}

/// What is half good is not served by halves.
#[tokio::test(start_paused = true)]
async fn one_value_that_does_not_decode_keeps_all_others_back() {
    let store = store();
    let live = live(&store).await;
    store.put("/failing/key", "k2");
    store.put("/failing/port", "not a number");
    advance(TTL * 2).await;
    let config = live.current().await.expect("there is no maximum age");
    assert_eq!((config.key.as_str(), config.port), ("k1", 1));
    let error = live.refresh().await.err().expect("it does not decode");
    assert_eq!(error.failures().len(), 1, "{error}");
    assert_eq!(error.failures()[0].kind(), FailureKind::Undecodable);

    store.put("/failing/port", "2");
    let config = live.refresh().await.expect("it decodes");
    assert_eq!((config.key.as_str(), config.port), ("k2", 2));
}

#[tokio::test(start_paused = true)]
async fn a_store_that_hangs_costs_one_caller_half_a_second() {
    let store = store();
    let live = live(&store).await;
    store.is(Mood::Hanging);
    advance(TTL * 2).await;
    let start = Instant::now();
    assert_eq!(live.current().await.expect("there is no maximum age").key, "k1");
    let waited = start.elapsed();
    assert!(waited <= Duration::from_millis(501), "{waited:?}");
    assert_eq!(live.report().refresh.as_ref().map(|refresh| refresh.failures[0].kind()), Some(FailureKind::TimedOut));

    let start = Instant::now();
    live.current().await.expect("there is no maximum age");
    assert_eq!(start.elapsed(), Duration::ZERO, "the next one comes before the pause is over");
}

/// A new connection alone takes a small function some hundred milliseconds.
#[tokio::test(start_paused = true)]
async fn a_store_that_answers_within_the_half_second_is_heard() {
    let store = store();
    let live = live(&store).await;
    store.is(Mood::Slow(Duration::from_millis(450)));
    store.put("/failing/key", "k2");
    advance(TTL * 2).await;
    assert_eq!(live.current().await.expect("there is no maximum age").key, "k2");
}

/// Whoever means "forever" says so.
#[tokio::test(start_paused = true)]
async fn the_longest_durations_are_taken() {
    let store = store();
    for _ in 0..20 {
        let loader = store.loader::<Config>().refresh_timeout(Duration::MAX).max_age(Duration::MAX);
        let live = loader.snapshot_after(Duration::MAX).live(Duration::MAX).await.expect("it loads");
        live.refresh().await.expect("it is there");
        advance(TTL * 2).await;
        live.current().await.expect("it is there");
    }
}

#[tokio::test(start_paused = true)]
async fn the_wait_is_an_option() {
    let store = store();
    let loader = store.loader::<Config>().refresh_timeout(Duration::from_secs(2));
    let live = loader.live(TTL).await.expect("it loads");
    store.is(Mood::Hanging);
    advance(TTL * 2).await;
    let start = Instant::now();
    live.current().await.expect("there is no maximum age");
    let waited = start.elapsed();
    assert!(waited > Duration::from_millis(600) && waited <= Duration::from_millis(2001), "{waited:?}");
}

/// A handler with a time of its own drops the refresh in its middle.
#[tokio::test(start_paused = true)]
async fn a_caller_that_goes_away_leaves_everything_as_it_was() {
    let store = store();
    let live = live(&store).await;
    store.is(Mood::Hanging);
    advance(TTL * 2).await;
    timeout(Duration::from_millis(100), live.current()).await.map(drop).expect_err("it waits for the store");
    store.is(Mood::Answering);
    store.put("/failing/key", "k2");
    assert_eq!(live.current().await.expect("it does not wait").key, "k1", "there is a pause first");
    let report = live.report();
    let refresh = report.refresh.as_ref().expect("one was tried");
    assert_eq!((refresh.failed, refresh.failures[0].kind()), (1, FailureKind::TimedOut), "it is not silent: {report}");
    assert!(report.to_string().contains("its caller went away before it ended"), "{report}");
    advance(Duration::from_secs(2)).await;
    assert_eq!(live.current().await.expect("there is no maximum age").key, "k2");
}

#[tokio::test(start_paused = true)]
async fn values_that_are_too_old_are_an_error_and_the_error_is_not_kept() {
    let store = store();
    let age = Duration::from_secs(900);
    let live = store.loader::<Config>().max_age(age).live(TTL).await.expect("it loads");
    store.is(Mood::Failing(FailureKind::Throttled));
    advance(TTL * 2).await;
    assert_eq!(live.current().await.expect("it is not that old yet").key, "k1");

    advance(age).await;
    let error = live.current().await.err().expect("it is too old now");
    assert_eq!(error.failures()[0].kind(), FailureKind::Throttled, "{error}");
    live.current().await.map(drop).expect_err("nor is it served in the pause after the failure");
    assert_eq!(live.latest().key, "k1", "whoever asks for it gets it, however old");

    store.is(Mood::Answering);
    store.put("/failing/key", "k2");
    assert_eq!(live.current().await.expect("the store answers again").key, "k2");
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_down_is_asked_once_a_second_by_those_who_find_it_too_old() {
    let store = store();
    let live = store.loader::<Config>().max_age(TTL).live(TTL).await.expect("it loads");
    store.is(Mood::Failing(FailureKind::Denied));
    advance(TTL * 2).await;
    store.calls();
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(10) {
        live.current().await.map(drop).expect_err("it is too old");
    }
    let calls = store.calls().len();
    assert!((10..=11).contains(&calls), "{calls} calls in ten seconds");
}

#[tokio::test(start_paused = true)]
async fn all_who_find_it_too_old_wait_for_one_wave() {
    let store = store();
    let live = store.loader::<Config>().max_age(TTL).live(TTL).await.expect("it loads");
    for (mood, calls) in [(Mood::Failing(FailureKind::Denied), 1), (Mood::Answering, 1)] {
        advance(TTL * 2).await;
        store.calls();
        store.is(Mood::Waiting);
        let tasks: Vec<_> = (0..64)
            .map(|_| {
                let live = live.clone();
                tokio::spawn(async move { live.current().await.map(drop) })
            })
            .collect();
        tokio::task::yield_now().await;
        store.release();
        store.is(mood);
        let mut ended = Vec::new();
        for task in tasks {
            ended.push(task.await.expect("it does not panic").is_ok());
        }
        assert_eq!(store.calls().len(), calls, "one wave for all");
        assert!(ended.iter().all(|ok| *ok), "what was under way answered all of them");
    }
}

#[tokio::test(start_paused = true)]
async fn one_that_was_asked_for_outside_a_runtime_is_tried_again_inside() {
    let store = store();
    let live = live(&store).await;
    store.put("/failing/key", "k2");
    let outside = live.clone();
    let asked = std::thread::spawn(move || outside.refresh().now_or_never().expect("it does not wait").map(drop));
    asked.join().expect("it does not panic").expect_err("there is no runtime");
    advance(Duration::from_secs(2)).await;
    assert_eq!(live.current().await.expect("there is no maximum age").key, "k2");
}

/// The program's own types may do what they like with a value.
#[tokio::test(start_paused = true)]
async fn a_type_that_panics_leaves_everything_as_it_was() {
    fn small(port: &u16) -> Result<(), &'static str> {
        assert!(*port < 10, "so the test says");
        Ok(())
    }
    #[derive(StageConfig)]
    #[stage(dev = "/failing/{field}")]
    struct Config {
        #[config(refresh = "5m", validate = small)]
        port: u16,
    }
    let store = store();
    let live = store.loader::<Config>().live(TTL).await.expect("it loads");
    store.put("/failing/port", "10");
    let refreshing = live.clone();
    let refresh = tokio::spawn(async move { refreshing.refresh().await.map(drop) });
    assert!(refresh.await.expect_err("it panics").is_panic());
    let report = live.report();
    let refresh = report.refresh.as_ref().expect("one was tried");
    assert_eq!((refresh.failed, refresh.failures[0].kind()), (1, FailureKind::Invalid), "{report}");
    assert!(report.to_string().contains("a type of the program panicked"), "{report}");
    store.put("/failing/port", "2");
    advance(Duration::from_secs(2)).await;
    assert_eq!(live.current().await.expect("there is no maximum age").port, 2);
}

/// What the others wait for is the values, and not that caller.
#[tokio::test(start_paused = true)]
async fn those_who_wait_with_a_caller_that_goes_away_fetch_for_themselves() {
    let store = store();
    let live = store.loader::<Config>().max_age(TTL).live(TTL).await.expect("it loads");
    advance(TTL * 2).await;
    store.calls();
    store.is(Mood::Waiting);
    let task = |live: Live<Config>| tokio::spawn(async move { live.current().await.map(|config| config.key.clone()) });
    let first = task(live.clone());
    tokio::task::yield_now().await;
    let others: Vec<_> = (0..64).map(|_| task(live.clone())).collect();
    tokio::task::yield_now().await;
    first.abort();
    first.await.map(drop).expect_err("it went away");
    store.put("/failing/key", "k2");
    store.is(Mood::Answering);
    for other in others {
        assert_eq!(other.await.expect("it does not panic").expect("the store answers"), "k2");
    }
    assert_eq!(store.calls().len(), 2, "one wave for all who are left");
}

/// Whoever insisted knew of a rotation: it is not forgotten until the time has passed.
#[tokio::test(start_paused = true)]
async fn a_refresh_that_was_asked_for_and_failed_is_tried_again() {
    let store = store();
    let live = live(&store).await;
    store.put("/failing/key", "k2");
    store.is(Mood::Failing(FailureKind::Unavailable));
    live.refresh().await.map(drop).expect_err("the store is down");
    store.is(Mood::Answering);
    assert_eq!(live.current().await.expect("there is no maximum age").key, "k1", "there is a pause first");
    advance(Duration::from_secs(2)).await;
    assert_eq!(live.current().await.expect("there is no maximum age").key, "k2");
    assert_eq!(live.report().refresh.as_ref().map(|refresh| (refresh.succeeded, refresh.failed)), Some((1, 0)));
    store.calls();
    advance(Duration::from_secs(2)).await;
    live.current().await.expect("there is no maximum age");
    assert_eq!(store.calls().len(), 0, "afterwards all is as ever");
}

/// Refreshes are a new way for a secret to get somewhere.
#[tokio::test(start_paused = true)]
async fn no_refresh_shows_a_secret() {
    #[derive(StageConfig)]
    #[stage(dev = "/planted/{field}")]
    struct Planted {
        #[config(secret, refresh = "5m")]
        number: u64,
        #[config(secret, refresh = "5m")]
        #[allow(dead_code, reason = "what is read of it is its error")]
        json: std::collections::BTreeMap<String, u8>,
    }
    let logs = Logs::start();
    let store = Changing::holding([("/planted/number", "7391826450917364"), ("/planted/json", "{}")]);
    let live = store.loader::<Planted>().live(TTL).await.expect("it loads");
    let derived = live.map(|config| config.number.to_string());
    derived.current().await.expect("there is no maximum age");
    store.put("/planted/number", SECRET);
    store.put("/planted/json", &format!("{{\"{SECRET}\": \"{SECRET}\"}}"));
    let error = live.refresh().await.err().expect("neither decodes");
    assert_eq!(error.failures().len(), 2, "{error}");
    assert_error_clean("the error of a refresh", &error);
    assert_report_clean("the report after it", &live.report());
    assert_clean("Debug", &format!("{live:?} {live:#?} {derived:?} {derived:#?}"));
    store.put("/planted/number", "7391826450917365");
    store.put("/planted/json", "{}");
    live.refresh().await.expect("both decode");
    assert_report_clean("the report of a good one", &live.report());
    assert!(logs.own().contains("configuration refreshed"));
    assert_clean("the log", &logs.text());
}
