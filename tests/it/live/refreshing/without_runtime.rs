//! Live configurations that are read outside of a runtime.

use super::*;

/// Without a runtime, `current` returns the last good values. `refresh` needs a runtime, and its
/// error says so.
#[test]
fn the_last_good_values_are_served_without_a_runtime() {
    let store = create_store();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime");
    let live = runtime
        .block_on(store.loader::<Config>().live(TTL))
        .expect("the configuration loads");
    drop(runtime);
    let error = live
        .refresh()
        .now_or_never()
        .expect("the call does not wait")
        .err()
        .expect("a refresh needs a runtime");
    assert_eq!(error.kind(), ErrorKind::Runtime, "{error}");

    let config = live
        .current()
        .now_or_never()
        .expect("the call does not wait")
        .expect("the values have no maximum age");
    assert_eq!(config.table, "orders");
}

/// Without a runtime, `current` returns an error instead of expired values. The second call does
/// not pause before its attempt, because a pause needs the timer of a runtime.
#[test]
fn expired_values_are_an_error_without_a_runtime() {
    let store = create_store();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime");
    let live = runtime
        .block_on(store.loader::<Config>().max_age(Duration::ZERO).live(TTL))
        .expect("the configuration loads");
    drop(runtime);
    for _ in 0..2 {
        let error = live
            .current()
            .now_or_never()
            .expect("the call does not wait")
            .err()
            .expect("a refresh needs a runtime");
        assert_eq!(error.kind(), ErrorKind::Runtime, "{error}");
    }
    let report = live.report();
    let reason = report
        .refresh
        .as_ref()
        .and_then(|refresh| refresh.reason.clone())
        .expect("the report has a reason for the whole refresh");
    assert!(
        reason.contains("a load needs a tokio runtime") && report.to_string().contains(&reason),
        "{report}"
    );
}
