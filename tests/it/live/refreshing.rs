//! Which fields a refresh fetches, and when.

mod fixed_sources;
mod without_runtime;

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use stage_config::{ErrorKind, StageConfig};
use tokio::time::advance;

use super::store::{ChangingStore, Mode};
use crate::support::child;

const TTL: Duration = Duration::from_secs(300);

/// A configuration of marked fields (with `refresh`) and unmarked fields. Two fields read keys of
/// one secret, and only one of the two fields is marked. The source of one marked field is never
/// fetched again.
#[derive(StageConfig)]
#[stage(dev = "/live/{field}")]
struct Config {
    table: String,
    #[stage(dev = "secret:db#user")]
    user: String,
    #[stage(dev = "secret:db#password")]
    #[config(refresh = "5m")]
    password: String,
    #[config(refresh = "1h")]
    slow: String,
    #[stage(dev = "/live/pinned:3")]
    #[config(refresh = "5m")]
    pinned: String,
    #[stage(dev = "/live/label:live")]
    #[config(refresh = "5m")]
    label: String,
    #[stage(dev = ["/live/first", "value:of the program"])]
    #[config(refresh = "5m")]
    chain: String,
}

fn create_store() -> ChangingStore {
    ChangingStore::with_values([
        ("/live/table", "orders"),
        ("secret:db", r#"{"user": "u1", "password": "p1"}"#),
        ("/live/slow", "s1"),
        ("/live/pinned:3", "three"),
        ("/live/label:live", "l1"),
    ])
}

fn sort_names(calls: Vec<Vec<String>>) -> Vec<String> {
    let mut names: Vec<String> = calls.into_iter().flatten().collect();
    names.sort();
    names
}

/// Advances the clock by this time and the largest jitter.
async fn advance_past(time: Duration) {
    advance(time.mul_f64(1.21)).await;
}

#[tokio::test(start_paused = true)]
async fn marked_fields_are_fetched_only_when_due() {
    let store = create_store();
    let live = store
        .loader::<Config>()
        .live(TTL * 100)
        .await
        .expect("the configuration loads");
    assert_eq!(
        store.take_calls().concat().len(),
        6,
        "the load fetches all values"
    );
    let first = live
        .current()
        .await
        .expect("without `max_age`, `current` does not fail");

    advance(TTL.mul_f64(0.79)).await;
    assert!(Arc::ptr_eq(
        &first,
        &live.current().await.expect("the values are served")
    ));
    assert_eq!(
        store.take_calls().len(),
        0,
        "no value is fetched before it is due"
    );

    store.put("secret:db", r#"{"user": "u2", "password": "p2"}"#);
    store.put("/live/table", "another");
    store.put("/live/label:live", "l2");
    advance(TTL.mul_f64(0.42)).await;
    let second = live.current().await.expect("the values are served");
    assert_eq!(
        sort_names(store.take_calls()),
        ["/live/first", "/live/label:live", "secret:db"]
    );
    assert_eq!(
        (second.password.as_str(), second.label.as_str()),
        ("p2", "l2")
    );
    assert_eq!(
        second.user, "u2",
        "two fields of one secret have the same version"
    );
    assert_eq!(second.pinned, "three");
    assert_eq!(
        (second.table.as_str(), second.slow.as_str()),
        ("orders", "s1"),
        "the first field is not marked, and the second is not due"
    );
    assert_eq!(
        (first.password.as_str(), first.user.as_str()),
        ("p1", "u1"),
        "a configuration that is held does not change"
    );
}

#[tokio::test(start_paused = true)]
async fn each_field_has_its_own_interval_up_to_the_ttl() {
    let store = create_store();
    let hour = Duration::from_secs(3600);
    let live = store
        .loader::<Config>()
        .live(hour * 24)
        .await
        .expect("the configuration loads");
    store.take_calls();
    advance_past(hour).await;
    live.current()
        .await
        .expect("without `max_age`, `current` does not fail");
    assert_eq!(
        sort_names(store.take_calls()),
        ["/live/first", "/live/label:live", "/live/slow", "secret:db"]
    );

    let bounded = store
        .loader::<Config>()
        .live(Duration::from_secs(60))
        .await
        .expect("the configuration loads");
    store.take_calls();
    advance_past(Duration::from_secs(60)).await;
    bounded
        .current()
        .await
        .expect("without `max_age`, `current` does not fail");
    assert_eq!(
        sort_names(store.take_calls()).len(),
        4,
        "the field with an interval of an hour is fetched too"
    );
}

#[tokio::test(start_paused = true)]
async fn unchanged_values_keep_the_same_arc() {
    let store = create_store();
    let live = store
        .loader::<Config>()
        .live(TTL)
        .await
        .expect("the configuration loads");
    let first = live.latest();
    advance_past(TTL).await;
    store.take_calls();
    let second = live
        .current()
        .await
        .expect("without `max_age`, `current` does not fail");
    assert_eq!(store.take_calls().len(), 2, "each store has one call");
    assert!(Arc::ptr_eq(&first, &second));
    assert_eq!(
        live.report()
            .refresh
            .as_ref()
            .map(|refresh| refresh.succeeded),
        Some(1)
    );
}

/// In this chain the first source wins, and the second is always denied.
#[tokio::test(start_paused = true)]
async fn an_unused_source_does_not_change_the_configuration() {
    #[derive(StageConfig)]
    struct Chain {
        #[stage(dev = ["/live/table", "/live/denied"])]
        a: String,
    }

    let store = create_store();
    store.deny("/live/denied");
    let live = store
        .loader::<Chain>()
        .live(TTL)
        .await
        .expect("the first source wins");
    let first = live.latest();
    assert_eq!(first.a, "orders");
    assert!(
        Arc::ptr_eq(
            &first,
            &live.refresh().await.expect("the values are served")
        ),
        "the values are the same, so the `Arc` is kept and no product of `map` is rebuilt"
    );
}

#[tokio::test(start_paused = true)]
async fn the_value_of_a_candidate_may_appear_and_disappear() {
    let store = create_store();
    let live = store
        .loader::<Config>()
        .live(TTL)
        .await
        .expect("the configuration loads");
    assert_eq!(live.latest().chain, "of the program");
    store.put("/live/first", "of the store");
    assert_eq!(
        live.refresh().await.expect("the refresh succeeds").chain,
        "of the store"
    );
    store.remove("/live/first");
    assert_eq!(
        live.refresh()
            .await
            .expect("the next candidate applies")
            .chain,
        "of the program"
    );
}

/// Without marked fields, a refresh fetches all fields except those that cannot change.
#[tokio::test(start_paused = true)]
async fn all_fields_that_can_change_are_fetched_again_without_marked_fields() {
    #[derive(StageConfig)]
    #[stage(dev = "/plain/{field}")]
    struct Plain {
        a: String,
        #[stage(dev = "/plain/pinned:1")]
        pinned: String,
        #[stage(dev = "value:x")]
        b: String,
    }

    let store = ChangingStore::with_values([("/plain/a", "1"), ("/plain/pinned:1", "p")]);
    let live = store
        .loader::<Plain>()
        .live(TTL)
        .await
        .expect("the configuration loads");
    store.take_calls();
    store.put("/plain/a", "2");
    advance_past(TTL).await;
    let config = live
        .current()
        .await
        .expect("without `max_age`, `current` does not fail");
    assert_eq!(
        (config.a.as_str(), config.pinned.as_str(), config.b.as_str()),
        ("2", "p", "x")
    );
    assert_eq!(store.take_calls(), [["/plain/a"]]);
}

#[tokio::test(start_paused = true)]
async fn one_caller_refreshes_and_others_get_the_old_values() {
    let store = create_store();
    let live = store
        .loader::<Config>()
        .live(TTL)
        .await
        .expect("the configuration loads");
    store.take_calls();
    advance_past(TTL).await;
    store.put("/live/label:live", "l2");
    store.set_mode(Mode::Waiting);
    let first = tokio::spawn({
        let live = live.clone();
        async move {
            live.current()
                .await
                .expect("without `max_age`, `current` does not fail")
                .label
                .clone()
        }
    });
    // With one thread, the first caller runs until it waits for the store.
    tokio::task::yield_now().await;
    assert_eq!(store.take_calls().len(), 2, "the refresh is running");

    for _ in 0..64 {
        let current = live
            .current()
            .await
            .expect("without `max_age`, `current` does not fail");
        assert_eq!(
            current.label, "l1",
            "the caller gets the last good value at once"
        );
    }
    assert_eq!(store.take_calls().len(), 0, "no other caller fetches");

    store.release();
    assert_eq!(first.await.expect("the task does not panic"), "l2");
    assert_eq!(live.latest().label, "l2");
}

#[tokio::test(start_paused = true)]
async fn concurrent_refreshes_share_one_later_wave() {
    let store = create_store();
    let live = store
        .loader::<Config>()
        .live(TTL)
        .await
        .expect("the configuration loads");
    store.take_calls();
    store.set_mode(Mode::Waiting);
    let early = tokio::spawn({
        let live = live.clone();
        async move { live.refresh().await.map(drop) }
    });
    tokio::task::yield_now().await;
    let first_calls = store.take_calls();
    assert_eq!(first_calls.len(), 2, "a wave is running: {first_calls:?}");

    // The running wave may have read the old value already.
    store.put("/live/label:live", "l2");
    let late: Vec<_> = (0..64)
        .map(|_| {
            let live = live.clone();
            tokio::spawn(async move { live.refresh().await.map(|config| config.label.clone()) })
        })
        .collect();
    tokio::task::yield_now().await;
    store.release();
    early
        .await
        .expect("the task does not panic")
        .expect("the refresh succeeds");
    for task in late {
        assert_eq!(
            task.await
                .expect("the task does not panic")
                .expect("the refresh succeeds"),
            "l2"
        );
    }
    assert_eq!(store.take_calls().len(), 2, "one more wave for all 64");
}

#[tokio::test(start_paused = true)]
async fn a_ttl_of_less_than_a_second_is_refused() {
    let error = create_store()
        .loader::<Config>()
        .live(Duration::from_millis(999))
        .await
        .expect_err("the TTL is too short");
    assert_eq!(error.kind(), ErrorKind::Options);
    assert!(error.to_string().contains("one second or more"), "{error}");
}
