use super::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Semaphore;

/// A resolver whose lookups wait for permits, and are counted.
#[derive(Clone)]
struct Scripted {
    started: Arc<AtomicUsize>,
    permits: Arc<Semaphore>,
    result: Result<SocketAddr, &'static str>,
}

impl Scripted {
    fn new(result: Result<SocketAddr, &'static str>) -> Self {
        Self {
            started: Arc::default(),
            permits: Arc::new(Semaphore::new(0)),
            result,
        }
    }

    fn count(&self) -> usize {
        self.started.load(Ordering::Relaxed)
    }
}

impl Service<Name> for Scripted {
    type Response = vec::IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = BoxFuture<io::Result<Self::Response>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Name) -> Self::Future {
        self.started.fetch_add(1, Ordering::Relaxed);
        let (permits, result) = (Arc::clone(&self.permits), self.result);
        Box::pin(async move {
            permits
                .acquire()
                .await
                .expect("the semaphore is open")
                .forget();
            result
                .map(|address| vec![address].into_iter())
                .map_err(io::Error::other)
        })
    }
}

fn name(text: &str) -> Name {
    text.parse().expect("a host name")
}

const ADDRESS: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

#[tokio::test]
async fn concurrent_connections_share_a_lookup() {
    let scripted = Scripted::new(Ok(ADDRESS));
    let mut resolver = SharedResolver::with_resolver(scripted.clone());
    let first = resolver.call(name("ssm.example"));
    let second = resolver.clone().call(name("ssm.example"));
    let other = resolver.call(name("kms.example"));
    assert_eq!(scripted.count(), 2, "one lookup for each name");

    scripted.permits.add_permits(2);
    for lookup in [first, second, other] {
        let addresses: Vec<_> = lookup.await.expect("an address").collect();
        assert_eq!(addresses, [ADDRESS]);
    }
}

#[tokio::test]
async fn a_finished_lookup_is_not_kept() {
    let scripted = Scripted::new(Ok(ADDRESS));
    let mut resolver = SharedResolver::with_resolver(scripted.clone());
    scripted.permits.add_permits(2);
    for lookups in 1..=2 {
        resolver
            .call(name("ssm.example"))
            .await
            .expect("an address");
        assert_eq!(scripted.count(), lookups);
    }
}

#[tokio::test]
async fn a_cancelled_connection_does_not_stop_the_lookup_of_the_others() {
    let scripted = Scripted::new(Ok(ADDRESS));
    let mut resolver = SharedResolver::with_resolver(scripted.clone());
    let mut first = resolver.call(name("ssm.example"));
    let second = resolver.call(name("ssm.example"));
    assert!(futures_util::poll!(&mut first).is_pending());
    drop(first);
    scripted.permits.add_permits(1);
    assert_eq!(second.await.expect("an address").count(), 1);
    assert_eq!(scripted.count(), 1);
}

#[tokio::test]
async fn every_connection_gets_the_error() {
    let scripted = Scripted::new(Err("failed to lookup address information: no such name"));
    let mut resolver = SharedResolver::with_resolver(scripted.clone());
    let lookups = [
        resolver.call(name("ssm.example")),
        resolver.call(name("ssm.example")),
    ];
    scripted.permits.add_permits(1);
    for lookup in lookups {
        let error = lookup.await.expect_err("no address");
        assert_eq!(
            error.to_string(),
            "failed to lookup address information: no such name"
        );
    }
}
