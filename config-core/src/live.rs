//! A configuration that stays fresh: rotation without a redeploy.
//!
//! No timer and no task: Lambda freezes them. Whoever asks for the configuration past its time fetches what may have changed,
//! over connections of its own, and everybody else is served the last good values at once.

mod auth;
mod clock;
mod mapped;
mod refresher;
mod schedule;

pub use mapped::Mapped;

use crate::{
    backoff::REFRESH_BACKOFF,
    call_timeout::CallTimeout,
    config_struct::ConfigStruct,
    error::Error,
    fetched_config::{DecodedConfig, FetchedConfig},
    report::{RefreshReport, Report},
    runtime::check_runtime,
    single_flight::{FlightRole, LeaderGuard, SingleFlight},
};
use arc_swap::ArcSwap;
use refresher::{RefreshResult, RefreshScope, Refresher};
use schedule::{DualInstant, Schedule};
use std::{fmt, sync::Arc, time::Duration};
use tokio::{sync::Mutex, time::sleep};

/// How long the one caller that refreshes may be kept from its work.
const DEFAULT_REFRESH_TIMEOUT: Duration = Duration::from_millis(500);
/// Longer than anybody waits, and short enough to be added to a point in time.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// What a loader says of refreshes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct LiveOptions {
    pub(crate) ttl: Option<Duration>,
    pub(crate) refresh_timeout: Option<Duration>,
    pub(crate) max_age: Option<Duration>,
}

/// What [`Loader::live`](crate::Loader::live) gives: a configuration whose rotated values are seen without a new deployment.
///
/// Fields marked `#[config(refresh = "5m")]` are fetched again, and they alone, by the first caller of [`current`](Self::current) past that time (which differs
/// by up to a fifth from process to process, so that functions that started together do not refresh together). That caller waits for
/// at most 500 ms ([`Loader::refresh_timeout`](crate::Loader::refresh_timeout)); all others are served the last good values meanwhile. The
/// values are swapped together, as an [`Arc`] of the whole struct: two fields of one secret are never of two versions, and a handler
/// that holds on to its `Arc` sees no change in the middle of its work.
///
/// A refresh that fails changes nothing: the last good values are served, a warning and [`report`](Self::report) say so, and it is
/// tried again after a pause that doubles from a second up to a minute. With [`Loader::max_age`](crate::Loader::max_age) values that are too old are an error
/// instead.
///
/// What is never fetched again: `env:`, `value:`, `kms-env:` and `sealed:` sources, pinned versions (`/a/b:3`, `?version_id=…`), and
/// everything under local values. A label (`/a/b:live`, `?version_stage=…`) moves, and is.
///
/// Clones are the same configuration.
///
/// ```
/// # use stage_config::{StageConfig, Error};
/// # use std::time::Duration;
/// #[derive(StageConfig)]
/// #[stage(dev = "/shop/dev/{field}")]
/// struct Config {
///     table: String,
///     #[config(secret, refresh = "5m")]
///     api_key: String,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Error> {
/// # let loader = Config::loader().stage("dev");
/// # let values = stage_config::testing::Memory::new().set("table", "orders").set("api_key", "k1");
/// # let loader = loader.local(values);
/// let live = loader.live(Duration::from_secs(300)).await?;
///
/// // In each handler: fresh at most every 5 minutes, else what an atomic load costs.
/// let config = live.current().await?;
/// assert_eq!(config.table, "orders");
/// # Ok(())
/// # }
/// ```
pub struct Live<T>(Arc<LiveInner<T>>);

struct LiveInner<T> {
    newest: ArcSwap<Generation<T>>,
    flight: SingleFlight<Refresher, Error>,
    schedule: Schedule,
    options: LiveOptions,
    /// The time of a whole load, for whoever insists on a refresh.
    load_timeout: Duration,
    /// Held by whoever refreshes because something was refused; the others who were refused wait for it.
    retry_lock: Mutex<()>,
}

/// One state of the configuration.
struct Generation<T> {
    config: Arc<T>,
    report: Arc<Report>,
    /// The load, or the last refresh that went well.
    refreshed: DualInstant,
    /// When the last refresh failed, since then.
    failed: Option<DualInstant>,
}

type RefreshLeader<'a> = LeaderGuard<'a, Refresher, Error>;

impl<T> Live<T> {
    pub(crate) fn new(decoded: DecodedConfig<T>, fetched: FetchedConfig, options: LiveOptions) -> Self {
        let DecodedConfig { config, report, .. } = decoded;
        let load_timeout = fetched.timeout;
        let now = DualInstant::now();
        // What came from a snapshot is as old as that.
        let used = fetched.wave.snapshot.as_ref().filter(|snapshot| snapshot.is_used());
        let refreshed = used.and_then(|snapshot| snapshot.created).map_or(now, DualInstant::from_unix_seconds);
        let refresher = Refresher::new(fetched, options.ttl);
        let next = refresher.next_due(now);
        let first = Generation { config: Arc::new(config), report: Arc::new(report), refreshed, failed: None };
        let live = LiveInner {
            newest: ArcSwap::from_pointee(first),
            flight: SingleFlight::new(refresher),
            schedule: Schedule::never(),
            options,
            load_timeout,
            retry_lock: Mutex::new(()),
        };
        live.schedule_next(next, refreshed);
        Self(Arc::new(live))
    }

    /// The last good values, however old they are: never waits, never fetches, never fails.
    ///
    /// It costs what an atomic load of an `Arc` costs, and locks nothing.
    #[must_use]
    pub fn latest(&self) -> Arc<T> {
        self.0.newest.load().config.clone()
    }

    /// Where every field came from when it was fetched last, and in [`Report::refresh`] how the refreshes have gone.
    #[must_use]
    pub fn report(&self) -> Arc<Report> {
        self.0.newest.load().report.clone()
    }
}

impl<T: ConfigStruct> Live<T> {
    /// The values, fetched anew where their time has passed.
    ///
    /// Whoever comes first past the time refreshes, and waits for it for 500 ms at most; everybody else gets the last good values at
    /// once. It may be called as often as one likes, by many tasks at once: before its time it costs an atomic load and, where anything is
    /// ever to be fetched again, a look at the time that the kernel noted last. It locks nothing. A caller that goes away in the
    /// middle of its refresh leaves the values as they were, and has made a refresh that failed.
    ///
    /// # Errors
    ///
    /// Only with [`Loader::max_age`](crate::Loader::max_age): what keeps values that are too old from being fetched again. The error is not kept.
    /// It is [`ErrorKind::TimedOut`](crate::ErrorKind::TimedOut) where another caller's refresh did not end within the deadline of a whole load.
    ///
    /// # Panics
    ///
    /// As [`StageConfig::load`](crate::StageConfig::load), if it has to fetch.
    pub async fn current(&self) -> Result<Arc<T>, Error> {
        if self.0.schedule.is_due() {
            // In a box, so that what is seldom done does not make the future of every request a large one.
            Box::pin(self.refresh_if_due()).await?;
        }
        Ok(self.latest())
    }

    /// Fetches now, within the deadline of a whole load: for whoever knows that something was rotated. Where nothing is to be
    /// refreshed (no field says `refresh`, and there is no `ttl`; local values) it fetches nothing.
    ///
    /// What it gives was read after the call: it waits for a refresh that is under way and then makes its own, one for all who
    /// ask at once. The deadline is one for waiting and fetching.
    ///
    /// # Errors
    ///
    /// What keeps the new values from being served; [`ErrorKind::TimedOut`](crate::ErrorKind::TimedOut) where another caller's refresh did
    /// not end before the deadline, as when its future is kept without being polled. The last good ones stay, and it is tried again, by [`current`](Self::current), after a
    /// pause. After a start from a snapshot, where a store has not answered for fields that are not refreshed themselves, what the others
    /// have answered is served, and the error names the fields that are still from the snapshot.
    ///
    /// # Panics
    ///
    /// As [`StageConfig::load`](crate::StageConfig::load).
    pub async fn refresh(&self) -> Result<Arc<T>, Error> {
        self.refresh_all(CallTimeout::new(self.0.load_timeout)).await?;
        Ok(self.latest())
    }

    /// Keeps what is built from the configuration, as a pool of connections, and builds it again when the configuration has changed.
    ///
    /// `build` runs on the thread of the caller that needs its product first, so it should be short: a pool that connects when it is
    /// used. Others wait without blocking their threads. See [`Mapped`].
    #[must_use = "nothing is built before it is asked for"]
    pub fn map<P>(&self, build: impl Fn(&T) -> P + Send + Sync + 'static) -> Mapped<T, P> {
        Mapped::new(self.clone(), build)
    }

    /// One time for waiting and fetching.
    async fn refresh_all(&self, timeout: CallTimeout) -> Result<(), Error> {
        match timeout.wait_for(&T::STRUCT_SCHEMA, "refresh", self.0.flight.join_next()).await? {
            FlightRole::Leader(flight) => self.run_refresh(flight, RefreshScope::All, timeout.remaining()).await,
            FlightRole::Waiter(result) => result,
        }
    }

    /// Does what is due.
    async fn refresh_if_due(&self) -> Result<(), Error> {
        // A pause after a failure does not make what is too old any younger.
        if self.is_expired() {
            return self.replace_expired().await;
        }
        if let Some(flight) = self.0.flight.try_lead()
            && self.0.schedule.is_due()
        {
            // Why it failed stands in the report and in a warning: the last good values are served.
            let _ = self
                .run_refresh(
                    flight,
                    RefreshScope::Due,
                    self.0.options.refresh_timeout.unwrap_or(DEFAULT_REFRESH_TIMEOUT),
                )
                .await;
        }
        Ok(())
    }

    fn is_expired(&self) -> bool {
        let age = || self.0.newest.load().refreshed.elapsed();
        self.0.options.max_age.is_some_and(|max| age() > max)
    }

    async fn replace_expired(&self) -> Result<(), Error> {
        let timeout = CallTimeout::new(self.0.load_timeout);
        match timeout.wait_for(&T::STRUCT_SCHEMA, "refresh", self.0.flight.join_current()).await? {
            // The one before, whom this caller had waited for without knowing, may have done it.
            FlightRole::Leader(_) if !self.is_expired() => Ok(()),
            FlightRole::Leader(flight) => {
                // A store that is down is not asked all the time; those who come meanwhile wait here with this one.
                let failed = self.0.newest.load().failed;
                let pause = failed.map_or(Duration::ZERO, |at| REFRESH_BACKOFF.first.saturating_sub(at.elapsed()));
                if !pause.is_zero() && check_runtime(&T::STRUCT_SCHEMA).is_ok() {
                    sleep(pause.min(timeout.remaining())).await;
                }
                self.run_refresh(flight, RefreshScope::All, timeout.remaining()).await
            }
            FlightRole::Waiter(result) => result,
        }
    }

    async fn run_refresh(
        &self,
        mut flight: RefreshLeader<'_>,
        which: RefreshScope,
        within: Duration,
    ) -> Result<(), Error> {
        if flight.work_mut().is_idle() {
            return Ok(());
        }
        let before = self.0.newest.load_full();
        let mut attempt = RefreshAttempt { live: &self.0, before: &before, leader: Some(flight) };
        let Some(flight) = &mut attempt.leader else { return Ok(()) };
        let result = flight.work_mut().refresh::<T>(which, within.min(LONGEST)).await;
        let next = flight.work_mut().next_due(DualInstant::now());
        let Some(mut flight) = attempt.leader.take() else { return Ok(()) };
        let (generation, next, error) = match result {
            Ok(Some(refreshed)) => {
                let (generation, left) = apply_refresh(&before, refreshed);
                let pause = left.as_ref().map(|_| generation.next_backoff());
                (generation, next.into_iter().chain(pause).min(), left)
            }
            Ok(None) => {
                self.0.schedule_next(next, before.refreshed);
                return Ok(());
            }
            Err(error) => {
                let generation = keep_stale(&before, &error);
                let pause = generation.next_backoff();
                (generation, Some(pause), Some(error))
            }
        };
        let refreshed = generation.refreshed;
        self.0.newest.store(Arc::new(generation));
        flight.finish(error.clone());
        // Before the next flight, and not before the values are there: else one that is too old would be served in between.
        self.0.schedule_next(next, refreshed);
        drop(flight);
        error.map_or(Ok(()), Err)
    }
}

impl<T> LiveInner<T> {
    /// Says when somebody is to look again: when something is to be fetched, and no later than the values get too old. Where nothing is
    /// ever to be fetched again, nothing gets too old.
    fn schedule_next(&self, next: Option<Duration>, refreshed: DualInstant) {
        let rest = self.options.max_age.map_or(Duration::MAX, |max| max.saturating_sub(refreshed.elapsed()));
        self.schedule.set(next.map(|next| next.min(rest)));
    }
}

impl<T> Generation<T> {
    /// How long the stores are left alone after a refresh that failed.
    fn next_backoff(&self) -> Duration {
        REFRESH_BACKOFF.draw(self.report.refresh.as_ref().map_or(0, |refresh| refresh.failed.saturating_sub(1)))
    }
}

/// A refresh under way. Where its caller goes away in the middle of it, it has failed: else nobody would ever know of one that
/// always takes longer than its callers wait.
struct RefreshAttempt<'a, T> {
    live: &'a LiveInner<T>,
    before: &'a Generation<T>,
    /// Until it ends.
    leader: Option<RefreshLeader<'a>>,
}

impl<T> Drop for RefreshAttempt<'_, T> {
    fn drop(&mut self) {
        if let Some(mut flight) = self.leader.take()
            && let Some(error) = flight.work_mut().abort_error()
        {
            let generation = keep_stale(self.before, &error);
            let pause = generation.next_backoff();
            // It has no result: the next waiter becomes the leader.
            self.live.newest.store(Arc::new(generation));
            self.live.schedule_next(Some(pause), self.before.refreshed);
        }
    }
}

/// What a refresh has brought, and what it has not.
fn apply_refresh<T>(before: &Generation<T>, refreshed: RefreshResult<T>) -> (Generation<T>, Option<Error>) {
    let RefreshResult { decoded: DecodedConfig { config, mut report, .. }, changed, pending_error: left } = refreshed;
    // What is the same stays the same `Arc`: whoever built something from it need not build it again.
    let config = if changed { Arc::new(config) } else { before.config.clone() };
    let Some(error) = left else {
        report.refresh = Some(RefreshReport::new_after_success(before.report.refresh.as_ref()));
        report.emit_refreshed(changed);
        return (Generation { config, report: Arc::new(report), refreshed: DualInstant::now(), failed: None }, None);
    };
    // Some of it is as old as before.
    (report.snapshot, report.refresh) = (before.report.snapshot.clone(), before.report.refresh.clone());
    let after = keep_stale(&Generation { config, report: Arc::new(report), ..*before }, &error);
    (after, Some(error))
}

fn keep_stale<T>(before: &Generation<T>, error: &Error) -> Generation<T> {
    let mut report = Report::clone(&before.report);
    let refresh =
        RefreshReport::new_after_failure(before.report.refresh.as_ref(), error.failures(), || error.to_string());
    report.refresh = Some(refresh);
    report.emit_stale(before.refreshed.elapsed());
    let failed = Some(DualInstant::now());
    Generation { config: before.config.clone(), report: Arc::new(report), refreshed: before.refreshed, failed }
}

impl<T> Clone for Live<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> fmt::Debug for Live<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live").field("report", &self.report()).finish_non_exhaustive()
    }
}
