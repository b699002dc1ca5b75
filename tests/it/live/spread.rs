//! Configurations that are loaded at the same time refresh at different times.

use std::time::Duration;

use stage_config::{Live, StageConfig};
use tokio::time::{Instant, advance};

use super::store::ChangingStore;

const TTL: Duration = Duration::from_secs(300);
/// The precision of a measured time, as a fraction of the TTL.
const STEP: f64 = 0.01;
/// The number of configurations. With so many, the random jitter puts at least 5% and less than
/// half of the configurations into each quarter of the range that [`assert_spread`] checks.
const LOADED_TOGETHER: usize = 200;

#[derive(StageConfig)]
#[stage(dev = "/spread/{field}")]
struct Config {
    #[allow(dead_code)]
    a: String,
}

/// Returns two durations for each configuration, as fractions of the TTL: from the load to the
/// first refresh, and from the first to the second refresh.
async fn measure_refreshes(store: &ChangingStore, lives: &[Live<Config>]) -> Vec<[f64; 2]> {
    let start = Instant::now();
    let mut times = vec![Vec::new(); lives.len()];
    // The second refresh comes after twice the longest interval at the latest.
    while start.elapsed() < TTL.mul_f64(2.4 + 2.0 * STEP) {
        advance(TTL.mul_f64(STEP)).await;
        for (live, times) in lives.iter().zip(&mut times) {
            live.current()
                .await
                .expect("the values have no maximum age");
            if !store.take_calls().is_empty() {
                times.push(start.elapsed().div_duration_f64(TTL));
            }
        }
    }
    let first_two = |times: Vec<f64>| match times[..] {
        [first, second, ..] => [first, second - first],
        _ => panic!("the configuration refreshed {} times", times.len()),
    };
    times.into_iter().map(first_two).collect()
}

/// Asserts that the times differ from the TTL by at most a fifth, and that each quarter of the
/// range from 0.8 to 1.2 has at least 5% and less than half of the times.
fn assert_spread(times: &[f64]) {
    for time in times {
        assert!(
            *time > 0.8 && *time < 1.2 + 2.0 * STEP,
            "a configuration refreshes after {time} of its TTL"
        );
    }
    for quarter in [0.8, 0.9, 1.0, 1.1] {
        let count = times
            .iter()
            .filter(|time| (quarter..quarter + 0.1).contains(*time))
            .count();
        let share = count as f64 / times.len() as f64;
        assert!(
            (0.05..0.5).contains(&share),
            "{share} of the configurations refresh between {quarter} and {}: {times:?}",
            quarter + 0.1
        );
    }
}

#[tokio::test(start_paused = true)]
async fn configurations_loaded_together_refresh_at_different_times() {
    let store = ChangingStore::with_values([("/spread/a", "1")]);
    let mut lives = Vec::new();
    for _ in 0..LOADED_TOGETHER {
        lives.push(
            store
                .loader::<Config>()
                .live(TTL)
                .await
                .expect("the configuration loads"),
        );
    }
    store.take_calls();
    let times = measure_refreshes(&store, &lives).await;
    let (firsts, seconds): (Vec<f64>, Vec<f64>) = times
        .iter()
        .map(|[first, second]| (*first, *second))
        .unzip();
    assert_spread(&firsts);
    assert_spread(&seconds);

    // Each refresh has new jitter, so the two durations of a configuration are rarely equal.
    let same_delay = times
        .iter()
        .filter(|[first, second]| (first - second).abs() < 2.0 * STEP)
        .count();
    assert!(
        same_delay < LOADED_TOGETHER / 2,
        "{same_delay} configurations have two equal durations"
    );
}
