//! What to do when a key that was just read is refused: look whether it was rotated, seldom.

use super::{Live, schedule::DualInstant};
use crate::{call_timeout::CallTimeout, config_struct::ConfigStruct, error::Error};
use std::{
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// At most one refresh a minute and process: whoever is down and answers 401 to everything must not make a storm on the stores.
const PAUSE: Duration = Duration::from_secs(60);

/// When the last refresh began that was made because something was refused.
static LAST: Mutex<Option<DualInstant>> = Mutex::new(None);

impl<T: ConfigStruct> Live<T> {
    /// Runs an operation, and where it is refused because a key was rotated, refreshes and runs it once more.
    ///
    /// `operation` gets the configuration and calls whoever the key is for; `is_refused` tells a refusal, as a 401 or a failed login,
    /// from other errors. At most one refresh a minute is made for this in the whole process, whatever the number of tasks, [`Live`]s and
    /// configurations: a vendor that is down and refuses everything makes no storm on the stores. (If that refresh fails, it is tried
    /// again as every other is.) All who are refused under one `Live` wait for it, and for another refresh that is under way already, no
    /// longer than a load may take. The operation is run again only if a value has changed, since the same
    /// key would be refused again. Where the minute is used up, perhaps by another configuration, a rotation is seen when its
    /// time has passed, as ever, or after [`refresh`](Self::refresh).
    ///
    /// # Errors
    ///
    /// The operation's own: of the first run where nothing has changed, else of the second one. And that of
    /// [`current`](Self::current), with a maximum age alone.
    ///
    /// ```
    /// # use stage_config::{Error, StageConfig, testing::Memory};
    /// # #[derive(StageConfig)]
    /// # #[stage(dev = "/shop/dev/{field}")]
    /// # struct Config { #[config(secret, refresh = "5m")] api_key: String }
    /// #[derive(Debug)]
    /// enum ApiError {
    ///     Unauthorized,
    ///     Config(Error),
    /// }
    ///
    /// impl From<Error> for ApiError {
    ///     fn from(error: Error) -> Self {
    ///         Self::Config(error)
    ///     }
    /// }
    ///
    /// async fn charge(key: &str) -> Result<u64, ApiError> {
    ///     if key == "k1" { Ok(42) } else { Err(ApiError::Unauthorized) }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), ApiError> {
    /// # let loader = Config::loader().stage("dev").local(Memory::new().set("api_key", "k1"));
    /// # let live = loader.live(std::time::Duration::from_secs(300)).await?;
    /// let charged = live
    ///     .retry_auth(
    ///         |error| matches!(error, ApiError::Unauthorized),
    ///         async |config| charge(&config.api_key).await,
    ///     )
    ///     .await?;
    /// assert_eq!(charged, 42);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn retry_auth<R, E, F>(
        &self,
        is_refused: impl Fn(&E) -> bool,
        mut operation: impl FnMut(Arc<T>) -> F,
    ) -> Result<R, E>
    where
        F: Future<Output = Result<R, E>>,
        E: From<Error>,
    {
        let used = self.current().await?;
        match operation(used.clone()).await {
            Err(error) if is_refused(&error) => {
                self.refresh_rate_limited(&used).await;
                let newest = self.latest();
                if Arc::ptr_eq(&used, &newest) { Err(error) } else { operation(newest).await }
            }
            result => result,
        }
    }

    /// Refreshes, unless the process did so within the last minute or the values are not those any more that were refused.
    async fn refresh_rate_limited(&self, refused_config: &Arc<T>) {
        let timeout = CallTimeout::new(self.0.load_timeout);
        let waiting = timeout.wait_for(&T::STRUCT_SCHEMA, "refresh", self.0.retry_lock.lock()).await;
        // Where it is waited for in vain, what was refused stays refused.
        let Ok(_waiting) = waiting else { return };
        // Where nothing is ever to be refreshed the process keeps its right.
        let is_of_use = self.0.schedule.is_set() && Arc::ptr_eq(refused_config, &self.latest());
        if is_of_use && try_acquire_refresh() {
            // Whether it went well is seen by what it has changed; why not stands in the report.
            let _ = self.refresh_all(timeout).await;
        }
    }
}

/// Takes the right to refresh, which a caller that goes away afterwards has used up.
fn try_acquire_refresh() -> bool {
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    let may = last.is_none_or(|last| last.elapsed() >= PAUSE);
    if may {
        *last = Some(DualInstant::now());
    }
    may
}
