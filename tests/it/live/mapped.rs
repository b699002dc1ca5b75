//! `Live::map`: products that are built from a configuration.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use stage_config::{Live, StageConfig};
use tokio::time::advance;

use super::store::ChangingStore;

const TTL: Duration = Duration::from_secs(300);

#[derive(StageConfig)]
#[stage(dev = "/mapped/{field}")]
struct Config {
    #[config(refresh = "5m")]
    host: String,
    #[config(refresh = "5m")]
    #[allow(dead_code, reason = "only its change matters")]
    level: String,
}

async fn load_live() -> (ChangingStore, Live<Config>) {
    let store = ChangingStore::with_values([("/mapped/host", "h1"), ("/mapped/level", "l1")]);
    let live = store
        .loader::<Config>()
        .live(TTL)
        .await
        .expect("the configuration loads");
    (store, live)
}

#[tokio::test(start_paused = true)]
async fn a_product_is_rebuilt_only_when_a_value_changes() {
    let (store, live) = load_live().await;
    let built = Arc::new(AtomicUsize::new(0));
    let pool = live.map({
        let built = built.clone();
        move |config| {
            built.fetch_add(1, Ordering::Relaxed);
            format!("pool of {}", config.host)
        }
    });
    assert_eq!(
        built.load(Ordering::Relaxed),
        0,
        "nothing is built before the first use"
    );
    let first = pool
        .current()
        .await
        .expect("the values have no maximum age");
    assert!(Arc::ptr_eq(
        &first,
        &pool.latest().await.expect("the product is built")
    ));
    advance(TTL * 2).await;
    assert!(Arc::ptr_eq(
        &first,
        &pool.current().await.expect("the product is built")
    ));

    store.put("/mapped/host", "h2");
    advance(TTL * 2).await;
    assert!(
        Arc::ptr_eq(&first, &pool.latest().await.expect("the product is built")),
        "`latest` returned another product"
    );
    assert_eq!(
        *pool
            .current()
            .await
            .expect("the values have no maximum age"),
        "pool of h2"
    );
    assert_eq!(*first, "pool of h1", "the old product stays valid");
    assert_eq!(built.load(Ordering::Relaxed), 2);
}

#[tokio::test(start_paused = true)]
async fn rebuild_if_limits_the_rebuilds() {
    let (store, live) = load_live().await;
    let pool = live
        .map(|config| config.host.clone())
        .rebuild_if(|old, new| old.host != new.host);
    let first = pool
        .current()
        .await
        .expect("the values have no maximum age");
    store.put("/mapped/level", "l2");
    live.refresh().await.expect("the refresh succeeds");
    assert!(
        Arc::ptr_eq(
            &first,
            &pool
                .current()
                .await
                .expect("the values have no maximum age")
        ),
        "the product was rebuilt, although the host is the same"
    );

    store.put("/mapped/host", "h2");
    live.refresh().await.expect("the refresh succeeds");
    assert_eq!(
        *pool
            .current()
            .await
            .expect("the values have no maximum age"),
        "h2"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_threads_share_one_build() {
    let (_store, live) = load_live().await;
    let built = Arc::new(AtomicUsize::new(0));
    let count = built.clone();
    let pool = Arc::new(live.map(move |config| {
        count.fetch_add(1, Ordering::Relaxed);
        config.host.clone()
    }));
    let tasks: Vec<_> = (0..64)
        .map(|_| {
            let pool = pool.clone();
            tokio::spawn(async move { pool.current().await.map(|host| host.to_string()) })
        })
        .collect();
    for task in tasks {
        assert_eq!(
            task.await
                .expect("the task does not panic")
                .expect("the values have no maximum age"),
            "h1"
        );
    }
    assert_eq!(built.load(Ordering::Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn a_build_is_retried_after_a_panic() {
    let (store, live) = load_live().await;
    let pool = live.map(|config| {
        assert_ne!(config.host, "bad", "the test needs a panic");
        config.host.clone()
    });
    assert_eq!(*pool.latest().await.expect("the product is built"), "h1");

    store.put("/mapped/host", "bad");
    live.refresh().await.expect("the refresh succeeds");
    let panicked = AssertUnwindSafe(pool.latest()).catch_unwind().await;
    panicked
        .map(drop)
        .expect_err("the program's own function panics");
    store.put("/mapped/host", "good");
    live.refresh().await.expect("the refresh succeeds");
    assert_eq!(*pool.latest().await.expect("the product is built"), "good");
}
