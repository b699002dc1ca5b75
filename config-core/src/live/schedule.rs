//! When something is fetched again. No timers: whoever comes past the time does it.

use super::clock::{Clock, Reading, nanoseconds};
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::time::Instant;

/// How far two processes that started together drift apart: a fifth, to either side.
const JITTER: f64 = 0.2;
/// The pause after a refresh that failed; each further one is twice as long.
pub(super) const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// A point in time by two clocks. While Lambda keeps a process frozen the one that counts steadily may stand still; the wall's may
/// be set, back too. What has passed by either of them has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment {
    steady: Instant,
    wall: SystemTime,
}

impl Moment {
    pub(super) fn now() -> Self {
        Self { steady: Instant::now(), wall: SystemTime::now() }
    }

    /// Now by the steady clock; by the wall's, so many seconds from 1970.
    pub(super) fn at(seconds: u64) -> Self {
        let wall = UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).unwrap_or(UNIX_EPOCH);
        Self { steady: Instant::now(), wall }
    }

    /// The time from here to `later`, by the clock that says more.
    pub(super) fn until(self, later: Self) -> Duration {
        let wall = later.wall.duration_since(self.wall).unwrap_or_default();
        later.steady.saturating_duration_since(self.steady).max(wall)
    }

    pub(super) fn elapsed(self) -> Duration {
        self.until(Self::now())
    }
}

/// The next time that somebody is to look whether there is something to do.
///
/// Two numbers that are read without a lock. They may be of two different settings for a moment, which at most makes one caller
/// look twice.
pub(super) struct Schedule {
    clock: Clock,
    steady: AtomicU64,
    wall: AtomicU64,
}

const NEVER: u64 = u64::MAX;

impl Schedule {
    pub(super) fn never() -> Self {
        Self { clock: Clock::new(), steady: AtomicU64::new(NEVER), wall: AtomicU64::new(NEVER) }
    }

    /// `None` is never.
    pub(super) fn set(&self, pause: Option<Duration>) {
        self.set_at(self.clock.now(), pause);
    }

    fn set_at(&self, now: Reading, pause: Option<Duration>) {
        let at = |now: u64| pause.map_or(NEVER, |pause| now.saturating_add(nanoseconds(pause)));
        self.steady.store(at(now.steady), Ordering::Relaxed);
        self.wall.store(at(now.wall), Ordering::Relaxed);
    }

    /// Whether there will ever be anything to do.
    pub(super) fn is_set(&self) -> bool {
        self.steady.load(Ordering::Relaxed) != NEVER
    }

    pub(super) fn is_due(&self) -> bool {
        // What never changes costs no look at a clock.
        self.is_set() && self.is_due_at(self.clock.now())
    }

    fn is_due_at(&self, now: Reading) -> bool {
        now.steady >= self.steady.load(Ordering::Relaxed) || now.wall >= self.wall.load(Ordering::Relaxed)
    }
}

/// A number around 1, by which all times of one refresh are stretched: functions that one storm started must not make the next one
/// together.
pub(super) fn jitter() -> f64 {
    1.0 + JITTER * (2.0 * fastrand::f64() - 1.0)
}

/// How long to leave a store alone after so many failures in a row.
pub(super) fn back_off(failures: u32) -> Duration {
    let doubled = FIRST_PAUSE.saturating_mul(2u32.saturating_pow(failures.saturating_sub(1)));
    doubled.min(LONGEST_PAUSE).mul_f64(jitter())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    const START: Reading = Reading { steady: 1_000, wall: 1_700_000_000_000_000_000 };

    fn later(steady: Duration, wall: Duration) -> Reading {
        Reading { steady: START.steady + nanoseconds(steady), wall: START.wall + nanoseconds(wall) }
    }

    fn set(now: Reading, pause: Duration) -> Schedule {
        let schedule = Schedule::never();
        schedule.set_at(now, Some(pause));
        schedule
    }

    #[test]
    fn what_has_passed_by_either_clock_has_passed() {
        let schedule = set(START, 5 * MINUTE);
        assert!(!schedule.is_due_at(later(MINUTE, MINUTE)));
        assert!(schedule.is_due_at(later(6 * MINUTE, MINUTE)), "the wall's clock was set back");
        assert!(schedule.is_due_at(later(MINUTE, 6 * MINUTE)), "the steady clock stood still in a freeze");
    }

    #[test]
    fn nobody_comes_before_the_time() {
        let pause = Duration::from_nanos(1_234_567_890);
        let schedule = set(START, pause);
        let before = pause - Duration::from_nanos(1);
        assert!(!schedule.is_due_at(later(before, before)));
        assert!(schedule.is_due_at(later(pause, pause)));
    }

    #[test]
    fn a_wall_clock_that_was_wrong_for_a_while_does_not_put_a_refresh_off() {
        let schedule = set(later(MINUTE, MINUTE * 60 * 24 * 365), 5 * MINUTE);
        assert!(schedule.is_due_at(later(7 * MINUTE, 7 * MINUTE)));
    }

    #[test]
    fn nothing_is_due_that_is_never_to_be_done() {
        let schedule = Schedule::never();
        assert!(!schedule.is_set() && !schedule.is_due());
        schedule.set(Some(Duration::ZERO));
        assert!(schedule.is_set());
        schedule.set(None);
        assert!(!schedule.is_set() && !schedule.is_due());
    }

    #[test]
    fn the_machines_own_clock_reaches_the_time() {
        let schedule = Schedule::never();
        let start = std::time::Instant::now();
        let pause = Duration::from_millis(20);
        schedule.set(Some(pause));
        while !schedule.is_due() {
            assert!(start.elapsed() < Duration::from_secs(10), "it never comes");
        }
        assert!(start.elapsed() >= pause / 2, "it came more than a tick too early");
    }

    #[test]
    fn time_between_two_moments_never_runs_backwards() {
        let start = Moment::now();
        let earlier = Moment { wall: start.wall - MINUTE, ..start };
        assert_eq!(start.until(earlier), Duration::ZERO);
        assert_eq!(earlier.until(start), MINUTE);
    }

    #[test]
    fn pauses_double_up_to_a_minute_and_spread_by_a_fifth() {
        let within = |pause: Duration, middle: Duration| pause >= middle.mul_f64(0.8) && pause <= middle.mul_f64(1.2);
        for _ in 0..200 {
            assert!(within(back_off(1), Duration::from_secs(1)));
            assert!(within(back_off(4), Duration::from_secs(8)));
            assert!(within(back_off(u32::MAX), MINUTE));
        }
        let all: Vec<f64> = (0..200).map(|_| jitter()).collect();
        assert!(all.iter().any(|one| *one < 0.9) && all.iter().any(|one| *one > 1.1), "the times do not spread");
    }
}
