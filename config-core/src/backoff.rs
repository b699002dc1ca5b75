//! The pauses between attempts. They double up to a maximum, with random jitter.

use crate::random::draw_fraction;
use std::time::Duration;

/// The pauses of one kind of attempt.
pub(crate) struct Backoff {
    pub(crate) first: Duration,
    pub(crate) longest: Duration,
    /// The minimum and the maximum of the random factor.
    jitter: [f64; 2],
}

/// The backoff between the attempts of one call. A factor between zero and one spreads concurrent
/// retries best (AWS Architecture Blog, "Exponential backoff and jitter").
pub(crate) const CALL_BACKOFF: Backoff = Backoff {
    first: Duration::from_millis(100),
    longest: Duration::from_secs(2),
    jitter: [0.0, 1.0],
};

/// The backoff between failed refreshes.
pub(crate) const REFRESH_BACKOFF: Backoff = Backoff {
    first: Duration::from_secs(1),
    longest: Duration::from_secs(60),
    jitter: REFRESH_JITTER,
};

/// The jitter of refreshes: processes that started together must not refresh together.
const REFRESH_JITTER: [f64; 2] = [0.8, 1.2];

impl Backoff {
    /// Draws the next pause, after `earlier` pauses.
    pub(crate) fn draw(&self, earlier: u32) -> Duration {
        let doubled = self.first.saturating_mul(2u32.saturating_pow(earlier));
        doubled.min(self.longest).mul_f64(draw_factor(self.jitter))
    }
}

/// Draws a factor around 1 for the interval until the next request of an address.
pub(crate) fn draw_jitter() -> f64 {
    draw_factor(REFRESH_JITTER)
}

fn draw_factor([least, greatest]: [f64; 2]) -> f64 {
    least + (greatest - least) * draw_fraction()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_of_calls_double_up_to_two_seconds_and_may_be_short() {
        for _ in 0..200 {
            for (earlier, longest) in [
                (0, 100),
                (1, 200),
                (4, 1_600),
                (5, 2_000),
                (u32::MAX, 2_000),
            ] {
                assert!(
                    CALL_BACKOFF.draw(earlier) <= Duration::from_millis(longest),
                    "{earlier}"
                );
            }
        }
        let all: Vec<Duration> = (0..200).map(|_| CALL_BACKOFF.draw(5)).collect();
        assert!(
            all.iter().any(|one| *one < Duration::from_millis(500)),
            "{all:?}"
        );
        assert!(
            all.iter().any(|one| *one > Duration::from_millis(1_500)),
            "{all:?}"
        );
    }

    #[test]
    fn pauses_of_refreshes_double_up_to_a_minute_and_vary_by_a_fifth() {
        let within = |pause: Duration, middle: Duration| {
            pause >= middle.mul_f64(0.8) && pause <= middle.mul_f64(1.2)
        };
        for _ in 0..200 {
            assert!(within(REFRESH_BACKOFF.draw(0), Duration::from_secs(1)));
            assert!(within(REFRESH_BACKOFF.draw(3), Duration::from_secs(8)));
            assert!(within(
                REFRESH_BACKOFF.draw(u32::MAX),
                Duration::from_secs(60)
            ));
        }
        let all: Vec<f64> = (0..200).map(|_| draw_jitter()).collect();
        assert!(
            all.iter().any(|one| *one < 0.9) && all.iter().any(|one| *one > 1.1),
            "the factors do not vary"
        );
    }
}
