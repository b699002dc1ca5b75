//! `Live::map` while a product is built: waiting for another caller's build blocks no thread and
//! has a timeout, a build that reads its own product gets an error, and a build after a panic
//! succeeds.

use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use futures_util::FutureExt;
use stage_config::{Error, ErrorKind, Live, Mapped, StageConfig};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::store::ChangingStore;
use crate::support::held::{self, assert_elapsed, is_pending};
use crate::support::load::assert_error;

const TTL: Duration = Duration::from_secs(300);
/// The default timeout of a load.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(8);
/// The maximum duration of a build, so that no test hangs.
const LONG: Duration = Duration::from_secs(20);

#[derive(StageConfig)]
#[stage(dev = "/mapped/{field}")]
struct Config {
    #[config(refresh = "5m")]
    host: String,
}

async fn load_live_with_timeout(timeout: Duration) -> (ChangingStore, Live<Config>) {
    let store = ChangingStore::with_values([("/mapped/host", "h1")]);
    let live = store
        .loader::<Config>()
        .timeout(timeout)
        .live(TTL)
        .await
        .expect("the configuration loads");
    (store, live)
}

async fn load_live() -> (ChangingStore, Live<Config>) {
    load_live_with_timeout(DEFAULT_TIMEOUT).await
}

fn start_runtime(count: usize) -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(count)
        .enable_all()
        .build()
        .expect("a runtime starts")
}

/// Returns a product whose build signals its start, and lasts until `end` receives a message.
fn map_slowly(
    live: &Live<Config>,
    started: Arc<Semaphore>,
    end: Receiver<()>,
) -> Arc<Mapped<Config, bool>> {
    let end = Mutex::new(end);
    Arc::new(live.map(move |_| {
        started.add_permits(1);
        end.lock()
            .expect("only one caller builds at a time")
            .recv_timeout(LONG)
            .is_ok()
    }))
}

/// With two threads, one builds, and the other stays free although many tasks wait.
#[test]
fn waiters_for_a_build_block_no_thread() {
    let (started, waiting) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let (end, ended) = channel();
    start_runtime(2).block_on(async {
        let (_store, live) = load_live().await;
        let pool = map_slowly(&live, started.clone(), ended);
        let read = |pool: Arc<Mapped<Config, bool>>| async move {
            pool.current().await.map(|built| *built)
        };
        let builder = tokio::spawn(read(pool.clone()));
        started
            .acquire()
            .await
            .expect("the semaphore is open")
            .forget();
        let waiters: Vec<_> = (0..16)
            .map(|_| {
                let (pool, waiting) = (pool.clone(), waiting.clone());
                tokio::spawn(async move {
                    waiting.add_permits(1);
                    read(pool).await
                })
            })
            .collect();
        waiting
            .acquire_many(1)
            .await
            .expect("the semaphore is open")
            .forget();
        // This task runs on the other thread. If that thread were blocked, the build would time
        // out.
        tokio::spawn(async move { end.send(()).expect("the build waits") })
            .await
            .expect("the task does not panic");
        for task in waiters.into_iter().chain([builder]) {
            assert!(
                task.await
                    .expect("the task does not panic")
                    .expect("the product is built"),
                "the build timed out"
            );
        }
    });
}

/// A caller waits for a slow build no longer than the timeout of a load.
#[test]
fn a_wait_for_a_build_has_the_timeout_of_a_load() {
    let started = Arc::new(Semaphore::new(0));
    let (end, ended) = channel();
    start_runtime(2).block_on(async {
        let timeout = Duration::from_millis(100);
        let (_store, live) = load_live_with_timeout(timeout).await;
        let pool = map_slowly(&live, started.clone(), ended);
        let builder = tokio::spawn({
            let pool = pool.clone();
            async move { pool.current().await.map(|built| *built) }
        });
        started
            .acquire()
            .await
            .expect("the semaphore is open")
            .forget();
        let start = Instant::now();
        let error = pool.current().await.expect_err("the build lasts longer");
        assert_error(
            &error,
            ErrorKind::TimedOut,
            &["another build", "100ms", "Help"],
        );
        assert!(start.elapsed() >= timeout);
        end.send(()).expect("the build waits");
        assert!(
            builder
                .await
                .expect("the task does not panic")
                .expect("the builder has no timeout")
        );
        assert!(*pool.current().await.expect("the product is built"));
    });
}

/// A product that stores the error that its own build received.
type Cyclic = Mapped<Config, Option<ErrorKind>>;

/// Creates a product whose build calls `read` with the product itself.
fn map_cyclically(
    live: &Live<Config>,
    read: fn(&Arc<OnceLock<Cyclic>>) -> Option<ErrorKind>,
) -> Arc<OnceLock<Cyclic>> {
    let cell = Arc::new(OnceLock::new());
    let inner = cell.clone();
    cell.set(live.map(move |_| read(&inner)))
        .expect("the product is set once");
    cell
}

fn get_product(cell: &OnceLock<Cyclic>) -> &Cyclic {
    cell.get()
        .expect("the product is set before the first call")
}

fn expect_reentrant(result: Option<Result<Arc<Option<ErrorKind>>, Error>>) -> Option<ErrorKind> {
    let error = result
        .expect("the call does not wait")
        .expect_err("the product is being built");
    assert_error(
        &error,
        ErrorKind::Reentrant,
        &["`Config`", "asked for the same value", "Help"],
    );
    Some(error.kind())
}

#[tokio::test]
async fn a_build_that_reads_itself_gets_an_error() {
    let (store, live) = load_live().await;
    for read in [
        (|cell: &Arc<OnceLock<Cyclic>>| {
            expect_reentrant(get_product(cell).current().now_or_never())
        }) as fn(&_) -> _,
        |cell| expect_reentrant(get_product(cell).latest().now_or_never()),
    ] {
        let cell = map_cyclically(&live, read);
        for host in ["h2", "h3"] {
            assert_eq!(
                *get_product(&cell)
                    .current()
                    .await
                    .expect("the product is built"),
                Some(ErrorKind::Reentrant)
            );
            // After this refresh, the next build replaces an existing product.
            store.put("/mapped/host", host);
            live.refresh().await.expect("the refresh succeeds");
        }
    }
}

/// The comparison of `rebuild_if` runs during a build too.
#[tokio::test]
async fn a_comparison_that_reads_the_product_gets_an_error() {
    let (store, live) = load_live().await;
    let cell: Arc<OnceLock<Cyclic>> = Arc::new(OnceLock::new());
    let inner = cell.clone();
    let mapped = live.map(|_| None).rebuild_if(move |_, _| {
        expect_reentrant(get_product(&inner).current().now_or_never());
        true
    });
    cell.set(mapped).expect("the product is set once");
    get_product(&cell)
        .current()
        .await
        .expect("the product is built");
    store.put("/mapped/host", "h2");
    live.refresh().await.expect("the refresh succeeds");
    get_product(&cell)
        .current()
        .await
        .expect("the product is built again");
}

/// Each of the two products is built from the other.
#[tokio::test]
async fn two_builds_that_read_each_other_get_an_error() {
    let (_store, live) = load_live().await;
    let (first, second) = (
        Arc::new(OnceLock::<Cyclic>::new()),
        Arc::new(OnceLock::<Cyclic>::new()),
    );
    let read = |cell: &Arc<OnceLock<Cyclic>>| {
        let cell = cell.clone();
        move |_: &Config| match get_product(&cell)
            .current()
            .now_or_never()
            .expect("no build waits")
        {
            Ok(built) => *built,
            Err(error) => Some(error.kind()),
        }
    };
    first
        .set(live.map(read(&second)))
        .expect("the product is set once");
    second
        .set(live.map(read(&first)))
        .expect("the product is set once");
    assert_eq!(
        *get_product(&first)
            .current()
            .await
            .expect("the product is built"),
        Some(ErrorKind::Reentrant)
    );
}

/// If the build reads its product on another thread, this read waits like any other caller, and
/// times out.
#[test]
fn a_build_that_reads_itself_on_another_thread_times_out() {
    start_runtime(2).block_on(async {
        let (_store, live) = load_live_with_timeout(Duration::from_millis(100)).await;
        let cell = map_cyclically(&live, |cell| {
            let (cell, runtime) = (cell.clone(), Handle::current());
            let read = move || {
                runtime
                    .block_on(get_product(&cell).current())
                    .expect_err("the product is being built")
                    .kind()
            };
            Some(
                std::thread::spawn(read)
                    .join()
                    .expect("the thread does not panic"),
            )
        });
        assert_eq!(
            *get_product(&cell)
                .current()
                .await
                .expect("the product is built"),
            Some(ErrorKind::TimedOut)
        );
    });
}

/// A panicked build does not leave the thread marked as building.
#[tokio::test]
async fn a_build_after_a_panicked_one_succeeds() {
    let (_store, live) = load_live().await;
    let pool = live.map(|config| {
        static PANICKED: OnceLock<()> = OnceLock::new();
        assert!(PANICKED.set(()).is_err(), "the test needs a panic");
        config.host.clone()
    });
    let panicked = std::panic::AssertUnwindSafe(pool.current())
        .catch_unwind()
        .await;
    panicked.map(drop).expect_err("the first build panics");
    assert_eq!(*pool.current().await.expect("the product is built"), "h1");
}

/// A held waiter gets the lock and never uses it. Other callers still wait no longer than their own
/// timeouts.
#[tokio::test(start_paused = true)]
async fn others_time_out_while_a_waiter_for_a_build_is_held() {
    let (store, live) = load_live().await;
    let waiters: Arc<Mutex<Vec<_>>> = Arc::default();
    let cell: Arc<OnceLock<Arc<Mapped<Config, ()>>>> = Arc::new(OnceLock::new());
    let pool = Arc::new(live.map({
        let (waiters, cell) = (waiters.clone(), cell.clone());
        move |_| {
            // During the build, another thread polls `current` once and keeps the future.
            let (waiters, cell) = (waiters.clone(), cell.clone());
            let runtime = Handle::current();
            let read = move || {
                let pool = cell.get().expect("the product is set").clone();
                let mut waiter = Box::pin(async move { pool.current().await });
                let _inside = runtime.enter();
                assert!(
                    is_pending(&mut waiter)
                        .now_or_never()
                        .expect("the poll does not wait")
                );
                waiters
                    .lock()
                    .expect("no thread panics while it holds the lock")
                    .push(waiter);
            };
            std::thread::spawn(read)
                .join()
                .expect("the thread does not panic");
        }
    }));
    assert!(cell.set(pool.clone()).is_ok());

    pool.current().await.expect("the product is built");
    // A finished product needs no lock.
    pool.current().await.expect("the product is built");
    store.put("/mapped/host", "h2");
    live.refresh().await.expect("the refresh succeeds");
    assert_elapsed(
        held::wait_for_timeout(pool.current(), &["another build", "drop it"]).await,
        DEFAULT_TIMEOUT,
    );

    waiters
        .lock()
        .expect("no thread panics while it holds the lock")
        .clear();
    pool.current().await.expect("the lock is free");
}
