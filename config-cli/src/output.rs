//! Standard output is data, standard error is talk. Nothing else in this program writes to either.
//!
//! Every text goes through [`sanitize`]. Bytes that are data alone (a value, a script for a shell) are written as they are.
//!
//! The functions take lines: a line end in one of them came with a name, a path or a message of a server, and is replaced. So no
//! text of a stranger begins a line, and no verb has to think of it.

mod sanitize;
mod table;

use std::fmt;
use std::io::{self, IsTerminal as _, Write as _};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style as AnsiStyle};

use crate::error::CliError;
use crate::lines::Lines;
pub(crate) use sanitize::one_line;
use sanitize::{to_printable, whole_line};

/// A line for the person at the terminal.
pub(crate) fn eprint_line(line: &str) {
    // Nobody is left to be told that standard error is closed.
    let _ = writeln!(io::stderr().lock(), "{}", whole_line(line));
}

/// A line for the person at the terminal that the next one takes the place of; an empty one clears it.
pub(crate) fn transient(line: &str) {
    let mut stderr = io::stderr().lock();
    let _ = write!(stderr, "\r\x1b[K{}", whole_line(line)).and_then(|()| stderr.flush());
}

/// A question, whose answer is typed behind it.
pub(crate) fn eprint_question(question: &str) {
    let mut stderr = io::stderr().lock();
    let _ = write!(stderr, "{}", whole_line(question)).and_then(|()| stderr.flush());
}

/// Whether somebody looks at standard error while the command runs.
pub(crate) fn is_stderr_terminal() -> bool {
    io::stderr().is_terminal()
}

/// Whether somebody looks at standard output: a secret is not shown unasked.
pub(crate) fn is_stdout_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Lines for a person.
pub(crate) fn lines(lines: impl Into<Lines>) -> Result<(), CliError> {
    let text: String = lines.into().iter().map(|line| format!("{}\n", whole_line(line))).collect();
    print_data(apply_colors(&text).as_bytes())
}

/// A text in a language that has its own way to hold a stranger's text, with which whoever made it has written it: JSON, HCL, YAML,
/// Markdown. Its line ends stay.
pub(crate) fn document(text: &str) -> Result<(), CliError> {
    print_data(to_printable(text).as_bytes())
}

/// A value that was asked for: to the byte, except that a terminal gets a text without characters that it would obey.
pub(crate) fn print_value(bytes: &[u8]) -> Result<(), CliError> {
    let Some(text) = std::str::from_utf8(bytes).ok().filter(|_| is_stdout_terminal()) else { return print_data(bytes) };
    let shown = to_printable(text);
    print_data(shown.as_bytes())?;
    if shown != text {
        eprint_line("note: characters that a terminal would obey are shown as \u{fffd}; a pipe gets them as they are");
    }
    Ok(())
}

/// Data, as it is. A reader that went away, as `head` does, is no error.
pub(crate) fn print_data(bytes: &[u8]) -> Result<(), CliError> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(CliError::undetermined(format!("standard output cannot be written: {error}")))
        }
        _ => Ok(()),
    }
}

/// Data as JSON, for programs: indented, with a line end.
pub(crate) fn print_json(value: &impl serde::Serialize) -> Result<(), CliError> {
    let json = serde_json::to_string_pretty(value)
        .map_err(|error| CliError::failed(format!("the answer cannot be written as JSON: {error}")))?;
    print_data(format!("{}\n", sanitize::escape_json(&json)).as_bytes())
}

/// What a word in a table means, where the terminal has colours. The word alone says it too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Good,
    Bad,
    Doubtful,
    Faint,
    Heading,
}

const STYLES: [Style; 5] = [Style::Good, Style::Bad, Style::Doubtful, Style::Faint, Style::Heading];

/// The end of a text that has a tone.
const STYLE_END: char = '\u{fdd0}';

impl Style {
    /// The beginning of a text in this tone, until it is written: one of the characters that Unicode keeps for a program's own use.
    /// An escape sequence there could not be told from a stranger's.
    fn mark(self) -> char {
        match self {
            Self::Good => '\u{fdd1}',
            Self::Bad => '\u{fdd2}',
            Self::Doubtful => '\u{fdd3}',
            Self::Faint => '\u{fdd4}',
            Self::Heading => '\u{fdd5}',
        }
    }

    fn to_ansi(self) -> AnsiStyle {
        match self {
            Self::Good => AnsiColor::Green.on_default(),
            Self::Bad => AnsiColor::Red.on_default().bold(),
            Self::Doubtful => AnsiColor::Yellow.on_default(),
            Self::Faint => AnsiStyle::new().dimmed(),
            Self::Heading => AnsiStyle::new().bold(),
        }
    }
}

fn is_mark(c: char) -> bool {
    c == STYLE_END || STYLES.iter().any(|tone| tone.mark() == c)
}

/// A line in its tone, for [`lines()`] or a cell of a table.
pub(crate) fn styled(style: Style, text: impl fmt::Display) -> String {
    format!("{}{text}{STYLE_END}", style.mark())
}

/// The text with its tones as colours: only where standard output is a terminal with colours, and NO_COLOR is unset
/// (no-color.org).
fn apply_colors(text: &str) -> String {
    if AutoStream::choice(&io::stdout()) == ColorChoice::Never {
        return text.replace(is_mark, "");
    }
    let text = text.replace(STYLE_END, &format!("{}", anstyle::Reset));
    STYLES.iter().fold(text, |text, tone| text.replace(tone.mark(), &tone.to_ansi().to_string()))
}

/// Rows in columns, the first row being the heading. At a terminal cells are wrapped so that the table fits its width.
pub(crate) fn print_table<const N: usize>(rows: &[[impl Into<Lines> + Clone; N]]) {
    let rows: Vec<Vec<Lines>> = rows.iter().map(|row| row.iter().cloned().map(Into::into).collect()).collect();
    print_wide_table(&rows);
}

/// [`print_table()`] with as many columns as there are.
pub(crate) fn print_wide_table(rows: &[Vec<Lines>]) {
    // Before they are measured.
    let rows: Vec<Vec<Lines>> = rows.iter().map(|row| row.iter().map(|cell| cell.map(one_line)).collect()).collect();
    let _ = lines(table::lay_out(&rows, terminal_width()));
}

/// The width of the terminal at standard output; `None` where it is none, so that nothing is wrapped for programs.
fn terminal_width() -> Option<usize> {
    if !io::stdout().is_terminal() {
        return None;
    }
    terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| usize::from(width.0))
}
