//! Many loads in one process.

use super::*;
use crate::support::{aws, child};

config!(Good);

/// Its name is refused.
#[derive(StageConfig)]
#[allow(dead_code)]
struct Refused {
    #[stage(dev = "/reliability/denied")]
    a: String,
}

/// Its name is never answered.
#[derive(StageConfig)]
#[allow(dead_code)]
struct Hanging {
    #[stage(dev = "/reliability/hanging")]
    a: String,
}

/// A process of its own, in which nobody else opens files or allocates; the endpoint is in this one.
#[test]
#[cfg(target_os = "linux")]
fn a_thousand() {
    let endpoint = Endpoint::start(|request| match request.names.first().map(String::as_str) {
        Some("/reliability/denied") => Answer::denied("/reliability/denied"),
        Some("/reliability/hanging") => Answer::Hangs,
        _ => good(request),
    });
    let bundle = bundle();
    let mut variables = aws::variables(endpoint.url());
    variables.push(("AWS_CA_BUNDLE", bundle.path().display().to_string()));
    let ran = child::run("reliability::loads::inner_a_thousand", &variables).passed();
    assert_clean("the output", &ran.text());
}

/// Each load makes its own client, as in a program. Half of them end well; the others are refused, or dropped in mid-flight.
#[test]
#[cfg(target_os = "linux")]
fn inner_a_thousand() {
    if !child::is("reliability::loads::inner_a_thousand") {
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let some = |count: usize| {
        runtime.block_on(async {
            for number in 0..count {
                load(number).await;
            }
            no_task_is_left().await;
        });
    };
    // What is made once a process: tables of the TLS, caches of the SDK, the runtime's own.
    some(40);
    runtime.block_on(looked_at());
    let (sockets, memory) = (open_files(), resident());
    let start = Instant::now();
    let allocated = allocation_counter::measure(|| some(1000));
    assert_eq!(open_files(), sockets, "no socket and no file is left open");
    let left = allocated.bytes_current;
    assert!(left < 16 * 1024, "{left} bytes of {} are not given back", allocated.bytes_total);
    let grown = resident().saturating_sub(memory);
    assert!(grown < 8 * 1024 * 1024, "the process has grown by {grown} bytes");
    assert!(start.elapsed() < Duration::from_secs(50), "they took {:?}", start.elapsed());
}

/// Whoever listens to events keeps them in memory, which is what is counted afterwards. So a good load and a refused one are looked
/// at before.
async fn looked_at() {
    ends_well(Good::loader(), When::AtOnce).await;
    ends_badly(Refused::loader(), When::AtOnce, FailureKind::Denied, &["/reliability/denied"]).await;
    no_task_is_left().await;
}

async fn load(number: usize) {
    match number % 4 {
        0 | 1 => {
            let loaded = Good::loader().resolve().await.unwrap_or_else(|error| panic!("load {number}: {error}"));
            assert!(loaded.config.is_whole(), "load {number}: a value is lost or another one");
        }
        2 => {
            let refused = error(Refused::loader().resolve().await);
            assert_eq!(refused.failures()[0].kind(), FailureKind::Denied);
        }
        // It is dropped wherever it is.
        _ => {
            let wait = Duration::from_millis(number as u64 % 5);
            assert!(tokio::time::timeout(wait, Hanging::loader().resolve()).await.is_err(), "it is never answered");
        }
    }
}

/// The connections' own tasks end when they are polled once more after their client has gone.
async fn no_task_is_left() {
    let alive = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    for _ in 0..10_000 {
        if alive() == 0 {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("{} tasks are left", alive());
}

#[cfg(target_os = "linux")]
fn open_files() -> usize {
    std::fs::read_dir("/proc/self/fd").expect("Linux has it").count()
}

/// In bytes.
#[cfg(target_os = "linux")]
fn resident() -> usize {
    let text = std::fs::read_to_string("/proc/self/status").expect("Linux has it");
    let line = text.lines().find(|line| line.starts_with("VmRSS:")).expect("it says so");
    let kilobytes: usize = line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number");
    kilobytes * 1024
}
