//! The simulation of `benches/storm`, its table and its plot.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::json;
use stage_config::sealed::{KmsClient, StageKey};
use stage_config_benches::{
    plot,
    simulation::{
        CallCounts, Names, Outcome, Quotas, Storm, Strategy, config::find_value, quota::Bucket,
    },
    table::{self, Line},
};

use crate::support::{
    aws,
    scripted::{Endpoint, cipher},
};

/// The creation time of the snapshot: long ago, so that no clock is before it.
const CREATED: u64 = 1_600_000_000;

const EVERY_STRATEGY: [Strategy; 7] = [
    Strategy::OneByOne,
    Strategy::Batches,
    Strategy::Loader,
    Strategy::Snapshot,
    Strategy::SnapshotFirst,
    Strategy::LoaderWithBatches,
    Strategy::LoaderOfOneSecret,
];

#[tokio::test(start_paused = true)]
async fn a_bucket_enforces_its_rate() {
    let mut bucket = Bucket::new(40);
    let taken = |bucket: &mut Bucket| (0..100).filter(|_| bucket.take()).count();
    assert_eq!(
        taken(&mut bucket),
        40,
        "a full bucket has the tokens of one second"
    );
    tokio::time::advance(Duration::from_millis(24)).await;
    assert_eq!(taken(&mut bucket), 0);
    tokio::time::advance(Duration::from_millis(1)).await;
    assert_eq!(taken(&mut bucket), 1, "a throttled call takes no token");
    tokio::time::advance(Duration::from_secs(60)).await;
    assert_eq!(
        taken(&mut bucket),
        40,
        "the bucket has at most the tokens of one second"
    );
}

#[test]
fn a_single_start_makes_only_the_calls_of_its_strategy() {
    let Names {
        parameters,
        secrets,
        ciphertexts,
    } = Names::from_plan();
    assert_eq!(
        (parameters.len(), secrets.len(), ciphertexts),
        (24, 4, 2),
        "thirty fields"
    );

    let calls = EVERY_STRATEGY.map(|strategy| {
        let outcome = Storm::new(1, strategy).run(1);
        assert_eq!(
            (outcome.not_started(), outcome.counts.throttles),
            (0, 0),
            "{strategy:?}"
        );
        let [took] = outcome.started[..] else {
            panic!("{strategy:?}: {outcome:?}")
        };
        // Each call takes 5 to 50 ms, and this many calls run one after another.
        let depth = match strategy {
            Strategy::OneByOne => 30,
            Strategy::Batches => 6,
            _ => 1,
        };
        assert!(
            (5 * depth..=50 * depth).contains(&(took.as_millis() as u64)),
            "{strategy:?} took {took:?}"
        );
        outcome.counts.calls
    });
    assert_eq!(
        calls,
        [30, 3 + 1 + 2, 3 + 4 + 1, 3 + 4 + 1, 1, 3 + 1 + 1, 1]
    );
}

#[test]
fn the_same_seed_gives_the_same_outcome() {
    let storm = small_storm(4, Strategy::Loader);
    let outcome = storm.run(1);
    assert!(
        outcome.counts.throttles > 0,
        "the quota throttled no call: {outcome:?}"
    );
    assert_eq!(outcome, storm.run(1));
    assert_ne!(outcome.started, storm.run(2).started);
}

#[test]
fn a_sufficient_quota_throttles_no_call() {
    let plenty = Quotas {
        parameter_store: 100_000,
        secrets: 100_000,
        secret_batches: 100_000,
        kms: 100_000,
    };
    for strategy in EVERY_STRATEGY {
        let outcome = Storm {
            quotas: plenty,
            ..Storm::new(5, strategy)
        }
        .run(1);
        assert_eq!(
            (outcome.not_started(), outcome.counts.throttles),
            (0, 0),
            "{strategy:?}"
        );
    }
}

/// Returns a storm with an eighth of the quota of Parameter Store. With an eighth of the functions,
/// the simulation takes an eighth of the time.
fn small_storm(starts: usize, strategy: Strategy) -> Storm {
    Storm {
        quotas: Quotas {
            parameter_store: 5,
            ..Quotas::DEFAULT
        },
        ..Storm::new(starts, strategy)
    }
}

#[test]
fn the_loader_starts_all_functions_in_a_small_storm_and_one_by_one_does_not() {
    let [one_by_one, loader] =
        [Strategy::OneByOne, Strategy::Loader].map(|strategy| small_storm(12, strategy).run(1));
    assert_eq!(loader.not_started(), 0, "{:?}", loader.counts);
    assert!(one_by_one.not_started() > 6, "{:?}", one_by_one.counts);
    let spread = Storm {
        spread: Duration::from_secs(12),
        ..loader.storm
    }
    .run(1);
    assert_eq!(
        (spread.not_started(), spread.counts.throttles),
        (0, 0),
        "one start each second makes three calls a second"
    );
}

/// The quota allows 45 calls until the timeout, enough for 15 of the 30 functions. If each call
/// were retried separately, hardly any function would complete its three calls.
#[test]
fn the_quota_is_not_wasted_in_a_large_storm() {
    let outcome = small_storm(30, Strategy::Loader).run(1);
    assert!(
        outcome.started.len() >= 6,
        "{} started, {:?}",
        outcome.started.len(),
        outcome.counts
    );
}

/// Half of the timeout is 4 s. A function that does not have all values by then starts from the
/// snapshot, whose key pair is already unlocked for the sealed files.
#[test]
fn every_function_starts_with_a_snapshot() {
    let outcome = small_storm(30, Strategy::Snapshot).run(1);
    assert_eq!(outcome.not_started(), 0, "{:?}", outcome.counts);
    assert_eq!(
        outcome.started_within(Duration::from_millis(4_200)),
        30,
        "{:?}",
        outcome.started
    );
    assert!(
        outcome.started_within(Duration::from_millis(3_900)) < 30,
        "{:?}",
        outcome.started
    );
    let first = small_storm(30, Strategy::SnapshotFirst).run(1);
    assert_eq!(
        (
            first.started_within(Duration::from_millis(100)),
            first.counts.calls
        ),
        (30, 30)
    );
}

#[test]
fn failed_functions_are_started_again() {
    let storm = small_storm(8, Strategy::Batches);
    let (once, repeated) = (
        storm.run(1),
        Storm {
            retry_window: Duration::from_secs(120),
            ..storm
        }
        .run(1),
    );
    assert!(once.not_started() > 0, "{once:?}");
    assert_eq!(repeated.not_started(), 0, "{repeated:?}");
    assert!(repeated.counts.calls > once.counts.calls);
}

fn create_outcome(starts: usize, strategy: Strategy, started: &[u64]) -> Outcome {
    let started = started
        .iter()
        .map(|millis| Duration::from_millis(*millis))
        .collect();
    Outcome {
        storm: Storm::new(starts, strategy),
        started,
        counts: CallCounts {
            calls: 1_234_567,
            throttles: 89,
        },
    }
}

#[test]
fn the_table_counts_the_starts_until_each_time() {
    let outcome = create_outcome(1_000, Strategy::Loader, &[999, 1_000, 1_001, 9_999]);
    assert_eq!(outcome.not_started(), 996);
    let line = Line {
        label: "x".to_owned(),
        outcome: &outcome,
    };
    let text = table::format_table(&[line], &[1, 3, 10].map(Duration::from_secs));
    let rows: Vec<Vec<&str>> = text
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(rows[0].concat(), "starts1s3s10snevercallsthrottled");
    assert_eq!(
        rows[1],
        ["x", "1,000", "2", "3", "4", "996", "1,234,567", "89"]
    );
}

#[test]
fn the_plot_has_a_curve_for_each_strategy_and_size() {
    let outcomes = [(2, 500), (4, 700)].map(|(starts, millis)| {
        [Strategy::OneByOne, Strategy::Loader]
            .map(|strategy| create_outcome(starts, strategy, &[millis]))
    });
    let panels: Vec<Vec<&Outcome>> = outcomes
        .iter()
        .map(|outcomes| outcomes.iter().collect())
        .collect();
    let svg = plot::draw_figure(&panels);
    assert_eq!(
        svg.matches("class=\"curve").count(),
        4 + 2,
        "four curves, two in the legend: {svg}"
    );
    assert_eq!(svg.matches("functions start at once").count(), 2);
    // The first panel begins at y = 114. Its curve rises by half of the panel at 0.5 s
    // (x = 52 + 290 / 20, y = 114 + 130 / 2), and continues to the end of the panel
    // (x = 52 + 290).
    assert!(svg.contains("M52.0 244.0H66.5V179.0H342.0\""), "{svg}");
}

/// Writes the files of `benches/sealed`. Run this test when their format changes. A scripted
/// endpoint replaces KMS, so the files are not secret.
#[tokio::test]
#[ignore = "it writes into the repository"]
async fn write_the_sealed_files() {
    let endpoint = Endpoint::start(cipher::answer_encrypt);
    let kms = KmsClient::new(&aws::settings(endpoint.url()));
    let key = StageKey::create(&kms, cipher::KEY, "storm", "storm")
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    let write = |name: &str, text: String| {
        std::fs::write(format!("../benches/sealed/{name}"), text).expect("the file can be written")
    };
    write("storm/stage.key", key.to_string());
    for name in ["signing_key", "webhook_key"] {
        let sealed = key
            .seal(name, b"text")
            .unwrap_or_else(|error| panic!("{error}"));
        write(&format!("storm/{name}"), sealed.to_string());
    }
    write("storm.snapshot", seal_snapshot(&key));
}

/// Returns the snapshot, in the format of `docs/snapshot.md`.
fn seal_snapshot(key: &StageKey) -> String {
    let Names {
        parameters,
        secrets,
        ..
    } = Names::from_plan();
    let addresses = parameters
        .into_iter()
        .chain(secrets.iter().map(|id| format!("secret:{id}")));
    let found = addresses.map(|address| {
        let text = find_value(address.rsplit('/').next().unwrap_or_default());
        (address, json!({ "text": STANDARD.encode(text) }))
    });
    let content =
        json!({ "version": 1, "found": found.collect::<serde_json::Map<_, _>>(), "missing": [] });
    let sealed = key.seal_snapshot(
        "storm::WithSnapshot",
        CREATED,
        content.to_string().as_bytes(),
    );
    sealed.unwrap_or_else(|error| panic!("{error}")).to_string()
}
