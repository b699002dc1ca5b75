//! Values that no refresh changes: local values, and values of immutable sources and of variables.

use stage_config::FailureKind;

use super::*;
use crate::support::planted::{SECRET, assert_clean};

#[tokio::test(start_paused = true)]
async fn local_values_are_never_refreshed() {
    let values = stage_config::testing::Memory::new();
    let values = [
        "table", "user", "password", "slow", "pinned", "label", "chain",
    ]
    .into_iter()
    .fold(values, |values, field| values.set(field, "local"));
    let live = Config::loader()
        .stage("dev")
        .local(values)
        .live(TTL)
        .await
        .expect("the configuration loads");
    advance_past(TTL * 100).await;
    assert_eq!(
        live.current()
            .await
            .expect("the values have no maximum age")
            .label,
        "local"
    );
    assert!(live.report().refresh.is_none());
    live.refresh().await.expect("the refresh fetches nothing");
}

#[tokio::test(start_paused = true)]
async fn immutable_sources_are_never_fetched_again() {
    #[derive(StageConfig)]
    struct Pinned {
        #[stage(dev = "/live/pinned:3")]
        pinned: String,
    }

    let store = create_store();
    let live = store
        .loader::<Pinned>()
        .max_age(TTL)
        .live(TTL)
        .await
        .expect("the configuration loads");
    store.take_calls();
    advance_past(TTL * 100).await;
    assert_eq!(
        live.current()
            .await
            .expect("the values never expire")
            .pinned,
        "three"
    );
    assert_eq!(
        live.refresh()
            .await
            .expect("the refresh fetches nothing")
            .pinned,
        "three"
    );
    assert_eq!(store.take_calls().len(), 0);
    assert!(live.report().refresh.is_none());
}

#[test]
fn variables_keep_the_value_of_the_load() {
    let variables = [("TABLE", "orders"), ("CHAIN", "of the variable")];
    child::run(
        "live::refreshing::fixed_sources::inner_variables",
        &variables,
    )
    .assert_passed();
}

/// A refresh resolves a chain again, since an earlier candidate may appear or disappear. The
/// refresh uses the value that the load read from a variable, and does not read the variable again.
#[tokio::test(start_paused = true)]
async fn inner_variables() {
    if !child::is_inner("live::refreshing::fixed_sources::inner_variables") {
        return;
    }

    #[derive(StageConfig)]
    struct Config {
        #[stage(dev = "env:TABLE")]
        table: String,
        #[stage(dev = ["/live/first", "env:CHAIN"])]
        #[config(refresh = "5m")]
        chain: String,
        #[stage(dev = "/live/label:live")]
        #[config(refresh = "5m")]
        label: String,
    }

    let store = create_store();
    let live = store
        .loader::<Config>()
        .live(TTL)
        .await
        .expect("the configuration loads");
    store.take_calls();
    for (first, chain) in [
        (None, "of the variable"),
        (Some("of the store"), "of the store"),
        (None, "of the variable"),
    ] {
        match first {
            Some(text) => store.put("/live/first", text),
            None => store.remove("/live/first"),
        }
        advance_past(TTL).await;
        let config = live
            .current()
            .await
            .expect("the values have no maximum age");
        assert_eq!(
            (
                config.table.as_str(),
                config.chain.as_str(),
                config.label.as_str()
            ),
            ("orders", chain, "l1")
        );
        assert_eq!(
            sort_names(store.take_calls()),
            ["/live/first", "/live/label:live"]
        );
    }
}

/// The first load does not need the variable. The refresh needs it, and reports the same failure as
/// a second load.
#[test]
#[cfg(unix)]
fn a_variable_that_is_not_utf_8_fails_a_refresh_like_a_load() {
    use std::os::unix::ffi::OsStringExt as _;
    let text = std::ffi::OsString::from_vec([SECRET.as_bytes(), b"\xFF"].concat());
    let output = child::run(
        "live::refreshing::fixed_sources::inner_not_utf_8",
        &[("CHAIN", text)],
    )
    .assert_passed();
    assert_clean("the output", &output.text());
}

#[tokio::test(start_paused = true)]
async fn inner_not_utf_8() {
    if !child::is_inner("live::refreshing::fixed_sources::inner_not_utf_8") {
        return;
    }

    #[derive(StageConfig)]
    #[allow(dead_code, reason = "the refresh fails")]
    struct Config {
        #[stage(dev = ["/live/first", "env:CHAIN"])]
        #[config(refresh = "5m")]
        chain: Option<String>,
    }

    let store = create_store();
    store.put("/live/first", "of the store");
    let live = store
        .loader::<Config>()
        .live(TTL)
        .await
        .expect("the configuration loads");
    store.remove("/live/first");
    let refreshed = live
        .refresh()
        .await
        .err()
        .expect("the variable is not UTF-8");
    let loaded = store
        .loader::<Config>()
        .load()
        .await
        .err()
        .expect("the variable is not UTF-8");
    for error in [&refreshed, &loaded] {
        let [failure] = error.failures() else {
            panic!("one failure is expected: {error}");
        };
        assert_eq!(failure.kind(), FailureKind::Undecodable);
        assert_eq!(failure.detail(), "the variable is not UTF-8");
    }
    assert_eq!(refreshed.to_string(), loaded.to_string());
}

#[test]
fn a_configuration_of_variables_is_never_due() {
    child::run(
        "live::refreshing::fixed_sources::inner_variables_alone",
        &[("TABLE", "orders")],
    )
    .assert_passed();
}

#[tokio::test(start_paused = true)]
async fn inner_variables_alone() {
    if !child::is_inner("live::refreshing::fixed_sources::inner_variables_alone") {
        return;
    }

    #[derive(StageConfig)]
    struct Config {
        #[stage(dev = "env:TABLE")]
        table: String,
    }

    let live = Config::loader()
        .stage("dev")
        .max_age(TTL)
        .live(TTL)
        .await
        .expect("the configuration loads");
    let first = live.latest();
    advance_past(TTL * 100).await;
    assert!(Arc::ptr_eq(
        &first,
        &live.current().await.expect("the values never expire")
    ));
    assert!(Arc::ptr_eq(
        &first,
        &live.refresh().await.expect("the refresh fetches nothing")
    ));
    assert_eq!(first.table, "orders");
    assert!(live.report().refresh.is_none());
}
