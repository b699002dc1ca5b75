//! The copies of a process, which a restore of SnapStart or a fork makes.

use std::io::{Read as _, Write as _};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fork::{Fork, fork, waitpid};
use stage_config::store::{Failed, FetchFuture, Outcome, Request, Store};
use stage_config::{FailureKind, StageConfig};
use tokio::time::Instant;

use crate::support::child;

#[derive(StageConfig)]
#[stage(dev = "/restored/{field}")]
struct Config {
    #[expect(dead_code, reason = "every load fails")]
    table: String,
}

/// A store that throttles every call, and records when it was called.
#[derive(Clone)]
struct Throttling(Arc<Mutex<Vec<Instant>>>);

impl Store for Throttling {
    fn fetch<'a>(&'a self, requests: &'a [Request]) -> FetchFuture<'a> {
        let mut calls = self.0.lock().expect("no thread panicked");
        calls.push(Instant::now());
        let failed = Failed::new(FailureKind::Throttled, "busy");
        let outcomes = vec![Outcome::Failed(failed); requests.len()];
        Box::pin(async move { outcomes })
    }
}

/// Returns the pauses between the attempts of a load, as text. The load uses tokio's test clock,
/// which does not measure computation, so only the jitter can make the pauses differ.
fn draw_pauses() -> String {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without sockets");
    let store = Throttling(Arc::default());
    let load = Config::loader()
        .stage("dev")
        .store("ssm", store.clone())
        .timeout(Duration::from_secs(60))
        .resolve();
    assert!(runtime.block_on(load).is_err(), "the store has no value");
    let calls = store.0.lock().expect("no thread panicked");
    let pauses: Vec<Duration> = calls.windows(2).map(|two| two[1] - two[0]).collect();
    assert!(pauses.len() > 10, "{pauses:?}");
    format!("{pauses:?}")
}

/// The copies are made after the first draw. If the jitter came from a generator in the memory of
/// the process, every copy would have the same state of the generator.
#[test]
fn the_copies_of_a_process_draw_different_jitter() {
    if !child::isolate("restored::the_copies_of_a_process_draw_different_jitter") {
        return;
    }
    let before = draw_pauses();
    let mut copies: Vec<String> = (0..2).map(|_| draw_in_copy()).collect();
    copies.push(draw_pauses());

    copies.push(before);
    for (index, one) in copies.iter().enumerate() {
        for other in &copies[index + 1..] {
            assert_ne!(one, other, "two copies pause in the same way");
        }
    }
}

/// With a generator in memory, the copies pause in the same way. So the test above detects such a
/// generator.
#[test]
fn the_copies_of_a_generator_draw_the_same_jitter() {
    if !child::isolate("restored::the_copies_of_a_generator_draw_the_same_jitter") {
        return;
    }
    stage_config::__private::use_thread_generator();
    draw_pauses();
    let copies = [draw_in_copy(), draw_in_copy()];
    assert_eq!(copies[0], copies[1]);
}

/// Forks this process, and returns the pauses that the copy draws.
fn draw_in_copy() -> String {
    let (mut reader, mut writer) = std::io::pipe().expect("a pipe can be created");
    match fork().expect("the process can be copied") {
        Fork::Child => {
            let written = writer.write_all(draw_pauses().as_bytes());
            std::process::exit(i32::from(written.is_err()));
        }
        Fork::Parent(id) => {
            drop(writer);
            let mut pauses = String::new();
            reader
                .read_to_string(&mut pauses)
                .expect("the copy writes text");
            assert_eq!(waitpid(id).expect("the copy ends"), 0);
            assert!(!pauses.is_empty(), "the copy has drawn nothing");
            pauses
        }
    }
}
