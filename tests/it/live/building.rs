//! `Live::map` while a product is built: waiting for another caller's build blocks no thread, and
//! no build waits for itself.

use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use futures_util::FutureExt;
use stage_config::{Error, ErrorKind, Live, Mapped, StageConfig};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::store::ChangingStore;
use crate::support::held::{self, assert_about, is_pending};
use crate::support::load::assert_error;

const TTL: Duration = Duration::from_secs(300);
/// The default timeout of a load.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(8);
/// Ends a test that would otherwise hang.
const LONG: Duration = Duration::from_secs(20);

#[derive(StageConfig)]
#[stage(dev = "/mapped/{field}")]
struct Config {
    #[config(refresh = "5m")]
    host: String,
}

async fn live_within(deadline: Duration) -> (ChangingStore, Live<Config>) {
    let store = ChangingStore::with_values([("/mapped/host", "h1")]);
    let live = store.loader::<Config>().timeout(deadline).live(TTL).await.expect("the configuration loads");
    (store, live)
}

async fn live() -> (ChangingStore, Live<Config>) {
    live_within(DEFAULT_TIMEOUT).await
}

fn threads(count: usize) -> Runtime {
    Builder::new_multi_thread().worker_threads(count).enable_all().build().expect("a runtime starts")
}

/// Returns a product whose build reports its beginning, and lasts until the channel ends it.
fn slow(live: &Live<Config>, begun: Arc<Semaphore>, end: Receiver<()>) -> Arc<Mapped<Config, bool>> {
    let end = Mutex::new(end);
    Arc::new(live.map(move |_| {
        begun.add_permits(1);
        end.lock().expect("one builds at a time").recv_timeout(LONG).is_ok()
    }))
}

/// With two threads, one builds, and the other stays free although many tasks wait.
#[test]
fn waiters_for_a_build_block_no_thread() {
    let (begun, waiting) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let (end, ended) = channel();
    threads(2).block_on(async {
        let (_store, live) = live().await;
        let pool = slow(&live, begun.clone(), ended);
        let ask = |pool: Arc<Mapped<Config, bool>>| async move { pool.current().await.map(|built| *built) };
        let builder = tokio::spawn(ask(pool.clone()));
        begun.acquire().await.expect("the semaphore is open").forget();
        let waiters: Vec<_> = (0..16)
            .map(|_| {
                let (pool, waiting) = (pool.clone(), waiting.clone());
                tokio::spawn(async move {
                    waiting.add_permits(1);
                    ask(pool).await
                })
            })
            .collect();
        waiting.acquire_many(1).await.expect("the semaphore is open").forget();
        // This runs on the other thread. If that were blocked, the build would never end.
        tokio::spawn(async move { end.send(()).expect("the build waits") }).await.expect("the task does not panic");
        for task in waiters.into_iter().chain([builder]) {
            assert!(
                task.await.expect("the task does not panic").expect("the product is built"),
                "the build received the value"
            );
        }
    });
}

/// A caller waits for a slow build no longer than the timeout of a load.
#[test]
fn a_wait_for_a_build_has_the_timeout_of_a_load() {
    let begun = Arc::new(Semaphore::new(0));
    let (end, ended) = channel();
    threads(2).block_on(async {
        let deadline = Duration::from_millis(100);
        let (_store, live) = live_within(deadline).await;
        let pool = slow(&live, begun.clone(), ended);
        let builder = tokio::spawn({
            let pool = pool.clone();
            async move { pool.current().await.map(|built| *built) }
        });
        begun.acquire().await.expect("the semaphore is open").forget();
        let start = Instant::now();
        let error = pool.current().await.expect_err("the build lasts longer");
        assert_error(&error, ErrorKind::TimedOut, &["another build", "100ms", "Help"]);
        assert!(start.elapsed() >= deadline);
        end.send(()).expect("the build waits");
        assert!(builder.await.expect("the task does not panic").expect("the builder has no timeout"));
        assert!(*pool.current().await.expect("the product is built"));
    });
}

/// A product that stores the error that its own build received.
type Cyclic = Mapped<Config, Option<ErrorKind>>;

/// Creates a product whose build calls `how` with the product itself.
fn cyclic(live: &Live<Config>, how: fn(&Arc<OnceLock<Cyclic>>) -> Option<ErrorKind>) -> Arc<OnceLock<Cyclic>> {
    let place = Arc::new(OnceLock::new());
    let inner = place.clone();
    place.set(live.map(move |_| how(&inner))).expect("the product is set once");
    place
}

fn product(place: &OnceLock<Cyclic>) -> &Cyclic {
    place.get().expect("the product is set before the first call")
}

fn kind(asked: Option<Result<Arc<Option<ErrorKind>>, Error>>) -> Option<ErrorKind> {
    let error = asked.expect("the call does not wait").expect_err("the product is being built");
    assert_error(&error, ErrorKind::Reentrant, &["`Config`", "asked for the same value", "Help"]);
    Some(error.kind())
}

#[tokio::test]
async fn a_build_that_reads_itself_gets_an_error() {
    let (store, live) = live().await;
    for how in
        [(|place: &Arc<OnceLock<Cyclic>>| kind(product(place).current().now_or_never())) as fn(&_) -> _, |place| {
            kind(product(place).latest().now_or_never())
        }]
    {
        let place = cyclic(&live, how);
        for host in ["h2", "h3"] {
            assert_eq!(
                *product(&place).current().await.expect("the outer product is built"),
                Some(ErrorKind::Reentrant)
            );
            // It is built again, now with an existing product.
            store.put("/mapped/host", host);
            live.refresh().await.expect("the refresh succeeds");
        }
    }
}

/// `rebuild_if` runs during a build too.
#[tokio::test]
async fn a_comparison_that_reads_the_product_gets_an_error() {
    let (store, live) = live().await;
    let place: Arc<OnceLock<Cyclic>> = Arc::new(OnceLock::new());
    let inner = place.clone();
    let derived = live.map(|_| None).rebuild_if(move |_, _| {
        kind(product(&inner).current().now_or_never());
        true
    });
    place.set(derived).expect("the product is set once");
    product(&place).current().await.expect("the product is built");
    store.put("/mapped/host", "h2");
    live.refresh().await.expect("the refresh succeeds");
    product(&place).current().await.expect("the product is built again");
}

/// Two products, each built from the other.
#[tokio::test]
async fn two_builds_that_read_each_other_get_an_error() {
    let (_store, live) = live().await;
    let (one, other) = (Arc::new(OnceLock::<Cyclic>::new()), Arc::new(OnceLock::<Cyclic>::new()));
    let ask = |place: &Arc<OnceLock<Cyclic>>| {
        let place = place.clone();
        move |_: &Config| match product(&place).current().now_or_never().expect("no build waits") {
            Ok(built) => *built,
            Err(error) => Some(error.kind()),
        }
    };
    one.set(live.map(ask(&other))).expect("the product is set once");
    other.set(live.map(ask(&one))).expect("the product is set once");
    assert_eq!(*product(&one).current().await.expect("the product is built"), Some(ErrorKind::Reentrant));
}

/// On another thread, the build waits like any other caller and times out.
#[test]
fn a_build_that_reads_itself_on_another_thread_times_out() {
    threads(2).block_on(async {
        let (_store, live) = live_within(Duration::from_millis(100)).await;
        let place = cyclic(&live, |place| {
            let (place, runtime) = (place.clone(), Handle::current());
            let ask =
                move || runtime.block_on(product(&place).current()).expect_err("the product is being built").kind();
            Some(std::thread::spawn(ask).join().expect("the thread does not panic"))
        });
        assert_eq!(*product(&place).current().await.expect("the product is built"), Some(ErrorKind::TimedOut));
    });
}

/// A panicked build does not leave the thread marked as building.
#[tokio::test]
async fn a_build_after_a_panicked_one_succeeds() {
    let (_store, live) = live().await;
    let pool = live.map(|config| {
        static PANICKED: OnceLock<()> = OnceLock::new();
        assert!(PANICKED.set(()).is_err(), "the test needs a panic");
        config.host.clone()
    });
    let panicked = std::panic::AssertUnwindSafe(pool.current()).catch_unwind().await;
    panicked.map(drop).expect_err("the first build panics");
    assert_eq!(*pool.current().await.expect("the product is built"), "h1");
}

/// A held waiter is handed the lock and never takes it. Other callers still wait no longer than
/// their own timeouts.
#[tokio::test(start_paused = true)]
async fn others_time_out_behind_a_held_waiter_for_a_build() {
    let (store, live) = live().await;
    let waiters: Arc<Mutex<Vec<_>>> = Arc::default();
    let place: Arc<OnceLock<Arc<Mapped<Config, ()>>>> = Arc::new(OnceLock::new());
    let pool = Arc::new(live.map({
        let (waiters, place) = (waiters.clone(), place.clone());
        move |_| {
            // During the build, another thread polls once and keeps the future.
            let (waiters, place) = (waiters.clone(), place.clone());
            let runtime = Handle::current();
            let ask = move || {
                let pool = place.get().expect("the product is set").clone();
                let mut waiter = Box::pin(async move { pool.current().await });
                let _inside = runtime.enter();
                assert!(is_pending(&mut waiter).now_or_never().expect("the poll does not wait"));
                waiters.lock().expect("no thread panics while it holds the lock").push(waiter);
            };
            std::thread::spawn(ask).join().expect("the thread does not panic");
        }
    }));
    assert!(place.set(pool.clone()).is_ok());
    pool.current().await.expect("the product is built");
    // A finished product needs no lock.
    pool.current().await.expect("the product is built");
    store.put("/mapped/host", "h2");
    live.refresh().await.expect("the refresh succeeds");
    assert_about(held::wait_for_timeout(pool.current(), &["another build", "drop it"]).await, DEFAULT_TIMEOUT);
    waiters.lock().expect("no thread panics while it holds the lock").clear();
    pool.current().await.expect("the lock is free");
}
