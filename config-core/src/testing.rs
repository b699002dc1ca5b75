//! For the tests of programs that use this crate: values in memory, configurations without a store, `get()` in a scope.

#[cfg(feature = "testing")]
use crate::{config::StageConfig, scope};
#[cfg(feature = "testing")]
use std::{future::Future, sync::Arc};

pub use crate::{store::memory::Memory, test_values::TestValues};

/// Runs a future in which [`StageConfig::get`] and `try_get` give `config`, and `load` and `current` give it at once.
///
/// Scopes nest, also for several configurations. Tasks that the future spawns are outside: give them a scope of their own.
/// The configuration is leaked, since `get` promises `&'static`: for tests only (cargo feature `testing`).
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
/// })
/// .await;
/// assert!(Config::try_get().is_none());
/// # Ok(())
/// # }
/// ```
#[cfg(feature = "testing")]
pub async fn scope<T: StageConfig, F: Future>(config: T, future: F) -> F::Output {
    scope::enter(Box::leak(Box::new(Arc::new(config))), future).await
}
