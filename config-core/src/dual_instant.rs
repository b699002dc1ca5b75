//! A point in time that stays correct if the process is frozen.

use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::time::Instant;

/// A point in time on two clocks. The monotonic clock may stop while Lambda freezes the process;
/// the wall clock may be set, even backwards. A duration has passed if it has passed on one of the
/// two clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DualInstant {
    steady: Instant,
    wall: SystemTime,
}

impl DualInstant {
    pub(crate) fn now() -> Self {
        Self {
            steady: Instant::now(),
            wall: SystemTime::now(),
        }
    }

    /// Creates a point whose monotonic time is now and whose wall time is this many seconds after
    /// the start of 1970.
    pub(crate) fn from_unix_seconds(seconds: u64) -> Self {
        let wall = UNIX_EPOCH
            .checked_add(Duration::from_secs(seconds))
            .unwrap_or(UNIX_EPOCH);
        Self {
            steady: Instant::now(),
            wall,
        }
    }

    /// Returns the time until `later`: the longer of the times that the two clocks measure.
    pub(crate) fn duration_until(self, later: Self) -> Duration {
        let wall = later.wall.duration_since(self.wall).unwrap_or_default();
        later
            .steady
            .saturating_duration_since(self.steady)
            .max(wall)
    }

    pub(crate) fn elapsed(self) -> Duration {
        self.duration_until(Self::now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn a_duration_is_never_negative() {
        let start = DualInstant::now();
        let earlier = DualInstant {
            wall: start.wall - MINUTE,
            ..start
        };
        assert_eq!(start.duration_until(earlier), Duration::ZERO);
        assert_eq!(earlier.duration_until(start), MINUTE);
    }
}
