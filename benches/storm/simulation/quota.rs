//! A service's quota: a bucket that holds what may be called in a second, and fills as fast.

use std::time::Duration;
use tokio::time::Instant;

/// What the services allow an account and region, in calls a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    /// Parameter Store: `GetParameter` and `GetParameters` together.
    pub parameter_store: u32,
    /// Secrets Manager: `GetSecretValue`.
    pub secrets: u32,
    /// Secrets Manager: `BatchGetSecretValue`.
    pub secret_batches: u32,
    /// KMS: cryptographic calls, in the regions that have the least.
    pub kms: u32,
}

impl Quotas {
    /// What an account has that has asked for nothing.
    pub const DEFAULT: Self = Self { parameter_store: 40, secrets: 10_000, secret_batches: 100, kms: 5_500 };
}

/// A token bucket, full at first. A refused call takes nothing.
#[derive(Debug)]
pub struct Bucket {
    per_second: u32,
    /// In nanoseconds of filling: whole numbers, so that no run depends on rounding.
    filled: Duration,
    at: Instant,
}

const FULL: Duration = Duration::from_secs(1);

impl Bucket {
    /// So many calls at once, and as many in each second after that.
    pub fn new(per_second: u32) -> Self {
        Self { per_second, filled: FULL, at: Instant::now() }
    }

    /// Whether a call is allowed now.
    pub fn take(&mut self) -> bool {
        let now = Instant::now();
        self.filled = (self.filled + now.duration_since(self.at)).min(FULL);
        self.at = now;
        match self.filled.checked_sub(FULL / self.per_second) {
            Some(rest) => {
                self.filled = rest;
                true
            }
            None => false,
        }
    }
}
