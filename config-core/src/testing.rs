//! Support for tests of programs that use this crate: values in memory, configurations without a
//! store, and a scope for `get()`.

#[cfg(feature = "testing")]
use crate::{config::StageConfig, scope};
#[cfg(feature = "testing")]
use std::{future::Future, sync::Arc};

pub use crate::{store::memory::Memory, test_values::TestValues};

/// Runs a future in which [`StageConfig::get`], `try_get`, `load` and `current` return `config`.
///
/// Scopes can be nested, also with different configurations. A task that the future spawns is
/// outside the scope and needs its own scope. The configuration is leaked, because `get` returns
/// `&'static`. Use this function only in tests (cargo feature `testing`).
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
