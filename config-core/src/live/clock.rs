//! A clock that is cheap enough to read on every request.

use std::time::Duration;
use tokio::time::Instant;

/// The source of the time. Both count nanoseconds from 1970, which suffices for five hundred years.
#[derive(Debug, Clone, Copy)]
pub(super) enum RefreshClock {
    /// The wall clock, which keeps running while the process is frozen.
    Wall,
    /// Tokio's clock, which a test has paused and moves itself.
    Tokio { origin: Instant, wall: u64 },
}

impl RefreshClock {
    pub(super) fn new() -> Self {
        if is_paused() { Self::Tokio { origin: Instant::now(), wall: read_wall_clock() } } else { Self::Wall }
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
    let [seconds, rest] = [time.tv_sec, time.tv_nsec].map(|part| u64::try_from(part).unwrap_or_default());
    seconds.saturating_mul(1_000_000_000).saturating_add(rest)
}

#[cfg(not(target_os = "linux"))]
fn read_wall_clock() -> u64 {
    use std::time::{SystemTime, UNIX_EPOCH};

    to_nanoseconds(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
}

pub(super) fn to_nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{SystemTime, UNIX_EPOCH};
    use tokio::time::advance;

    /// Much more than a tick, because the machine may be busy.
    const LAG: u64 = 1_000_000_000;

    /// Reads the exact wall clock.
    fn asked() -> u64 {
        to_nanoseconds(SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970"))
    }

    #[test]
    fn it_says_what_the_machines_clock_says_but_for_a_tick() {
        let clock = RefreshClock::new();
        let start = asked();
        let mut now = clock.now();
        assert!(now <= asked() && now + LAG >= start, "{now} at {start}");
        while now <= start {
            assert!(asked() < start + LAG, "it stands still");
            now = clock.now();
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_test_that_stops_tokios_clock_moves_this_one() {
        let clock = RefreshClock::new();
        let before = clock.now();
        advance(Duration::from_secs(60)).await;
        assert_eq!(clock.now() - before, to_nanoseconds(Duration::from_secs(60)));
        assert!(matches!(RefreshClock::new(), RefreshClock::Tokio { .. }), "one that was put forward is no machine's");
    }

    #[tokio::test]
    async fn elsewhere_it_is_the_walls() {
        assert!(matches!(RefreshClock::new(), RefreshClock::Wall));
    }
}
