//! The only module that writes to standard output (data) and standard error (messages).
//!
//! Every text goes through [`sanitize`]. Raw data (a value, a script for a shell) is written
//! unchanged.
//!
//! The functions take lines. A line end inside a line comes from a name, a path or a message of a
//! server, and is replaced. So untrusted text never begins a line, and no verb has to check for
//! that.

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

/// Prints a line to standard error.
pub(crate) fn eprint_line(line: &str) {
    // If standard error is closed, the failure cannot be reported.
    let _ = writeln!(io::stderr().lock(), "{}", whole_line(line));
}

/// Prints a line that the next line overwrites. An empty line clears it.
pub(crate) fn transient(line: &str) {
    let mut stderr = io::stderr().lock();
    let _ = write!(stderr, "\r\x1b[K{}", whole_line(line)).and_then(|()| stderr.flush());
}

/// Prints a question. The user types the answer on the same line.
pub(crate) fn eprint_question(question: &str) {
    let mut stderr = io::stderr().lock();
    let _ = write!(stderr, "{}", whole_line(question)).and_then(|()| stderr.flush());
}

/// Formats `1 value`, `2 values`.
pub(crate) fn count_values(count: usize) -> String {
    if count == 1 {
        "1 value".to_owned()
    } else {
        format!("{count} values")
    }
}

/// Formats a field's name in a table.
pub(crate) fn field_name(field: &str, is_secret: bool) -> String {
    if is_secret {
        format!("{field} (secret)")
    } else {
        field.to_owned()
    }
}

/// Returns whether standard error is a terminal.
pub(crate) fn is_stderr_terminal() -> bool {
    io::stderr().is_terminal()
}

/// Returns whether standard output is a terminal. A terminal shows a secret only on request.
pub(crate) fn is_stdout_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Prints lines to standard output.
pub(crate) fn print_lines(lines: impl Into<Lines>) -> Result<(), CliError> {
    let text: String = lines
        .into()
        .iter()
        .map(|line| format!("{}\n", whole_line(line)))
        .collect();
    print_data(apply_colors(&text).as_bytes())
}

/// Prints a text in JSON, HCL, YAML or Markdown. The caller must have escaped untrusted text as the
/// format requires. Line ends are kept.
pub(crate) fn print_document(text: &str) -> Result<(), CliError> {
    print_data(to_printable(text).as_bytes())
}

/// Prints a requested value byte for byte. At a terminal, control and invisible characters of a
/// text are replaced, and a note says so.
pub(crate) fn print_value(bytes: &[u8]) -> Result<(), CliError> {
    let Some(text) = std::str::from_utf8(bytes)
        .ok()
        .filter(|_| is_stdout_terminal())
    else {
        return print_data(bytes);
    };
    let printable = to_printable(text);
    print_data(printable.as_bytes())?;
    if printable != text {
        eprint_line(
            "note: control and invisible characters are shown as \u{fffd}; a pipe receives them \
             unchanged",
        );
    }
    Ok(())
}

/// Prints raw data. A closed pipe, for example of `head`, is not an error.
pub(crate) fn print_data(bytes: &[u8]) -> Result<(), CliError> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(CliError::undetermined(
            format!("standard output cannot be written: {error}"),
        )),
        _ => Ok(()),
    }
}

/// Prints data that must be read before the command goes on. A closed pipe is an error.
pub(crate) fn print_required(bytes: &[u8]) -> Result<(), CliError> {
    let mut stdout = io::stdout().lock();
    let printed = stdout.write_all(bytes).and_then(|()| stdout.flush());
    printed.map_err(|error| {
        CliError::failed(format!(
            "standard output cannot be written: {error}. Nothing was written"
        ))
    })
}

/// Prints indented JSON with a line end, for programs.
pub(crate) fn print_json(value: &impl serde::Serialize) -> Result<(), CliError> {
    let json = serde_json::to_string_pretty(value).map_err(|error| {
        CliError::failed(format!("the answer cannot be written as JSON: {error}"))
    })?;
    print_data(format!("{}\n", sanitize::escape_json(&json)).as_bytes())
}

/// The style of a text in the output: a colour, bold or dimmed. It adds no information to the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Good,
    Bad,
    Doubtful,
    Faint,
    Heading,
}

const STYLES: [Style; 5] = [
    Style::Good,
    Style::Bad,
    Style::Doubtful,
    Style::Faint,
    Style::Heading,
];

/// Marks the end of a styled text.
const STYLE_END: char = '\u{fdd0}';

impl Style {
    /// Returns the character that marks the beginning of a styled text until the text is printed.
    /// It is one of Unicode's noncharacters, which are reserved for internal use. An escape
    /// sequence could not be distinguished from one in untrusted text.
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
    c == STYLE_END || STYLES.iter().any(|style| style.mark() == c)
}

/// Marks a line or a cell of a table with a style, for [`print_lines()`] or [`print_table()`].
pub(crate) fn styled(style: Style, text: impl fmt::Display) -> String {
    format!("{}{text}{STYLE_END}", style.mark())
}

/// Replaces the style marks with escape sequences, or removes them. `anstream` decides this from
/// the terminal at standard output and from variables such as NO_COLOR (no-color.org).
fn apply_colors(text: &str) -> String {
    if AutoStream::choice(&io::stdout()) == ColorChoice::Never {
        return text.replace(is_mark, "");
    }
    let text = text.replace(STYLE_END, &format!("{}", anstyle::Reset));
    STYLES.iter().fold(text, |text, style| {
        text.replace(style.mark(), &style.to_ansi().to_string())
    })
}

/// Prints rows in columns. The first row is the heading. At a terminal, cells are wrapped to fit
/// its width.
pub(crate) fn print_table<const N: usize>(rows: &[[impl Into<Lines> + Clone; N]]) {
    let rows: Vec<Vec<Lines>> = rows
        .iter()
        .map(|row| row.iter().cloned().map(Into::into).collect())
        .collect();
    print_wide_table(&rows);
}

/// Prints a table like [`print_table()`], with any number of columns.
pub(crate) fn print_wide_table(rows: &[Vec<Lines>]) {
    // Sanitize the cells before their width is measured.
    let rows: Vec<Vec<Lines>> = rows
        .iter()
        .map(|row| row.iter().map(|cell| cell.map(one_line)).collect())
        .collect();
    let _ = print_lines(table::lay_out(&rows, terminal_width()));
}

/// Returns the width of the terminal at standard output. Returns `None` if it is not a terminal:
/// output for programs is not wrapped.
fn terminal_width() -> Option<usize> {
    if !io::stdout().is_terminal() {
        return None;
    }
    terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| usize::from(width.0))
}
