//! The outcomes of simulated storms, as a text table.

use std::{fmt::Write as _, time::Duration};

use crate::simulation::Outcome;

/// A line of a table.
pub struct Line<'a> {
    /// The label of the line.
    pub label: String,
    /// The outcome that the line shows.
    pub outcome: &'a Outcome,
}

/// Returns a heading, and one line for each outcome. A line shows the number of all functions, of
/// those that started within each limit, and of those that never started. Then it shows the number
/// of calls to the services, and of throttled calls.
pub fn format_table(lines: &[Line<'_>], limits: &[Duration]) -> String {
    let label = lines
        .iter()
        .map(|line| line.label.len())
        .max()
        .unwrap_or_default();
    let mut text = format!("{:label$} {:>6}", "", "starts");
    for limit in limits {
        write_to(
            &mut text,
            format_args!(" {:>6}", format!("{} s", limit.as_secs())),
        );
    }
    write_to(
        &mut text,
        format_args!(" {:>6} {:>9} {:>9}\n", "never", "calls", "throttled"),
    );
    for Line {
        label: name,
        outcome,
    } in lines
    {
        write_to(
            &mut text,
            format_args!(
                "{name:label$} {:>6}",
                group_digits(outcome.storm.starts as u64)
            ),
        );
        for limit in limits {
            write_to(
                &mut text,
                format_args!(
                    " {:>6}",
                    group_digits(outcome.started_within(*limit) as u64)
                ),
            );
        }
        let [never, calls, throttles] = [
            outcome.not_started() as u64,
            outcome.counts.calls,
            outcome.counts.throttles,
        ]
        .map(group_digits);
        write_to(
            &mut text,
            format_args!(" {never:>6} {calls:>9} {throttles:>9}\n"),
        );
    }
    text
}

/// Appends formatted text. Writing to a `String` does not fail.
fn write_to(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments)
        .expect("writing to a String does not fail");
}

/// Formats a number with separators: `12,345`.
pub fn group_digits(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
