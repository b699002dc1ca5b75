//! Resolves host names. Connections to one host that open together share one lookup.
//!
//! Each concurrent call opens a connection of its own, and each lookup uses a thread. Only a
//! running lookup is shared: its result is not kept, because the addresses of a service change.

use futures_util::future::{FutureExt as _, Shared, WeakShared};
use hyper_util::client::legacy::connect::dns::{GaiResolver, Name};
use std::{
    collections::HashMap,
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    vec,
};
use tower_service::Service;

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A running lookup. Every connection that waits for it gets the same result.
type Lookup = BoxFuture<Result<Arc<[SocketAddr]>, Arc<io::Error>>>;

#[derive(Clone)]
pub(super) struct SharedResolver<R = GaiResolver> {
    resolver: R,
    /// The latest lookup of each name. A connection can join it as long as another connection waits
    /// for it.
    running: Arc<Mutex<HashMap<Name, WeakShared<Lookup>>>>,
}

impl SharedResolver {
    /// Returns a resolver that asks the operating system.
    pub(super) fn new() -> Self {
        Self::with_resolver(GaiResolver::new())
    }
}

impl<R> SharedResolver<R> {
    fn with_resolver(resolver: R) -> Self {
        Self {
            resolver,
            running: Arc::default(),
        }
    }
}

impl<R> SharedResolver<R>
where
    R: Service<Name, Error = io::Error>,
    R::Response: Iterator<Item = SocketAddr>,
    R::Future: Send + 'static,
{
    fn join_or_start(&mut self, name: Name) -> Shared<Lookup> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lookup) = running.get(&name).and_then(WeakShared::upgrade) {
            return lookup;
        }

        let resolving = self.resolver.call(name.clone());
        let lookup: Lookup = Box::pin(async move {
            let addresses = resolving.await.map_err(Arc::new)?;
            Ok(addresses.collect())
        });
        let lookup = lookup.shared();
        if let Some(weak) = lookup.downgrade() {
            running.insert(name, weak);
        }
        lookup
    }
}

impl<R> Service<Name> for SharedResolver<R>
where
    R: Service<Name, Error = io::Error>,
    R::Response: Iterator<Item = SocketAddr>,
    R::Future: Send + 'static,
{
    type Response = vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = BoxFuture<io::Result<Self::Response>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.resolver.poll_ready(context)
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let lookup = self.join_or_start(name);
        Box::pin(async move {
            let result = lookup.await;
            let addresses =
                result.map_err(|error| io::Error::new(error.kind(), error.to_string()))?;
            Ok(Vec::from(&*addresses).into_iter())
        })
    }
}

#[cfg(test)]
mod tests;
