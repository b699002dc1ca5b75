//! A secret that is rotated at a real server, under load.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use stage_config::{Error, ExposeSecret, Live, SecretString, StageConfig};
use tokio::task::JoinSet;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval, timeout};

use crate::support::child;
use crate::support::load::loader;
use crate::support::peers;
use crate::support::seed::Secrets as Seed;

/// Tells the inner test where moto is.
const MOTO: &str = "MOTO";
/// How many tasks there are of each kind.
const TASKS: usize = 32;
/// The version after which the load ends.
const LAST: u64 = 4;
const TTL: Duration = Duration::from_secs(1);
/// How long a refresh may take.
const REFRESH_WITHIN: Duration = Duration::from_millis(1500);
/// What a machine that does other things too, as all other tests, takes to run the tasks.
const BUSY: Duration = Duration::from_secs(1);

/// Whoever comes right after a refresh has begun waits for the next one: the time to live with all of its jitter, and a refresh that
/// takes as long as it may; and for one more after a pause, if the server has other things to do than to answer it.
fn seen_within() -> Duration {
    let first_pause = Duration::from_secs(1);
    (TTL + first_pause).mul_f64(1.2) + 2 * REFRESH_WITHIN + BUSY
}

fn version(number: u64) -> String {
    format!(r#"{{"user": "user-{number}", "password": "password-{number}"}}"#)
}

fn id(number: u64) -> String {
    format!("{number:032}")
}

fn requests() -> Interval {
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
    fn version(&self) -> u64 {
        let user = self.user.expose_secret().strip_prefix("user-");
        let number: u64 = user.and_then(|number| number.parse().ok()).expect("one of the versions");
        assert_eq!(self.password.expose_secret(), format!("password-{number}"), "a mix of two versions");
        number
    }
}

/// A vendor has refused this version.
#[derive(Debug)]
struct Refused(u64);

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        panic!("there is no maximum age: {error}")
    }
}

#[test]
fn nobody_sees_a_mix_and_all_see_the_new_one_in_time() {
    child::run("live::rotation::inner_under_load", &[(MOTO, &peers::moto().url)]).passed();
}

/// A handler that uses what is current.
async fn handle(live: &Live<Config>) -> u64 {
    live.current().await.expect("there is no maximum age").version()
}

/// One that logs in at a vendor who accepts what was put last, and nothing older.
async fn log_in(live: &Live<Config>, newest: &AtomicU64) -> u64 {
    let log_in = |config: Arc<Config>| {
        let number = config.version();
        let accepted = number >= newest.load(Ordering::Acquire);
        async move { if accepted { Ok(number) } else { Err(Refused(number)) } }
    };
    live.retry_auth(|Refused(_)| true, log_in).await.unwrap_or_else(|Refused(number)| number)
}

/// Asks until it has seen the last version, and is never behind for long.
async fn work(live: Live<Config>, newest: Arc<AtomicU64>, logs_in: bool) {
    let mut requests = requests();
    let (mut seen, mut behind_since) = (0, None);
    while seen < LAST {
        requests.tick().await;
        let put = newest.load(Ordering::Acquire);
        let number = if logs_in { log_in(&live, &newest).await } else { handle(&live).await };
        assert!(number >= seen, "an older version came back");
        seen = number;
        behind_since = (seen < put).then(|| behind_since.unwrap_or_else(Instant::now));
        let behind = behind_since.map_or(Duration::ZERO, |since: Instant| since.elapsed());
        assert!(behind < seen_within(), "version {put} is not seen after {behind:?}");
    }
}

/// Returns once this version is served; fails with the first task that does.
async fn served(number: u64, live: &Live<Config>, tasks: &mut JoinSet<()>) {
    let mut requests = requests();
    while live.latest().version() != number {
        tokio::select! {
            Some(ended) = tasks.join_next() => ended.expect("no task panics"),
            _ = requests.tick() => {}
        }
    }
}

/// The right to refresh because something was refused is one a process. So the first new version is seen by those who are refused, and
/// the others when their time comes.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn inner_under_load() {
    if !child::is("live::rotation::inner_under_load") {
        return;
    }
    let url = std::env::var(MOTO).expect("the outer test sets it");
    let seed = Seed::at(&url);
    seed.text("rotation/under-load", &version(0)).await;
    let live = loader(&url).refresh_timeout(REFRESH_WITHIN).live(TTL).await.expect("it loads");
    // The version that was put last, for tasks to know what is new.
    let newest = Arc::new(AtomicU64::new(0));
    let mut tasks = JoinSet::new();
    for logs_in in [false, true].repeat(TASKS) {
        tasks.spawn(work(live.clone(), newest.clone(), logs_in));
    }
    for number in 1..=LAST {
        seed.version("rotation/under-load", &id(number), &version(number)).await;
        newest.store(number, Ordering::Release);
        let served = timeout(seen_within(), served(number, &live, &mut tasks)).await;
        served.unwrap_or_else(|_| panic!("version {number} is not served in time"));
    }
    let ended = timeout(seen_within(), async {
        while let Some(ended) = tasks.join_next().await {
            ended.expect("no task panics");
        }
    });
    ended.await.expect("what is served is seen by all");
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
                    if config.password.expose_secret() == "password-2" { Ok(()) } else { Err(Refused(1)) }
                };
                live.retry_auth(|Refused(_)| true, log_in).await
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("no task panics").expect("the new password is accepted");
    }
    assert_eq!(live.report().refresh.as_ref().map(|refresh| refresh.succeeded), Some(1), "one refresh for all 64");
}
