//! Values over the maximum age.

use super::*;

#[tokio::test(start_paused = true)]
async fn values_over_the_maximum_age_are_an_error() {
    let store = create_store();
    let age = Duration::from_secs(900);
    let live = store
        .loader::<Config>()
        .max_age(age)
        .live(TTL)
        .await
        .expect("the configuration loads");
    store.set_mode(Mode::Failing(FailureKind::Throttled));
    advance(TTL * 2).await;
    assert_eq!(
        live.current()
            .await
            .expect("the values have not expired")
            .key,
        "k1"
    );

    advance(age).await;
    let error = live.current().await.err().expect("the values have expired");
    assert_eq!(
        error.failures()[0].kind(),
        FailureKind::Throttled,
        "{error}"
    );
    live.current()
        .await
        .map(drop)
        .expect_err("expired values are not served in the pause either");
    assert_eq!(
        live.latest().key,
        "k1",
        "`latest` returns values of any age"
    );

    store.set_mode(Mode::Answering);
    store.put("/failing/key", "k2");
    assert_eq!(
        live.current().await.expect("the store answers again").key,
        "k2"
    );
}

#[tokio::test(start_paused = true)]
async fn expired_values_are_refreshed_at_most_once_a_second() {
    let store = create_store();
    let live = store
        .loader::<Config>()
        .max_age(TTL)
        .live(TTL)
        .await
        .expect("the configuration loads");
    store.set_mode(Mode::Failing(FailureKind::Denied));
    advance(TTL * 2).await;
    store.take_calls();
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(10) {
        live.current()
            .await
            .map(drop)
            .expect_err("the values have expired");
    }
    let calls = store.take_calls().len();
    assert!((10..=11).contains(&calls), "{calls} calls in ten seconds");
}

#[tokio::test(start_paused = true)]
async fn callers_with_expired_values_share_one_wave() {
    let store = create_store();
    let live = store
        .loader::<Config>()
        .max_age(TTL)
        .live(TTL)
        .await
        .expect("the configuration loads");
    for mode in [Mode::Failing(FailureKind::Denied), Mode::Answering] {
        advance(TTL * 2).await;
        store.take_calls();
        store.set_mode(Mode::Waiting);
        let tasks: Vec<_> = (0..64)
            .map(|_| {
                let live = live.clone();
                tokio::spawn(async move { live.current().await.map(drop) })
            })
            .collect();
        tokio::task::yield_now().await;
        store.release();
        store.set_mode(mode);
        let mut results = Vec::new();
        for task in tasks {
            results.push(task.await.expect("the task does not panic").is_ok());
        }
        assert_eq!(store.take_calls().len(), 1, "one wave for all callers");
        assert!(
            results.iter().all(|is_ok| *is_ok),
            "a caller did not get the answer of the wave"
        );
    }
}
