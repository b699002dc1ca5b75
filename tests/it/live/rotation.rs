//! A secret that is rotated at a real server, under load.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use stage_config::{Error, ExposeSecret, SecretString, StageConfig};
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::support::child;
use crate::support::load::loader;
use crate::support::peers;
use crate::support::seed::Secrets as Seed;

/// Tells the inner test where moto is.
const MOTO: &str = "MOTO";
const TTL: Duration = Duration::from_secs(1);
/// A fifth more than the time to live, and what a busy machine takes to fetch and to run 64 tasks.
const SEEN_WITHIN: Duration = Duration::from_secs(4);

fn version(number: u64) -> String {
    format!(r#"{{"user": "user-{number}", "password": "password-{number}"}}"#)
}

fn id(number: u64) -> String {
    format!("{number:032}")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nobody_sees_a_mix_and_all_see_the_new_one_in_time() {
    #[derive(StageConfig)]
    #[stage(dev = "secret:rotation/under-load#{field}")]
    struct Config {
        #[config(refresh = "1s")]
        user: SecretString,
        #[config(refresh = "1s")]
        password: SecretString,
    }
    const LAST: u64 = 3;
    let moto = peers::moto();
    let seed = Seed::new(moto);
    seed.text("rotation/under-load", &version(0)).await;
    let loader = loader::<Config>(&moto.url).refresh_within(Duration::from_secs(2));
    let live = loader.live(TTL).await.expect("it loads");
    // The version that was put last, for tasks to know what is new.
    let newest = Arc::new(AtomicU64::new(0));
    let tasks: Vec<_> = (0..64)
        .map(|_| {
            let (live, newest) = (live.clone(), newest.clone());
            tokio::spawn(async move {
                let mut requests = interval(Duration::from_millis(5));
                requests.set_missed_tick_behavior(MissedTickBehavior::Delay);
                let (mut seen, mut behind_since) = (0, None);
                while seen < LAST {
                    requests.tick().await;
                    let put = newest.load(Ordering::Acquire);
                    let config = live.current().await.expect("there is no maximum age");
                    let user = config.user.expose_secret().strip_prefix("user-");
                    let number: u64 = user.and_then(|number| number.parse().ok()).expect("one of the versions");
                    assert_eq!(config.password.expose_secret(), format!("password-{number}"), "a mix of two versions");
                    assert!(number >= seen, "an older version came back");
                    seen = number;
                    behind_since = (seen < put).then(|| behind_since.unwrap_or_else(Instant::now));
                    let behind = behind_since.map_or(Duration::ZERO, |since: Instant| since.elapsed());
                    assert!(behind < SEEN_WITHIN, "version {put} is not seen after {behind:?}");
                }
            })
        })
        .collect();
    for number in 1..=LAST {
        seed.version("rotation/under-load", &id(number), &version(number)).await;
        newest.store(number, Ordering::Release);
        let mut requests = interval(Duration::from_millis(5));
        while live.current_cached().user.expose_secret() != format!("user-{number}") {
            requests.tick().await;
        }
    }
    for task in tasks {
        task.await.expect("no task panics");
    }
    let refreshed = live.report().refresh.as_ref().map_or(0, |refresh| refresh.succeeded);
    assert!((LAST..LAST * 10).contains(&refreshed), "{refreshed} refreshes for {LAST} versions");
}

#[test]
fn whoever_is_refused_sees_it_at_once() {
    child::run("live::rotation::inner_refused", &[(MOTO, &peers::moto().url)]).passed();
}

/// The right to refresh because something was refused is one a process.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn inner_refused() {
    if !child::is("live::rotation::inner_refused") {
        return;
    }
    #[derive(StageConfig)]
    #[stage(dev = "secret:rotation/refused#{field}")]
    struct Config {
        #[config(refresh = "1h")]
        password: SecretString,
    }
    #[derive(Debug)]
    struct Refused;
    impl From<Error> for Refused {
        fn from(error: Error) -> Self {
            panic!("there is no maximum age: {error}")
        }
    }
    let url = std::env::var(MOTO).expect("the outer test sets it");
    let seed = Seed::at(&url);
    seed.text("rotation/refused", &version(1)).await;
    let live = loader::<Config>(&url).live(Duration::from_secs(3600)).await.expect("it loads");
    seed.version("rotation/refused", &id(2), &version(2)).await;
    let tasks: Vec<_> = (0..64)
        .map(|_| {
            let live = live.clone();
            tokio::spawn(async move {
                let log_in = |config: Arc<Config>| async move {
                    if config.password.expose_secret() == "password-2" { Ok(()) } else { Err(Refused) }
                };
                live.retry_auth(|Refused| true, log_in).await
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("no task panics").expect("the new password is accepted");
    }
    assert_eq!(live.report().refresh.as_ref().map(|refresh| refresh.succeeded), Some(1), "one refresh for all 64");
}
