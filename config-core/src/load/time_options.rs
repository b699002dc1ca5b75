//! The options for timeouts, ages and the snapshot of a load.

use super::Loader;
use crate::config_struct::ConfigStruct;
use std::time::Duration;

/// The options for timeouts, ages and the snapshot.
impl<T: ConfigStruct> Loader<T> {
    /// Sets how long the whole load may take, including credentials and retries. The variable
    /// `STAGE_CONFIG_TIMEOUT` (`5s`) takes precedence.
    ///
    /// The default depends on where the process runs ([`Platform`](crate::report::Platform)):
    ///
    /// | platform | default | because |
    /// |---|---|---|
    /// | SnapStart | 6 s | Lambda stops a restore after 10 s, and all hooks share this time |
    /// | Managed Instances | 30 s | an INIT may take longer than 10 s |
    /// | any other | 8 s | Lambda stops an INIT after 10 s |
    ///
    /// The maximum is 24 hours; a longer timeout counts as 24 hours. At the timeout, a field
    /// without an answer fails with [`FailureKind::TimedOut`](crate::FailureKind::TimedOut), or
    /// with the result of an earlier attempt, such as [`Throttled`](crate::FailureKind::Throttled).
    ///
    /// ```
    /// use stage_config::store::{FetchFuture, Request, Store};
    /// use stage_config::{FailureKind, StageConfig};
    /// use std::time::Duration;
    ///
    /// #[derive(StageConfig)]
    /// #[stage(dev = "/shop/dev/{field}")]
    /// struct Config {
    ///     table: String,
    /// }
    ///
    /// /// Never answers.
    /// struct Silent;
    ///
    /// impl Store for Silent {
    ///     fn fetch<'a>(&'a self, _: &'a [Request]) -> FetchFuture<'a> {
    ///         Box::pin(std::future::pending())
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let loader = Config::loader().stage("dev").store("ssm", Silent);
    /// let error = loader.timeout(Duration::from_millis(50)).resolve().await.unwrap_err();
    /// assert_eq!(error.failures()[0].kind(), FailureKind::TimedOut);
    /// # }
    /// ```
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.fetch_options.timeout = Some(timeout);
        self
    }

    /// Sets how long a refresh may delay the one caller that runs it. The default is 500 ms. See
    /// [`Live::current`](crate::Live::current).
    ///
    /// A function with little memory needs several hundred milliseconds for a TLS connection alone.
    ///
    /// ```
    /// use stage_config::store::{FetchFuture, Found, Outcome, Request, Store};
    /// use stage_config::{Error, StageConfig};
    /// use std::{sync::atomic::{AtomicBool, Ordering::Relaxed}, time::Duration};
    ///
    /// #[derive(StageConfig)]
    /// #[stage(dev = "/shop/dev/{field}")]
    /// struct Config {
    ///     table: String,
    /// }
    ///
    /// /// Answers the first call only.
    /// struct FirstCallOnly(AtomicBool);
    ///
    /// impl Store for FirstCallOnly {
    ///     fn fetch<'a>(&'a self, requests: &'a [Request]) -> FetchFuture<'a> {
    ///         Box::pin(async {
    ///             if self.0.swap(true, Relaxed) {
    ///                 std::future::pending::<()>().await;
    ///             }
    ///             vec![Outcome::Found(Found::from_text("orders")); requests.len()]
    ///         })
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Error> {
    /// let live = Config::loader()
    ///     .stage("dev")
    ///     .store("ssm", FirstCallOnly(AtomicBool::new(false)))
    ///     .refresh_timeout(Duration::from_millis(20))
    ///     .live(Duration::from_secs(1))
    ///     .await?;
    ///
    /// // After the interval, the refresh gets no answer. `current` waits for 20 ms at most, and
    /// // returns the last good value.
    /// tokio::time::sleep(Duration::from_millis(1_300)).await;
    /// assert_eq!(live.current().await?.table, "orders");
    /// assert_eq!(live.report().refresh.as_ref().unwrap().failed, 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn refresh_timeout(mut self, timeout: Duration) -> Self {
        self.live_options.refresh_timeout = Some(timeout);
        self
    }

    /// Sets the maximum age of values whose refreshes fail. If the values are older,
    /// [`Live::current`](crate::Live::current) refreshes them first, and returns an error if that
    /// refresh fails. Without this option the last good values are served forever.
    ///
    /// The age counts from the load or from the last successful refresh; values from a snapshot are
    /// as old as the snapshot. After the maximum age, all callers wait for one shared refresh,
    /// which may take as long as a whole load.
    ///
    /// ```
    /// use stage_config::store::{Denied, FetchFuture, Found, Outcome, Request, Store};
    /// use stage_config::{Error, FailureKind, StageConfig};
    /// use std::{sync::atomic::{AtomicBool, Ordering::Relaxed}, time::Duration};
    ///
    /// #[derive(StageConfig)]
    /// #[stage(dev = "/shop/dev/{field}")]
    /// struct Config {
    ///     #[config(secret, refresh = "5m")]
    ///     api_key: String,
    /// }
    ///
    /// /// Has the key at the first call, and denies the read from then on.
    /// struct Revoked(AtomicBool);
    ///
    /// impl Store for Revoked {
    ///     fn fetch<'a>(&'a self, requests: &'a [Request]) -> FetchFuture<'a> {
    ///         let outcome = match self.0.swap(true, Relaxed) {
    ///             false => Outcome::Found(Found::from_text("k1")),
    ///             true => Outcome::Denied(Denied::new("the key is revoked")),
    ///         };
    ///         Box::pin(async move { vec![outcome; requests.len()] })
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Error> {
    /// let live = Config::loader()
    ///     .stage("dev")
    ///     .store("ssm", Revoked(AtomicBool::new(false)))
    ///     .max_age(Duration::from_millis(20)) // a program uses minutes or hours
    ///     .live(Duration::from_secs(300))
    ///     .await?;
    /// assert_eq!(live.current().await?.api_key, "k1");
    ///
    /// tokio::time::sleep(Duration::from_millis(100)).await;
    /// let error = live.current().await.err().unwrap();
    /// assert_eq!(error.failures()[0].kind(), FailureKind::Denied);
    /// assert_eq!(live.latest().api_key, "k1"); // `latest` ignores the age
    /// # Ok(())
    /// # }
    /// ```
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.live_options.max_age = Some(max_age);
        self
    }

    /// Sets how long a load asks the stores before it uses the snapshot of a struct with
    /// `#[config(snapshot = "…")]`. The default is half of the load's timeout.
    ///
    /// The time counts from the start of the load. It is at most three quarters of the timeout,
    /// which leaves time to open the snapshot. If the stage has no usable snapshot, the load asks
    /// the stores until its timeout.
    ///
    /// ```no_run
    /// # use stage_config::{Error, StageConfig};
    /// # use std::time::Duration;
    /// # #[derive(StageConfig)]
    /// # #[stage(dev = "/shop/dev/{field}")]
    /// # struct Config { table: String }
    /// # async fn run() -> Result<(), Error> {
    /// // An API that must answer within 3 s, even if Parameter Store throttles the cold start.
    /// let config = Config::loader()
    ///     .timeout(Duration::from_secs(3))
    ///     .snapshot_after(Duration::from_secs(1))
    ///     .load()
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "kms")]
    pub fn snapshot_after(mut self, delay: Duration) -> Self {
        self.fetch_options.snapshot.after = Some(delay);
        self
    }

    /// Loads from the snapshot first: one call to KMS replaces the calls for all values that the
    /// snapshot provides.
    ///
    /// Use it if thousands of functions start at the same time and can work with older values. The
    /// same wave also fetches the values that the snapshot does not provide: fields with `refresh`
    /// (unless the struct sets `snapshot_refreshed`), sealed files, variables encrypted with KMS,
    /// and the program's own stores. If the snapshot is unusable, the load asks the stores instead
    /// and logs the reason as a warning.
    ///
    /// ```no_run
    /// # use stage_config::{Error, StageConfig};
    /// # #[derive(StageConfig)]
    /// # #[stage(dev = "/shop/dev/{field}")]
    /// # struct Config { table: String }
    /// # async fn run() -> Result<(), Error> {
    /// let loaded = Config::loader().snapshot_first().resolve().await?;
    /// let is_used = loaded.report.snapshot.is_some_and(|snapshot| snapshot.is_used());
    /// println!("started from the snapshot: {is_used}");
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "kms")]
    pub fn snapshot_first(mut self) -> Self {
        self.fetch_options.snapshot.first = true;
        self
    }
}
