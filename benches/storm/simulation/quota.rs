//! The quota of a service: a token bucket. A full bucket holds the tokens that it gets in one
//! second.

use std::time::Duration;
use tokio::time::Instant;

/// The quotas of an account and region, in calls a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    /// Parameter Store: `GetParameter` and `GetParameters` together.
    pub parameter_store: u32,
    /// Secrets Manager: `GetSecretValue`.
    pub secrets: u32,
    /// Secrets Manager: `BatchGetSecretValue`.
    pub secret_batches: u32,
    /// KMS: cryptographic calls, in the regions with the lowest quota.
    pub kms: u32,
}

impl Quotas {
    /// The quotas of an account without quota increases.
    pub const DEFAULT: Self = Self {
        parameter_store: 40,
        secrets: 10_000,
        secret_batches: 100,
        kms: 5_500,
    };
}

/// A token bucket that starts full. A refused call takes no token.
#[derive(Debug)]
pub struct Bucket {
    per_second: u32,
    /// The tokens in the bucket, expressed as the time in which the bucket gets them. A `Duration`
    /// is an integer, so adding and subtracting times is exact.
    level: Duration,
    updated: Instant,
}

const FULL: Duration = Duration::from_secs(1);

impl Bucket {
    /// Creates a full bucket. It has `per_second` tokens, one for each call, and gets the same
    /// number of tokens in each second.
    pub fn new(per_second: u32) -> Self {
        Self {
            per_second,
            level: FULL,
            updated: Instant::now(),
        }
    }

    /// Takes a token if there is one, and returns whether the call is allowed.
    pub fn take(&mut self) -> bool {
        let now = Instant::now();
        self.level = (self.level + now.duration_since(self.updated)).min(FULL);
        self.updated = now;
        match self.level.checked_sub(FULL / self.per_second) {
            Some(rest) => {
                self.level = rest;
                true
            }
            None => false,
        }
    }
}
