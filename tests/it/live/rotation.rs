//! Rotation of a secret while many tasks use the secret. The server is moto, which replaces AWS.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use stage_config::{Error, ExposeSecret, Live, SecretString, StageConfig};
use tokio::task::JoinSet;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, timeout};

use crate::support::child;
use crate::support::load::loader;
use crate::support::peers;
use crate::support::secrets_and_keys::Secrets as Seed;

/// The environment variable that tells the inner test the URL of moto.
const MOTO: &str = "MOTO";
/// The number of tasks that only read the configuration, and also of tasks that log in with it.
const TASKS: usize = 32;
/// The last version. A task ends when it has seen this version.
const LAST: u64 = 4;
const TTL: Duration = Duration::from_secs(1);
/// The timeout of a refresh.
const REFRESH_TIMEOUT: Duration = Duration::from_millis(1500);
/// The additional delay of a task if the machine runs all other tests at the same time.
const BUSY: Duration = Duration::from_secs(1);

/// Returns the maximum time until a task sees a new version. If a refresh has just begun and misses
/// this version, the task waits for the next refresh: the TTL with its jitter, and the full timeout
/// of a refresh. If the server is busy, this refresh fails, so the task also waits for the pause
/// after it and for one more refresh.
fn compute_max_delay() -> Duration {
    let first_pause = Duration::from_secs(1);
    (TTL + first_pause).mul_f64(1.2) + 2 * REFRESH_TIMEOUT + BUSY
}

fn format_secret(number: u64) -> String {
    format!(r#"{{"user": "user-{number}", "password": "password-{number}"}}"#)
}

fn format_version_id(number: u64) -> String {
    format!("{number:032}")
}

fn create_request_interval() -> Interval {
    let mut requests = interval(Duration::from_millis(5));
    requests.set_missed_tick_behavior(MissedTickBehavior::Delay);
    requests
}

#[derive(StageConfig)]
#[stage(dev = "secret:rotation/under-load#{field}")]
struct Config {
    #[config(refresh = "1s")]
    user: SecretString,
    #[config(refresh = "1s")]
    password: SecretString,
}

impl Config {
    fn read_version(&self) -> u64 {
        let user = self.user.expose_secret().strip_prefix("user-");
        let number: u64 = user
            .and_then(|number| number.parse().ok())
            .expect("the user has the number of a version");
        assert_eq!(
            self.password.expose_secret(),
            format!("password-{number}"),
            "the values have two versions"
        );
        number
    }
}

/// The error of a vendor that rejected this version.
#[derive(Debug)]
struct Rejected(u64);

impl From<Error> for Rejected {
    fn from(error: Error) -> Self {
        panic!("no value was served, although the values have no maximum age: {error}")
    }
}

#[test]
fn rotated_values_are_consistent_and_seen_in_time() {
    child::run(
        "live::rotation::inner_under_load",
        &[(MOTO, &peers::moto().url)],
    )
    .assert_passed();
}

/// Reads the current configuration, as a handler does, and returns its version.
async fn handle(live: &Live<Config>) -> u64 {
    live.current()
        .await
        .expect("the values have no maximum age")
        .read_version()
}

/// Logs in at a vendor, which accepts only the newest version, and returns the version that was
/// used last.
async fn log_in(live: &Live<Config>, newest: &AtomicU64) -> u64 {
    let log_in = |config: Arc<Config>| {
        let number = config.read_version();
        let accepted = number >= newest.load(Ordering::Acquire);
        async move {
            if accepted {
                Ok(number)
            } else {
                Err(Rejected(number))
            }
        }
    };
    live.retry_auth(|Rejected(_)| true, log_in)
        .await
        .unwrap_or_else(|Rejected(number)| number)
}

/// Reads the configuration until a read has returned the last version. Asserts that the task sees
/// each new version within the maximum delay.
async fn work(live: Live<Config>, newest: Arc<AtomicU64>, logs_in: bool) {
    let mut requests = create_request_interval();
    let (mut seen, mut behind_since) = (0, None);
    while seen < LAST {
        requests.tick().await;
        let expected = newest.load(Ordering::Acquire);
        let number = if logs_in {
            log_in(&live, &newest).await
        } else {
            handle(&live).await
        };
        assert!(
            number >= seen,
            "an older version is served after a newer one"
        );
        seen = number;
        behind_since = (seen < expected).then(|| behind_since.unwrap_or_else(Instant::now));
        let behind = behind_since.map_or(Duration::ZERO, |since: Instant| since.elapsed());
        assert!(
            behind < compute_max_delay(),
            "version {expected} is not seen after {behind:?}"
        );
    }
}

/// Waits until this version is served. Panics if a task panics first.
async fn wait_until_served(number: u64, live: &Live<Config>, tasks: &mut JoinSet<()>) {
    let mut requests = create_request_interval();
    while live.latest().read_version() != number {
        tokio::select! {
            Some(ended) = tasks.join_next() => ended.expect("no task panics"),
            _ = requests.tick() => {}
        }
    }
}

/// A process makes at most one refresh per minute because of a rejection. So a rejection makes the
/// tasks see the first new version at once, and they see the later versions when the TTL has
/// passed.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn inner_under_load() {
    if !child::is_inner("live::rotation::inner_under_load") {
        return;
    }

    let url = std::env::var(MOTO).expect("the outer test sets the variable");
    let seed = Seed::from_url(&url);
    seed.create_text("rotation/under-load", &format_secret(0))
        .await;
    let live = loader(&url)
        .refresh_timeout(REFRESH_TIMEOUT)
        .live(TTL)
        .await
        .expect("the configuration loads");
    // The tasks compare the version that they read with this newest version at the server.
    let newest = Arc::new(AtomicU64::new(0));
    let mut tasks = JoinSet::new();
    for logs_in in [false, true].repeat(TASKS) {
        tasks.spawn(work(live.clone(), newest.clone(), logs_in));
    }
    for number in 1..=LAST {
        seed.add_version(
            "rotation/under-load",
            &format_version_id(number),
            &format_secret(number),
        )
        .await;
        newest.store(number, Ordering::Release);
        let served = timeout(
            compute_max_delay(),
            wait_until_served(number, &live, &mut tasks),
        )
        .await;
        served.unwrap_or_else(|_| panic!("version {number} is not served in time"));
    }
    let all_ended = timeout(compute_max_delay(), async {
        while let Some(ended) = tasks.join_next().await {
            ended.expect("no task panics");
        }
    });
    all_ended.await.expect("all tasks see the served version");
    let refreshed = live
        .report()
        .refresh
        .as_ref()
        .map_or(0, |refresh| refresh.succeeded);
    assert!(
        (LAST..LAST * 10).contains(&refreshed),
        "{refreshed} refreshes for {LAST} versions"
    );
}

#[test]
fn rejected_callers_see_the_new_value_at_once() {
    child::run(
        "live::rotation::inner_rejected",
        &[(MOTO, &peers::moto().url)],
    )
    .assert_passed();
}

/// A process makes at most one refresh per minute because of a rejection, so this test runs in its
/// own process.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn inner_rejected() {
    if !child::is_inner("live::rotation::inner_rejected") {
        return;
    }

    #[derive(StageConfig)]
    #[stage(dev = "secret:rotation/rejected#{field}")]
    struct Config {
        #[config(refresh = "1h")]
        password: SecretString,
    }

    let url = std::env::var(MOTO).expect("the outer test sets the variable");
    let seed = Seed::from_url(&url);
    seed.create_text("rotation/rejected", &format_secret(1))
        .await;
    let live = loader::<Config>(&url)
        .live(Duration::from_secs(3600))
        .await
        .expect("the configuration loads");
    seed.add_version(
        "rotation/rejected",
        &format_version_id(2),
        &format_secret(2),
    )
    .await;
    let tasks: Vec<_> = (0..64)
        .map(|_| {
            let live = live.clone();
            tokio::spawn(async move {
                let log_in = |config: Arc<Config>| async move {
                    if config.password.expose_secret() == "password-2" {
                        Ok(())
                    } else {
                        Err(Rejected(1))
                    }
                };
                live.retry_auth(|Rejected(_)| true, log_in).await
            })
        })
        .collect();
    for task in tasks {
        task.await
            .expect("no task panics")
            .expect("the new password is accepted");
    }
    assert_eq!(
        live.report()
            .refresh
            .as_ref()
            .map(|refresh| refresh.succeeded),
        Some(1),
        "one refresh for all 64"
    );
}
