//! Runs a tool that a test needs.

use std::process::Command;

/// Runs a command to its end, and returns everything that it printed. `help` says what a person
/// should do if the command fails.
///
/// # Panics
///
/// Panics if the command does not start, or fails.
#[track_caller]
pub fn run(command: &mut Command, help: &str) -> String {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?} did not start: {error}. {help}"));
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(
        output.status.success(),
        "{help}\n{command:?} ended with {}:\n{text}",
        output.status
    );
    text
}
