//! Many loads in one process leave no task, file, socket or memory behind.

use super::*;
use crate::support::{aws, child};

config!(Good);

/// A configuration whose parameter is denied.
#[derive(StageConfig)]
#[allow(dead_code)]
struct Denied {
    #[stage(dev = "/reliability/denied")]
    a: String,
}

/// A configuration whose request is never answered.
#[derive(StageConfig)]
#[allow(dead_code)]
struct Hanging {
    #[stage(dev = "/reliability/hanging")]
    a: String,
}

/// The loads run in a child process, where no other code opens files or allocates. The endpoint
/// runs in the process of this test.
#[test]
#[cfg(target_os = "linux")]
fn a_thousand_loads_leave_nothing_behind() {
    let endpoint = Endpoint::start(|request| match request.names.first().map(String::as_str) {
        Some("/reliability/denied") => Answer::denied("/reliability/denied"),
        Some("/reliability/hanging") => Answer::Hangs,
        _ => answer_normally(request),
    });
    let bundle = create_bundle();
    let mut variables = aws::variables(endpoint.url());
    variables.push(("AWS_CA_BUNDLE", bundle.path().display().to_string()));
    let output = child::run("reliability::loads::inner_thousand_loads", &variables).assert_passed();
    assert_clean("the output", &output.text());
}

/// Each load creates its own client, as in a program. Half of the loads succeed, and the others
/// are denied or dropped while they run.
#[test]
#[cfg(target_os = "linux")]
fn inner_thousand_loads() {
    if !child::is_inner("reliability::loads::inner_thousand_loads") {
        return;
    }

    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let run_loads = |count: usize| {
        runtime.block_on(async {
            for number in 0..count {
                load(number).await;
            }
            assert_no_task_left().await;
        });
    };
    // The first loads make the allocations that happen once per process: tables of TLS, caches of
    // the SDK and of the runtime.
    run_loads(40);
    runtime.block_on(check_loads());
    let (files, memory) = (count_open_files(), read_resident_memory());
    let start = Instant::now();
    let allocated = allocation_counter::measure(|| run_loads(1000));
    assert_eq!(count_open_files(), files, "a socket or a file is left open");

    let leaked = allocated.bytes_current;
    assert!(
        leaked < 16 * 1024,
        "{leaked} bytes of {} are not freed",
        allocated.bytes_total
    );

    let growth = read_resident_memory().saturating_sub(memory);
    assert!(
        growth < 8 * 1024 * 1024,
        "the process has grown by {growth} bytes"
    );
    assert!(
        start.elapsed() < Duration::from_secs(50),
        "the loads took {:?}",
        start.elapsed()
    );
}

/// Checks one successful and one denied load before the measurement, since a subscriber keeps their
/// events in memory.
async fn check_loads() {
    assert_succeeds(Good::loader(), When::AtOnce).await;
    assert_fails(
        Denied::loader(),
        When::AtOnce,
        FailureKind::Denied,
        &["/reliability/denied"],
    )
    .await;
    assert_no_task_left().await;
}

async fn load(number: usize) {
    match number % 4 {
        0 | 1 => {
            let loaded = Good::loader()
                .resolve()
                .await
                .unwrap_or_else(|error| panic!("load {number}: {error}"));
            assert!(
                loaded.config.has_expected_values(),
                "load {number}: a value is missing or wrong"
            );
        }
        2 => {
            let error = expect_error(Denied::loader().resolve().await);
            assert_eq!(error.failures()[0].kind(), FailureKind::Denied);
        }
        // The load is dropped at an arbitrary point.
        _ => {
            let wait = Duration::from_millis(number as u64 % 5);
            assert!(
                tokio::time::timeout(wait, Hanging::loader().resolve())
                    .await
                    .is_err(),
                "the load ended, although its request is never answered"
            );
        }
    }
}

/// Asserts that no task is left. The tasks of connections end when they are polled once more after
/// their client was dropped.
async fn assert_no_task_left() {
    let alive = || {
        tokio::runtime::Handle::current()
            .metrics()
            .num_alive_tasks()
    };
    for _ in 0..10_000 {
        if alive() == 0 {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("{} tasks are left", alive());
}

/// Returns the number of open files and sockets.
#[cfg(target_os = "linux")]
fn count_open_files() -> usize {
    std::fs::read_dir("/proc/self/fd")
        .expect("Linux has this file")
        .count()
}

/// Returns the resident memory in bytes.
#[cfg(target_os = "linux")]
fn read_resident_memory() -> usize {
    let text = std::fs::read_to_string("/proc/self/status").expect("Linux has this file");
    let line = text
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .expect("the file has this line");
    let kilobytes: usize = line
        .split_whitespace()
        .nth(1)
        .and_then(|number| number.parse().ok())
        .expect("a number");
    kilobytes * 1024
}
