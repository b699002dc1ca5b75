//! What time it is, at a price that every request can pay.

use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::time::Instant;

/// The time by the clock that counts steadily and by the wall's, each in nanoseconds from a start of its own: for five hundred years.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reading {
    pub(super) steady: u64,
    pub(super) wall: u64,
}

/// Whose steady clock it is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Clock {
    /// The kernel's. At each of its ticks it notes both clocks, and to read the note costs a fraction of what it costs to ask a clock.
    #[cfg(target_os = "linux")]
    Kernel,
    /// Tokio's, since this moment.
    Tokio(Instant),
}

impl Clock {
    /// Tokio's where a test has stopped it, to move it as it likes.
    #[cfg(target_os = "linux")]
    pub(super) fn new() -> Self {
        if is_paused() { Self::Tokio(Instant::now()) } else { Self::Kernel }
    }

    #[cfg(not(target_os = "linux"))]
    pub(super) fn new() -> Self {
        Self::Tokio(Instant::now())
    }

    /// The kernel's is as old as its last tick: 10 ms at most.
    pub(super) fn now(self) -> Reading {
        match self {
            #[cfg(target_os = "linux")]
            Self::Kernel => kernel::now(),
            Self::Tokio(origin) => tokio(origin),
        }
    }
}

/// Whether Tokio's clock is not the machine's: then it stands still, or was put forward.
#[cfg(target_os = "linux")]
fn is_paused() -> bool {
    let before = std::time::Instant::now();
    let now = Instant::now().into_std();
    now < before || std::time::Instant::now() < now
}

fn tokio(origin: Instant) -> Reading {
    let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Reading { steady: nanoseconds(origin.elapsed()), wall: nanoseconds(wall) }
}

pub(super) fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(target_os = "linux")]
mod kernel {
    use super::Reading;
    use rustix::time::{ClockId, clock_gettime};

    pub(super) fn now() -> Reading {
        Reading { steady: read(ClockId::MonotonicCoarse), wall: read(ClockId::RealtimeCoarse) }
    }

    /// A wall's clock of before 1970 stands at its start.
    fn read(clock: ClockId) -> u64 {
        let time = clock_gettime(clock);
        let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
        seconds.saturating_mul(1_000_000_000).saturating_add(u64::try_from(time.tv_nsec).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::advance;

    #[test]
    fn both_clocks_go_as_the_machines_do() {
        const TICK: Duration = Duration::from_millis(10);
        let clock = Clock::new();
        let (start, first) = (std::time::Instant::now(), clock.now());
        while start.elapsed() < 5 * TICK {}
        // What passes before `last` has passed by then too, but for a tick.
        let last = clock.now();
        let longest = nanoseconds(start.elapsed() + TICK);
        for passed in [last.steady - first.steady, last.wall.saturating_sub(first.wall)] {
            assert!((nanoseconds(4 * TICK)..=longest).contains(&passed), "{passed} of {longest} ns");
        }
    }

    #[test]
    fn the_wall_says_what_the_machine_does() {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970");
        let off = Clock::new().now().wall.abs_diff(nanoseconds(wall));
        assert!(off < nanoseconds(Duration::from_secs(1)), "{off} ns");
    }

    #[tokio::test(start_paused = true)]
    async fn a_test_that_stops_tokios_clock_moves_this_one() {
        let clock = Clock::new();
        let before = clock.now();
        advance(Duration::from_secs(60)).await;
        assert_eq!(clock.now().steady - before.steady, nanoseconds(Duration::from_secs(60)));
        let later = Clock::new();
        assert!(matches!(later, Clock::Tokio(_)), "one that was put forward is no machine's");
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn elsewhere_it_is_the_kernels() {
        assert!(matches!(Clock::new(), Clock::Kernel));
    }
}
