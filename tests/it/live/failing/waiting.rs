//! How long a caller waits for a refresh, and refreshes that their caller drops.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_hanging_store_delays_one_caller_by_at_most_half_a_second() {
    let store = create_store();
    let live = load_live(&store).await;
    store.set_mode(Mode::Hanging);
    advance(TTL * 2).await;
    let start = Instant::now();
    assert_eq!(
        live.current()
            .await
            .expect("the values have no maximum age")
            .key,
        "k1"
    );
    let waited = start.elapsed();
    assert!(waited <= Duration::from_millis(501), "{waited:?}");
    assert_eq!(
        live.report()
            .refresh
            .as_ref()
            .map(|refresh| refresh.failures[0].kind()),
        Some(FailureKind::TimedOut)
    );

    let start = Instant::now();
    live.current()
        .await
        .expect("the values have no maximum age");
    assert_eq!(
        start.elapsed(),
        Duration::ZERO,
        "the next caller does not wait, because the pause is not over"
    );
}

/// In a small Lambda function, a new connection alone takes a few hundred milliseconds.
#[tokio::test(start_paused = true)]
async fn an_answer_within_half_a_second_is_used() {
    let store = create_store();
    let live = load_live(&store).await;
    store.set_mode(Mode::Slow(Duration::from_millis(450)));
    store.put("/failing/key", "k2");
    advance(TTL * 2).await;
    assert_eq!(
        live.current()
            .await
            .expect("the values have no maximum age")
            .key,
        "k2"
    );
}

/// As a timeout, an age or an interval, `Duration::MAX` sets no limit.
#[tokio::test(start_paused = true)]
async fn the_longest_durations_are_valid() {
    let store = create_store();
    for _ in 0..20 {
        let loader = store
            .loader::<Config>()
            .refresh_timeout(Duration::MAX)
            .max_age(Duration::MAX);
        let live = loader
            .snapshot_after(Duration::MAX)
            .live(Duration::MAX)
            .await
            .expect("the configuration loads");
        live.refresh().await.expect("the refresh succeeds");
        advance(TTL * 2).await;
        live.current().await.expect("the values are served");
    }
}

#[tokio::test(start_paused = true)]
async fn refresh_timeout_sets_the_wait() {
    let store = create_store();
    let loader = store
        .loader::<Config>()
        .refresh_timeout(Duration::from_secs(2));
    let live = loader.live(TTL).await.expect("the configuration loads");
    store.set_mode(Mode::Hanging);
    advance(TTL * 2).await;
    let start = Instant::now();
    live.current()
        .await
        .expect("the values have no maximum age");
    let waited = start.elapsed();
    assert!(
        waited > Duration::from_millis(600) && waited <= Duration::from_millis(2001),
        "{waited:?}"
    );
}

/// A handler with its own timeout drops the running refresh.
#[tokio::test(start_paused = true)]
async fn a_dropped_refresh_keeps_the_old_values() {
    let store = create_store();
    let live = load_live(&store).await;
    store.set_mode(Mode::Hanging);
    advance(TTL * 2).await;
    timeout(Duration::from_millis(100), live.current())
        .await
        .map(drop)
        .expect_err("the call waits for the store");
    store.set_mode(Mode::Answering);
    store.put("/failing/key", "k2");
    assert_eq!(
        live.current()
            .await
            .expect("the values have no maximum age")
            .key,
        "k1",
        "no refresh starts before the pause is over"
    );

    let report = live.report();
    let refresh = report.refresh.as_ref().expect("a refresh was attempted");
    assert_eq!(
        (refresh.failed, refresh.failures[0].kind()),
        (1, FailureKind::TimedOut),
        "the report has the dropped refresh: {report}"
    );
    assert!(
        report
            .to_string()
            .contains("the caller of the refresh was cancelled before the refresh ended"),
        "{report}"
    );

    advance(Duration::from_secs(2)).await;
    assert_eq!(
        live.current()
            .await
            .expect("the values have no maximum age")
            .key,
        "k2"
    );
}

/// Waiters do not depend on the caller that fetches.
#[tokio::test(start_paused = true)]
async fn waiters_of_a_dropped_refresh_share_a_new_one() {
    let store = create_store();
    let live = store
        .loader::<Config>()
        .max_age(TTL)
        .live(TTL)
        .await
        .expect("the configuration loads");
    advance(TTL * 2).await;
    store.take_calls();
    store.set_mode(Mode::Waiting);
    let task = |live: Live<Config>| {
        tokio::spawn(async move { live.current().await.map(|config| config.key.clone()) })
    };
    let first = task(live.clone());
    tokio::task::yield_now().await;
    let others: Vec<_> = (0..64).map(|_| task(live.clone())).collect();
    tokio::task::yield_now().await;
    first.abort();
    first.await.map(drop).expect_err("the refresh was dropped");
    store.put("/failing/key", "k2");
    store.set_mode(Mode::Answering);
    for other in others {
        assert_eq!(
            other
                .await
                .expect("the task does not panic")
                .expect("the store answers"),
            "k2"
        );
    }
    assert_eq!(
        store.take_calls().len(),
        2,
        "one wave for all remaining callers"
    );
}
