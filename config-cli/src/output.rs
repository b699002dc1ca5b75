//! The only module of this program that writes to standard output (data) and standard error
//! (messages). clap itself prints the help, the usage errors and the answers to a shell that
//! completes a line.
//!
//! Every text except raw data (a value, a script for a shell) goes through [`sanitize`].
//!
//! The functions for messages and tables take lines. A line end inside a line comes from a name, a
//! path or a message of a server, and is replaced. So untrusted text never begins a line, and no
//! verb has to check for that.

mod github;
mod sanitize;
mod style;
mod table;

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use crate::error::CliError;
use crate::lines::{self, Lines};
pub(crate) use github::{Annotation, AnnotationLevel};
pub(crate) use sanitize::one_line;
use sanitize::{to_printable, whole_line};
pub(crate) use style::{Style, styled};
use style::{apply_colors, is_mark, is_style_mark};

/// The number of columns at the end of a transient line that stay free, because the terminal shows
/// Ctrl-C there as `^C`.
const FREE_COLUMNS: usize = 3;

/// Returns to the start of the line, and clears it.
const CLEAR_LINE: &str = "\r\x1b[K";

/// Whether a transient line is shown. It is changed only while standard error is locked.
static HAS_TRANSIENT: AtomicBool = AtomicBool::new(false);

/// Returns the text that clears a transient line, if one is shown.
fn clear_transient() -> &'static str {
    if HAS_TRANSIENT.swap(false, SeqCst) {
        CLEAR_LINE
    } else {
        ""
    }
}

/// Prints a line to standard error, in place of a transient line. At a terminal, the line is
/// wrapped.
pub(crate) fn eprint_line(line: &str) {
    let text = fit_lines(std::iter::once(line), stderr_width());
    let text = text.replace(is_mark, "");
    let mut stderr = io::stderr().lock();
    // If standard error is closed, the failure cannot be reported.
    let _ = stderr.write_all(format!("{}{text}", clear_transient()).as_bytes());
}

/// Prints a line that the next line overwrites. If the terminal is too narrow, the line is
/// shortened, because only one row can be cleared.
pub(crate) fn transient(text: &str, end: &str) {
    let line = match stderr_width() {
        Some(width) => fit_transient(text, end, width.saturating_sub(FREE_COLUMNS)),
        None => whole_line(&format!("{text}{end}")),
    };
    let mut stderr = io::stderr().lock();
    HAS_TRANSIENT.store(true, SeqCst);
    let _ = write!(stderr, "{CLEAR_LINE}{line}").and_then(|()| stderr.flush());
}

/// Clears the transient line, if one is shown.
pub(crate) fn end_transient() {
    let mut stderr = io::stderr().lock();
    let _ = write!(stderr, "{}", clear_transient()).and_then(|()| stderr.flush());
}

/// Sanitizes a line that consists of `text` and `end`. If it does not fit the width, shortens
/// `text`, and then also `end`.
fn fit_transient(text: &str, end: &str, width: usize) -> String {
    let (text, end) = (whole_line(text), one_line(end));
    let room = width.saturating_sub(lines::display_width(&end));
    let text = lines::clip(&text, room);
    lines::clip(&format!("{text}{end}"), width).to_owned()
}

/// Prints a question. The user types the answer on the same line.
pub(crate) fn eprint_question(question: &str) {
    let mut stderr = io::stderr().lock();
    let question = whole_line(question);
    let _ = write!(stderr, "{}{question}", clear_transient()).and_then(|()| stderr.flush());
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

/// Prints lines to standard output. At a terminal, they are wrapped.
pub(crate) fn print_lines(lines: impl Into<Lines>) -> Result<(), CliError> {
    let text = fit_lines(lines.into().iter(), stdout_width());
    print_data(apply_colors(&text).as_bytes())
}

/// Sanitizes and wraps lines. Without a width, no line is wrapped. If a line is wrapped into
/// several parts, each part except the first begins with [`continuation_indent`].
fn fit_lines<'a>(lines: impl Iterator<Item = &'a str>, width: Option<usize>) -> String {
    let mut text = String::new();
    for line in lines {
        // Sanitize the line before its width is measured.
        let line = one_line(line);
        let parts = match width {
            Some(width) => lines::wrap(&line, width, &continuation_indent(&line)),
            None => vec![line],
        };
        for part in parts {
            text.push_str(&whole_line(&part));
            text.push('\n');
        }
    }
    text
}

/// Returns the text with which each part of a wrapped line begins, except the first part. Quoted
/// text keeps its mark `| `, which separates untrusted text from lines of this command.
fn continuation_indent(line: &str) -> String {
    let text = line.trim_start_matches(' ');
    let spaces = &line[..line.len() - text.len()];
    let more = if text.starts_with("| ") { "| " } else { "  " };
    format!("{spaces}{more}")
}

/// Prints a text in JSON, HCL, YAML or Markdown. The caller must have escaped untrusted text as the
/// format requires. Line ends are kept.
pub(crate) fn print_document(text: &str) -> Result<(), CliError> {
    print_data(to_printable(&remove_marks(text)).as_bytes())
}

/// Prints annotations of a GitHub Actions job, each on one line. Apart from raw data, only these
/// lines are commands for GitHub.
pub(crate) fn print_annotations(annotations: &[Annotation]) -> Result<(), CliError> {
    let lines = annotations.iter().map(github::format_annotation);
    let text: String = lines.map(|line| format!("{line}\n")).collect();
    print_data(remove_marks(&text).as_bytes())
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

/// Prints data that must be written before the command continues. Unlike in [`print_data`], a
/// closed pipe is an error.
pub(crate) fn print_required(bytes: &[u8]) -> Result<(), CliError> {
    let mut stdout = io::stdout().lock();
    let printed = stdout.write_all(bytes).and_then(|()| stdout.flush());
    printed.map_err(|error| {
        CliError::failed(format!(
            "standard output cannot be written: {error}. Nothing was written"
        ))
    })
}

/// Prints indented JSON with a line end, for programs. Removes the marks of commands from the JSON.
pub(crate) fn print_json(value: &impl serde::Serialize) -> Result<(), CliError> {
    print_json_text(&format_json(value)?.replace(lines::is_command_mark, ""))
}

/// Prints JSON with a requested value. Unlike [`print_json`], keeps the characters that mark a
/// command, because the value may contain them. So the JSON must contain no marked command.
pub(crate) fn print_json_value(value: &impl serde::Serialize) -> Result<(), CliError> {
    print_json_text(&format_json(value)?)
}

fn format_json(value: &impl serde::Serialize) -> Result<String, CliError> {
    serde_json::to_string_pretty(value)
        .map_err(|error| CliError::failed(format!("the output cannot be written as JSON: {error}")))
}

fn print_json_text(json: &str) -> Result<(), CliError> {
    print_data(format!("{}\n", sanitize::escape_json(json)).as_bytes())
}

/// Returns the text without the marks of styles and commands, for a format without them.
pub(crate) fn remove_marks(text: &str) -> String {
    text.replace(is_mark, "")
}

/// Prints rows in columns. The first row is the heading. At a terminal, cells are wrapped to fit
/// its width. If even the narrowed columns do not fit, each row is a block of lines.
pub(crate) fn print_table<const N: usize>(
    rows: &[[impl Into<Lines> + Clone; N]],
) -> Result<(), CliError> {
    let rows: Vec<Vec<Lines>> = rows
        .iter()
        .map(|row| row.iter().cloned().map(Into::into).collect())
        .collect();
    print_wide_table(&rows)
}

/// Prints a table like [`print_table()`], with any number of columns.
pub(crate) fn print_wide_table(rows: &[Vec<Lines>]) -> Result<(), CliError> {
    // Sanitize the cells before their width is measured.
    let rows: Vec<Vec<Lines>> = rows
        .iter()
        .map(|row| row.iter().map(|cell| cell.map(one_line)).collect())
        .collect();
    print_fitted(&table::lay_out(&rows, stdout_width()))
}

/// Prints labels with their values, in two columns. At a terminal, a value that does not fit is
/// below its label.
pub(crate) fn print_list(rows: &[[Lines; 2]]) -> Result<(), CliError> {
    let rows: Vec<[Lines; 2]> = rows
        .iter()
        .map(|row| row.each_ref().map(|cell| cell.map(one_line)))
        .collect();
    print_fitted(&table::lay_out_list(&rows, stdout_width()))
}

/// Prints lines of a table or a list. They are not wrapped, because their layout already fits the
/// terminal as far as possible.
fn print_fitted(lines: &[String]) -> Result<(), CliError> {
    let text = fit_lines(lines.iter().map(String::as_str), None);
    print_data(apply_colors(&text).as_bytes())
}

fn stdout_width() -> Option<usize> {
    find_width(&io::stdout(), terminal_size::terminal_size_of(io::stdout()))
}

fn stderr_width() -> Option<usize> {
    find_width(&io::stderr(), terminal_size::terminal_size_of(io::stderr()))
}

/// Returns the width of a terminal. Returns `None` if the stream is not a terminal or `CI` is set:
/// output for programs and for log files is not wrapped.
fn find_width(
    stream: &impl io::IsTerminal,
    size: Option<(terminal_size::Width, terminal_size::Height)>,
) -> Option<usize> {
    if !stream.is_terminal() || is_ci() {
        return None;
    }
    size.map(|(width, _)| usize::from(width.0))
        .filter(|width| *width > 0)
}

/// Returns whether the command runs in a CI system.
pub(crate) fn is_ci() -> bool {
    std::env::var_os("CI").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transient_line_fits_one_row() {
        for (width, expected) in [
            (80, "running `dev` … 12 s"),
            (20, "running `dev` … 12 s"),
            (19, "running `dev … 12 s"),
            (10, "run … 12 s"),
            (7, " … 12 s"),
            (4, " … 1"),
            (0, ""),
        ] {
            assert_eq!(fit_transient("running `dev`", " … 12 s", width), expected);
        }
        // Each of these characters has two columns.
        assert_eq!(fit_transient("日本語", " … 1 s", 11), "日本 … 1 s");
        assert_eq!(fit_transient("a\nb\u{1b}", " … 1 s", 80), "a�b� … 1 s");
    }
}
