//! Failures of refreshes.

use std::time::Duration;

use stage_config::{Live, StageConfig};
use stage_config_test_support::guide::Message;
use tokio::time::{advance, pause, resume, timeout};

use super::describe_failure;
use crate::live::store::{ChangingStore, Mode};

const TTL: Duration = Duration::from_secs(300);

#[derive(StageConfig)]
#[stage(dev = "/payments/dev/{field}")]
#[allow(dead_code)]
struct Config {
    #[config(refresh = "5m", validate = panic_at_zero)]
    limit: u16,
}

fn panic_at_zero(limit: &u16) -> Result<(), &'static str> {
    assert_ne!(*limit, 0, "the test needs a panic");
    Ok(())
}

pub(super) async fn collect() -> Vec<Message> {
    pause();
    let messages = vec![cancel().await, panic_in_validate().await];
    resume();
    messages
}

async fn load_live() -> (ChangingStore, Live<Config>) {
    let store = ChangingStore::with_values([("/payments/dev/limit", "1")]);
    let live = store.loader::<Config>().live(TTL).await;
    (store, live.expect("the configuration loads"))
}

/// Returns the failure of the last refresh.
fn describe_refresh(live: &Live<Config>) -> Message {
    let report = live.report();
    let refresh = report.refresh.as_ref().expect("a refresh was attempted");
    describe_failure(&refresh.failures[0])
}

/// A handler with its own timeout drops a running refresh.
async fn cancel() -> Message {
    let (store, live) = load_live().await;
    store.set_mode(Mode::Hanging);
    advance(TTL * 2).await;
    let current = timeout(Duration::from_millis(100), live.current()).await;
    current.map(drop).expect_err("the call waits for the store");
    describe_refresh(&live)
}

async fn panic_in_validate() -> Message {
    let (store, live) = load_live().await;
    store.put("/payments/dev/limit", "0");
    let refreshing = live.clone();
    let refresh = tokio::spawn(async move { refreshing.refresh().await.map(drop) });
    assert!(refresh.await.expect_err("the refresh panics").is_panic());
    describe_refresh(&live)
}
