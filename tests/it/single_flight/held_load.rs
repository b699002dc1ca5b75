//! A load that was polled once and then held (neither polled again nor dropped) delays no other
//! caller beyond that caller's own timeout.

use std::time::Duration;

use stage_config::{Error, ErrorKind, StageConfig};
use tokio::time::{Instant, timeout};

use crate::live::store::{ChangingStore, Mode};
use crate::support::held::{self, assert_elapsed, is_pending};
use crate::support::load::assert_error;

/// The default timeout of a load.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(8);

/// Defines configurations for one test. A load stores a configuration in a static, so tests cannot
/// share one.
macro_rules! config {
    ($($name:ident)+) => {
        $(#[derive(StageConfig)]
        #[stage(dev = "/held/{field}")]
        #[allow(dead_code, reason = "only whether it is loaded matters")]
        struct $name {
            a: String,
        })+
    };
}

fn create_waiting_store() -> ChangingStore {
    let store = ChangingStore::with_values([("/held/a", "the value of a")]);
    store.set_mode(Mode::Waiting);
    store
}

async fn wait_for_timeout<T>(load: impl Future<Output = Result<T, Error>>) -> Duration {
    held::wait_for_timeout(load, &["another load", "drop it"]).await
}

#[tokio::test(start_paused = true)]
async fn every_way_to_load_waits_at_most_its_own_timeout() {
    config!(Held Other);
    let store = create_waiting_store();
    let mut held = Box::pin(store.loader::<Held>().load());
    assert!(is_pending(&mut held).await);

    assert_elapsed(wait_for_timeout(Held::load()).await, DEFAULT_TIMEOUT);
    assert_elapsed(wait_for_timeout(Held::current()).await, DEFAULT_TIMEOUT);
    let second = Duration::from_secs(1);
    assert_elapsed(
        wait_for_timeout(store.loader::<Held>().timeout(second).load()).await,
        second,
    );
    assert_elapsed(
        wait_for_timeout(store.loader::<Held>().timeout(second * 60).load()).await,
        second * 60,
    );
    assert_elapsed(
        wait_for_timeout(stage_config::load!(Held, Other)).await,
        DEFAULT_TIMEOUT,
    );
    assert_elapsed(
        wait_for_timeout(stage_config::load!(Other, Held)).await,
        DEFAULT_TIMEOUT,
    );
    assert!(Held::try_get().is_none() && Other::try_get().is_none());

    store.release();
    assert_eq!(
        held.await.expect("the held load finishes").a,
        "the value of a"
    );
    assert_eq!(
        Held::load().await.expect("the configuration loads").a,
        "the value of a"
    );
}

/// A joint load of several structs has one timeout.
#[tokio::test(start_paused = true)]
async fn a_joint_load_has_one_timeout() {
    config!(One Two Three);
    let store = create_waiting_store();
    let mut held = (
        Box::pin(store.loader::<One>().load()),
        Box::pin(store.loader::<Two>().load()),
    );
    assert!(is_pending(&mut held.0).await && is_pending(&mut held.1).await);
    assert_elapsed(
        wait_for_timeout(stage_config::load!(One, Two, Three)).await,
        DEFAULT_TIMEOUT,
    );

    // One of the held loads is dropped in the meantime.
    let joint = wait_for_timeout(stage_config::load!(One, Two, Three));
    let (took, ()) = tokio::join!(joint, async {
        tokio::time::sleep(DEFAULT_TIMEOUT / 2).await;
        drop(held.0);
    });
    assert_elapsed(took, DEFAULT_TIMEOUT);
}

/// A held joint load delays other callers no longer than a held load of one struct does.
#[tokio::test(start_paused = true)]
async fn others_time_out_while_a_joint_load_is_held() {
    config!(First Second);
    let store = create_waiting_store();
    let mut held = Box::pin(store.loader::<First>().load());
    assert!(is_pending(&mut held).await);

    let mut joint = Box::pin(async { stage_config::load!(First, Second).await.map(drop) });
    assert!(is_pending(&mut joint).await);
    assert_elapsed(wait_for_timeout(First::load()).await, DEFAULT_TIMEOUT);

    // The addresses of the statics decide which lock the joint load takes first. If the lock of
    // `Second` is free, `Second::load` fails because no stage is set. Otherwise it times out.
    let start = Instant::now();
    let error = timeout(DEFAULT_TIMEOUT * 2, Second::load())
        .await
        .expect("every call ends")
        .err();
    assert!(matches!(
        error.map(|error| error.kind()),
        Some(ErrorKind::TimedOut | ErrorKind::Stage)
    ));
    assert!(start.elapsed() < DEFAULT_TIMEOUT + Duration::from_millis(100));
}

/// A held waiter gets the lock and never uses it. Other callers still wait no longer than their own
/// timeouts.
#[tokio::test(start_paused = true)]
async fn others_time_out_while_a_waiter_is_held() {
    config!(Waiting);
    let store = create_waiting_store();
    let mut held = Box::pin(store.loader::<Waiting>().load());
    assert!(is_pending(&mut held).await);

    let mut waiting = Box::pin(store.loader::<Waiting>().load());
    assert!(is_pending(&mut waiting).await);

    drop(held);
    assert_elapsed(wait_for_timeout(Waiting::load()).await, DEFAULT_TIMEOUT);

    drop(waiting);
    store.set_mode(Mode::Answering);
    assert_eq!(
        store
            .loader::<Waiting>()
            .load()
            .await
            .expect("the lock is free")
            .a,
        "the value of a"
    );
}

/// Waiting and loading share one timeout.
#[tokio::test(start_paused = true)]
async fn waiting_counts_towards_the_timeout_of_a_load() {
    config!(Late);
    let store = create_waiting_store();
    let mut held = Box::pin(store.loader::<Late>().load());
    assert!(is_pending(&mut held).await);

    let start = Instant::now();
    let next = store
        .loader::<Late>()
        .timeout(Duration::from_secs(10))
        .load();
    let (result, ()) = tokio::join!(next, async {
        tokio::time::sleep(Duration::from_secs(6)).await;
        drop(held);
    });
    let error = result.err().expect("the store hangs");
    assert_eq!(error.kind(), ErrorKind::Unresolved, "{error}");
    assert_elapsed(start.elapsed(), Duration::from_secs(10));
}

/// The blocking load runs on another thread, in another runtime with its own timers.
#[test]
fn a_blocking_load_waits_at_most_its_own_timeout() {
    config!(Blocking);
    let store = create_waiting_store();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime starts");
    let mut held = Box::pin(store.loader::<Blocking>().load());
    runtime.block_on(async { assert!(is_pending(&mut held).await) });
    let load = move || {
        store
            .loader::<Blocking>()
            .timeout(Duration::from_millis(50))
            .load_blocking()
            .map(drop)
    };
    let error = std::thread::spawn(load)
        .join()
        .expect("the thread does not panic")
        .expect_err("the first load is held");
    assert_error(&error, ErrorKind::TimedOut, &["another load", "50ms"]);
}

/// Timers belong to a runtime, so a caller outside one cannot wait.
#[test]
fn a_load_outside_a_runtime_does_not_wait() {
    config!(Outside);
    let store = create_waiting_store();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime starts");
    let mut held = Box::pin(store.loader::<Outside>().load());
    runtime.block_on(async { assert!(is_pending(&mut held).await) });
    let outside = std::pin::pin!(store.loader::<Outside>().load());
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(result) = outside.poll(&mut context) else {
        panic!("the call waits")
    };
    assert_error(
        &result.err().expect("the call cannot wait"),
        ErrorKind::Runtime,
        &["tokio runtime"],
    );
}
