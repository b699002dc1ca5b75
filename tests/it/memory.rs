//! Secrets are wiped: after a process has dropped a secret, a test searches the whole writable
//! memory of this process from outside.
//!
//! A child process creates the secret itself from a number, or opens a snapshot that contains the
//! secret, so that the secret comes through no argument, variable or pipe. The child reports that
//! it holds the secret, and the test must find the secret. Then the child drops the secret, and the
//! test searches again.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::FileExt;
use std::process::Child;

use crate::support::child;

mod held;

/// Creates a text from this number. The text occurs nowhere in memory by accident. Its allocation
/// never grows, so it leaves no partial copy.
pub(crate) fn create_needle(number: u64) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

    let mut text = String::with_capacity(40);
    let mut state = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    for _ in 0..40 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        text.push(char::from(
            LETTERS[usize::try_from(state >> 59).expect("five bits fit into a usize")],
        ));
    }
    text
}

/// A child process that continues on command.
struct HeldProcess {
    process: Child,
    output: BufReader<std::process::ChildStdout>,
}

impl HeldProcess {
    fn start(inner: &str) -> Self {
        let mut process = child::start(&format!("memory::held::{inner}"));
        let output = BufReader::new(process.stdout.take().expect("the stream is a pipe"));
        Self { process, output }
    }

    /// Waits until the process prints this word.
    #[track_caller]
    fn wait_for_word(&mut self, word: &str) {
        let mut all = String::new();
        for line in self.output.by_ref().lines() {
            let line = line.expect("the output is UTF-8");
            if line.ends_with(word) {
                return;
            }
            all.extend([&line, "\n"]);
        }
        panic!("the process ended before it printed {word:?}:\n{all}");
    }

    fn resume(&mut self) {
        self.process
            .stdin
            .as_mut()
            .expect("the stream is a pipe")
            .write_all(b"\n")
            .expect("the process reads");
    }

    /// See [`count_occurrences`].
    fn count_occurrences(&self, needles: &[String]) -> Vec<usize> {
        count_occurrences(self.process.id(), needles)
    }
}

/// Counts two parts of each needle in the memory of the process: its first 16 bytes, and its bytes
/// from index 24 to the end. Returns, for each needle, the sum of both counts.
pub(crate) fn count_occurrences(process: u32, needles: &[String]) -> Vec<usize> {
    let memory = Memory::open(process);
    needles
        .iter()
        .map(|needle| {
            memory.count(&needle.as_bytes()[..16]) + memory.count(&needle.as_bytes()[24..])
        })
        .collect()
}

impl Drop for HeldProcess {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The writable memory of a process.
struct Memory(Vec<Vec<u8>>);

impl Memory {
    fn open(process: u32) -> Self {
        let maps = fs::read_to_string(format!("/proc/{process}/maps"))
            .expect("a process may read the memory of its child");
        let memory = File::open(format!("/proc/{process}/mem"))
            .expect("a process may read the memory of its child");
        let regions = maps.lines().filter_map(|line| {
            let (range, rest) = line.split_once(' ')?;
            let (from, to) = range.split_once('-')?;
            let parse = |text| u64::from_str_radix(text, 16).ok();
            rest.starts_with("rw").then_some((parse(from)?, parse(to)?))
        });
        let read = |(from, to): (u64, u64)| {
            let mut bytes = vec![0; usize::try_from(to - from).ok()?];
            memory.read_exact_at(&mut bytes, from).ok()?;
            Some(bytes)
        };
        let regions: Vec<_> = regions.filter_map(read).collect();
        assert!(
            regions.iter().map(Vec::len).sum::<usize>() > 100_000,
            "the memory of the process cannot be read"
        );

        Self(regions)
    }

    /// Returns how often these bytes occur in the memory.
    fn count(&self, part: &[u8]) -> usize {
        self.0
            .iter()
            .map(|region| {
                region
                    .windows(part.len())
                    .filter(|window| *window == part)
                    .count()
            })
            .sum()
    }
}

/// Asserts that the secrets created from these numbers are in memory while the process holds the
/// secrets, and are not in memory after the process has dropped the secrets.
#[track_caller]
fn assert_wiped(inner: &str, numbers: std::ops::Range<u64>) {
    let needles: Vec<String> = numbers.map(create_needle).collect();
    let mut held = HeldProcess::start(inner);
    held.wait_for_word("held");
    let found = held.count_occurrences(&needles);
    assert!(
        found.iter().all(|count| *count > 0),
        "a held value is not found, so this test proves nothing: {found:?}"
    );
    held.resume();
    held.wait_for_word("dropped");
    let left = held.count_occurrences(&needles);
    assert!(
        left.iter().all(|count| *count == 0),
        "a dropped value is still in memory: {left:?}"
    );
}

#[test]
fn a_load_leaves_no_secret_in_memory() {
    assert_wiped("inner_load", 0..7);
}

#[test]
fn a_failed_load_leaves_no_secret_in_memory() {
    assert_wiped("inner_failed_load", 0..2);
}

#[test]
fn a_rotated_value_is_wiped_when_its_last_user_drops_it() {
    assert_wiped("inner_rotation", 0..2);
}

/// The value is wiped when it is dropped, and the content of the snapshot already during the load.
/// The snapshot contains the value in base64, so the test also searches for this text.
#[test]
fn a_snapshot_and_its_values_are_wiped() {
    assert_wiped("inner_snapshot", 0..1);
    let encoded =
        base64::Engine::encode(&base64::engine::general_purpose::STANDARD, create_needle(0));
    let mut held = HeldProcess::start("inner_snapshot");
    held.wait_for_word("held");
    assert_eq!(
        held.count_occurrences(&[encoded]),
        [0],
        "the opened snapshot is still in memory"
    );
    held.resume();
    held.wait_for_word("dropped");
}

#[test]
fn an_opened_sealed_value_is_wiped() {
    assert_wiped("inner_sealed", 0..1);
}
