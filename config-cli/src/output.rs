//! Standard output is data, standard error is talk. Nothing else in this program writes to either.

mod table;

use std::fmt;
use std::io::{self, IsTerminal as _, Write as _};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};

use crate::problem::Problem;

/// A line for the person at the terminal.
pub(crate) fn talk(line: &str) {
    // Nobody is left to be told that standard error is closed.
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// A line for the person at the terminal that the next one takes the place of; an empty one clears it.
pub(crate) fn passing(line: &str) {
    let mut stderr = io::stderr().lock();
    let _ = write!(stderr, "\r\x1b[K{line}").and_then(|()| stderr.flush());
}

/// A question, whose answer is typed behind it.
pub(crate) fn ask(question: &str) {
    let mut stderr = io::stderr().lock();
    let _ = write!(stderr, "{question}").and_then(|()| stderr.flush());
}

/// Whether somebody looks at standard error while the command runs.
pub(crate) fn is_watched() -> bool {
    io::stderr().is_terminal()
}

/// Whether somebody looks at standard output: a secret is not shown unasked.
pub(crate) fn data_is_watched() -> bool {
    io::stdout().is_terminal()
}

/// Data, as it is. A reader that went away, as `head` does, is no error.
pub(crate) fn data(bytes: &[u8]) -> Result<(), Problem> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Problem::unchecked(format!("standard output cannot be written: {error}")))
        }
        _ => Ok(()),
    }
}

/// Data as JSON, for programs: indented, with a line end.
pub(crate) fn json(value: &impl serde::Serialize) -> Result<(), Problem> {
    let mut text = serde_json::to_vec_pretty(value)
        .map_err(|error| Problem::refused(format!("the answer cannot be written as JSON: {error}")))?;
    text.push(b'\n');
    data(&text)
}

/// What a word in a table means, where the terminal has colours. The word alone says it too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Good,
    Bad,
    Doubtful,
    Faint,
    Heading,
}

/// A text in its tone, for a cell of a table.
pub(crate) fn toned(tone: Tone, text: impl fmt::Display) -> String {
    let style = match tone {
        Tone::Good => AnsiColor::Green.on_default(),
        Tone::Bad => AnsiColor::Red.on_default().bold(),
        Tone::Doubtful => AnsiColor::Yellow.on_default(),
        Tone::Faint => Style::new().dimmed(),
        Tone::Heading => Style::new().bold(),
    };
    // Colours only where standard output is a terminal that has them, and nobody said NO_COLOR (no-color.org).
    if AutoStream::choice(&io::stdout()) == ColorChoice::Never {
        return text.to_string();
    }
    format!("{style}{text}{style:#}")
}

/// Rows in columns, the first row being the heading. At a terminal cells are wrapped so that the table fits its width.
pub(crate) fn table<const N: usize>(rows: &[[String; N]]) {
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.to_vec()).collect();
    wide_table(&rows);
}

/// [`table()`] with as many columns as there are.
pub(crate) fn wide_table(rows: &[Vec<String>]) {
    let _ = data(table::laid_out(rows, width()).as_bytes());
}

/// The width of the terminal at standard output; `None` where it is none, so that nothing is wrapped for programs.
fn width() -> Option<usize> {
    if !io::stdout().is_terminal() {
        return None;
    }
    terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| usize::from(width.0))
}
