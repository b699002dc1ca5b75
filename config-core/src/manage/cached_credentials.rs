//! A provider that keeps the credentials of another provider until shortly before they expire.

use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, SharedCredentialsProvider, future},
};
use std::time::{Duration, SystemTime};
use tokio::sync::Mutex;

/// The credentials are loaded again this long before they expire, so that a program that gets them
/// has time for its requests.
const RESERVE: Duration = Duration::from_secs(5 * 60);

/// Keeps the credentials of another provider until shortly before they expire, because each call of
/// that provider may start a process that asks for a one-time code, or may call STS.
#[derive(Debug)]
pub(super) struct CachedCredentials {
    provider: SharedCredentialsProvider,
    cached: Mutex<Option<Credentials>>,
}

impl CachedCredentials {
    pub(super) fn new(provider: SharedCredentialsProvider) -> Self {
        Self {
            provider,
            cached: Mutex::default(),
        }
    }
}

impl ProvideCredentials for CachedCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            // The lock is held during the call, so that concurrent requests share the call.
            let mut cached = self.cached.lock().await;
            if let Some(credentials) = cached.as_ref().filter(|cached| is_usable(cached)) {
                return Ok(credentials.clone());
            }
            let credentials = self.provider.provide_credentials().await?;
            *cached = Some(credentials.clone());
            Ok(credentials)
        })
    }
}

fn is_usable(credentials: &Credentials) -> bool {
    credentials
        .expiry()
        .is_none_or(|end| end > SystemTime::now() + RESERVE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    /// Provides credentials that expire after `lifetime`, or never, and counts the calls.
    #[derive(Debug)]
    struct Counted {
        lifetime: Option<Duration>,
        calls: AtomicU64,
    }

    impl ProvideCredentials for Counted {
        fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            let call = self.calls.fetch_add(1, Ordering::Relaxed);
            let end = self.lifetime.map(|lifetime| SystemTime::now() + lifetime);
            let id = format!("AKIA{call}");
            future::ProvideCredentials::ready(Ok(Credentials::new(id, "s", None, end, "test")))
        }
    }

    #[tokio::test]
    async fn credentials_are_kept_until_shortly_before_they_expire() {
        for (lifetime, second) in [
            (None, "AKIA0"),
            (Some(RESERVE * 2), "AKIA0"),
            (Some(RESERVE / 2), "AKIA1"),
        ] {
            let provider = SharedCredentialsProvider::new(Counted {
                lifetime,
                calls: AtomicU64::new(0),
            });
            let cached = CachedCredentials::new(provider);
            let first = cached.provide_credentials().await.unwrap();
            assert_eq!(first.access_key_id(), "AKIA0");
            let next = cached.provide_credentials().await.unwrap();
            assert_eq!(next.access_key_id(), second, "{lifetime:?}");
        }
    }
}
