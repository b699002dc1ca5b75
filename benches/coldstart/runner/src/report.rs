//! The tables as text of at most 80 columns.

use std::{collections::BTreeMap, fmt::Write as _};

use crate::{
    measure::{Measured, Samples},
    statistics::{median, median_ratio, percentile},
};

pub(crate) const LABEL_WIDTH: usize = 25;
/// The width of the columns before the calls.
const CALLS_COLUMN: usize = LABEL_WIDTH + 16;

/// Returns the figures of a table, one line for each case.
pub(crate) fn format_figures(measured: &Measured) -> String {
    let title = measured.table.title;
    let samples = match &measured.samples {
        Ok(samples) => samples,
        Err(reason) => return format!("{title}\n  {reason}\n"),
    };
    let mut text = format!(
        "{title}\n{:LABEL_WIDTH$} {:>7} {:>7} {:>7} {:>6} {:>6} {:>6}",
        "", "ms", "10 %", "90 %", "ratio", "CPU ms", "MB"
    );
    if measured.table.counts_instructions {
        append(&mut text, format_args!(" {:>8}", "M instr."));
    }
    text.push('\n');
    let base = samples.first().map(|first| first.ready_ms.as_slice());
    for samples in samples {
        append_line(&mut text, samples, base.unwrap_or_default());
        if measured.table.counts_instructions {
            let count = samples
                .instructions
                .map_or("-".to_owned(), |count| format!("{:.1}", count as f64 / 1e6));
            append(&mut text, format_args!(" {count:>8}"));
        }
        text.push('\n');
    }
    text
}

fn append_line(text: &mut String, samples: &Samples, base: &[f64]) {
    let ready = &samples.ready_ms;
    append(
        text,
        format_args!(
            "{:LABEL_WIDTH$} {:>7.1} {:>7.1} {:>7.1} {:>6.2} {:>6.1} {:>6.1}",
            samples.case.label,
            median(ready),
            percentile(ready, 0.1),
            percentile(ready, 0.9),
            median_ratio(ready, base),
            median(&samples.cpu_ms),
            median(&samples.peak_mb),
        ),
    );
}

/// Returns the connections and calls of a table, one line for each operation of a case.
pub(crate) fn format_counts(measured: &Measured) -> String {
    let Ok(samples) = &measured.samples else {
        return String::new();
    };
    let mut text = format!(
        "{}\n{:LABEL_WIDTH$} {:>5} {:>7}  calls\n",
        measured.table.title, "", "conn.", "resumed"
    );
    for samples in samples {
        let range = |count: fn(&coldstart_endpoint::Counts) -> u64| {
            format_range(samples.counts.iter().map(count))
        };
        append(
            &mut text,
            format_args!(
                "{:LABEL_WIDTH$} {:>5} {:>7}  {}\n",
                samples.case.label,
                range(|counts| counts.connections),
                range(|counts| counts.resumed),
                format_calls(samples)
            ),
        );
    }
    text
}

/// Formats the calls of each operation, one below another.
fn format_calls(samples: &Samples) -> String {
    let mut operations: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for counts in &samples.counts {
        for (operation, calls) in &counts.calls {
            operations.entry(operation).or_default().push(*calls);
        }
    }
    let calls: Vec<String> = operations
        .into_iter()
        .map(|(operation, calls)| format!("{} {operation}", format_range(calls)))
        .collect();
    calls.join(&format!("\n{:CALLS_COLUMN$}", ""))
}

/// Formats the smallest and the largest number of all rounds: `3`, or `1-3`.
fn format_range(numbers: impl IntoIterator<Item = u64>) -> String {
    let numbers: Vec<u64> = numbers.into_iter().collect();
    match (numbers.iter().min(), numbers.iter().max()) {
        (Some(min), Some(max)) if min == max => min.to_string(),
        (Some(min), Some(max)) => format!("{min}-{max}"),
        _ => "-".to_owned(),
    }
}

/// Appends formatted text. Writing to a `String` does not fail.
fn append(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments)
        .expect("writing to a String does not fail");
}

#[cfg(test)]
pub(crate) mod tests {
    use coldstart_endpoint::Counts;

    use super::*;
    use crate::cases;

    /// Returns a table whose programs need 10, 20, 30 … ms in each of two rounds.
    pub(crate) fn example() -> Measured {
        let mut tables = cases::tables();
        let table = tables.remove(0);
        let counts = |connections| Counts {
            connections,
            resumed: 0,
            calls: ["Decrypt", "GetParameters"]
                .map(|name| (name.to_owned(), 3))
                .into(),
        };
        let samples = table.cases.iter().enumerate().map(|(index, case)| Samples {
            case: *case,
            ready_ms: vec![10.0 * (index + 1) as f64; 2],
            cpu_ms: vec![1.0; 2],
            peak_mb: vec![3.0; 2],
            counts: vec![counts(1), counts(3)],
            instructions: Some(8_000_000),
        });
        let samples = Ok(samples.collect());
        Measured { table, samples }
    }

    #[test]
    fn a_line_has_the_figures_of_a_case() {
        let text = format_figures(&example());
        let second = text.lines().nth(3).expect("two cases");
        let words: Vec<&str> = second.split_whitespace().collect();
        let expected = [
            "stage-config",
            "20.0",
            "20.0",
            "20.0",
            "2.00",
            "1.0",
            "3.0",
            "8.0",
        ];
        assert_eq!(words, expected);
    }

    #[test]
    fn a_line_has_the_counts_of_a_case() {
        let text = format_counts(&example());
        let lines: Vec<&str> = text.lines().skip(2).collect();
        let words: Vec<&str> = lines[0].split_whitespace().collect();
        assert_eq!(words, ["floor", "1-3", "0", "3", "Decrypt"]);
        assert_eq!(lines[1].trim_start(), "3 GetParameters");
        assert_eq!(lines[0].find("3 Decrypt"), lines[1].find("3 GetParameters"));
    }

    #[test]
    fn the_tables_have_at_most_80_columns() {
        for text in [format_figures(&example()), format_counts(&example())] {
            assert!(text.lines().all(|line| line.len() <= 80), "{text}");
        }
    }

    #[test]
    fn a_table_that_cannot_be_measured_has_its_reason() {
        let mut measured = example();
        measured.samples = Err("not measured: no root".to_owned());
        assert!(format_figures(&measured).ends_with("\n  not measured: no root\n"));
    }
}
