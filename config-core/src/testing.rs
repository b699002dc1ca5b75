//! Support for tests of programs that use this crate: values in memory, configurations without a
//! store, a scope for `get()`, and live configurations whose values the test rotates.

#[cfg(feature = "testing")]
use crate::{
    config::StageConfig,
    config_struct::ConfigStruct,
    live::Live,
    scope::{self, Scoped},
};
#[cfg(feature = "testing")]
use std::future::Future;

pub use crate::{store::memory::Memory, test_values::TestValues};

/// Runs a future in which [`StageConfig::get`], `try_get`, `load` and `current` return `config`,
/// and `live` returns a handle to it.
///
/// The tasks that the future spawns on the same tokio runtime get `config` too, until the future
/// ends. `#[tokio::test]` gives each test its own runtime. If a runtime has several open scopes of
/// one type, a spawned task gets the configuration of the scope that was opened last; call `scope`
/// in the task to choose another configuration. A thread without a runtime (`std::thread::spawn`)
/// is outside of the scope.
///
/// Scopes can be nested, also with different configurations. The configuration is leaked, because
/// `get` returns `&'static`. Use this function only in tests (cargo feature `testing`).
///
/// ```
/// # use stage_config::{StageConfig, testing};
/// # #[derive(StageConfig)]
/// # #[stage(prod = "/shop/prod/{field}")]
/// # struct Config { table: String }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), stage_config::Error> {
/// let config = Config::for_tests().set("table", "orders").build()?;
/// testing::scope(config, async {
///     assert_eq!(Config::get().table, "orders");
///
///     let task = tokio::spawn(async { Config::get().table.len() });
///     assert_eq!(task.await.unwrap(), 6);
/// })
/// .await;
/// assert!(Config::try_get().is_none());
/// # Ok(())
/// # }
/// ```
#[cfg(feature = "testing")]
pub async fn scope<T: StageConfig, F: Future>(config: T, future: F) -> F::Output {
    let live = live(config);
    let first = live.latest();
    scope::enter(Box::leak(Box::new(Scoped { first, live })), future).await
}

/// Returns a [`Live`] configuration with the values of `config`, for code that takes a `Live`. The
/// returned `Live` fetches nothing, and its report names no fields. [`rotate`] changes its values.
///
/// ```
/// # use stage_config::{Live, StageConfig, testing};
/// # #[derive(StageConfig)]
/// # #[stage(prod = "/shop/prod/{field}")]
/// # struct Config { #[config(secret, refresh = "5m")] api_key: String }
/// async fn length_of_key(live: &Live<Config>) -> usize {
///     live.current().await.map_or(0, |config| config.api_key.len())
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), stage_config::Error> {
/// let live = testing::live(Config::for_tests().set("api_key", "k1").build()?);
/// assert_eq!(length_of_key(&live).await, 2);
///
/// testing::rotate(&live, Config::for_tests().set("api_key", "key").build()?);
/// assert_eq!(length_of_key(&live).await, 3);
/// # Ok(())
/// # }
/// ```
#[cfg(feature = "testing")]
#[must_use]
pub fn live<T: ConfigStruct>(config: T) -> Live<T> {
    Live::for_tests(config)
}

/// Replaces the values of a live configuration, as a refresh that found rotated values does: the
/// next [`Live::current`] and [`Live::latest`] return the new values, and a
/// [`Mapped`](crate::Mapped) of this configuration rebuilds at its next use, unless its
/// `rebuild_if` returns `false`.
///
/// To test [`Live::retry_auth`], call `rotate` inside of its operation, before the operation
/// returns the rejection. Inside of [`scope`], `Config::live()` returns the configuration to
/// rotate; `Config::get()` keeps returning the first values, as in a program.
///
/// ```
/// # use stage_config::{Error, Live, StageConfig, testing};
/// # #[derive(StageConfig)]
/// # #[stage(prod = "/shop/prod/{field}")]
/// # struct Config { #[config(secret, refresh = "5m")] api_key: String }
/// # #[derive(Debug)]
/// # enum ApiError { Unauthorized, Config(Error) }
/// # impl From<Error> for ApiError { fn from(error: Error) -> Self { Self::Config(error) } }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), ApiError> {
/// # let with_key = |key| Config::for_tests().set("api_key", key).build();
/// let live = testing::live(with_key("k1")?);
///
/// let mut keys = Vec::new();
/// let result = live.retry_auth(
///     |error| matches!(error, ApiError::Unauthorized),
///     |config| {
///         keys.push(config.api_key.clone());
///         // The service has a new key: it rejects the first call.
///         if config.api_key == "k1" {
///             testing::rotate(&live, Config::for_tests().set("api_key", "k2").build().unwrap());
///             return std::future::ready(Err(ApiError::Unauthorized));
///         }
///         std::future::ready(Ok("charged"))
///     },
/// );
/// assert_eq!(result.await?, "charged");
/// assert_eq!(keys, ["k1", "k2"]);
/// # Ok(())
/// # }
/// ```
#[cfg(feature = "testing")]
pub fn rotate<T: ConfigStruct>(live: &Live<T>, config: T) {
    live.replace(config);
}
