//! A clock that is cheap enough to read on every request.

use std::time::Duration;
use tokio::time::Instant;

/// The clock to read. Both clocks count nanoseconds from 1970, which suffices for five hundred
/// years.
#[derive(Debug, Clone, Copy)]
pub(super) enum RefreshClock {
    /// The wall clock, which keeps running while the process is frozen.
    Wall,
    /// Tokio's clock, which a test has paused and advances.
    Tokio { origin: Instant, wall: u64 },
}

impl RefreshClock {
    pub(super) fn new() -> Self {
        if is_paused() {
            Self::Tokio {
                origin: Instant::now(),
                wall: read_wall_clock(),
            }
        } else {
            Self::Wall
        }
    }

    pub(super) fn now(self) -> u64 {
        match self {
            Self::Wall => read_wall_clock(),
            Self::Tokio { origin, wall } => wall.saturating_add(to_nanoseconds(origin.elapsed())),
        }
    }
}

/// Returns whether Tokio's clock differs from the machine's, because it is paused or was advanced.
fn is_paused() -> bool {
    let before = std::time::Instant::now();
    let now = Instant::now().into_std();
    now < before || std::time::Instant::now() < now
}

/// Reads the time of the last kernel tick, some milliseconds ago. It costs a fraction of an exact
/// reading.
#[cfg(target_os = "linux")]
fn read_wall_clock() -> u64 {
    use rustix::time::{ClockId, clock_gettime};

    let time = clock_gettime(ClockId::RealtimeCoarse);
    // A clock before 1970 reads as 1970.
    let [seconds, rest] =
        [time.tv_sec, time.tv_nsec].map(|part| u64::try_from(part).unwrap_or_default());
    seconds.saturating_mul(1_000_000_000).saturating_add(rest)
}

#[cfg(not(target_os = "linux"))]
fn read_wall_clock() -> u64 {
    use std::time::{SystemTime, UNIX_EPOCH};

    to_nanoseconds(
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default(),
    )
}

pub(super) fn to_nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{SystemTime, UNIX_EPOCH};
    use tokio::time::advance;

    /// The tolerance in nanoseconds: much more than a tick, because the machine may be busy.
    const TOLERANCE: u64 = 1_000_000_000;

    /// Reads the exact wall clock.
    fn read_exact_clock() -> u64 {
        to_nanoseconds(
            SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .expect("it is after 1970"),
        )
    }

    #[test]
    fn the_clock_lags_behind_the_exact_clock_by_less_than_a_second() {
        let clock = RefreshClock::new();
        let start = read_exact_clock();
        let mut now = clock.now();
        assert!(
            now <= read_exact_clock() && now + TOLERANCE >= start,
            "{now} at {start}"
        );
        while now <= start {
            assert!(
                read_exact_clock() < start + TOLERANCE,
                "the clock does not advance"
            );
            now = clock.now();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_clock_follows_a_paused_tokio_clock() {
        let clock = RefreshClock::new();
        let before = clock.now();
        advance(Duration::from_secs(60)).await;
        assert_eq!(
            clock.now() - before,
            to_nanoseconds(Duration::from_secs(60))
        );
        assert!(
            matches!(RefreshClock::new(), RefreshClock::Tokio { .. }),
            "an advanced Tokio clock was not used"
        );
    }

    #[tokio::test]
    async fn the_clock_is_the_wall_clock_unless_tokio_is_paused() {
        assert!(matches!(RefreshClock::new(), RefreshClock::Wall));
    }
}
