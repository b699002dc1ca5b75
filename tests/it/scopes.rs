//! `testing::scope`, and live configurations for tests.

use std::sync::Arc;

use stage_config::{Error, Live, StageConfig, testing};
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;

#[derive(StageConfig)]
#[stage(dev = "/scoped/{field}")]
struct Config {
    #[config(secret, refresh = "5m")]
    key: String,
}

fn build_config(key: &str) -> Config {
    Config::for_tests()
        .set("key", key)
        .build()
        .expect("the configuration is complete")
}

fn get_scoped_key() -> Option<String> {
    Config::try_get().map(|config| config.key.clone())
}

#[tokio::test]
async fn spawned_tasks_are_in_the_scope() {
    let (end, ended) = oneshot::channel();
    let mut late = None;
    testing::scope(build_config("k1"), async {
        let task = tokio::spawn(async {
            let nested = tokio::spawn(async { get_scoped_key() });
            (get_scoped_key(), nested.await.expect("the task ends"))
        });
        let found = Some("k1".to_owned());
        assert_eq!(
            task.await.expect("the task ends"),
            (found.clone(), found.clone())
        );
        assert_eq!(
            spawn_blocking(get_scoped_key).await.expect("the task ends"),
            found
        );

        late = Some(tokio::spawn(async {
            ended.await.expect("the test sends");
            get_scoped_key()
        }));
    })
    .await;
    assert_eq!(get_scoped_key(), None, "the scope ended");
    end.send(()).expect("the task waits");
    let late = late.expect("the scope ran").await;
    assert_eq!(late.expect("the task ends"), None, "the scope ended");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_on_other_threads_are_in_the_scope() {
    testing::scope(build_config("k1"), async {
        for _ in 0..8 {
            let task = tokio::spawn(async { Config::load().await.map(|config| &*config.key) });
            let loaded = task.await.expect("the task ends");
            assert_eq!(loaded.expect("no store is needed"), "k1");
        }
    })
    .await;
}

/// A scope that is open in one runtime does not exist in another one.
#[tokio::test]
async fn scopes_of_other_runtimes_are_separate() {
    let in_other_runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .build()
            .expect("the runtime starts")
            .block_on(async {
                let task = tokio::spawn(async { get_scoped_key() });
                task.await.expect("the task ends")
            })
    };
    testing::scope(build_config("k1"), async {
        let thread = std::thread::spawn(in_other_runtime);
        assert_eq!(thread.join().expect("the thread ends"), None);
    })
    .await;
}

/// The innermost scope of a future takes precedence over the scope that was opened last.
#[tokio::test]
async fn a_future_gets_its_own_scope() {
    let (first, second) = (oneshot::channel::<()>(), oneshot::channel::<()>());
    let one = testing::scope(build_config("k1"), async {
        first.1.await.expect("the other scope is open");
        assert_eq!(Config::get().key, "k1");
        second.0.send(()).expect("the other scope waits");
    });
    let two = testing::scope(build_config("k2"), async {
        first.0.send(()).expect("the first scope waits");
        second.1.await.expect("the first scope has ended");
        assert_eq!(Config::get().key, "k2");
        let task = tokio::spawn(testing::scope(build_config("k3"), async {
            get_scoped_key()
        }));
        assert_eq!(task.await.expect("the task ends").as_deref(), Some("k3"));
    });
    tokio::join!(one, two);
}

#[tokio::test]
async fn a_cancelled_scope_is_closed() {
    let never = testing::scope(build_config("k1"), std::future::pending::<()>());
    tokio::select! {
        biased;
        () = never => unreachable!("it is pending"),
        () = std::future::ready(()) => {}
    }
    let task = tokio::spawn(async { get_scoped_key() });
    assert_eq!(task.await.expect("the task ends"), None);
}

#[derive(Debug, PartialEq)]
enum LoginError {
    Rejected,
    Config,
}

impl From<Error> for LoginError {
    fn from(_: Error) -> Self {
        Self::Config
    }
}

/// The login of this test accepts only `k2`, and the key is rotated during the first attempt.
#[tokio::test]
async fn a_test_rotates_the_values_of_a_live_configuration() {
    let login = async |live: &Live<Config>| {
        live.retry_auth(
            |error| *error == LoginError::Rejected,
            async |used| {
                testing::rotate(live, build_config("k2"));
                if used.key == "k2" {
                    Ok(used.key.len())
                } else {
                    Err(LoginError::Rejected)
                }
            },
        )
        .await
    };
    let live = testing::live(build_config("k1"));
    let pool = live.map(|config| format!("pool with {}", config.key));
    let before = pool.current().await.expect("the product is built");
    assert_eq!(*before, "pool with k1");

    assert_eq!(login(&live).await, Ok(2));
    let after = pool.current().await.expect("the product is built");
    assert_eq!(*after, "pool with k2");
    assert_eq!(live.refresh().await.expect("nothing is fetched").key, "k2");
    assert_eq!(live.report().fields.len(), 0);
}

#[tokio::test]
async fn a_scope_has_a_live_configuration() {
    testing::scope(build_config("k1"), async {
        let live = Config::live().expect("the scope has one");
        let current = Config::current().await.expect("the values are served");
        assert!(Arc::ptr_eq(&current, &live.latest()));

        testing::rotate(&live, build_config("k2"));
        let rotated = Config::current().await.expect("the values are served");
        assert_eq!(rotated.key, "k2");
        assert_eq!(Config::get().key, "k1", "`get` returns the first values");
    })
    .await;
    assert!(Config::live().is_none());
}
