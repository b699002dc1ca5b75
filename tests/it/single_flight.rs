//! Single flight: concurrent loads share one wave. A success is kept, and an error is not. Other
//! tests drop a load, load again with options, call `get` before a load, load outside or inside a
//! runtime, or load in generic code.

mod held_load;

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use stage_config::{Error, ErrorKind, FailureKind, StageConfig};
use tokio::sync::Barrier;

use crate::support::load::{assert_error, assert_failure, loader};
use crate::support::scripted::{Answer, Endpoint, Parameters, Request};
use crate::support::{aws, child};

/// The configuration that the inner tests load, each in its own process.
#[derive(StageConfig)]
#[stage(dev = "/flight/{field}")]
struct Config {
    a: String,
}

fn answer_normally(request: &Request) -> Answer {
    Parameters::texts([("/flight/a", "the value of a")]).answer(request)
}

/// Starts an endpoint with this script, and runs the inner test with variables that name the
/// endpoint. Returns the number of requests that the endpoint got.
fn run(inner: &str, script: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> usize {
    let endpoint = Endpoint::start(script);
    child::run(
        &format!("single_flight::{inner}"),
        &aws::variables(endpoint.url()),
    )
    .assert_passed();
    endpoint.requests().len()
}

/// Returns the results of a hundred tasks that call `load` concurrently.
async fn load_hundred_times() -> Vec<Result<&'static Config, Error>> {
    let barrier = Arc::new(Barrier::new(100));
    let tasks: Vec<_> = (0..100)
        .map(|_| {
            let barrier = Arc::clone(&barrier);
            tokio::spawn(async move {
                barrier.wait().await;
                Config::load().await
            })
        })
        .collect();
    let mut results = Vec::new();
    for task in tasks {
        results.push(task.await.expect("no task panics"));
    }
    results
}

#[test]
fn a_hundred_tasks_share_one_wave() {
    assert_eq!(run("inner_hundred_tasks", answer_normally), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn inner_hundred_tasks() {
    if !child::is_inner("single_flight::inner_hundred_tasks") {
        return;
    }

    let results = load_hundred_times().await;
    let first = results[0].as_ref().expect("the configuration loads");
    assert!(results.iter().all(|result| {
        result
            .as_ref()
            .is_ok_and(|config| std::ptr::eq(*config, *first))
    }));
    assert!(
        std::ptr::eq(Config::get(), *first)
            && std::ptr::eq(
                Config::load().await.expect("the configuration loads"),
                *first
            )
    );
    assert_eq!(Config::get().a, "the value of a");
}

/// The first wave fails for all its waiters. Later callers share the second wave.
#[test]
fn a_failed_wave_is_shared_by_its_waiters() {
    let requests = run("inner_hundred_tasks_fail", |request| match request.index {
        0 => Answer::denied("/flight/a"),
        _ => answer_normally(request),
    });
    assert_eq!(requests, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn inner_hundred_tasks_fail() {
    if !child::is_inner("single_flight::inner_hundred_tasks_fail") {
        return;
    }
    let failed: Vec<_> = load_hundred_times()
        .await
        .into_iter()
        .filter_map(Result::err)
        .collect();
    assert!(
        !failed.is_empty(),
        "no task got the error of the first wave"
    );
    for error in failed {
        assert_failure(
            &error.failures()[0],
            "a",
            FailureKind::Denied,
            &["/flight/a"],
        );
    }
    assert_eq!(
        Config::load().await.expect("the second wave is answered").a,
        "the value of a"
    );
}

#[tokio::test]
async fn all_waiters_share_the_failure_of_a_wave() {
    #[derive(StageConfig)]
    #[stage(dev = "/flight/{field}")]
    #[allow(dead_code)]
    struct Shared {
        a: String,
    }

    let endpoint = Endpoint::start(|_| Answer::denied("/flight/a"));
    let mut loads: Vec<_> = (0..100)
        .map(|_| Box::pin(loader::<Shared>(endpoint.url()).load()))
        .collect();
    poll_fn(|context| {
        assert!(
            loads
                .iter_mut()
                .all(|load| load.as_mut().poll(context).is_pending()),
            "a load does not wait"
        );
        Poll::Ready(())
    })
    .await;
    for load in loads {
        let error = load.await.err().expect("the call is denied");
        assert_failure(
            &error.failures()[0],
            "a",
            FailureKind::Denied,
            &["/flight/a"],
        );
    }
    assert_eq!(endpoint.requests().len(), 1);
    let error = loader::<Shared>(endpoint.url()).load().await.err();
    let error = error.expect("the call is still denied");
    assert_eq!(error.failures()[0].kind(), FailureKind::Denied);
    assert_eq!(
        endpoint.requests().len(),
        2,
        "a later caller starts a new wave"
    );
}

#[test]
fn a_failed_load_can_be_retried() {
    let requests = run("inner_retry", |request| match request.index {
        0 => Answer::denied("/flight/a"),
        1 => Answer::json(&serde_json::json!({ "InvalidParameters": ["/flight/a"] })),
        _ => answer_normally(request),
    });
    assert_eq!(requests, 3);
}

#[tokio::test]
async fn inner_retry() {
    if !child::is_inner("single_flight::inner_retry") {
        return;
    }

    for kind in [FailureKind::Denied, FailureKind::Missing] {
        let error = Config::load().await.err().expect("the load fails");
        assert_failure(&error.failures()[0], "a", kind, &["/flight/a"]);
        assert!(
            Config::try_get().is_none(),
            "the failed load stored a configuration"
        );
    }
    assert_eq!(
        Config::load().await.expect("the third wave is answered").a,
        "the value of a"
    );
    assert_eq!(
        Config::try_get().map(|config| config.a.as_str()),
        Some("the value of a")
    );
}

#[tokio::test]
async fn a_dropped_load_does_not_block_the_next_one() {
    #[derive(StageConfig)]
    #[stage(dev = "/flight/{field}")]
    struct Dropped {
        a: String,
    }

    let endpoint = Endpoint::start(|request| {
        if request.index == 0 {
            Answer::Hangs
        } else {
            answer_normally(request)
        }
    });
    tokio::select! {
        _ = loader::<Dropped>(endpoint.url()).load() => panic!("the first request is never answered"),
        () = endpoint.wait_for_arrivals(1) => {}
    }
    endpoint.wait_until_idle().await;
    assert_eq!(
        loader::<Dropped>(endpoint.url())
            .load()
            .await
            .expect("the second request is answered")
            .a,
        "the value of a"
    );
}

#[tokio::test]
async fn a_second_load_with_options_is_an_error() {
    #[derive(StageConfig)]
    #[stage(dev = "/flight/{field}")]
    struct Loaded {
        a: String,
    }

    let endpoint = Endpoint::start(answer_normally);
    let first = loader::<Loaded>(endpoint.url())
        .load()
        .await
        .expect("the configuration loads");
    let error = loader::<Loaded>(endpoint.url())
        .load()
        .await
        .err()
        .expect("the options of the second load would have no effect");
    assert_error(
        &error,
        ErrorKind::AlreadyLoaded,
        &["`Loaded`", "already loaded", "Help", "get()"],
    );

    let plain = Loaded::load()
        .await
        .expect("a load without options returns the loaded configuration");
    assert!(std::ptr::eq(plain, first));
    assert_eq!(
        (first.a.as_str(), endpoint.requests().len()),
        ("the value of a", 1)
    );
}

#[derive(StageConfig)]
#[stage(dev = "/flight/{field}")]
#[allow(dead_code)]
struct NeverLoaded {
    a: String,
}

#[test]
#[should_panic(expected = "NeverLoaded::load()")]
fn get_before_load_panics_with_a_hint() {
    let _ = NeverLoaded::get();
}

#[test]
fn try_get_before_load_is_none() {
    assert!(NeverLoaded::try_get().is_none());
}

#[test]
fn a_load_outside_a_runtime_is_an_error() {
    let mut load = pin!(NeverLoaded::loader().stage("dev").resolve());
    let Poll::Ready(result) = load.as_mut().poll(&mut Context::from_waker(Waker::noop())) else {
        panic!("the call waits")
    };
    let error = result.expect_err("a load needs a runtime");
    assert_error(
        &error,
        ErrorKind::Runtime,
        &["tokio runtime", "Help", "load_blocking()"],
    );
}

#[tokio::test]
async fn a_blocking_load_inside_a_runtime_is_an_error() {
    let error = NeverLoaded::loader()
        .stage("dev")
        .load_blocking()
        .err()
        .expect("a blocking load would block the runtime");
    assert_error(
        &error,
        ErrorKind::Runtime,
        &["inside a tokio runtime", "Help", "load().await"],
    );
}

#[test]
fn a_blocking_load_needs_no_runtime() {
    assert_eq!(run("inner_blocking", answer_normally), 1);
}

#[test]
fn inner_blocking() {
    if !child::is_inner("single_flight::inner_blocking") {
        return;
    }
    assert_eq!(
        Config::load_blocking().expect("the configuration loads").a,
        "the value of a"
    );
    assert_eq!(Config::get().a, "the value of a");
}

/// In generic code, `tokio::spawn(T::load())` compiles only if the future is `Send`.
#[test]
fn generic_code_can_spawn_a_load() {
    fn load_generically<T: StageConfig>()
    -> impl Future<Output = Result<&'static T, Error>> + Send + 'static {
        T::load()
    }
    drop(load_generically::<NeverLoaded>());
}
