//! A configuration that refreshes itself: rotation without a redeployment.
//!
//! Between the calls of the program, no timer and no background task runs, because Lambda freezes
//! both. If a refresh is due, the first caller of [`Live::current`] runs it, over new connections
//! unless the program provides its own AWS configuration. All other callers get the last good
//! values immediately, unless these are older than the maximum age.

mod attempt;
mod auth;
mod clock;
#[cfg(feature = "testing")]
mod for_tests;
mod generation;
mod mapped;
mod refresh;
mod refresher;
mod schedule;

pub use mapped::Mapped;

use crate::{
    call_timeout::CallTimeout, config_struct::ConfigStruct, decoded_config::DecodedConfig,
    dual_instant::DualInstant, error::Error, fetched_config::FetchedConfig, report::Report,
    single_flight::SingleFlight,
};
use arc_swap::ArcSwap;
use generation::Generation;
use refresher::Refresher;
use schedule::Schedule;
use std::{fmt, sync::Arc, time::Duration};
use tokio::sync::Mutex;

/// The default timeout of a refresh that [`Live::current`] runs.
const DEFAULT_REFRESH_TIMEOUT: Duration = Duration::from_millis(500);

/// The loader's options for refreshes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct LiveOptions {
    pub(crate) ttl: Option<Duration>,
    pub(crate) refresh_timeout: Option<Duration>,
    pub(crate) max_age: Option<Duration>,
}

/// A configuration that refreshes itself, so a rotated value needs no new deployment.
/// [`Loader::live`](crate::Loader::live) and [`StageConfig::live`](crate::StageConfig::live) return
/// it.
///
/// Only fields marked `#[config(refresh = "5m")]` are fetched again. If no field is marked, all
/// fields are fetched again after the `ttl` of [`Loader::live`](crate::Loader::live). The first
/// caller of [`current`](Self::current) after that interval runs the refresh. The interval varies
/// by up to a fifth between processes, so functions that started together do not refresh together.
/// By default, the caller waits for at most 500 ms
/// ([`Loader::refresh_timeout`](crate::Loader::refresh_timeout)); meanwhile all others get the last
/// good values.
///
/// A refresh swaps all values together, as an [`Arc`] of the whole struct. Two fields of one secret
/// always have the same version, and a handler that keeps its `Arc` sees no change in the middle of
/// its work.
///
/// A refresh that fails changes no value. The last good values are served, a warning is logged, and
/// [`report`](Self::report) contains the failures. The next refresh follows after a pause that
/// doubles from one second up to a minute. With [`Loader::max_age`](crate::Loader::max_age), values
/// that are too old become an error.
///
/// Sources with `env:`, `value:`, `kms-env:` or `sealed:`, and pinned versions (`/a/b:3`,
/// `?version_id=…`), are not fetched again. If local values are used, nothing is fetched again. A
/// label (`/a/b:live`, `?version_stage=…`) can move, so it is fetched again. AppConfig says how
/// long a program must wait between two calls; until then, a refresh keeps the last content. If the
/// load used a snapshot, all values that came from the snapshot are fetched again.
///
/// Clones share the same configuration.
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
/// // In each handler: fetches about every 5 minutes; otherwise it costs an atomic load.
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
    /// The timeout of a whole load, which also limits a forced refresh.
    load_timeout: Duration,
    /// Held by the caller that refreshes after a rejected key. Other callers with a rejected key
    /// wait for this caller.
    retry_lock: Mutex<()>,
}

impl<T> Live<T> {
    pub(crate) fn new(
        decoded: DecodedConfig<T>,
        fetched: FetchedConfig,
        options: LiveOptions,
    ) -> Self {
        let DecodedConfig { config, report, .. } = decoded;
        let load_timeout = fetched.timeout;
        let now = DualInstant::now();

        // Values from a snapshot are as old as the snapshot.
        let used = fetched
            .wave
            .snapshot
            .as_ref()
            .filter(|snapshot| snapshot.is_used());
        let refreshed = used
            .and_then(|snapshot| snapshot.created)
            .map_or(now, DualInstant::from_unix_seconds);

        let refresher = Refresher::new(fetched, options.ttl);
        let next = refresher.next_due(now);

        let first = Generation {
            config: Arc::new(config),
            report: Arc::new(report),
            refreshed,
            failed: None,
        };
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

    /// Returns the last good values, even if they are too old. It never waits, never fetches and
    /// never fails.
    ///
    /// It costs as much as an atomic load of an `Arc`, and takes no lock.
    ///
    /// ```
    /// # use stage_config::{Error, Live, StageConfig, testing};
    /// # #[derive(StageConfig)]
    /// # #[stage(dev = "/shop/dev/{field}")]
    /// # struct Config { #[config(refresh = "5m")] limit: usize }
    /// /// Not async: a `Drop`, a callback, a metric.
    /// fn is_full(live: &Live<Config>, waiting: usize) -> bool {
    ///     waiting >= live.latest().limit
    /// }
    ///
    /// # fn main() -> Result<(), Error> {
    /// let live = testing::live(Config::for_tests().set("limit", "10").build()?);
    /// assert!(is_full(&live, 10));
    ///
    /// testing::rotate(&live, Config::for_tests().set("limit", "20").build()?);
    /// assert!(!is_full(&live, 10));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn latest(&self) -> Arc<T> {
        self.0.newest.load().config.clone()
    }

    /// Returns the report, which says for every field where its value came from at the last fetch.
    /// [`Report::refresh`] holds the results of the refreshes.
    ///
    /// ```
    /// # use stage_config::{Error, Live, StageConfig, testing::Memory};
    /// # use std::time::Duration;
    /// # #[derive(StageConfig)]
    /// # #[stage(dev = "/shop/dev/{field}")]
    /// # struct Config { #[config(refresh = "5m")] table: String }
    /// /// For a health check of a container: whether the last refresh succeeded.
    /// fn is_fresh(live: &Live<Config>) -> bool {
    ///     let report = live.report();
    ///     report.refresh.as_ref().is_none_or(|refresh| refresh.failed == 0)
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Error> {
    /// # let values = Memory::new().set("table", "orders");
    /// # let loader = Config::loader().stage("dev").local(values);
    /// # let live = loader.live(Duration::from_secs(300)).await?;
    /// assert!(is_fresh(&live));
    /// assert_eq!(live.report().fields[0].field, "table");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn report(&self) -> Arc<Report> {
        self.0.newest.load().report.clone()
    }
}

impl<T: ConfigStruct> Live<T> {
    /// Returns the values. If a refresh is due, it runs first.
    ///
    /// The first caller after the interval runs the refresh and waits for it, by default for at
    /// most 500 ms. All other callers get the last good values immediately, unless these are older
    /// than the maximum age. You may call this method often and from many tasks: if no refresh is
    /// due, the call takes no lock and costs one atomic load, and one read of the coarse kernel
    /// clock if any field can be refreshed.
    ///
    /// If a caller is cancelled during its refresh, the values stay unchanged and the refresh
    /// counts as failed.
    ///
    /// ```
    /// # use stage_config::{Error, StageConfig, testing};
    /// # #[derive(StageConfig)]
    /// # #[stage(dev = "/shop/dev/{field}")]
    /// # #[config(refresh = "5m")]
    /// # struct Config { user: String, #[config(secret)] password: String }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Error> {
    /// # let values = |user, password| {
    /// #     Config::for_tests().set("user", user).set("password", password).build()
    /// # };
    /// # let live = testing::live(values("app1", "p1")?);
    /// // Call it once for each request, and keep the `Arc`: its fields always belong together.
    /// let config = live.current().await?;
    /// # testing::rotate(&live, values("app2", "p2")?);
    ///
    /// // Even if the login is rotated now, this request goes on with the user and the password of
    /// // the same login. The next request gets the new one.
    /// assert_eq!((config.user.as_str(), config.password.as_str()), ("app1", "p1"));
    /// assert_eq!(live.current().await?.user, "app2");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error only with [`Loader::max_age`](crate::Loader::max_age): the reason why
    /// values that are too old could not be fetched again, or
    /// [`ErrorKind::TimedOut`](crate::ErrorKind::TimedOut) if the refresh of another caller did not
    /// end within the timeout of a whole load. The error is not cached.
    ///
    /// # Panics
    ///
    /// Panics like [`StageConfig::load`](crate::StageConfig::load), if it has to fetch.
    pub async fn current(&self) -> Result<Arc<T>, Error> {
        if self.0.schedule.is_due() {
            // Boxed, so the rare refresh does not enlarge the future of every request.
            Box::pin(self.refresh_if_due()).await?;
        }
        Ok(self.latest())
    }

    /// Refreshes now, within the timeout of a whole load. Call it if you know that a value was
    /// rotated. It fetches nothing if nothing can be refreshed, for example because local values
    /// are used, or because no field has `refresh` and there is no `ttl`.
    ///
    /// The refreshed values are read after the start of the call. If a refresh is running, the call
    /// waits for it and then runs another one, which all concurrent callers share. One timeout
    /// covers the waiting and the fetching.
    ///
    /// ```
    /// use stage_config::store::{FetchFuture, Found, Outcome, Request, Store};
    /// use stage_config::{Error, StageConfig};
    /// use std::{sync::atomic::{AtomicU32, Ordering::Relaxed}, time::Duration};
    ///
    /// #[derive(StageConfig)]
    /// #[stage(dev = "/shop/dev/{field}")]
    /// struct Config {
    ///     #[config(secret, refresh = "1h")]
    ///     api_key: String,
    /// }
    ///
    /// /// Has another key at each call: `k1`, `k2`.
    /// struct Rotating(AtomicU32);
    ///
    /// impl Store for Rotating {
    ///     fn fetch<'a>(&'a self, requests: &'a [Request]) -> FetchFuture<'a> {
    ///         let key = format!("k{}", self.0.fetch_add(1, Relaxed) + 1);
    ///         Box::pin(async move { vec![Outcome::Found(Found::from_text(key)); requests.len()] })
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Error> {
    /// let loader = Config::loader().stage("dev").store("ssm", Rotating(AtomicU32::new(0)));
    /// let live = loader.live(Duration::from_secs(3600)).await?;
    /// assert_eq!(live.current().await?.api_key, "k1");
    ///
    /// // The program receives a message that the key was rotated.
    /// assert_eq!(live.refresh().await?.api_key, "k2");
    /// assert_eq!(live.current().await?.api_key, "k2");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns the reason why the new values could not be served, or
    /// [`ErrorKind::TimedOut`](crate::ErrorKind::TimedOut) if the refresh of another caller did not
    /// end before the timeout, for example because its future is no longer polled. The last good
    /// values stay, and [`current`](Self::current) retries after a pause.
    ///
    /// If the load used a snapshot, it is possible that a store still does not answer for fields
    /// without `refresh`. Then the new values of all other fields are served, and the error names
    /// the fields that still come from the snapshot.
    ///
    /// # Panics
    ///
    /// Panics like [`StageConfig::load`](crate::StageConfig::load).
    pub async fn refresh(&self) -> Result<Arc<T>, Error> {
        self.refresh_all(CallTimeout::new(self.0.load_timeout))
            .await?;
        Ok(self.latest())
    }

    /// Caches a value that is built from the configuration, such as a connection pool, and rebuilds
    /// it after the configuration has changed.
    ///
    /// `build` runs on the thread of the first caller that needs the value, so it should be short,
    /// for example create a pool that connects on first use. Other callers wait without blocking
    /// their threads. See [`Mapped`].
    ///
    /// ```
    /// # use stage_config::{Error, StageConfig, testing};
    /// # use std::sync::Arc;
    /// # #[derive(StageConfig)]
    /// # #[stage(dev = "/shop/dev/{field}")]
    /// # struct Config { #[config(refresh = "5m")] host: String }
    /// struct Client {
    ///     base: String,
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Error> {
    /// let live = testing::live(Config::for_tests().set("host", "a.internal").build()?);
    /// let client = live.map(|config| Client { base: format!("https://{}/", config.host) });
    ///
    /// // Built once, and kept while the configuration stays the same.
    /// let first = client.current().await?;
    /// assert!(Arc::ptr_eq(&first, &client.current().await?));
    ///
    /// testing::rotate(&live, Config::for_tests().set("host", "b.internal").build()?);
    /// assert_eq!(client.current().await?.base, "https://b.internal/");
    /// assert_eq!(first.base, "https://a.internal/"); // a request in progress keeps its client
    /// # Ok(())
    /// # }
    /// ```
    #[must_use = "the value is built on first use"]
    pub fn map<P>(&self, build: impl Fn(&T) -> P + Send + Sync + 'static) -> Mapped<T, P> {
        Mapped::new(self.clone(), build)
    }
}

impl<T> LiveInner<T> {
    /// Schedules the next refresh: when a request is due, or when the values become too old, if
    /// that is earlier. `next` is `None` if nothing can ever be refreshed; then nothing becomes too
    /// old.
    fn schedule_next(&self, next: Option<Duration>, refreshed: DualInstant) {
        let remaining_age = self
            .options
            .max_age
            .map_or(Duration::MAX, |max| max.saturating_sub(refreshed.elapsed()));
        self.schedule.set(next.map(|next| next.min(remaining_age)));
    }
}

impl<T> Clone for Live<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> fmt::Debug for Live<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live")
            .field("report", &self.report())
            .finish_non_exhaustive()
    }
}
