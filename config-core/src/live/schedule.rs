//! The time of the next refresh. No timer runs: the first caller after that time runs the refresh.

use super::clock::{RefreshClock, to_nanoseconds};
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// The next time at which a caller must check for work.
///
/// It uses the wall clock, which keeps running during a freeze. If that clock jumps back to a time
/// before the last call of [`set`](Self::set), the check is due immediately. Each smaller jump back
/// delays the check by at most the pause that was passed to `set`.
///
/// It consists of two numbers that are read without a lock, so a reader may see numbers of two
/// different calls of `set`. The only effect is that a caller may check for work once more.
pub(super) struct Schedule {
    clock: RefreshClock,
    since: AtomicU64,
    until: AtomicU64,
}

const NEVER: u64 = u64::MAX;

impl Schedule {
    pub(super) fn never() -> Self {
        Self {
            clock: RefreshClock::new(),
            since: AtomicU64::new(0),
            until: AtomicU64::new(NEVER),
        }
    }

    /// Sets the time to the end of a pause that starts now; `None` means never.
    pub(super) fn set(&self, pause: Option<Duration>) {
        self.set_at(self.clock.now(), pause);
    }

    fn set_at(&self, now: u64, pause: Option<Duration>) {
        let until = pause.map_or(NEVER, |pause| now.saturating_add(to_nanoseconds(pause)));
        self.since.store(now, Ordering::Relaxed);
        self.until.store(until, Ordering::Relaxed);
    }

    /// Returns whether a time is set.
    pub(super) fn is_set(&self) -> bool {
        self.until.load(Ordering::Relaxed) != NEVER
    }

    pub(super) fn is_due(&self) -> bool {
        // A configuration that never changes does not read the clock.
        self.is_set() && self.is_due_at(self.clock.now())
    }

    fn is_due_at(&self, now: u64) -> bool {
        now >= self.until.load(Ordering::Relaxed) || now < self.since.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    /// A day in 2023.
    const START: u64 = 1_700_000_000_000_000_000;

    fn set(now: u64, pause: Duration) -> Schedule {
        let schedule = Schedule::never();
        schedule.set_at(now, Some(pause));
        schedule
    }

    #[test]
    fn nothing_is_due_before_the_pause_ends() {
        let pause = Duration::from_nanos(1_234_567_890);
        let schedule = set(START, pause);
        assert!(!schedule.is_due_at(START));
        assert!(!schedule.is_due_at(START + 1_234_567_889));
        assert!(schedule.is_due_at(START + 1_234_567_890));
    }

    #[test]
    fn a_wrong_clock_does_not_postpone_a_refresh() {
        let year = to_nanoseconds(MINUTE * 60 * 24 * 365);
        let schedule = set(START + year, 5 * MINUTE);
        assert!(
            schedule.is_due_at(START + to_nanoseconds(MINUTE)),
            "the refresh is not due after the clock was corrected"
        );
        assert!(
            set(START, 5 * MINUTE).is_due_at(START + year),
            "the refresh is not due after the clock was set ahead"
        );
    }

    #[test]
    fn nothing_is_due_without_a_time() {
        let schedule = Schedule::never();
        assert!(!schedule.is_set() && !schedule.is_due());
        schedule.set(Some(Duration::ZERO));
        assert!(schedule.is_set());
        schedule.set(None);
        assert!(!schedule.is_set() && !schedule.is_due());
    }

    #[test]
    fn the_pause_ends_on_the_real_clock() {
        let schedule = Schedule::never();
        let start = std::time::Instant::now();
        let pause = Duration::from_millis(200);
        schedule.set(Some(pause));
        while !schedule.is_due() {
            assert!(
                start.elapsed() < Duration::from_secs(10),
                "the pause does not end"
            );
        }
        assert!(
            start.elapsed() >= pause / 2,
            "the pause ended too early by much more than a tick"
        );
    }
}
