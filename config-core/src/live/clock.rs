//! What time it is, at a price that every request can pay.

use std::time::Duration;
use tokio::time::Instant;

/// Whose clock it is. All of them count from 1970, in nanoseconds: for five hundred years.
#[derive(Debug, Clone, Copy)]
pub(super) enum RefreshClock {
    /// The wall's, which no freeze stops.
    Wall,
    /// Tokio's, which a test has stopped, to move it as it likes.
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

/// Whether Tokio's clock is not the machine's: then it stands still, or was put forward.
fn is_paused() -> bool {
    let before = std::time::Instant::now();
    let now = Instant::now().into_std();
    now < before || std::time::Instant::now() < now
}

/// What the kernel noted at its last tick, some milliseconds ago: to read that costs a fraction of asking the clock.
#[cfg(target_os = "linux")]
fn read_wall_clock() -> u64 {
    use rustix::time::{ClockId, clock_gettime};

    let time = clock_gettime(ClockId::RealtimeCoarse);
    // A clock of before 1970 stands at its start.
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

    /// Much more than a tick: the machine may have had other things to do.
    const LAG: u64 = 1_000_000_000;

    /// By the clock that the kernel is asked for.
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
