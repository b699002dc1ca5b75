//! The configurations that `get` returns inside `testing::scope` instead of the loaded ones.

use std::sync::Arc;
#[cfg(feature = "testing")]
use std::{any::Any, cell::RefCell, future::Future};

#[cfg(feature = "testing")]
tokio::task_local! {
    static SCOPED: RefCell<Vec<&'static (dyn Any + Send + Sync)>>;
}

/// Runs a future in which [`find_scoped`] returns `config`.
#[cfg(feature = "testing")]
pub(crate) async fn enter<T: Send + Sync, F: Future>(
    config: &'static Arc<T>,
    future: F,
) -> F::Output {
    let mut configs = SCOPED
        .try_with(|scoped| scoped.borrow().clone())
        .unwrap_or_default();
    configs.push(config);
    SCOPED.scope(RefCell::new(configs), future).await
}

/// Returns the innermost configuration of this type.
#[cfg(feature = "testing")]
pub(crate) fn find_scoped<T: Send + Sync + 'static>() -> Option<&'static Arc<T>> {
    let find = |scoped: &RefCell<Vec<&'static (dyn Any + Send + Sync)>>| {
        scoped
            .borrow()
            .iter()
            .rev()
            .find_map(|config| config.downcast_ref::<Arc<T>>())
    };
    SCOPED.try_with(find).ok().flatten()
}

/// Returns `None`, since the cargo feature `testing` is off.
#[cfg(not(feature = "testing"))]
pub(crate) fn find_scoped<T>() -> Option<&'static Arc<T>> {
    None
}
