//! The configurations that `get` returns inside `testing::scope` instead of the loaded ones.

use crate::live::Live;
use std::sync::Arc;

#[cfg(feature = "testing")]
use std::{
    any::Any,
    future::Future,
    sync::{Mutex, MutexGuard, PoisonError},
};
#[cfg(feature = "testing")]
use tokio::runtime::{Handle, Id};

/// The configuration of a scope. It lives as long as the process.
pub(crate) struct Scoped<T> {
    /// The values at the start of the scope. `get()` returns these values.
    pub(crate) first: Arc<T>,
    pub(crate) live: Live<T>,
}

#[cfg(feature = "testing")]
type AnyScoped = &'static (dyn Any + Send + Sync);

#[cfg(feature = "testing")]
tokio::task_local! {
    /// The scopes that the task's future is in, from the outermost to the innermost.
    static SCOPED: Vec<AnyScoped>;
}

/// The open scopes of all runtimes, in the order in which they were opened.
#[cfg(feature = "testing")]
static OPEN: Mutex<Vec<(Id, AnyScoped)>> = Mutex::new(Vec::new());

#[cfg(feature = "testing")]
fn lock_open_scopes() -> MutexGuard<'static, Vec<(Id, AnyScoped)>> {
    OPEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs a future in which [`find_scoped`] returns `config`. Until the future ends, the other tasks
/// of its runtime get `config` too, unless they have a scope of their own or a later scope is open.
#[cfg(feature = "testing")]
pub(crate) async fn enter<T: Send + Sync, F: Future>(
    config: &'static Scoped<T>,
    future: F,
) -> F::Output {
    let mut configs = SCOPED.try_with(Vec::clone).unwrap_or_default();
    configs.push(config);

    let _guard = OpenGuard::new(config);
    SCOPED.scope(configs, future).await
}

/// Closes its scope on drop.
#[cfg(feature = "testing")]
struct OpenGuard(AnyScoped);

#[cfg(feature = "testing")]
impl OpenGuard {
    /// Opens a scope for the tasks of the current runtime. Without a runtime there are no tasks.
    fn new(config: AnyScoped) -> Self {
        if let Ok(runtime) = Handle::try_current() {
            lock_open_scopes().push((runtime.id(), config));
        }
        Self(config)
    }
}

#[cfg(feature = "testing")]
impl Drop for OpenGuard {
    fn drop(&mut self) {
        lock_open_scopes().retain(|(_, config)| !std::ptr::addr_eq(*config, self.0));
    }
}

/// Searches for a configuration of this type: first in the scopes of the current future, from the
/// innermost to the outermost, then in the open scopes of its runtime, from the newest to the
/// oldest. Returns the first one that it finds.
#[cfg(feature = "testing")]
pub(crate) fn find_scoped<T: Send + Sync + 'static>() -> Option<&'static Scoped<T>> {
    let find_own = |scoped: &Vec<AnyScoped>| {
        scoped
            .iter()
            .rev()
            .find_map(|config| config.downcast_ref::<Scoped<T>>())
    };
    if let Some(config) = SCOPED.try_with(find_own).ok().flatten() {
        return Some(config);
    }

    let runtime = Handle::try_current().ok()?.id();
    lock_open_scopes()
        .iter()
        .rev()
        .filter(|(id, _)| *id == runtime)
        .find_map(|(_, config)| config.downcast_ref::<Scoped<T>>())
}

/// Returns `None`, since the cargo feature `testing` is off.
#[cfg(not(feature = "testing"))]
pub(crate) fn find_scoped<T>() -> Option<&'static Scoped<T>> {
    None
}
