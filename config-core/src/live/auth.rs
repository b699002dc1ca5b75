//! What to do when a key that was just read is refused: look whether it was rotated, seldom.

use super::{Live, schedule::Moment};
use crate::{StageConfig, error::Error};
use std::{future::Future, sync::Arc, time::Duration};
use tokio::sync::Mutex;

/// At most one refresh a minute, a process and a configuration: whoever is down and answers 401 to everything must not make a storm
/// on the stores.
const PAUSE: Duration = Duration::from_secs(60);

/// The right to refresh because something was refused.
pub(crate) struct Permit(Mutex<Option<Moment>>);

impl Permit {
    pub(crate) const fn new() -> Self {
        Self(Mutex::const_new(None))
    }
}

impl<T: StageConfig> Live<T> {
    /// Runs an operation, and where it is refused because a key was rotated, refreshes and runs it once more.
    ///
    /// `operation` gets the configuration and calls whoever the key is for; `is_refused` tells a refusal, as a 401 or a failed login,
    /// from other errors. At most one refresh a minute is made for this, a process and configuration, whatever the number of tasks and of
    /// [`Live`]s: they wait for the one that is under way, within the deadline of a whole load. The operation is run again only if a
    /// value has changed, since the same key would be refused again.
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
                self.refresh_seldom(&used).await;
                let newest = self.current_cached();
                if Arc::ptr_eq(&used, &newest) { Err(error) } else { operation(newest).await }
            }
            result => result,
        }
    }

    /// Refreshes, unless somebody did so within the last minute or the values are not those any more that were refused.
    async fn refresh_seldom(&self, refused: &Arc<T>) {
        let Permit(last) = T::__cell().permit();
        let mut last = last.lock().await;
        let is_allowed = last.is_none_or(|last| last.elapsed() >= PAUSE);
        if is_allowed && Arc::ptr_eq(refused, &self.current_cached()) {
            // Set before: a caller that goes away has used it up.
            *last = Some(Moment::now());
            // Whether it went well is seen by what it has changed; why not stands in the report.
            let _ = self.refresh().await;
        }
    }
}
