//! Simulates a storm of cold starts: 100, 1,000 and 10,000 functions with thirty fields start at
//! the same time, and call services that have quotas. The time is simulated. `docs/scale.md`
//! discusses the results.
//!
//! `cargo bench -p stage-config-benches --bench storm` prints the tables and writes
//! `docs/pictures/storm.svg`. It takes minutes.

use std::{
    io::{self, Write as _},
    path::Path,
    time::Duration,
};

use stage_config_benches::{
    plot,
    simulation::{Names, Outcome, Quotas, Storm, Strategy},
    table::{Line, format_table},
};

const SEED: u64 = 5;
const SIZES: [usize; 3] = [100, 1_000, 10_000];

fn main() -> io::Result<()> {
    // `cargo bench` passes `--bench`. `cargo test --benches` does not pass it; the run must be
    // short then.
    let full = std::env::args().any(|argument| argument == "--bench");
    let sizes = if full { &SIZES[..] } else { &SIZES[..1] };
    print(&format_heading())?;
    let compared = compare(sizes)?;
    print("What helps, and what does not\n\n")?;
    for outcomes in &compared {
        print_measures(outcomes)?;
    }
    print_repeated_starts(if full { 1_000 } else { 100 })?;
    if full {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/pictures/storm.svg");
        let panels: Vec<Vec<&Outcome>> = compared
            .iter()
            .map(|outcomes| outcomes.iter().collect())
            .collect();
        std::fs::write(&path, plot::draw_figure(&panels))?;
        print("docs/pictures/storm.svg is written.\n")?;
    }
    Ok(())
}

fn format_heading() -> String {
    let Names {
        parameters,
        secrets,
        ciphertexts,
    } = Names::from_plan();
    let Quotas {
        parameter_store,
        secrets: single,
        secret_batches,
        kms,
    } = Quotas::DEFAULT;
    format!(
        "One start: {} parameters, {} secrets, {ciphertexts} encrypted values.\nQuotas a second: \
         Parameter Store {parameter_store}, GetSecretValue {single}, BatchGetSecretValue \
         {secret_batches}, KMS {kms}. A call takes 5 to 50 ms. Seed {SEED}.\n",
        parameters.len(),
        secrets.len(),
    )
}

fn compare(sizes: &[usize]) -> io::Result<Vec<Vec<Outcome>>> {
    print("\nFunctions that started within each time, if all start at once\n\n")?;
    let strategies = [
        Strategy::OneByOne,
        Strategy::Batches,
        Strategy::Loader,
        Strategy::Snapshot,
        Strategy::SnapshotFirst,
    ];
    let mut panels = Vec::new();
    for starts in sizes {
        let outcomes: Vec<Outcome> = strategies
            .iter()
            .map(|strategy| Storm::new(*starts, *strategy).run(SEED))
            .collect();
        let label = |outcome: &Outcome| outcome.storm.strategy.label().to_owned();
        let lines: Vec<_> = outcomes
            .iter()
            .map(|outcome| Line {
                label: label(outcome),
                outcome,
            })
            .collect();
        print(&format_table(&lines, &to_durations([1, 3, 10])))?;
        print("\n")?;
        panels.push(outcomes);
    }
    Ok(panels)
}

/// Prints the results of the loader of stage-config alone, and with each measure that may improve
/// them.
fn print_measures(compared: &[Outcome]) -> io::Result<()> {
    let Some(plain) = compared
        .iter()
        .find(|outcome| outcome.storm.strategy == Strategy::Loader)
    else {
        return Ok(());
    };
    let (storm, starts) = (plain.storm, plain.storm.starts as u64);
    let faster = Quotas {
        parameter_store: 1_000,
        ..Quotas::DEFAULT
    };
    let storms = [
        (
            "  with batch_secrets()",
            Storm {
                strategy: Strategy::LoaderWithBatches,
                ..storm
            },
        ),
        (
            "  Parameter Store at 1,000/s",
            Storm {
                quotas: faster,
                ..storm
            },
        ),
        (
            "  10 starts a second",
            Storm {
                spread: Duration::from_secs(starts / 10),
                ..storm
            },
        ),
        (
            "  all in one JSON secret",
            Storm {
                strategy: Strategy::LoaderOfOneSecret,
                ..storm
            },
        ),
    ];
    let outcomes = storms.map(|(label, storm)| (label, storm.run(SEED)));
    let plain = [("stage-config", plain)];
    let lines = plain
        .into_iter()
        .chain(outcomes.iter().map(|(label, outcome)| (*label, outcome)));
    let lines: Vec<_> = lines
        .map(|(label, outcome)| Line {
            label: label.to_owned(),
            outcome,
        })
        .collect();
    print(&format_table(&lines, &to_durations([1, 3, 10])))?;
    print("\n")
}

/// Prints the results if the platform repeats a failed start at once.
fn print_repeated_starts(starts: usize) -> io::Result<()> {
    print(
        "Functions that started within each time, if a failed start is repeated for a minute\n\n",
    )?;
    let storm = |strategy| Storm {
        retry_window: Duration::from_secs(60),
        ..Storm::new(starts, strategy)
    };
    let outcomes = [
        Strategy::OneByOne,
        Strategy::Batches,
        Strategy::Loader,
        Strategy::Snapshot,
    ]
    .map(|strategy| storm(strategy).run(SEED));
    let label = |outcome: &Outcome| outcome.storm.strategy.label().to_owned();
    let lines: Vec<_> = outcomes
        .iter()
        .map(|outcome| Line {
            label: label(outcome),
            outcome,
        })
        .collect();
    print(&format_table(&lines, &to_durations([10, 30, 60])))?;
    print("\n")
}

fn to_durations<const N: usize>(seconds: [u64; N]) -> [Duration; N] {
    seconds.map(Duration::from_secs)
}

/// Prints a text and flushes it at once, because the next results take minutes.
fn print(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}
