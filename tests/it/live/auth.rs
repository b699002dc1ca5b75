//! `retry_auth`: after a rejected key, one refresh finds out whether the key was rotated. A process
//! makes at most one such refresh a minute, so each test runs in its own process.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use stage_config::testing::Memory;
use stage_config::{Error, Live, StageConfig};
use tokio::time::advance;

use super::store::{ChangingStore, Mode};
use crate::support::child;

const TTL: Duration = Duration::from_secs(3600);

#[derive(Debug, PartialEq)]
enum VendorError {
    Key(String),
    Other,
    Config,
}

impl From<Error> for VendorError {
    fn from(_: Error) -> Self {
        Self::Config
    }
}

/// A vendor's API that accepts one key and counts its calls.
#[derive(Clone)]
struct Vendor {
    accepted_key: &'static str,
    calls: Arc<AtomicUsize>,
}

impl Vendor {
    fn accepting(key: &'static str) -> Self {
        Self {
            accepted_key: key,
            calls: Arc::default(),
        }
    }

    async fn charge(&self, key: &str) -> Result<&'static str, VendorError> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        if key == self.accepted_key {
            Ok("charged")
        } else {
            Err(VendorError::Key(key.to_owned()))
        }
    }

    /// Returns the number of calls since this method was called last.
    fn take_calls(&self) -> usize {
        self.calls.swap(0, Ordering::Relaxed)
    }
}

fn is_key(error: &VendorError) -> bool {
    matches!(error, VendorError::Key(_))
}

#[derive(StageConfig)]
#[stage(dev = "/auth/{field}")]
struct Config {
    #[config(secret, refresh = "1h")]
    key: String,
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

async fn charge(live: &Live<Config>, vendor: &Vendor) -> Result<&'static str, VendorError> {
    let operation = |config: Arc<Config>| {
        let vendor = vendor.clone();
        async move { vendor.charge(&config.key).await }
    };
    live.retry_auth(is_key, operation).await
}

#[tokio::test(start_paused = true)]
async fn a_rotated_key_is_found_by_the_retry() {
    if !child::isolate("live::auth::a_rotated_key_is_found_by_the_retry") {
        return;
    }

    let store = ChangingStore::with_values([("/auth/key", "k1")]);
    let live = load_live(&store).await;
    store.put("/auth/key", "k2");
    let vendor = Vendor::accepting("k2");
    assert_eq!(charge(&live, &vendor).await, Ok("charged"));
    assert_eq!((vendor.take_calls(), store.take_calls().len()), (2, 1));
    assert_eq!(charge(&live, &vendor).await, Ok("charged"));
    assert_eq!(
        (vendor.take_calls(), store.take_calls().len()),
        (1, 0),
        "the next call needs no refresh"
    );
}

#[tokio::test(start_paused = true)]
async fn a_failing_vendor_causes_one_refresh_a_minute() {
    if !child::isolate("live::auth::a_failing_vendor_causes_one_refresh_a_minute") {
        return;
    }

    let store = ChangingStore::with_values([("/auth/key", "k1")]);
    let live = load_live(&store).await;
    let vendor = Vendor::accepting("none");
    for minute in 1..=3 {
        for _ in 0..100 {
            assert_eq!(
                charge(&live, &vendor).await,
                Err(VendorError::Key("k1".to_owned()))
            );
        }
        assert_eq!(
            store.take_calls().len(),
            1,
            "one refresh in minute {minute}"
        );
        assert_eq!(vendor.take_calls(), 100, "the same key is not tried twice");
        advance(Duration::from_secs(61)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn all_configurations_of_a_process_share_one_refresh_a_minute() {
    if !child::isolate("live::auth::all_configurations_of_a_process_share_one_refresh_a_minute") {
        return;
    }

    #[derive(StageConfig)]
    #[stage(dev = "/auth/other/{field}")]
    struct Other {
        #[config(secret, refresh = "1h")]
        key: String,
    }

    let store = ChangingStore::with_values([("/auth/key", "k1"), ("/auth/other/key", "k1")]);
    let (first, second) = (load_live(&store).await, load_live(&store).await);
    let other = store
        .loader::<Other>()
        .live(TTL)
        .await
        .expect("the configuration loads");
    store.take_calls();
    let vendor = Vendor::accepting("none");
    let rejected = Err(VendorError::Key("k1".to_owned()));
    let charge_other = async || {
        other
            .retry_auth(is_key, async |config| vendor.charge(&config.key).await)
            .await
    };
    assert_eq!(charge(&first, &vendor).await, rejected);
    assert_eq!(store.take_calls(), [["/auth/key"]]);
    assert_eq!(charge(&second, &vendor).await, rejected);
    assert_eq!(charge_other().await, rejected);
    assert_eq!(
        store.take_calls().len(),
        0,
        "a process makes one refresh a minute"
    );

    advance(Duration::from_secs(61)).await;
    assert_eq!(charge_other().await, rejected);
    assert_eq!(store.take_calls(), [["/auth/other/key"]]);
    assert_eq!(charge(&first, &vendor).await, rejected);
    assert_eq!(
        store.take_calls().len(),
        0,
        "a process makes one refresh a minute"
    );
}

/// A configuration of local values has nothing to refresh. A program may have such a configuration
/// together with configurations that are fetched.
#[tokio::test(start_paused = true)]
async fn a_configuration_without_refresh_does_not_prevent_another_refresh() {
    if !child::isolate(
        "live::auth::a_configuration_without_refresh_does_not_prevent_another_refresh",
    ) {
        return;
    }

    let store = ChangingStore::with_values([("/auth/key", "k1")]);
    let live = load_live(&store).await;
    let local = Config::loader()
        .stage("dev")
        .local(Memory::new().set("key", "k1"))
        .live(TTL)
        .await
        .expect("the configuration loads");
    let vendor = Vendor::accepting("none");
    for configuration in [&local, &live] {
        assert_eq!(
            charge(configuration, &vendor).await,
            Err(VendorError::Key("k1".to_owned()))
        );
    }
    assert_eq!(store.take_calls().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_rejected_caller_that_may_not_refresh_does_not_wait() {
    if !child::isolate("live::auth::a_rejected_caller_that_may_not_refresh_does_not_wait") {
        return;
    }

    let store = ChangingStore::with_values([("/auth/key", "k1")]);
    let (first, second) = (load_live(&store).await, load_live(&store).await);
    store.set_mode(Mode::Waiting);
    let vendor = Vendor::accepting("none");
    let task = tokio::spawn({
        let vendor = vendor.clone();
        async move { charge(&first, &vendor).await }
    });
    tokio::task::yield_now().await;
    assert_eq!(
        store.take_calls().len(),
        1,
        "the first caller waits for the store"
    );
    assert_eq!(
        charge(&second, &vendor).await,
        Err(VendorError::Key("k1".to_owned()))
    );
    assert!(!task.is_finished());

    store.release();
    assert_eq!(
        task.await.expect("the task does not panic"),
        Err(VendorError::Key("k1".to_owned()))
    );
}

#[tokio::test(start_paused = true)]
async fn all_rejected_callers_share_one_refresh() {
    if !child::isolate("live::auth::all_rejected_callers_share_one_refresh") {
        return;
    }

    let store = ChangingStore::with_values([("/auth/key", "k1")]);
    let live = load_live(&store).await;
    store.put("/auth/key", "k2");
    store.set_mode(Mode::Waiting);
    let vendor = Vendor::accepting("k2");
    let tasks: Vec<_> = (0..64)
        .map(|_| {
            let (live, vendor) = (live.clone(), vendor.clone());
            tokio::spawn(async move { charge(&live, &vendor).await })
        })
        .collect();
    tokio::task::yield_now().await;
    store.release();
    for task in tasks {
        assert_eq!(task.await.expect("the task does not panic"), Ok("charged"));
    }
    assert_eq!((store.take_calls().len(), vendor.take_calls()), (1, 128));
}

#[tokio::test(start_paused = true)]
async fn other_errors_are_returned_unchanged() {
    if !child::isolate("live::auth::other_errors_are_returned_unchanged") {
        return;
    }
    let store = ChangingStore::with_values([("/auth/key", "k1")]);
    let live = load_live(&store).await;
    let result: Result<(), VendorError> = live
        .retry_auth(is_key, |_| async { Err(VendorError::Other) })
        .await;
    assert_eq!(result, Err(VendorError::Other));
    assert_eq!(charge(&live, &Vendor::accepting("k1")).await, Ok("charged"));
    assert_eq!(store.take_calls().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_failed_refresh_returns_the_vendors_error() {
    if !child::isolate("live::auth::a_failed_refresh_returns_the_vendors_error") {
        return;
    }
    let store = ChangingStore::with_values([("/auth/key", "k1")]);
    let live = load_live(&store).await;
    store.set_mode(Mode::Hanging);
    assert_eq!(
        charge(&live, &Vendor::accepting("k2")).await,
        Err(VendorError::Key("k1".to_owned()))
    );
}
