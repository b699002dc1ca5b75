//! Retries an operation whose key was rejected. A refresh, which is rate-limited, shows whether the
//! key was rotated.

use super::Live;
use crate::{
    call_timeout::CallTimeout, config_struct::ConfigStruct, dual_instant::DualInstant, error::Error,
};
use std::{
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// The minimum time between two refreshes that follow a rejected key, in the whole process. A
/// service that is down and answers 401 to every request must not cause calls to the stores for
/// every request.
const MIN_INTERVAL: Duration = Duration::from_secs(60);

/// The start of the last refresh that followed a rejected key.
static LAST_REFRESH: Mutex<Option<DualInstant>> = Mutex::new(None);

impl<T: ConfigStruct> Live<T> {
    /// Runs an operation. If it is rejected, refreshes, and runs it once more if a value has
    /// changed.
    ///
    /// `operation` gets the configuration and calls the service that the key is for. `is_rejected`
    /// distinguishes a rejection, such as a 401 or a failed login, from other errors.
    ///
    /// The whole process makes at most one such refresh per minute, across all tasks, [`Live`]s and
    /// configurations. So a service that is down and rejects every request does not cause calls to
    /// the stores for every request. If that refresh fails, it is retried like every other refresh.
    /// All rejected callers of one `Live` wait for it, and for a refresh that is already running,
    /// but no longer than a load may take.
    ///
    /// The operation runs again only if a value has changed, because the service would reject the
    /// same key again. If such a refresh already happened within the last minute, perhaps for
    /// another configuration, this method does not refresh. Then the program gets the rotated value
    /// after the field's interval or after [`refresh`](Self::refresh).
    ///
    /// # Errors
    ///
    /// Returns the error of the first run if it is not a rejection, or if no value has changed.
    /// Otherwise returns the error of the second run. With a maximum age, also returns the errors
    /// of [`current`](Self::current).
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
        is_rejected: impl Fn(&E) -> bool,
        mut operation: impl FnMut(Arc<T>) -> F,
    ) -> Result<R, E>
    where
        F: Future<Output = Result<R, E>>,
        E: From<Error>,
    {
        let used = self.current().await?;
        match operation(used.clone()).await {
            Err(error) if is_rejected(&error) => {
                self.refresh_rate_limited(&used).await;
                let newest = self.latest();
                if Arc::ptr_eq(&used, &newest) {
                    Err(error)
                } else {
                    operation(newest).await
                }
            }
            result => result,
        }
    }

    /// Refreshes, unless a rejected key already caused a refresh in the process within the last
    /// minute, the rejected values were already replaced, or nothing can be refreshed.
    async fn refresh_rate_limited(&self, rejected_config: &Arc<T>) {
        let timeout = CallTimeout::new(self.0.load_timeout);
        let retry_guard = timeout
            .wait_for(&T::STRUCT_SCHEMA, "refresh", self.0.retry_lock.lock())
            .await;
        // If the wait times out, do not refresh.
        let Ok(_retry_guard) = retry_guard else {
            return;
        };

        // If a refresh cannot help, do not use up the process's one refresh per minute.
        let may_help = self.0.schedule.is_set() && Arc::ptr_eq(rejected_config, &self.latest());
        if may_help && try_acquire_refresh() {
            // Ignore the result. `retry_auth` checks whether the configuration was replaced, and
            // the report contains the reason for a failure.
            let _ = self.refresh_all(timeout).await;
        }
    }
}

/// Takes the process's one refresh per minute. Returns `false` if it is used up. A caller that is
/// cancelled afterwards has used it up too.
fn try_acquire_refresh() -> bool {
    let mut last = LAST_REFRESH.lock().unwrap_or_else(PoisonError::into_inner);
    let is_allowed = last.is_none_or(|last| last.elapsed() >= MIN_INTERVAL);
    if is_allowed {
        *last = Some(DualInstant::now());
    }
    is_allowed
}
