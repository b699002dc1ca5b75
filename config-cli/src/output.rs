//! Standard output is data, standard error is talk. Nothing else in this program writes to either.

use std::io::{self, Write as _};

/// A line for the person at the terminal.
pub(crate) fn talk(line: &str) {
    // Nobody is left to be told that standard error is closed.
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Rows in columns, the first row being the heading. A reader that went away, as `head` does, is no error.
pub(crate) fn table<const N: usize>(rows: &[[String; N]]) {
    let mut text = String::new();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; N] = std::array::from_fn(width);
    for row in rows {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    let _ = io::stdout().lock().write_all(text.as_bytes());
}
