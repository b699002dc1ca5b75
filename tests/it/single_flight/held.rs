//! A load that was polled once and then held, neither polled again nor dropped, keeps no other caller waiting past its own time.

use std::time::Duration;

use stage_config::{Error, ErrorKind, StageConfig};
use tokio::time::{Instant, timeout};

use crate::live::store::{Changing, Mood};
use crate::support::held::{self, assert_about, is_pending};
use crate::support::load::assert_error;

/// The time of a load that says nothing else.
const USUAL: Duration = Duration::from_secs(8);

/// A configuration of its own for each test: the cell is a static.
macro_rules! config {
    ($($name:ident)+) => {
        $(#[derive(StageConfig)]
        #[stage(dev = "/held/{field}")]
        #[allow(dead_code, reason = "whether it is loaded is what counts")]
        struct $name {
            a: String,
        })+
    };
}

fn hanging() -> Changing {
    let store = Changing::holding([("/held/a", "the value of a")]);
    store.is(Mood::Waiting);
    store
}

async fn waited<T>(load: impl Future<Output = Result<T, Error>>) -> Duration {
    held::waited(load, &["another load", "drop it"]).await
}

#[tokio::test(start_paused = true)]
async fn every_way_to_load_waits_in_its_own_time() {
    config!(Held Other);
    let store = hanging();
    let mut held = Box::pin(store.loader::<Held>().load());
    assert!(is_pending(&mut held).await);

    assert_about(waited(Held::load()).await, USUAL);
    assert_about(waited(Held::current()).await, USUAL);
    let second = Duration::from_secs(1);
    assert_about(waited(store.loader::<Held>().timeout(second).load()).await, second);
    assert_about(waited(store.loader::<Held>().timeout(second * 60).load()).await, second * 60);
    assert_about(waited(stage_config::load!(Held, Other)).await, USUAL);
    assert_about(waited(stage_config::load!(Other, Held)).await, USUAL);
    assert!(Held::try_get().is_none() && Other::try_get().is_none());

    store.release();
    assert_eq!(held.await.expect("it is polled again").a, "the value of a");
    assert_eq!(Held::load().await.expect("it is there").a, "the value of a");
}

/// Several structs: the time is one for all of them.
#[tokio::test(start_paused = true)]
async fn a_joint_load_waits_once_for_all() {
    config!(One Two Three);
    let store = hanging();
    let mut held = (Box::pin(store.loader::<One>().load()), Box::pin(store.loader::<Two>().load()));
    assert!(is_pending(&mut held.0).await && is_pending(&mut held.1).await);
    assert_about(waited(stage_config::load!(One, Two, Three)).await, USUAL);
    // One of them comes free in the middle of it.
    let joint = waited(stage_config::load!(One, Two, Three));
    let (took, ()) = tokio::join!(joint, async {
        tokio::time::sleep(USUAL / 2).await;
        drop(held.0);
    });
    assert_about(took, USUAL);
}

/// A joint load that is held does to others what any other does.
#[tokio::test(start_paused = true)]
async fn a_joint_load_that_is_held_keeps_no_other() {
    config!(First Second);
    let store = hanging();
    let mut held = Box::pin(store.loader::<First>().load());
    assert!(is_pending(&mut held).await);
    let mut joint = Box::pin(async { stage_config::load!(First, Second).await.map(drop) });
    assert!(is_pending(&mut joint).await);
    assert_about(waited(First::load()).await, USUAL);
    // Whether the joint load has begun with this one is for the linker to say.
    let start = Instant::now();
    let error = timeout(USUAL * 2, Second::load()).await.expect("no caller waits without end").err();
    assert!(matches!(error.map(|error| error.kind()), Some(ErrorKind::TimedOut | ErrorKind::Stage)));
    assert!(start.elapsed() < USUAL + Duration::from_millis(100));
}

/// One that waits may be held, too: the lock is handed to it, and it does not take it.
#[tokio::test(start_paused = true)]
async fn one_that_waits_and_is_held_keeps_no_other() {
    config!(Waiting);
    let store = hanging();
    let mut held = Box::pin(store.loader::<Waiting>().load());
    assert!(is_pending(&mut held).await);
    let mut waiting = Box::pin(store.loader::<Waiting>().load());
    assert!(is_pending(&mut waiting).await);
    drop(held);
    assert_about(waited(Waiting::load()).await, USUAL);
    drop(waiting);
    store.is(Mood::Answering);
    assert_eq!(store.loader::<Waiting>().load().await.expect("the lock is free").a, "the value of a");
}

/// Waiting and loading have one time together.
#[tokio::test(start_paused = true)]
async fn what_was_waited_is_not_there_for_the_load() {
    config!(Late);
    let store = hanging();
    let mut held = Box::pin(store.loader::<Late>().load());
    assert!(is_pending(&mut held).await);
    let start = Instant::now();
    let next = store.loader::<Late>().timeout(Duration::from_secs(10)).load();
    let (result, ()) = tokio::join!(next, async {
        tokio::time::sleep(Duration::from_secs(6)).await;
        drop(held);
    });
    let error = result.err().expect("the store hangs");
    assert_eq!(error.kind(), ErrorKind::Unresolved, "{error}");
    assert_about(start.elapsed(), Duration::from_secs(10));
}

/// Each thread has a runtime of its own, and so timers of its own.
#[test]
fn a_blocking_load_waits_in_its_own_time() {
    config!(Blocking);
    let store = hanging();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
    let mut held = Box::pin(store.loader::<Blocking>().load());
    runtime.block_on(async { assert!(is_pending(&mut held).await) });
    let load = move || store.loader::<Blocking>().timeout(Duration::from_millis(50)).load_blocking().map(drop);
    let error = std::thread::spawn(load).join().expect("it does not panic").expect_err("the first is held");
    assert_error(&error, ErrorKind::TimedOut, &["another load", "50ms"]);
}

/// Timers belong to a runtime, so outside of one no caller can wait.
#[test]
fn there_is_no_waiting_outside_a_runtime() {
    config!(Outside);
    let store = hanging();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
    let mut held = Box::pin(store.loader::<Outside>().load());
    runtime.block_on(async { assert!(is_pending(&mut held).await) });
    let outside = std::pin::pin!(store.loader::<Outside>().load());
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(result) = outside.poll(&mut context) else { panic!("it waits") };
    assert_error(&result.err().expect("it cannot wait"), ErrorKind::Runtime, &["tokio runtime"]);
}
