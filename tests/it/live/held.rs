//! A refresh that was polled once and then held (neither polled again nor dropped) delays no other
//! caller beyond that caller's own timeout.

use std::time::Duration;

use futures_util::FutureExt;
use stage_config::{Error, ErrorKind, Live, StageConfig};
use tokio::time::{Instant, advance, timeout};

use super::store::{ChangingStore, Mode};
use crate::support::held::{self, assert_elapsed, is_pending};

const TTL: Duration = Duration::from_secs(300);
/// The default timeout of a load.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(8);

#[derive(StageConfig)]
#[stage(dev = "/held/{field}")]
struct Config {
    #[config(refresh = "5m")]
    key: String,
}

fn create_store() -> ChangingStore {
    ChangingStore::with_values([("/held/key", "k1")])
}

/// Returns a configuration whose refresh is due. The store does not answer any more.
async fn load_live(store: &ChangingStore) -> Live<Config> {
    let live = store
        .loader::<Config>()
        .live(TTL)
        .await
        .expect("the configuration loads");
    advance(TTL * 2).await;
    store.put("/held/key", "k2");
    store.set_mode(Mode::Waiting);
    live
}

async fn wait_for_timeout<T>(call: impl Future<Output = Result<T, Error>>) -> Duration {
    held::wait_for_timeout(call, &["another refresh", "drop it"]).await
}

#[tokio::test(start_paused = true)]
async fn a_held_refresh_delays_no_reader_and_other_refreshes_time_out() {
    for by_refresh in [true, false] {
        let store = create_store();
        let live = load_live(&store).await;
        let holder = live.clone();
        let mut held = Box::pin(async move {
            if by_refresh {
                holder.refresh().await.map(drop)
            } else {
                holder.current().await.map(drop)
            }
        });
        assert!(is_pending(&mut held).await);

        let config = live
            .current()
            .now_or_never()
            .expect("a reader does not wait")
            .expect("the values have no maximum age");
        assert_eq!(config.key, "k1", "the last good values");
        assert_elapsed(wait_for_timeout(live.refresh()).await, DEFAULT_TIMEOUT);
        assert_eq!(live.latest().key, "k1");

        store.set_mode(Mode::Answering);
        drop(held);
        assert_eq!(live.refresh().await.expect("the lock is free").key, "k2");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refresh_has_one_timeout_for_waiting_and_fetching() {
    let store = create_store();
    let live = load_live(&store).await;
    let mut held = Box::pin(live.refresh());
    assert!(is_pending(&mut held).await);

    let start = Instant::now();
    let (result, ()) = tokio::join!(live.refresh(), async {
        tokio::time::sleep(DEFAULT_TIMEOUT / 2).await;
        drop(held);
    });
    let error = result.err().expect("the store hangs");
    assert_eq!(error.kind(), ErrorKind::Unresolved, "{error}");
    assert_elapsed(start.elapsed(), DEFAULT_TIMEOUT);
}

#[tokio::test(start_paused = true)]
async fn expired_values_are_an_error_within_the_timeout_of_a_load() {
    let store = create_store();
    let timeout = Duration::from_secs(3);
    let loader = store.loader::<Config>().max_age(TTL).timeout(timeout);
    let live = loader.live(TTL).await.expect("the configuration loads");
    advance(TTL * 2).await;
    store.set_mode(Mode::Waiting);
    let mut held = Box::pin(live.current());
    assert!(is_pending(&mut held).await);
    assert_elapsed(wait_for_timeout(live.current()).await, timeout);
    assert_elapsed(wait_for_timeout(live.refresh()).await, timeout);
    assert_eq!(
        live.latest().key,
        "k1",
        "`latest` returns values of any age"
    );
}

/// If the values have expired, a caller waits until the pause after a failed refresh is over. This
/// wait counts towards the caller's timeout.
#[tokio::test(start_paused = true)]
async fn a_pause_before_a_refresh_counts_towards_the_timeout() {
    let store = create_store();
    let timeout = Duration::from_secs(3);
    let loader = store.loader::<Config>().max_age(TTL).timeout(timeout);
    let live = loader.live(TTL).await.expect("the configuration loads");
    advance(TTL * 2).await;
    store.set_mode(Mode::Failing(stage_config::FailureKind::Unavailable));
    live.current()
        .await
        .map(drop)
        .expect_err("the values are too old, and the store is down");
    store.set_mode(Mode::Hanging);
    let start = Instant::now();
    let error = live.current().await.map(drop).expect_err("the store hangs");
    assert_eq!(error.kind(), ErrorKind::Unresolved, "{error}");
    assert_elapsed(start.elapsed(), timeout);
}

#[derive(Debug, PartialEq)]
enum ApiError {
    Unauthorized,
    Config(ErrorKind),
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        Self::Config(error.kind())
    }
}

/// Rejected callers wait for the refresh of another caller, at most for the timeout of a load, and
/// then return the vendor's error.
#[tokio::test(start_paused = true)]
async fn a_rejected_caller_waits_at_most_the_timeout_of_a_load() {
    let store = create_store();
    let live = load_live(&store).await;
    let charge = |live: Live<Config>| async move {
        let is_rejected = |error: &ApiError| *error == ApiError::Unauthorized;
        let result = live.retry_auth(is_rejected, async |_| {
            Err::<(), ApiError>(ApiError::Unauthorized)
        });
        result.await.expect_err("the key is rejected")
    };
    // One held future runs a due refresh, and the other one is a rejected caller.
    let mut held = Box::pin(live.current());
    assert!(is_pending(&mut held).await);

    let mut first = Box::pin(charge(live.clone()));
    assert!(is_pending(&mut first).await);

    let start = Instant::now();
    let error = timeout(Duration::from_secs(3600), charge(live.clone()))
        .await
        .expect("every call ends");
    assert_eq!(error, ApiError::Unauthorized);
    assert_elapsed(start.elapsed(), DEFAULT_TIMEOUT);

    drop((held, first));
}
